"""The board: which clocks are on now, whose they are and what is left on them, read in one snapshot."""

from datetime import UTC, datetime, timedelta
from typing import Final, Literal

import msgspec

from creditclock.contract.clocks import Clock
from creditclock.contract.instants import LATEST_MS, parsed
from creditclock.contract.values import number_of
from creditclock.domain import rows
from creditclock.queries.clocks import show_clock
from creditclock.queries.source import sure
from creditclock.queries.states import current_state
from creditclock.storage import lists
from creditclock.storage.database import Database
from creditclock.storage.fetching import Need
from creditclock.storage.snapshot import Snapshot

MOST_BUSINESSES: Final = 20
MOST_CLOCKS: Final = 200
MOST_IDLE: Final = 50
LOW_MS: Final = 300_000
"""With less than this a clock ends soon."""
JUST_NOW_MS: Final = 900_000
"""For so long a clock that ran empty stays among the others."""

CardState = Literal["running", "paused", "empty"]
_ORDER: Final[dict[CardState, int]] = {"running": 0, "paused": 1, "empty": 2}


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """An open session; `note` is what the desk wrote on it."""

    id: str
    state: str
    note: str | None
    burn_rate: int


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A clock that is on, or was until just now.

    `left_ms` is real time, `balance_ms` clock time, of which `bought_ms` were there at most. `moment` says in local
    time when it will be empty, since when it is paused, or when it ran empty.
    """

    id: str
    customer: str
    business: str
    tariff: str
    state: CardState
    left_ms: int
    balance_ms: int
    bought_ms: int
    burn_rate: int
    at: int
    moment: str
    seats: list[Seat]

    @property
    def is_low(self) -> bool:
        """Whether it runs and ends soon."""
        return self.state == "running" and self.left_ms < LOW_MS


class Idle(msgspec.Struct, frozen=True, kw_only=True):
    """A clock that nobody uses now."""

    id: str
    customer: str
    business: str
    balance_ms: int


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the page shows, true at `as_of`; `clock` is that instant in local time.

    `burn_rate` is that of all running sessions together. `is_cut` says that there is more than fits.
    """

    as_of: int
    clock: str
    low_ms: int
    businesses: list[str]
    running: int
    paused: int
    burn_rate: int
    next_end: str | None
    cards: list[Card]
    idle: list[Idle]
    is_cut: bool


def board(database: Database, now: int) -> Board:
    """The board at an instant; changes nothing."""
    outages = database.outages()
    cards: list[Card] = []
    idle: list[Idle] = []
    with database.reading() as connection:
        masters = lists.masters(connection, 0, MOST_BUSINESSES)
        is_cut = len(masters) > MOST_BUSINESSES
        for master, lane in masters[:MOST_BUSINESSES]:
            snapshot = Snapshot(connection, lane, now, outages)
            now = max(now, snapshot.now)
            is_cut |= _read(snapshot, master.name, cards, idle)
    cards.sort(key=lambda card: (_ORDER[card.state], card.at if card.state == "running" else -card.at, card.id))
    running = [card for card in cards if card.state == "running"]
    return Board(
        as_of=now,
        clock=local(now, now),
        low_ms=LOW_MS,
        businesses=[master.name for master, _ in masters[:MOST_BUSINESSES]],
        running=len(running),
        paused=sum(card.state == "paused" for card in cards),
        burn_rate=sum(card.burn_rate for card in running),
        next_end=running[0].moment if running else None,
        cards=cards[:MOST_CLOCKS],
        idle=idle[:MOST_IDLE],
        is_cut=is_cut or len(cards) > MOST_CLOCKS or len(idle) > MOST_IDLE,
    )


def _read(snapshot: Snapshot, business: str, cards: list[Card], idle: list[Idle]) -> bool:
    """Add the clocks of a business; gives whether it has more than were read."""
    busy = lists.clocks(snapshot, 0, MOST_CLOCKS, None, only_open=True)
    others = lists.clocks(snapshot, 0, MOST_CLOCKS, None, only_open=False)
    found = {clock.id: clock for clock in (*busy[:MOST_CLOCKS], *others[:MOST_CLOCKS])}
    needs = [Need(snapshot.master, rows.Clock, None, clock.id) for clock in found.values()]
    for customer in {clock.customer for clock in found.values() if clock.customer is not None}:
        needs += [Need(snapshot.master, kind, None, customer) for kind in (rows.Customer, rows.Person)]
    snapshot.bring(needs)
    states = [current_state(snapshot, row) for row in found.values()]
    notes = lists.notes(snapshot, [session.id for state in states for session in state.sessions])
    for state in states:
        row, clock = state.clock, show_clock(snapshot, state)
        name = _name(snapshot, row.customer)
        if card := _card(snapshot, clock, row, business, name or "Removed customer", notes):
            cards.append(card)
        elif name is not None:
            idle.append(Idle(id=clock.id, customer=name, business=business, balance_ms=clock.balance_ms))
    return len(busy) > MOST_CLOCKS or len(others) > MOST_CLOCKS


def _card(
    snapshot: Snapshot, clock: Clock, row: rows.Clock, business: str, customer: str, notes: dict[int, str]
) -> Card | None:
    """The card of a clock that is on, or ran empty just now."""
    state: CardState
    if clock.state == "running":
        state, at = "running", LATEST_MS if clock.due_at is None else parsed(clock.due_at)
    elif clock.state == "paused":
        state, at = "paused", max(parsed(session.paused_at or session.as_of) for session in clock.sessions)
    elif not clock.balance_ms and row.ended_count and snapshot.now - row.settled_at < JUST_NOW_MS:
        state, at = "empty", row.settled_at
    else:
        return None
    return Card(
        id=clock.id,
        customer=customer,
        business=business,
        tariff=sure(snapshot, rows.Tariff, row.tariff).name,
        state=state,
        left_ms=clock.left_ms,
        balance_ms=clock.balance_ms,
        bought_ms=max(1, sum(lot.bought_ms for lot in clock.lots)),
        burn_rate=clock.burn_rate,
        at=at,
        moment=local(at, snapshot.now),
        seats=[
            Seat(id=session.id, state=session.state, note=notes.get(number_of(session.id)), burn_rate=session.burn_rate)
            for session in clock.sessions
        ],
    )


def _name(snapshot: Snapshot, number: int | None) -> str | None:
    """How a customer is called, None if it was removed."""
    if number is None:
        return "Ticket"
    customer = sure(snapshot, rows.Customer, number)
    person = snapshot.get(rows.Person, number)
    if customer.removed_at is not None:
        return None
    return (person and person.name) or customer.login


def local(instant: int, now: int) -> str:
    """An instant in this machine's local time: with seconds on the day of `now`, with the day on others."""
    if instant >= LATEST_MS:
        return "never"
    at, today = (datetime.fromtimestamp(ms // 1_000, UTC).astimezone() for ms in (instant, now))
    if at.date() == today.date():
        return f"{at:%H:%M:%S}"
    if at.date() == today.date() + timedelta(days=1):
        return f"tomorrow, {at:%H:%M}"
    return f"{at:%d %b %Y, %H:%M}"
