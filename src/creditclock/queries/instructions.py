"""The instruction set: what its answers hold that is read beside the lane."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec

from creditclock.contract.events import ClockLow, SessionEnd, SessionTold, WalletTold
from creditclock.contract.instants import parsed
from creditclock.contract.instructions.wording import date, minutes
from creditclock.contract.values import number_of
from creditclock.domain.rows import (
    ClockProfile,
    Customer,
    CustomerProfile,
    Event,
    Master,
    Person,
    SessionToken,
    Sheet,
    Staff,
    Visit,
    WalletProfile,
)
from creditclock.queries.source import sure
from creditclock.storage import instructions as stored
from creditclock.storage.snapshot import Snapshot

Shown = dict[str, Any]


class Polled(NamedTuple):
    """Events, whether there are more, and up to which number there is nothing else."""

    events: list[Shown]
    more: bool
    upto: int


def attendance(snapshot: Snapshot, kind: str, principal: int) -> dict[int, str]:
    """When an account, or the master itself, logged in or out, by the number of the record."""
    return {row.no: date(row.at) for row in stored.attendance(snapshot, kind, principal)}


def pool(snapshot: Snapshot) -> dict[int, str]:
    """The accounts of a master, number and e-mail."""
    return dict(stored.accounts(snapshot))


def session(token: SessionToken, snapshot: Snapshot | None, master: Snapshot | None) -> Shown:
    """A session as the operator sees it: who works in the acquired master, and which master is its own."""
    visit = None if snapshot is None else snapshot.get(Visit, token.id)
    customer = profile = None
    archive: dict[str, str] = {}
    if snapshot is not None and visit is not None:
        archive = dict(_named(snapshot, int(number)) for number in visit.archive.split())
        customer = None if visit.customer is None else sure(snapshot, Customer, visit.customer)
        profile = None if visit.customer is None else snapshot.get(CustomerProfile, visit.customer)
    wallet = contacts = None
    if snapshot is not None and profile is not None:
        wallet = sure(snapshot, WalletProfile, profile.wallet).no
        contacts = None if profile.contact_list is None else sure(snapshot, Sheet, profile.contact_list).no
    return {
        "id": token.no,
        "name": None,
        "orm_session": None,
        "create_date": date(token.created_at),
        "write_date": date(token.written_at),
        "expiration_date": date(token.valid_until),
        "contact_list": contacts,
        "credit_ewallet": wallet,
        "user_account": [] if customer is None else [customer.login],
        "master_account": [] if master is None else [sure(master, Staff, sure(master, Master, 0).owner).login],
        "user_account_archive": archive,
    }


def _named(snapshot: Snapshot, number: int) -> tuple[str, str]:
    customer = sure(snapshot, Customer, number)
    return customer.login, sure(snapshot, Person, number).name or customer.login


def events(snapshot: Snapshot, after: int, customer: int | None, limit: int) -> Polled:
    """What happened to an account, or in a master, after an event."""
    found, upto = stored.events(snapshot, after, _TELLERS.keys(), customer, limit + 1)
    told = [shown for event in found[:limit] if (shown := _told(snapshot, event))]
    if len(found) > limit:
        return Polled(told, more=True, upto=found[limit - 1].no)
    last = snapshot.lane.next_event - 1
    return Polled(told, more=upto < last, upto=min(upto, last))


def _told(snapshot: Snapshot, event: Event) -> Shown | None:
    label, tell = _TELLERS[event.kind]
    data = tell(snapshot, event)
    return None if data is None else {"id": event.no, "label": label, "timestamp": date(event.at), "data": data}


def _received(snapshot: Snapshot, event: Event) -> Shown | None:
    told = msgspec.json.decode(event.body, type=WalletTold)
    profile = snapshot.get(WalletProfile, number_of(event.subject))
    if told.amount <= 0 or profile is None:
        return None
    unit = 10 ** sure(snapshot, Master, 0).exponent
    return {
        "account": _mail(snapshot, event),
        "ewallet": profile.no,
        "credits": told.amount // unit,
        "ewallet_credits": told.balance // unit,
    }


def _low(snapshot: Snapshot, event: Event) -> Shown | None:
    told = msgspec.json.decode(event.body, type=ClockLow)
    profile = snapshot.get(ClockProfile, number_of(event.subject))
    if profile is None:
        return None
    return {
        "account": _mail(snapshot, event),
        "clock": profile.no,
        "credit_clock": minutes(told.balance_ms),
        "stop_timestamp": date(parsed(told.due_at)),
    }


def _ended(snapshot: Snapshot, event: Event) -> Shown | None:
    told = msgspec.json.decode(event.body, type=SessionEnd)
    profile = snapshot.get(ClockProfile, number_of(told.clock))
    if profile is None:
        return None
    return {
        "account": _mail(snapshot, event),
        "clock": profile.no,
        "reason": told.reason,
        "start_timestamp": date(parsed(told.started_at)),
        "stop_timestamp": date(parsed(told.ended_at)),
        "minutes_spent": minutes(told.used_ms),
        "credit_clock": minutes(told.balance_ms),
    }


def _taken(snapshot: Snapshot, event: Event) -> Shown | None:
    told = msgspec.json.decode(event.body, type=SessionTold)
    profile = snapshot.get(ClockProfile, number_of(told.clock))
    return None if profile is None else {"account": _mail(snapshot, event), "clock": profile.no}


def _elsewhere(snapshot: Snapshot, event: Event) -> Shown | None:
    return {"account": _mail(snapshot, event), "clock": None}


def _frozen(snapshot: Snapshot, _event: Event) -> Shown | None:
    return {"master": sure(snapshot, Staff, sure(snapshot, Master, 0).owner).login}


def _mail(snapshot: Snapshot, event: Event) -> str:
    return "" if event.customer is None else sure(snapshot, Customer, event.customer).login


_TELLERS: Final[dict[str, tuple[str, Callable[[Snapshot, Event], Shown | None]]]] = {
    "wallet.changed": ("CreditsReceived", _received),
    "clock.low": ("ClockLow", _low),
    "session.ended": ("ClockEnded", _ended),
    "session.taken_over": ("SessionTakenOver", _taken),
    "sign_in.taken_over": ("SessionTakenOver", _elsewhere),
    "master.frozen": ("MasterFrozen", _frozen),
}
"""What becomes of each kind of event."""
