"""Events of the instruction set: what an account or a master is told when it asks."""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from creditclock.contract.instructions.instruction import Controller, Instruct, Needs, instruction
from creditclock.contract.instructions.values import Date, Number

EventLimit = Annotated[int, Meta(ge=1, le=100, description="How many events at most, 1 to 100.")]


class CreditsReceived(msgspec.Struct, frozen=True, kw_only=True):
    """A wallet of `account` after `credits` came to it."""

    account: str
    ewallet: int
    credits: int
    ewallet_credits: int


class ClockLow(msgspec.Struct, frozen=True, kw_only=True):
    """A running clock of `account`, the minutes on it, and when it will be empty."""

    account: str
    clock: int
    credit_clock: float
    stop_timestamp: Date


class ClockEnded(msgspec.Struct, frozen=True, kw_only=True):
    """A clock of `account` whose timer is over, why, what it took, and the minutes left on it."""

    account: str
    clock: int
    reason: str
    start_timestamp: Date
    stop_timestamp: Date
    minutes_spent: float
    credit_clock: float


class SessionTakenOver(msgspec.Struct, frozen=True, kw_only=True):
    """An `account` that is used elsewhere now; `clock` is the one whose timer went with it, if one did."""

    account: str
    clock: int | None


class MasterFrozen(msgspec.Struct, frozen=True, kw_only=True):
    """The e-mail of a master under which nothing runs from now on."""

    master: str


class InstructionEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event of the instruction set.

    `kind` is the kind of `creditclock.contract.events` that it is made of, `data` what it tells, `told` to whom.
    """

    label: str
    summary: str
    kind: str
    data: type[msgspec.Struct]
    told: tuple[Controller, ...] = ("client", "master")


EVENTS: Final[dict[str, InstructionEvent]] = {
    data.__name__: InstructionEvent(label=data.__name__, summary=summary, kind=kind, data=data)
    for kind, summary, data in (
        ("wallet.changed", "Credits came to a wallet.", CreditsReceived),
        ("clock.low", "Little time is left on a running clock.", ClockLow),
        ("session.ended", "A timer is over; `reason` says why.", ClockEnded),
        ("session.taken_over", "An account is used elsewhere now, or its timer has another holder.", SessionTakenOver),
        ("master.frozen", "The operator froze a master: nothing runs from now on.", MasterFrozen),
    )
}
"""Every event that can be polled, by its label."""


class EventOffered(msgspec.Struct, frozen=True, kw_only=True):
    """An event that can be polled."""

    label: str
    summary: str


class EventTold(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened; `data` is what the event of that label tells."""

    id: int
    label: str
    timestamp: Date
    data: dict[str, Any]


class EventsListed(msgspec.Struct, frozen=True, kw_only=True):
    """The events that the account or master is told."""

    failed: Literal[False] = False
    account: str
    available_events: list[EventOffered]


class EventsPolled(msgspec.Struct, frozen=True, kw_only=True):
    """Events that were not acknowledged yet, oldest first; `more` says that there are others."""

    failed: Literal[False] = False
    account: str
    events: list[EventTold]
    more: bool


class EventsAcknowledged(msgspec.Struct, frozen=True, kw_only=True):
    """The number of the event up to which everything is acknowledged."""

    failed: Literal[False] = False
    account: str
    acknowledged: int


@instruction("event=list", Needs.ACCOUNT, ctype="event", after=("AccountLogin",), looks=True)
class EventList(Instruct[EventsListed], frozen=True, kw_only=True):
    """List the events that the account can poll."""


@instruction("event=poll", Needs.ACCOUNT, ctype="event", uses=("event.follow",), after=("AccountLogin",), looks=True)
class EventPoll(Instruct[EventsPolled], frozen=True, kw_only=True):
    """Tell what happened to the account and was not acknowledged yet, oldest first."""

    limit: EventLimit = 20


@instruction("event=acknowledge", Needs.ACCOUNT, ctype="event", after=("AccountLogin", "EventPoll"))
class EventAcknowledge(Instruct[EventsAcknowledged], frozen=True, kw_only=True):
    """Acknowledge all events up to and including one; they are not polled again."""

    acknowledge: Number


@instruction("event=list", Needs.MASTER, controller="master", ctype="event", after=("MasterAccountLogin",), looks=True)
class MasterEventList(Instruct[EventsListed], frozen=True, kw_only=True):
    """List the events that the master can poll."""


@instruction(
    "event=poll",
    Needs.MASTER,
    controller="master",
    ctype="event",
    uses=("event.follow",),
    after=("MasterAccountLogin",),
    looks=True,
)
class MasterEventPoll(Instruct[EventsPolled], frozen=True, kw_only=True):
    """Tell what happened to the master and its accounts and was not acknowledged yet, oldest first."""

    limit: EventLimit = 20


@instruction(
    "event=acknowledge",
    Needs.MASTER,
    controller="master",
    ctype="event",
    after=("MasterAccountLogin", "MasterEventPoll"),
)
class MasterEventAcknowledge(Instruct[EventsAcknowledged], frozen=True, kw_only=True):
    """Acknowledge all events up to and including one; they are not polled again."""

    acknowledge: Number
