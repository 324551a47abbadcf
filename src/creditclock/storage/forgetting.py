"""Forgetting: what the instruction set keeps of an erased customer, in portions (see `storage.erasure`).

What its handlers might still write was blanked by the command that erased it. Records stay: they are of the books.
"""

from typing import Final, NamedTuple

from sqlalchemy import Column, Table, delete, select, update

from creditclock.storage import schema
from creditclock.storage.dialect import Connection


class Left(NamedTuple):
    """What is left of a customer: contacts, logins and logouts, notes on requests, and things that it named."""

    contacts: tuple[int, ...] = ()
    attendances: tuple[tuple[str, int], ...] = ()
    requests: tuple[int, ...] = ()
    wallets: tuple[int, ...] = ()
    clocks: tuple[int, ...] = ()
    sheets: tuple[int, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left."""
        return not any(self)


NAMELESS: Final = ""
"""The name of what an erased customer had named."""


def left(connection: Connection, master: int, customer: int, accounts: tuple[int, ...], limit: int) -> Left:
    """A portion of what is left of a customer with these wallets and clocks."""
    contact, attendance, request = schema.contact, schema.attendance, schema.supply_request
    owners = (customer, *accounts)
    attended = (
        select(attendance.c.kind, attendance.c.no)
        .where(attendance.c.master_id == master, attendance.c.principal == customer)
        .limit(limit)
    )
    requests = select(request.c.id).where(request.c.master_id == master, request.c.customer == customer)
    contacts = select(contact.c.id).where(contact.c.master_id == master, contact.c.customer == customer)
    return Left(
        contacts=tuple(row[0] for row in connection.select(contacts.limit(limit))),
        attendances=tuple((row[0], row[1]) for row in connection.select(attended)),
        requests=tuple(row[0] for row in connection.select(requests.where(request.c.notes.is_not(None)).limit(limit))),
        wallets=_named(connection, schema.wallet_profile, master, schema.wallet_profile.c.id, accounts, limit),
        clocks=_named(connection, schema.clock_profile, master, schema.clock_profile.c.id, accounts, limit),
        sheets=_named(connection, schema.sheet, master, schema.sheet.c.owner, owners, limit),
    )


def _named(
    connection: Connection, table: Table, master: int, column: "Column[int]", values: tuple[int, ...], limit: int
) -> tuple[int, ...]:
    statement = select(table.c.id).where(table.c.master_id == master, column.in_(values))
    return tuple(row[0] for row in connection.select(statement.where(table.c.reference != NAMELESS).limit(limit)))


def forget(connection: Connection, master: int, found: Left) -> None:
    """Forget a portion."""
    contact, attendance, request = schema.contact, schema.attendance, schema.supply_request
    if found.contacts:
        connection.run(delete(contact).where(contact.c.master_id == master, contact.c.id.in_(found.contacts)))
    for kind in ("login", "logout"):
        numbers = [number for of, number in found.attendances if of == kind]
        if numbers:
            own = (attendance.c.master_id == master) & (attendance.c.kind == kind)
            connection.run(delete(attendance).where(own, attendance.c.no.in_(numbers)))
    if found.requests:
        own = (request.c.master_id == master) & request.c.id.in_(found.requests)
        connection.run(update(request).where(own).values(notes=None))
    for table, numbers in (
        (schema.wallet_profile, found.wallets),
        (schema.clock_profile, found.clocks),
        (schema.sheet, found.sheets),
    ):
        if numbers:
            own = (table.c.master_id == master) & table.c.id.in_(numbers)
            connection.run(update(table).where(own).values(reference=NAMELESS))
