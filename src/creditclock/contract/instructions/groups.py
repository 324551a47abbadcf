"""The instructions in the order in which people read about them."""

from types import ModuleType
from typing import Final

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
    tokens,
)
from creditclock.contract.instructions.instruction import INSTRUCTIONS, Instruction

_TITLES: Final[dict[str, ModuleType]] = {
    "Tokens": tokens,
    "Reports": reports,
    "Masters": masters,
    "Accounts": accounts,
    "Credits and wallets": credits,
    "Clocks and timers": clocks,
    "Sheets": sheets,
    "Records": records,
    "Contacts": contacts,
    "Events": events,
}
GROUPS: Final[dict[str, tuple[Instruction, ...]]] = {
    title: tuple(found for found in INSTRUCTIONS.values() if found.command.__module__ == module.__name__)
    for title, module in _TITLES.items()
}
"""Every instruction of `INSTRUCTIONS` once, by the title of what it is about."""
IN_ORDER: Final = tuple(found for group in GROUPS.values() for found in group)
"""The same without the titles."""
