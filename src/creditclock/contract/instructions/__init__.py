"""The instruction set: all public instructions of the older protocol.

Importing this package fills `INSTRUCTIONS`.
"""

from creditclock.contract.instructions import credits
from creditclock.contract.instructions.instruction import INSTRUCTIONS, Instruct, Instruction, Needs

__all__ = ["INSTRUCTIONS", "Instruct", "Instruction", "Needs", "credits"]
