"""Events of the instruction set: what happened is read beside the lane, what was seen is remembered here."""

from creditclock.commands.handling import Tx
from creditclock.commands.instructions.chiefs import chief_of
from creditclock.commands.instructions.handling import Answer, Guest, instructs
from creditclock.contract import Refusal
from creditclock.contract.instructions.events import (
    EVENTS,
    EventAcknowledge,
    EventList,
    EventPoll,
    MasterEventAcknowledge,
    MasterEventList,
    MasterEventPoll,
)
from creditclock.contract.instructions.instruction import Controller


@instructs(EventList)
def list_events(guest: Guest, _command: EventList) -> Answer:
    """The events that an account is told."""
    return {"failed": False, "account": guest.customer.login, "available_events": _offered("client")}


@instructs(EventPoll)
def poll_events(guest: Guest, command: EventPoll) -> Answer:
    """Where an account's events are to be read from."""
    place = {"after": guest.profile.acknowledged, "customer": guest.customer.id, "limit": command.limit}
    return {"failed": False, "account": guest.customer.login, "events": place, "more": False}


@instructs(EventAcknowledge)
def acknowledge_events(guest: Guest, command: EventAcknowledge) -> Answer:
    """An account has seen its events so far."""
    tx = guest.tx
    seen = _seen(tx, guest.profile.acknowledged, command.acknowledge)
    tx.put(guest.profile._replace(acknowledged=seen))
    tx.subject = tx.caller.name
    return {"failed": False, "account": guest.customer.login, "acknowledged": seen}


@instructs(MasterEventList)
def list_master_events(tx: Tx, _command: MasterEventList) -> Answer:
    """The events that a master is told."""
    return {"failed": False, "account": chief_of(tx).mail, "available_events": _offered("master")}


@instructs(MasterEventPoll)
def poll_master_events(tx: Tx, command: MasterEventPoll) -> Answer:
    """Where a master's events are to be read from."""
    chief = chief_of(tx)
    place = {"after": chief.profile.acknowledged, "customer": None, "limit": command.limit}
    return {"failed": False, "account": chief.mail, "events": place, "more": False}


@instructs(MasterEventAcknowledge)
def acknowledge_master_events(tx: Tx, command: MasterEventAcknowledge) -> Answer:
    """A master has seen its events so far."""
    chief = chief_of(tx)
    seen = _seen(tx, chief.profile.acknowledged, command.acknowledge)
    tx.put(chief.profile._replace(acknowledged=seen))
    return {"failed": False, "account": chief.mail, "acknowledged": seen}


def _offered(controller: Controller) -> list[dict[str, str]]:
    told = (event for event in EVENTS.values() if controller in event.told)
    return [{"label": event.label, "summary": event.summary} for event in told]


def _seen(tx: Tx, before: int, number: int) -> int:
    """The number up to which everything was seen. Refuses `invalid` for one that isn't there yet."""
    if number >= tx.rows.next_event:
        raise Refusal("invalid", "There is no event of this number yet. Send EventPoll for those that are there.")
    return max(before, number)
