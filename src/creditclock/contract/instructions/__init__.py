"""The instruction set: all public instructions of the older protocol.

Importing this package fills `INSTRUCTIONS`.
"""

from creditclock.contract.instructions import (
    accounts,
    clocks,
    contacts,
    credits,  # noqa: A004 - a module of this name hides nothing that is used
    events,
    masters,
    records,
    reports,
    sheets,
    system,
    tokens,
)
from creditclock.contract.instructions.finding import find
from creditclock.contract.instructions.instruction import INSTRUCTIONS, Instruct, Instruction, Needs

__all__ = [
    "INSTRUCTIONS",
    "Instruct",
    "Instruction",
    "Needs",
    "accounts",
    "clocks",
    "contacts",
    "credits",
    "events",
    "find",
    "masters",
    "records",
    "reports",
    "sheets",
    "system",
    "tokens",
]
