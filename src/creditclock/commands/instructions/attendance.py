"""Attendance: when accounts and masters logged in and out."""

from typing import Final, Literal

from creditclock.commands.handling import Tx
from creditclock.commands.instructions.numbers import next_no
from creditclock.domain.rows import Attendance, CustomerProfile

MASTER: Final = 0
"""Stands for the master itself among the principals."""


def attend(tx: Tx, kind: Literal["login", "logout"], principal: int, at: int | None = None) -> None:
    """Write down that an account, or the master, logs in or out now, or did so `at` an instant."""
    tx.append(Attendance(tx.master, kind, next_no(tx, kind), principal, tx.now if at is None else at))


def end_visit(tx: Tx, profile: CustomerProfile, at: int | None = None) -> None:
    """Log an account out of the session that it works in, now or `at` an instant."""
    tx.put(profile._replace(session=None, written_at=tx.now))
    attend(tx, "logout", profile.id, at)
