"""Details: one clock with its sessions, its lots and the last lines of its statement."""

import re
from typing import Final, Literal

import msgspec

from creditclock.contract.clocks import Clock, ClockRecord, ClockRecordKind, ListClockRecords
from creditclock.contract.instants import LATEST_MS, parsed
from creditclock.contract.values import master_of, number_of
from creditclock.domain import rows
from creditclock.domain.access import system
from creditclock.portal.board import LOW_MS
from creditclock.portal.names import REMOVED, TICKET, names
from creditclock.portal.words import local, money
from creditclock.queries.clocks import list_records, show_clock
from creditclock.queries.source import not_found, sure
from creditclock.queries.states import current_state
from creditclock.queries.tariffs import newest_of
from creditclock.queries.wallets import show_wallet
from creditclock.storage import lists
from creditclock.storage.database import Database
from creditclock.storage.fetching import Need
from creditclock.storage.snapshot import Snapshot, snapshot_of

RECORDS: Final = 10
LOTS: Final = 50
_ID: Final = re.compile(r"^clk_[0-9a-f]{19}\Z")
_KINDS: Final[dict[ClockRecordKind, str]] = {
    "buy": "Bought",
    "return": "Given back",
    "grant": "Granted",
    "use": "Used",
    "minimum": "Minimum charge",
    "expired": "Expired",
    "correction": "Correction",
}

DetailLook = Literal["running", "low", "paused", "idle"]


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """An open session; `moment` is when it began, in local time."""

    id: str
    name: str
    state: str
    moment: str
    burn_rate: int
    used_ms: int


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A lot: how it came, what is left of it, what it cost."""

    kind: str
    left_ms: int
    bought_ms: int
    paid: str
    expires: str


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the statement; `ms` is below zero when time left the clock."""

    moment: str
    kind: str
    ms: int
    balance_ms: int
    amount: str


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """A clock at the instant of asking."""

    id: str
    customer: str
    business: str
    tariff: str
    price: str
    look: DetailLook
    clock: Clock
    ends: str | None
    wallet: str | None
    uses: list[Use]
    parts: list[Part]
    lines: list[Line]
    as_of: str


def details(database: Database, now: int, clock: str) -> Details:
    """A clock that an id names, in one snapshot. Raises a Refusal `not_found` if it names none."""
    if not _ID.match(clock):
        raise not_found(clock)
    outages = database.outages()
    number = number_of(clock)
    with database.reading() as connection:
        needs = [Need(master_of(clock), rows.Clock, None, number)]
        snapshot = snapshot_of(connection, master_of(clock), now, outages, needs)
        row = snapshot and snapshot.get(rows.Clock, number)
        if snapshot is None or row is None:
            raise not_found(clock)
        return _show(snapshot, row)


def _show(snapshot: Snapshot, row: rows.Clock) -> Details:
    now = snapshot.now
    master = sure(snapshot, rows.Master, 0)
    unit = (master.currency, master.exponent)
    tariff = newest_of(snapshot, row.tariff)
    clock = show_clock(snapshot, current_state(snapshot, row))
    notes = lists.notes(snapshot, [number_of(session.id) for session in clock.sessions])
    records = list_records(snapshot, ListClockRecords(clock=clock.id, limit=RECORDS), system(snapshot.master)).items
    wallet = None if row.wallet is None else show_wallet(snapshot, sure(snapshot, rows.Wallet, row.wallet))
    ends = None if clock.due_at is None else parsed(clock.due_at)
    return Details(
        id=clock.id,
        customer=TICKET if row.customer is None else names(snapshot, [row.customer]).get(row.customer, REMOVED),
        business=master.name,
        tariff=tariff.name,
        price=money(tariff.price, *unit),
        look="low" if clock.state == "running" and clock.left_ms < LOW_MS else clock.state,
        clock=clock,
        ends=None if ends is None or ends >= LATEST_MS else local(ends, now),
        wallet=wallet and money(wallet.available, *unit),
        uses=[
            Use(
                id=session.id,
                name=notes.get(number_of(session.id)) or "Session",
                state=session.state,
                moment=local(parsed(session.started_at), now),
                burn_rate=session.burn_rate,
                used_ms=session.used_ms,
            )
            for session in clock.sessions
        ],
        parts=[
            Part(
                kind=lot.kind.capitalize(),
                left_ms=lot.left_ms,
                bought_ms=lot.bought_ms,
                paid=money(lot.amount_paid, *unit),
                expires="never" if lot.expires_at is None else local(parsed(lot.expires_at), now),
            )
            for lot in clock.lots[:LOTS]
        ],
        lines=[_line(record, unit, now) for record in records],
        as_of=local(now, now),
    )


def _line(record: ClockRecord, unit: tuple[str, int], now: int) -> Line:
    return Line(
        moment=local(parsed(record.at), now),
        kind=_KINDS[record.kind],
        ms=record.ms,
        balance_ms=record.balance_ms,
        amount="" if record.amount is None else money(record.amount, *unit),
    )
