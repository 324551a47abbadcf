"""Alive marks: so that it is known when no server was there (design section 4, Outage)."""

import os
import platform
from typing import Final, NamedTuple

from sqlalchemy import delete, func, insert, select

from creditclock.storage import schema
from creditclock.storage.database import Database

_STOPPED: Final = "stopped"


class Mark(NamedTuple):
    """A mark that was written: when, and when the newest one of any server was before it."""

    at: int
    last: int | None


class AliveMark:
    """Writes that this process is alive, on a connection of its own."""

    def __init__(self, database: Database) -> None:
        self._connection = database.connect()
        self._process = f"{platform.node()}:{os.getpid()}"

    def write(self, now: int, outage_ms: int) -> Mark:
        """Mark this process as alive, at the database's time where that counts, else at an instant.

        If no server wrote a mark for `outage_ms` or longer, that time is remembered as an outage in the same step.
        """
        return Mark(*self._connection.mark(self._process, now, outage_ms))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def note_stop(database: Database) -> None:
    """Remember that a server was stopped as it should be after the newest mark.

    Raises what the database raises.
    """
    table = schema.installation
    connection = database.connect()
    try:
        ((at,),) = connection.select(select(func.max(schema.alive.c.at)))
        if at is not None:
            connection.run(delete(table).where(table.c.name == _STOPPED))
            connection.run(insert(table).values(name=_STOPPED, value=str(at)))
    finally:
        connection.close()


def last_stop(database: Database) -> int | None:
    """The last mark of the server that was stopped last; None if none ever was."""
    table = schema.installation
    with database.reading() as connection:
        found = connection.select(select(table.c.value).where(table.c.name == _STOPPED))
    return int(found[0][0]) if found else None
