"""The outbox as readers need it: events in the order of their commits (design section 5).

Numbers are given under the lock of the master's lane row, so what is there up to a number is complete.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select

from creditclock.domain.rows import Event
from creditclock.storage import schema
from creditclock.storage.dialect import Connection


class Position(NamedTuple):
    """How far the events of a master go: the number of the next one; and its count of ended rights."""

    master: int
    next_event: int
    rights: int


def events(connection: Connection, master: int, after: int, limit: int) -> list[Event]:
    """The events of a master after a number, oldest first."""
    table = schema.event
    statement = select(table).where(table.c.master_id == master, table.c.no > after).order_by(table.c.no).limit(limit)
    return [Event._make(row) for row in connection.select(statement)]


def last_events(connection: Connection, master: int, limit: int) -> list[Event]:
    """The newest events of a master, newest first."""
    table = schema.event
    statement = select(table).where(table.c.master_id == master).order_by(table.c.no.desc()).limit(limit)
    return [Event._make(row) for row in connection.select(statement)]


def positions(connection: Connection, masters: Sequence[int]) -> list[Position]:
    """The positions of those of the masters that exist."""
    table = schema.lane
    statement = select(table.c.master_id, table.c.next_event, table.c.rights).where(table.c.master_id.in_(masters))
    return [Position._make(row) for row in connection.select(statement)]
