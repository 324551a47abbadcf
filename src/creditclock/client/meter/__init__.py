"""The meter: runs any program on a clock, and ends it when the clock is empty."""
