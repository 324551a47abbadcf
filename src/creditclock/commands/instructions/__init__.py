"""The instruction set: what its instructions do, by the handlers of the operations (design section 3)."""
