"""Clocks: the time of a customer, bought with credits and burned by sessions."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from creditclock.contract.customers import KEEPERS
from creditclock.contract.operation import DESK, Command, Urgency, operation
from creditclock.contract.pages import Page
from creditclock.contract.sessions import Session
from creditclock.contract.values import (
    PAGE,
    Amount,
    ClockId,
    Cursor,
    CustomerId,
    Duration,
    Instant,
    Limit,
    LotId,
    Milliseconds,
    Note,
    Parallel,
    RecordId,
    SessionId,
    TariffId,
    WalletId,
)
from creditclock.contract.wallets import Wallet

LotKind = Literal["paid", "promotional", "granted"]
ClockState = Literal["idle", "running", "paused"]
ClockRecordKind = Literal["buy", "return", "grant", "use", "minimum", "expired", "correction"]
Priority = Annotated[int, Meta(ge=0, le=1_000, description="Lower burns first.")]


class Lot(msgspec.Struct, frozen=True, kw_only=True):
    """A part of what a clock holds: bought together, in the order in which it burns."""

    id: LotId
    kind: LotKind
    left_ms: Duration
    bought_ms: Milliseconds
    amount_paid: int
    priority: int
    starts_at: Instant | None = None
    expires_at: Instant | None = None


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """A clock as it stands at `as_of`.

    `balance_ms` is what it holds, `left_ms` how long that lasts in real time at the rate of its running sessions,
    `due_at` the first instant at which nothing is left if they all go on.
    """

    id: ClockId
    customer: CustomerId | None
    wallet: WalletId | None
    tariff: TariffId
    state: ClockState
    balance_ms: Duration
    left_ms: Duration
    burn_rate: int
    due_at: Instant | None
    as_of: Instant
    parallel: int
    lots: list[Lot]
    sessions: list[Session]


class ClockRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a clock's statement; `ms` is below zero when time left it."""

    id: RecordId
    at: Instant
    recorded_at: Instant
    kind: ClockRecordKind
    ms: int
    balance_ms: Duration
    session: SessionId | None = None
    amount: int | None = None
    note: str | None = None


class ClockMoved(msgspec.Struct, frozen=True, kw_only=True):
    """The clock and the wallet after time was bought or given back, and the record of it."""

    clock: Clock
    wallet: Wallet
    record: ClockRecord


class ClockGranted(msgspec.Struct, frozen=True, kw_only=True):
    """The clock after time was granted, and the record of it."""

    clock: Clock
    record: ClockRecord


@operation("clock.create", "POST /v1/customers/{customer}/clocks", by=KEEPERS, scope="customers", status=201)
class CreateClock(Command[Clock], frozen=True, kw_only=True):
    """Give a customer one more clock; it buys from the customer's first wallet unless `wallet` is named."""

    customer: CustomerId
    wallet: WalletId | None = None
    parallel: Parallel | None = None
    tariff: TariffId | None = None


@operation("clock.list", "GET /v1/clocks", by=(*KEEPERS, "customer", "program"), scope="sessions")
class ListClocks(Command[Page[Clock]], frozen=True, kw_only=True):
    """List clocks, oldest first; customers see their own. `state` `open` keeps those with open sessions."""

    state: Literal["open"] | None = None
    limit: Limit = PAGE
    cursor: Cursor | None = None


@operation("clock.get", "GET /v1/clocks/{clock}", by=(*KEEPERS, "customer", "program"), scope="sessions")
class GetClock(Command[Clock], frozen=True, kw_only=True):
    """Show a clock as it stands now."""

    clock: ClockId


@operation("clock.change", "PATCH /v1/clocks/{clock}", by=DESK)
class ChangeClock(Command[Clock], frozen=True, kw_only=True):
    """Give a clock another tariff or another number of parallel sessions; open sessions keep their terms."""

    clock: ClockId
    tariff: TariffId | UnsetType = UNSET
    parallel: Parallel | UnsetType = UNSET


@operation(
    "clock.buy",
    "POST /v1/clocks/{clock}/buy",
    by=(*KEEPERS, "customer"),
    scope="clocks",
    urgency=Urgency.ADDS_VALUE,
    moves_value=True,
)
class BuyTime(Command[ClockMoved], frozen=True, kw_only=True):
    """Buy time with credits of the clock's wallet: for an `amount`, or as many `ms` as named."""

    clock: ClockId
    amount: Amount | None = None
    ms: Milliseconds | None = None
    note: Note | None = None


@operation(
    "clock.return",
    "POST /v1/clocks/{clock}/return",
    by=(*KEEPERS, "customer"),
    scope="clocks",
    moves_value=True,
)
class ReturnTime(Command[ClockMoved], frozen=True, kw_only=True):
    """Give bought time back for what was paid for it, latest bought first.

    What the begun increments of open sessions will still take is kept; stop them to have the rest.
    """

    clock: ClockId
    ms: Milliseconds
    note: Note | None = None


@operation(
    "clock.grant",
    "POST /v1/clocks/{clock}/grant",
    by=KEEPERS,
    scope="clocks",
    urgency=Urgency.ADDS_VALUE,
    moves_value=True,
)
class GrantTime(Command[ClockGranted], frozen=True, kw_only=True):
    """Give a clock time for nothing; it can't be returned for credits."""

    clock: ClockId
    ms: Milliseconds
    kind: Literal["promotional", "granted"] = "granted"
    priority: Priority = 100
    starts_at: Instant | None = None
    expires_at: Instant | None = None
    note: Note | None = None


@operation("clock.records", "GET /v1/clocks/{clock}/records", by=(*KEEPERS, "customer"), scope="sessions")
class ListClockRecords(Command[Page[ClockRecord]], frozen=True, kw_only=True):
    """The statement of a clock, newest first, down to what is posted."""

    clock: ClockId
    limit: Limit = PAGE
    cursor: Cursor | None = None
