"""Measures: what a process counts about itself, as plain numbers, and how it is told to whoever asks."""
