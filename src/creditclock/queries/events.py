"""Events: how they are shown, and who is told what (design sections 5 and 7)."""

from functools import cache
from typing import NamedTuple

import msgspec

from creditclock.contract import OPERATIONS, Refusal
from creditclock.contract.events import KINDS_OF_EVENTS, Event, EventKind
from creditclock.contract.instants import shown
from creditclock.contract.values import identify
from creditclock.domain.access import Caller, allowed, system
from creditclock.domain.rows import Event as EventRow

PRIVATE = "webhook.test"
"""The kind that only the webhook hears of that somebody tries."""


class Sight(NamedTuple):
    """What somebody is told: these kinds; only what is this customer's, if it isn't None."""

    kinds: frozenset[str]
    customer: int | None

    def sees(self, event: EventRow) -> bool:
        """Whether an event is among it."""
        return event.kind in self.kinds and (self.customer is None or self.customer == event.customer)


def sight_of(caller: Caller, wanted: str | None) -> Sight:
    """What a caller is told of the kinds that are wanted: what is about things that the caller may get.

    Raises a Refusal `invalid` for a kind that doesn't exist.
    """
    kinds = _allowed(caller.role, caller.scopes)
    if wanted is not None:
        kinds &= kinds_named(wanted)
    return Sight(kinds, caller.id if caller.kind == "customer" else None)


def kinds_named(text: str) -> frozenset[str]:
    """The kinds that a list such as `clock.low,session.*` names. Raises a Refusal `invalid` for an unknown one."""
    found: set[str] = set()
    for part in text.split(","):
        noun = part.removesuffix(".*")
        named = {name for name, kind in KINDS_OF_EVENTS.items() if part == name or noun == kind.noun}
        if not named:
            known = ", ".join(KINDS_OF_EVENTS)
            raise Refusal("invalid", f"There are no events of the kind {part!r}. There are: {known}.", field="kinds")
        found |= named
    return frozenset(found)


def event_json(event: EventRow) -> bytes:
    """An event as it is told, the same bytes each time."""
    identifier = identify("evt", event.master, event.no)
    head = f'{{"id":"{identifier}","type":"{event.kind}","timestamp":"{shown(event.at)}","subject":"{event.subject}"'
    return f'{head},"data":{event.body}}}'.encode()


def shown_event(event: EventRow) -> Event:
    """An event as the contract says it."""
    return msgspec.json.decode(event_json(event), type=Event)


@cache
def _allowed(role: str, scopes: frozenset[str]) -> frozenset[str]:
    caller = system(0)._replace(role=role, scopes=scopes)
    return frozenset(name for name, kind in KINDS_OF_EVENTS.items() if name != PRIVATE and _told(kind, caller))


def _told(kind: EventKind, caller: Caller) -> bool:
    if kind.by is not None:
        return caller.role in kind.by
    get = OPERATIONS.get(f"{kind.noun}.get")
    return get is not None and allowed(caller, get.by, get.scopes)
