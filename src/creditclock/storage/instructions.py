"""The instruction set: lists that its answers hold, newest things first where there are too many."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import func, or_, select

from creditclock.domain import rows
from creditclock.storage import schema
from creditclock.storage.snapshot import Snapshot

MOST: Final = 1_000
"""So many entries a map of an answer has at most; the newest are in it."""
WINDOW: Final = 100_000
"""So many events are looked through at once."""


def attendance(snapshot: Snapshot, kind: str, principal: int) -> list[rows.Attendance]:
    """When somebody logged in or out, the newest thousand, oldest first."""
    table = schema.attendance
    statement = (
        select(table)
        .where(table.c.master_id == snapshot.master, table.c.principal == principal, table.c.kind == kind)
        .order_by(table.c.no.desc())
        .limit(MOST)
    )
    return [rows.Attendance._make(row) for row in reversed(snapshot.connection.select(statement))]


def accounts(snapshot: Snapshot) -> list[tuple[int, str]]:
    """Number and login of a master's customers that the instruction set knows, the newest thousand, oldest first."""
    profile, customer = schema.customer_profile, schema.customer
    statement = (
        select(profile.c.no, customer.c.login)
        .join(customer, (customer.c.master_id == profile.c.master_id) & (customer.c.id == profile.c.id))
        .where(profile.c.master_id == snapshot.master, customer.c.erased_at.is_(None))
        .order_by(profile.c.no.desc())
        .limit(MOST)
    )
    return [(row[0], row[1]) for row in reversed(snapshot.connection.select(statement))]


def events(
    snapshot: Snapshot, after: int, kinds: Collection[str], customer: int | None, limit: int
) -> tuple[list[rows.Event], int]:
    """Events of some kinds after a number, oldest first, and the number up to which was looked.

    With a customer, those that are its own, or nobody's.
    """
    table = schema.event
    own = table.c.master_id == snapshot.master
    first = snapshot.connection.select(select(func.min(table.c.no)).where(own, table.c.no > after))[0][0]
    if first is None:
        return [], after
    upto = first + WINDOW
    statement = select(table).where(own, table.c.no >= first, table.c.no < upto, table.c.kind.in_(kinds))
    if customer is not None:
        statement = statement.where(or_(table.c.customer == customer, table.c.customer.is_(None)))
    found = snapshot.connection.select(statement.order_by(table.c.no).limit(limit))
    return [rows.Event._make(row) for row in found], upto - 1
