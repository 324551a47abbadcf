"""Rows of clocks: accounts, wallets, clocks with their lots, sessions with their segments."""

from typing import NamedTuple


class Account(NamedTuple):
    """Where an amount of one unit stands.

    Wallets and clocks carry their balance; accounts of the master itself (`balance` None) are summed from postings.
    """

    master: int
    id: int
    kind: str
    unit: str
    balance: int | None
    floor: int | None
    version: int


class Wallet(NamedTuple):
    """Whose credits the account of the same number holds.

    `kept` (0 or 1) says whether what moves is kept on sheets of the instruction set too.
    """

    master: int
    id: int
    customer: int
    created_at: int
    kept: int


class Clock(NamedTuple):
    """Whose time the account of the same number holds, and how far it is settled (design section 4).

    `settled_at` is t0; `ahead` is `acc`: in (−1000, 0], what rounding paid in advance.
    `tariff` is the number that names it, `rest` is E mod 1000 of its ended sessions, `ended_count` their number.
    `check_at` is never later than the next computed instant; None when there is none.
    `low_at` is never later than the next instant at which others are told that little is left, `low_ms` how little
    was told last; both None when there is nothing to tell, or nothing was told. `kept` is as in `Wallet`.
    """

    master: int
    id: int
    customer: int | None
    wallet: int | None
    tariff: int
    parallel: int
    settled_at: int
    ahead: int
    rest: int
    ended_count: int
    check_at: int | None
    created_at: int
    low_at: int | None
    low_ms: int | None
    kept: int


class Lot(NamedTuple):
    """A part of what a clock holds. It burns by priority, expiry, promotional before paid, age (id)."""

    master: int
    id: int
    clock: int
    kind: str
    priority: int
    starts_at: int
    expires_at: int | None
    bought_ms: int
    amount_paid: int
    left_ms: int


class Session(NamedTuple):
    """One use of a clock.

    `since` is when it last began to run, or to pause. `elapsed` is its real running time and `burned` its exact burn
    up to `since`; the minimum charge counts as burned from the start. `held` is the part of the minimum
    that is still held. `used` and `end_no` (1, 2, … in the order of ends on its clock) are set when it ends.
    `holder` is the id of who runs it, such as `app_…`.
    """

    master: int
    id: int
    clock: int
    tariff: int
    holder: str
    state: str
    seq: int
    burn_rate: int
    lease_ms: int
    lease_until: int | None
    started_at: int
    since: int
    elapsed: int
    burned: int
    minimum_ms: int
    increment_ms: int
    held: int
    pauses: int
    paused_ms: int
    pause_until: int | None
    after_pause: str
    revives: int | None
    segments: int
    ended_at: int | None
    reason: str | None
    used: int | None
    end_no: int | None


class Segment(NamedTuple):
    """A stretch of a session, numbered from 1; `burned` is exact."""

    master: int
    session: int
    no: int
    kind: str
    from_at: int
    until_at: int
    burn_rate: int
    burned: int
