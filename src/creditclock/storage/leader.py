"""The leader: which of the servers on one database does what only one may do at a time (design section 5)."""

import contextlib
import time
from typing import Final

from sqlalchemy import func, select

from creditclock.storage.database import Database
from creditclock.storage.dialect import Connection, Lost, Unusable

SURE_S: Final = 5.0
"""For so long after the last word of the database a leader may act; its connection is asked each second."""


class Leader:
    """A lock that lives as long as a connection of its own: when its process dies, another one may take it.

    A database file has one server, which always leads.
    """

    def __init__(self, database: Database, number: int) -> None:
        self._database = database
        self._number = number
        self._connection: Connection | None = None
        self._sure_until = 0.0
        self._alone = database.path is not None

    @property
    def leads(self) -> bool:
        """Whether this process leads now, for certain."""
        return self._alone or time.monotonic() < self._sure_until

    def try_to_lead(self) -> bool:
        """Take the lock if nobody has it, or see whether it is still held; to be called each second."""
        if self._alone:
            return True
        asked = time.monotonic()
        try:
            if self._connection is None:
                self._connection = self._database.connect()
                self._sure_until = 0.0
            if self._sure_until:
                self._connection.select(select(func.now()))
            elif not self._connection.select(select(func.pg_try_advisory_lock(self._number)))[0][0]:
                return False
        except (Lost, Unusable):
            self.close()
            return False
        self._sure_until = asked + SURE_S
        return True

    def close(self) -> None:
        """Let others lead."""
        self._sure_until = 0.0
        if self._connection:
            with contextlib.suppress(Lost, Unusable):
                self._connection.close()
            self._connection = None
