"""Programs for working on Creditclock; none of them is installed with it."""
