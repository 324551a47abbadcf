"""The feed: what happened lately, as sentences for people, newest first."""

from collections.abc import Callable
from typing import Any, Final, Literal

import msgspec

from creditclock.contract.events import KINDS_OF_EVENTS
from creditclock.contract.instants import shown
from creditclock.contract.values import identify, number_of
from creditclock.domain import rows
from creditclock.portal.names import REMOVED, TICKET, names
from creditclock.portal.words import digits, local, money, spoken
from creditclock.storage import lists, outbox
from creditclock.storage.snapshot import Snapshot

MOST_ENTRIES: Final = 50
MOST_READ: Final = 150
"""Several events may stand behind one sentence."""

Tone = Literal["running", "low", "paused", "empty", "ended", "money", "other"]
_TONES: Final[dict[str, Tone]] = {
    "session.started": "running",
    "session.resumed": "running",
    "session.taken_over": "running",
    "session.paused": "paused",
    "session.ended": "ended",
    "clock.low": "low",
    "wallet.changed": "money",
}
_LOUD: Final = ("low", "empty")
KINDS: Final = tuple(KINDS_OF_EVENTS)
"""What the page's script listens to."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened: `text` says it, `time` when in local time. `is_loud` is worth interrupting somebody."""

    id: str
    type: str
    at: int
    timestamp: str
    time: str
    tone: Tone
    text: str
    business: str
    is_loud: bool


class _Teller:
    """What sentences of one business are made with."""

    def __init__(self, snapshot: Snapshot, master: rows.Master, events: list[rows.Event]) -> None:
        self._master = master
        self._names = names(snapshot, {event.customer for event in events if event.customer is not None})
        sessions = [number_of(event.subject) for event in events if event.subject.startswith("ses_")]
        self._notes = lists.notes(snapshot, sessions)
        self._bought = {
            (event.at, event.customer) for event in events if event.kind == "wallet.changed" and _is_trade(event.body)
        }
        self._same = _same(events)

    def sentence(self, event: rows.Event) -> str | None:
        """What happened, or None if another sentence says it too."""
        tell = _SENTENCES.get(event.kind)
        if tell is None or event.no in self._same:
            return None
        if event.kind == "clock.changed" and (event.at, event.customer) in self._bought:
            return None
        return tell(self, event, msgspec.json.decode(event.body))

    def who(self, event: rows.Event) -> str:
        return TICKET if event.customer is None else self._names.get(event.customer) or REMOVED

    def business(self) -> str:
        return self._master.name

    def seat(self, event: rows.Event, before: str = " on ") -> str:
        note = self._notes.get(number_of(event.subject))
        return f"{before}{note}" if note else ""

    def money(self, amount: int) -> str:
        return money(abs(amount), self._master.currency, self._master.exponent)


Tell = Callable[[_Teller, rows.Event, Any], str | None]


def entries(snapshot: Snapshot, master: rows.Master) -> list[Entry]:
    """The last sentences of a business, newest first."""
    events = outbox.last_events(snapshot.connection, snapshot.master, MOST_READ)
    teller = _Teller(snapshot, master, events)
    told = [(event, text) for event in events if (text := teller.sentence(event))]
    return [_entry(event, text, master.name, snapshot.now) for event, text in told[:MOST_ENTRIES]]


def _entry(event: rows.Event, text: str, business: str, now: int) -> Entry:
    tone = _TONES.get(event.kind, "other")
    if event.kind == "session.ended" and msgspec.json.decode(event.body)["reason"] in {"empty", "expired"}:
        tone = "empty"
    return Entry(
        id=identify("evt", event.master, event.no),
        type=event.kind,
        at=event.at,
        timestamp=shown(event.at),
        time=local(event.at, now),
        tone=tone,
        text=text,
        business=business,
        is_loud=tone in _LOUD,
    )


def _is_trade(body: str) -> bool:
    return msgspec.json.decode(body)["cause"] in {"buy", "return"}


def _same(events: list[rows.Event]) -> set[int]:
    """The numbers of events that tell of a clock's other terms: it holds what it held at the event before."""
    found: set[int] = set()
    held: dict[str, int] = {}
    for event in reversed(events):
        if event.kind in {"clock.created", "clock.changed"}:
            balance = msgspec.json.decode(event.body)["balance_ms"]
            if held.get(event.subject, 0) == balance:
                found.add(event.no)
            held[event.subject] = balance
    return found


def _ended(teller: _Teller, event: rows.Event, data: Any) -> str:  # noqa: ANN401 - decoded JSON
    who, seat, ran = teller.who(event), teller.seat(event), spoken(data["elapsed_ms"])
    at_seat = teller.seat(event, " at ")
    return {
        "empty": f"{who}’s time ran out{seat} after {ran}",
        "expired": f"{who}’s time expired{seat} after {ran}",
        "lease_lapsed": f"Nothing was heard of {who}{at_seat} any more: ended after {ran}",
        "pause_limit": f"{who}’s break was over{at_seat}: ended after {ran}",
        "closed": f"{who}’s session was closed{at_seat} after {ran}",
    }.get(data["reason"], f"{who} left{seat.replace(' on ', ' ', 1)} after {ran}")


def _wallet(teller: _Teller, event: rows.Event, data: Any) -> str:  # noqa: ANN401 - decoded JSON
    who, amount = teller.who(event), teller.money(data["amount"])
    gained = data["amount"] > 0
    return {
        "top_up": f"{who} topped up {amount}",
        "buy": f"{who} bought time for {amount}",
        "return": f"{who} gave time back for {amount}",
        "pay": f"{who} {'was paid' if gained else 'paid'} {amount}",
        "transfer": f"{who} {'received' if gained else 'sent'} {amount}",
        "expired": f"{amount} of {who} expired",
    }.get(data["cause"], f"{amount} {'came to' if gained else 'left'} {who}’s wallet")


_SENTENCES: Final[dict[str, Tell]] = {
    "session.started": lambda teller, event, _: f"{teller.who(event)} started{teller.seat(event)}",
    "session.paused": lambda teller, event, _: f"{teller.who(event)} paused{teller.seat(event)}",
    "session.resumed": lambda teller, event, _: f"{teller.who(event)} resumed{teller.seat(event)}",
    "session.taken_over": lambda teller, event, _: (
        f"{teller.who(event)}’s session{teller.seat(event)} was taken over without a gap"
    ),
    "session.ended": _ended,
    "clock.low": lambda teller, event, data: f"{spoken(data['left_ms'])} left for {teller.who(event)}",
    "clock.changed": lambda teller, event, data: f"{teller.who(event)}’s clock holds {digits(data['balance_ms'])} now",
    "wallet.changed": _wallet,
    "customer.created": lambda teller, event, _: f"{teller.who(event)} is a new customer",
    "customer.removed": lambda _teller, _event, _: "A customer was removed",
    "customer.recovered": lambda teller, event, _: f"{teller.who(event)} is back as a customer",
    "master.created": lambda teller, _event, _: f"{teller.business()} opened",
    "master.frozen": lambda teller, _event, _: f"{teller.business()} was frozen: nothing runs",
    "master.unfrozen": lambda teller, _event, _: f"{teller.business()} works again",
}
