"""Sessions that a program holds: kept alive in the background, and exact about their end."""
