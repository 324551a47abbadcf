"""Rows to begin with; what a test is about is named, the rest has plain values."""

from creditclock.domain.drafts import State
from creditclock.domain.rows import Account, Clock, Lot, Session, Tariff


def clock(*, settled_at: int = 0, parallel: int = 1, check_at: int | None = None) -> Clock:
    return Clock(
        master=1,
        id=100,
        customer=None,
        wallet=None,
        tariff=90,
        parallel=parallel,
        settled_at=settled_at,
        ahead=0,
        rest=0,
        ended_count=0,
        check_at=check_at,
        low_at=None,
        low_ms=None,
        kept=0,
        created_at=0,
    )


def lot(
    number: int = 200,
    ms: int = 1_000,
    *,
    kind: str = "paid",
    priority: int = 100,
    starts_at: int = 0,
    expires_at: int | None = None,
    amount_paid: int = 100,
) -> Lot:
    return Lot(
        master=1,
        id=number,
        clock=100,
        kind=kind,
        priority=priority,
        starts_at=starts_at,
        expires_at=expires_at,
        bought_ms=ms,
        amount_paid=amount_paid,
        left_ms=ms,
    )


def session(
    number: int = 300,
    *,
    burn_rate: int = 1_000,
    lease_ms: int = 60_000,
    minimum_ms: int = 0,
    increment_ms: int = 0,
) -> Session:
    return Session(
        master=1,
        id=number,
        clock=100,
        tariff=90,
        holder="app_1",
        state="running",
        seq=1,
        burn_rate=burn_rate,
        lease_ms=lease_ms,
        lease_until=None,
        started_at=0,
        since=0,
        elapsed=0,
        burned=0,
        minimum_ms=minimum_ms,
        increment_ms=increment_ms,
        held=0,
        pauses=0,
        paused_ms=0,
        pause_until=None,
        after_pause="stop",
        revives=None,
        segments=0,
        ended_at=None,
        reason=None,
        used=None,
        end_no=None,
    )


def tariff(
    *,
    pause_count: int | None = None,
    pause_each_ms: int | None = None,
    pause_total_ms: int | None = None,
    after_pause: str = "stop",
) -> Tariff:
    return Tariff(
        master=1,
        id=90,
        tariff=90,
        version=1,
        newest=1,
        name="plain",
        price=6_000,
        burn_rate=1_000,
        lease_ms=60_000,
        minimum_ms=0,
        increment_ms=0,
        parallel=1,
        pause_count=pause_count,
        pause_each_ms=pause_each_ms,
        pause_total_ms=pause_total_ms,
        after_pause=after_pause,
        revive_ms=0,
        valid_ms=None,
        created_at=0,
        low_ms="300000 60000",
    )


def account(number: int, balance: int | None, *, unit: str = "credit", floor: int | None = 0) -> Account:
    return Account(master=1, id=number, kind="wallet", unit=unit, balance=balance, floor=floor, version=1)


def state(*, parallel: int = 1, at: int = 0) -> State:
    """A clock without anything on it."""
    return State(clock(settled_at=at, parallel=parallel), (), ())
