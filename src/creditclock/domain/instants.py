"""Instants at which something happens to a clock by computation (design section 4, Order of things)."""

from collections.abc import Sequence
from typing import NamedTuple

from creditclock.domain.drafts import NEVER, Draft
from creditclock.domain.parts import ceil_div
from creditclock.domain.rows import Lot, Session


class Outlook(NamedTuple):
    """What comes next, if no command does; `NEVER` stands for what does not come.

    `lot_starts` is the next start of a lot, `changes` the next expiry of a lot or end of a minimum charge, `limits` the
    next end of a lease or of a pause, `due_at` the first ms at which nothing is left and `left_until` the last
    at which something is, both if nothing changes before.
    """

    lot_starts: int
    changes: int
    limits: int
    due_at: int
    left_until: int

    def next_at(self) -> int:
        """The earliest of all."""
        return min(self.lot_starts, self.changes, self.limits, self.due_at)


def outlook(draft: Draft) -> Outlook:
    """What comes next for a draft; nothing in it lies before the instant at which the draft is settled."""
    return look_ahead(draft.settled_at, draft.ahead, draft.lots, draft.sessions)


def look_ahead(at: int, paid_ahead: int, lots: Sequence[Lot], sessions: Sequence[Session]) -> Outlook:
    """What comes next for a clock that is settled at `at`, `paid_ahead` being its `ahead`."""
    balance, lot_starts, expires_at = _of_lots(lots, at)
    rate, joins_at, limits = of_sessions(sessions, at)
    if rate:
        there = balance * 1000 - paid_ahead
        due_at = min(NEVER, at + ceil_div(there, rate))
        left_until = min(NEVER, at + there // rate)
    else:
        due_at = left_until = NEVER
    return Outlook(lot_starts, max(at, min(expires_at, joins_at)), max(at, limits), due_at, left_until)


def _of_lots(lots: Sequence[Lot], at: int) -> tuple[int, int, int]:
    """The ms that have started, the next start, the next expiry."""
    balance = 0
    lot_starts = expires_at = NEVER
    for lot in lots:
        if lot.starts_at <= at:
            balance += lot.left_ms
        elif lot.starts_at < lot_starts:
            lot_starts = lot.starts_at
        if lot.expires_at is not None and lot.expires_at < expires_at:
            expires_at = lot.expires_at
    return balance, lot_starts, expires_at


def of_sessions(sessions: Sequence[Session], at: int) -> tuple[int, int, int]:
    """The rate at which the clock burns, the next end of a minimum charge, the next limit."""
    rate = 0
    joins_at = limits = NEVER
    for session in sessions:
        if session.state == "running":
            limit = session.lease_until
            behind = session.minimum_ms - session.elapsed - at + session.since
            if behind <= 0:
                rate += session.burn_rate
            elif at + behind < joins_at:
                joins_at = at + behind
        else:
            limit = session.pause_until
        if limit is not None and limit < limits:
            limits = limit
    return rate, joins_at, limits


def extend_lease(lease_until: int, lease_ms: int, outages: tuple[tuple[int, int], ...]) -> int:
    """The end of a lease after outages of the server, given as sorted intervals [from, until).

    A lease that ended inside one is extended to its end plus the lease's length (design section 4, Outage).
    """
    for begin, end in outages:
        if begin <= lease_until < end:
            lease_until = end + lease_ms
    return lease_until
