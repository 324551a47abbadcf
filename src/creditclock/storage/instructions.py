"""The instruction set: lists that its answers hold, newest things first where there are too many."""

from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, func, or_, select

from creditclock.domain import rows
from creditclock.storage import schema
from creditclock.storage.dialect import Connection
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


class Ending(NamedTuple):
    """A session token that is to be ended, with the masters in which it works."""

    session: rows.SessionToken
    acquired: int | None

    @property
    def masters(self) -> tuple[int, ...]:
        """The masters whose rows its end needs, that of the tokens first."""
        others = {number for number in (self.acquired, self.session.active) if number is not None}
        return (0, *sorted(others))


def sessions_by(connection: Connection, column: str, values: Sequence[int]) -> list[Ending]:
    """The session tokens that weren't removed, by their number for people (`no`), their `id` or their `client`."""
    table = schema.session_token
    where = (table.c.master_id == 0) & table.c[column].in_(values) & table.c.removed_at.is_(None)
    return _endings(connection, _sessions().where(where).order_by(table.c.id).limit(MOST))


def expired_sessions(connection: Connection, before: int, limit: int) -> list[Ending]:
    """Session tokens that expired at or before an instant and weren't removed, the first first."""
    column = schema.session_token.c.valid_until
    where = (schema.session_token.c.master_id == 0) & (column <= before) & schema.session_token.c.removed_at.is_(None)
    return _endings(connection, _sessions().where(where).order_by(column).limit(limit))


def expired_clients(connection: Connection, before: int, limit: int) -> list[rows.ClientToken]:
    """Client ids that expired at or before an instant and weren't removed, the first first."""
    table = schema.client_token
    statement = select(table).where(table.c.master_id == 0, table.c.valid_until <= before, table.c.removed_at.is_(None))
    found = connection.select(statement.order_by(table.c.valid_until).limit(limit))
    return [rows.ClientToken._make(row) for row in found]


def working_sessions(connection: Connection, now: int, limit: int) -> tuple[list[tuple[int, int]], int]:
    """Number and end of the sessions that work, the newest, and how many there are in all."""
    table = schema.session_token
    where = (table.c.master_id == 0) & (table.c.valid_until > now) & table.c.removed_at.is_(None)
    found = select(table.c.no, table.c.valid_until).where(where).order_by(table.c.valid_until.desc()).limit(limit)
    count = connection.select(select(func.count()).select_from(table).where(where))[0][0]
    return [(row[0], row[1]) for row in connection.select(found)], count


def customers_left(snapshot: Snapshot, limit: int) -> list[tuple[int, int | None]]:
    """The customers of a master that aren't erased: their numbers, and those that clients know them by."""
    table, profile = schema.customer, schema.customer_profile
    statement = (
        select(table.c.id, profile.c.no)
        .outerjoin(profile, (profile.c.master_id == table.c.master_id) & (profile.c.id == table.c.id))
        .where(table.c.master_id == snapshot.master, table.c.erased_at.is_(None))
        .order_by(table.c.id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in snapshot.connection.select(statement)]


def _sessions() -> Select[Any]:
    table, client = schema.session_token, schema.client_token
    same = (client.c.master_id == table.c.master_id) & (client.c.id == table.c.client)
    return select(table, client.c.acquired).join(client, same)


def _endings(connection: Connection, statement: Select[Any]) -> list[Ending]:
    return [Ending(rows.SessionToken._make(row[:-1]), row[-1]) for row in connection.select(statement)]


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
