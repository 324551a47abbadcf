"""Benchmarks: each prints its machine and versions, and is void if the books are off."""
