"""What is true: pure functions on integers. Time, ids and randomness are arguments."""
