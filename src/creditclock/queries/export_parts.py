"""Parts of exports: how far one is, and what the instruction set keeps of a customer."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from creditclock.contract.customers import Exported
from creditclock.contract.instants import shown
from creditclock.domain import rows
from creditclock.queries.supply_requests import show_supply_request
from creditclock.storage import exports
from creditclock.storage.snapshot import Snapshot


class Place(NamedTuple):
    """How far an export is: the stage, the account it is at, and the number of the last row."""

    stage: int
    account: int
    position: int


class Part(NamedTuple):
    """Some rows, and the place after them."""

    items: list[Exported]
    next: Place


class Subject(NamedTuple):
    """Whose export it is, with the numbers of wallets and clocks."""

    row: rows.Customer
    name: str
    wallets: tuple[int, ...]
    clocks: tuple[int, ...]


def onward(place: Place, found: Sequence[Any], limit: int, last: int) -> Place:
    """The place after rows that were found at a place: the next stage once there were fewer than `limit`."""
    return place._replace(position=last) if len(found) == limit else Place(place.stage + 1, 0, 0)


def next_stage(place: Place) -> Part:
    return Part([], Place(place.stage + 1, 0, 0))


def item(kind: Any, data: object) -> Exported:  # noqa: ANN401 - one of the literals of the struct
    return Exported(kind=kind, data=msgspec.to_builtins(data))


def profile(snapshot: Snapshot, subject: Subject, place: Place, _limit: int) -> Part:
    """What the instruction set knows of the customer, if it does."""
    found = snapshot.get(rows.CustomerProfile, subject.row.id)
    told = [] if found is None else [item("profile", {"number": found.no, "alias": found.alias})]
    return Part(told, next_stage(place).next)


def contacts(snapshot: Snapshot, subject: Subject, place: Place, limit: int) -> Part:
    """The contacts that the customer wrote down."""
    found = exports.contacts(snapshot, subject.row.id, place.position, limit)
    told = [
        item(
            "contact",
            {
                "number": contact.id,
                "reference": contact.reference,
                "name": contact.name,
                "email": contact.email,
                "phone": contact.phone,
                "notes": contact.notes,
                "created_at": shown(contact.created_at),
            },
        )
        for contact in found
    ]
    return Part(told, onward(place, found, limit, found[-1].id if found else 0))


def attendances(snapshot: Snapshot, subject: Subject, place: Place, limit: int) -> Part:
    """When the customer logged in and out through the instruction set."""
    found = exports.attendances(snapshot, subject.row.id, place.position, limit)
    told = [item("attendance", {"what": row.kind, "number": row.no, "at": shown(row.at)}) for row in found]
    return Part(told, onward(place, found, limit, place.position + len(found)))


def requests(snapshot: Snapshot, subject: Subject, place: Place, limit: int) -> Part:
    """The credits that the customer asked for."""
    found = exports.supply_requests(snapshot, subject.row.id, place.position, limit)
    told = [item("supply_request", show_supply_request(snapshot, request)) for request in found]
    return Part(told, onward(place, found, limit, found[-1].id if found else 0))
