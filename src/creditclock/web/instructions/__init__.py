"""The instruction set over HTTP."""
