"""Keeping numbers: what was numbered in the older installation has the same number here."""

from creditclock.commands.handling import Tx
from creditclock.commands.importing.drafts import Numbers
from creditclock.commands.instructions.numbers import FIRST, Kind, next_no
from creditclock.domain.rows import Numbering


def reserve(tx: Tx, numbers: Numbers) -> None:
    """Let the numbers of a new business go on after those of the older installation."""
    for kind, last in numbers.last.items():
        if last >= FIRST.get(kind, 2):
            tx.put(Numbering(tx.master, kind, last))


def kept_no(tx: Tx, kind: Kind, old: int, numbers: Numbers) -> int:
    """The number from before where it was reserved for that; the next one for what came later, and for none (0)."""
    return old if 0 < old <= numbers.last.get(kind, 0) else next_no(tx, kind)
