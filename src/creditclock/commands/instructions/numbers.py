"""Numbers: how clients of the instruction set name things, counted from 1 for each kind within a business."""

from typing import Final, Literal, get_args

from creditclock.commands.handling import Tx
from creditclock.domain.rows import Numbering

Kind = Literal[
    "account",
    "wallet",
    "clock",
    "session",
    "issue",
    "login",
    "logout",
    "contact_record",
    "transfer",
    "invoice",
    "conversion",
    "time",
    "contact",
    "transfer_record",
    "invoice_record",
    "conversion_record",
    "time_record",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
FIRST: Final[dict[Kind, int]] = {
    "login": 1,
    "logout": 1,
    "issue": 1,
    "contact_record": 1,
    "conversion_record": 1,
    "time_record": 1,
}
"""The first number of a kind; of what isn't here number 1 is the business's own, so that customers begin at 2."""


def next_no(tx: Tx, kind: Kind) -> int:
    """The next number of a kind."""
    row = tx.get(Numbering, kind)
    number = row.last + 1 if row else FIRST.get(kind, 2)
    tx.put(Numbering(tx.master, kind, number))
    return number
