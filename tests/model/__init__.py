"""A brute-force model of the clock, compared with a real server over HTTP: `python -m tests.model`."""
