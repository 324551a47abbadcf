"""What happens: one module per noun with its handlers, and the lane, the only write path."""
