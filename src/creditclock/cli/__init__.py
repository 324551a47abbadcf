"""The creditclock command."""
