"""What is asked: reads that never change anything, and how rows are shown."""
