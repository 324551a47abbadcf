"""Naming: what an instruction of the system names by numbers."""

from typing import Final

from creditclock.contract import Refusal
from creditclock.contract.instructions.system import BY_NAME, RunInstruction, SystemInstruction

IN_MASTER: Final = frozenset({"FreezeMaster", "UnfreezeMaster", "IncreaseMasterSubPool", "DecreaseMasterSubPool"})
"""What is decided in the lane of the business that it names."""
LAST_MASTER: Final = 2**28 - 1
"""No business has a higher number."""


def instruction_named(command: RunInstruction) -> SystemInstruction:
    """The instruction that is named. Raises a Refusal `not_found` for a label of none."""
    found = BY_NAME.get(command.label)
    if found is None:
        detail = "There is no instruction of this name. See /docs for the list."
        raise Refusal("not_found", detail, id=command.label[:64])
    return found


def masters_named(command: RunInstruction) -> tuple[int, ...]:
    """The masters whose rows an instruction needs, the one that it works in first."""
    if instruction_named(command).label not in IN_MASTER:
        return (0,)
    return (master_in(command), 0)


def master_in(command: RunInstruction) -> int:
    """The number of the business that is named. Raises a Refusal `invalid` or `not_found`."""
    return checked(number(command.master_id, "master_id"))


def checked(found: int) -> int:
    """A number that a business may have. Raises a Refusal `not_found`."""
    if not 0 < found <= LAST_MASTER:
        raise Refusal("not_found", "There is no business of this number. Check it.", id=str(found))
    return found


def number(value: int | str | None, name: str) -> int:
    """What was given as a number or as its digits. Raises a Refusal `invalid` where nothing was."""
    if value is None:
        raise Refusal("invalid", f"This instruction needs `{name}`. Say it.", field=name)
    return int(value)
