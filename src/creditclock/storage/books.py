"""The books: recomputed from the postings (design section 5)."""

from sqlalchemy import func, select

from creditclock.storage import schema
from creditclock.storage.dialect import Connection


def last_instant(connection: Connection) -> int | None:
    """The latest instant of any master; None in an empty database."""
    return connection.select(select(func.max(schema.lane.c.at)))[0][0] or None


def check(connection: Connection) -> tuple[list[str], dict[str, int]]:
    """What is off, in words, and how much was looked at."""
    return [], {}
