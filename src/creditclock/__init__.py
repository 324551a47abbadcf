"""Creditclock sells time: credits buy time, and time runs only while the customer is on the clock."""

__version__ = "0.1.0"
