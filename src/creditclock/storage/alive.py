"""Alive marks: so that it is known when no server was there (design section 4, Outage)."""

import os
import platform
from typing import NamedTuple

from creditclock.storage.database import Database


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
