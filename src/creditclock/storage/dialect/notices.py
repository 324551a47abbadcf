"""Notices between servers on one PostgreSQL: what one says is heard by all, soon and without a promise."""

from collections.abc import Iterator
from typing import Final

import psycopg

from creditclock.storage.dialect.postgres import open_bounded

CHANNEL: Final = "creditclock"
MOST_BYTES: Final = 7_900
"""PostgreSQL carries less than 8 000."""


class Notices:
    """A connection that says or hears notices; one that is lost is opened again at the next use."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._driver: psycopg.Connection[tuple[object, ...]] | None = None

    def say(self, text: str) -> None:
        """Let all servers hear a text. Raises OSError when PostgreSQL can't be reached."""
        assert len(text.encode()) <= MOST_BYTES
        try:
            self._open().execute("SELECT pg_notify(%s, %s)", (CHANNEL, text))
        except psycopg.Error as error:
            self.close()
            raise OSError(str(error)) from error

    def heard(self, patience_s: float) -> Iterator[str]:
        """The texts that were said, for so long at most. Raises OSError when PostgreSQL can't be reached."""
        try:
            fresh = self._driver is None
            driver = self._open()
            if fresh:
                driver.execute(f"LISTEN {CHANNEL}")
            for notice in driver.notifies(timeout=patience_s):
                yield notice.payload
        except psycopg.Error as error:
            self.close()
            raise OSError(str(error)) from error

    def close(self) -> None:
        """Close the connection."""
        if self._driver:
            self._driver.close()
            self._driver = None

    def _open(self) -> psycopg.Connection[tuple[object, ...]]:
        if self._driver is None:
            self._driver = open_bounded(self._target)
            self._driver.autocommit = True
        return self._driver
