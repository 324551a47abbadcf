"""The Python client of the instruction set, the JSON protocol of the EWallet Credit Clock suit.

>>> from creditclock.instructions import Client, InstructionRefused
"""

from creditclock.client.errors import Problem, UnexpectedAnswer, Unreachable
from creditclock.instructions.client import Client
from creditclock.instructions.errors import InstructionRefused

__all__ = ["Client", "InstructionRefused", "Problem", "UnexpectedAnswer", "Unreachable"]
