"""The board: which clocks are on now, whose they are, what is left on them and what happened, read in one snapshot."""

from typing import Final, Literal

import msgspec

from creditclock.contract.clocks import Clock
from creditclock.contract.instants import LATEST_MS, parsed
from creditclock.contract.values import number_of
from creditclock.domain import rows
from creditclock.portal.feed import MOST_ENTRIES, Entry, entries
from creditclock.portal.names import REMOVED, TICKET, names
from creditclock.portal.usage import Usage, usage
from creditclock.portal.words import local, money
from creditclock.queries.clocks import show_clock
from creditclock.queries.states import current_state
from creditclock.queries.tariffs import newest_of
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
Look = Literal["running", "low", "paused", "empty"]
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
    def look(self) -> Look:
        """How it is drawn: a clock that runs and ends soon is low."""
        return "low" if self.state == "running" and self.left_ms < LOW_MS else self.state

    @property
    def percent(self) -> int:
        """What is left of the bought time, rounded up."""
        return min(100, -(-100 * self.balance_ms // self.bought_ms))


class Idle(msgspec.Struct, frozen=True, kw_only=True):
    """A clock that nobody uses now."""

    id: str
    customer: str
    business: str
    balance_ms: int


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the page shows, true at `as_of`; `clock` is that instant in local time.

    `burn_rate` is that of all running sessions together, `used` what clocks used in the last hour, by currency.
    `next_end` is the first running card. `events` stand newest first. `is_cut` says that there is more than fits.
    """

    as_of: int
    clock: str
    title: str
    low_ms: int
    businesses: list[str]
    running: int
    paused: int
    burn_rate: int
    used: str
    next_end: str | None
    next_name: str | None
    cards: list[Card]
    idle: list[Idle]
    usage: list[Usage]
    events: list[Entry]
    is_cut: bool


class _Found:
    """What is gathered of all businesses."""

    def __init__(self) -> None:
        self.cards: list[Card] = []
        self.idle: list[Idle] = []
        self.usage: list[Usage] = []
        self.events: list[Entry] = []
        self.used: dict[tuple[str, int], int] = {}
        self.is_cut = False


def board(database: Database, now: int) -> Board:
    """The board at an instant; changes nothing."""
    outages = database.outages()
    found = _Found()
    with database.reading() as connection:
        masters = lists.masters(connection, 0, MOST_BUSINESSES)
        found.is_cut = len(masters) > MOST_BUSINESSES
        for master, lane in masters[:MOST_BUSINESSES]:
            snapshot = Snapshot(connection, lane, now, outages)
            now = max(now, snapshot.now)
            _read(snapshot, master, found)
    businesses = [master.name for master, _ in masters[:MOST_BUSINESSES]]
    cards = found.cards
    cards.sort(key=lambda card: (_ORDER[card.state], card.at if card.state == "running" else -card.at, card.id))
    found.events.sort(key=lambda entry: (entry.at, entry.id), reverse=True)
    running = [card for card in cards if card.state == "running"]
    next_card = running[0] if running and running[0].at < LATEST_MS else None
    return Board(
        as_of=now,
        clock=local(now, now),
        title=businesses[0] if len(businesses) == 1 else f"{len(businesses)} businesses",
        low_ms=LOW_MS,
        businesses=businesses,
        running=len(running),
        paused=sum(card.state == "paused" for card in cards),
        burn_rate=sum(card.burn_rate for card in running),
        used=" + ".join(money(amount, *unit) for unit, amount in found.used.items()) or "0",
        next_end=next_card and next_card.moment,
        next_name=next_card and next_card.customer,
        cards=cards[:MOST_CLOCKS],
        idle=found.idle[:MOST_IDLE],
        usage=found.usage,
        events=found.events[:MOST_ENTRIES],
        is_cut=found.is_cut or len(cards) > MOST_CLOCKS or len(found.idle) > MOST_IDLE,
    )


def _read(snapshot: Snapshot, master: rows.Master, found: _Found) -> None:
    """Add what there is of a business."""
    busy = lists.clocks(snapshot, 0, MOST_CLOCKS, None, only_open=True)
    others = lists.clocks(snapshot, 0, MOST_CLOCKS, None, only_open=False)
    found.is_cut |= len(busy) > MOST_CLOCKS or len(others) > MOST_CLOCKS
    clocks = {clock.id: clock for clock in (*busy[:MOST_CLOCKS], *others[:MOST_CLOCKS])}
    snapshot.bring([Need(snapshot.master, rows.Clock, None, number) for number in clocks])
    called = names(snapshot, {clock.customer for clock in clocks.values() if clock.customer is not None})
    states = [current_state(snapshot, row) for row in clocks.values()]
    sessions = [session for state in states for session in state.sessions]
    notes = lists.notes(snapshot, [session.id for session in sessions])
    for state in states:
        row, clock = state.clock, show_clock(snapshot, state)
        name = TICKET if row.customer is None else called.get(row.customer)
        if card := _card(snapshot, clock, row, master.name, name or REMOVED, notes):
            found.cards.append(card)
        elif name is not None:
            found.idle.append(Idle(id=clock.id, customer=name, business=master.name, balance_ms=clock.balance_ms))
    used = usage(snapshot, master, sessions)
    unit = (master.currency, master.exponent)
    found.usage.append(used)
    found.used[unit] = found.used.get(unit, 0) + used.amount
    found.events += entries(snapshot, master)


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
        tariff=newest_of(snapshot, row.tariff).name,
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
