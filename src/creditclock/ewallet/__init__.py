"""The import of an old installation of the EWallet Credit Clock suit: `creditclock import ewallet` (decision 0041).

Its file is only read. What is in it is looked at first, then moved by commands through the lane.
"""
