"""Pages for customers, staff, masters and the operator."""
