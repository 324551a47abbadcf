"""Importing: businesses of an older installation, brought in on the server's own machine (decision 0041).

Nobody can send these commands. What they did stands in the journal, so that an import that was interrupted goes on.
"""
