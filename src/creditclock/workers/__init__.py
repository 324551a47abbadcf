"""What happens later: ends at their computed instants, alive marks, erasure."""
