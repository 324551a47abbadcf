"""Presence: what this server decides, it decides while it is known to be alive (design section 4, Outage)."""

import contextlib
import logging
import threading
import time
from typing import Final

from creditclock.commands.timekeeping import Timekeeper, monotonic_ms
from creditclock.storage.alive import AliveMark, last_stop
from creditclock.storage.database import Database

EVERY_MS: Final = 1_000
OUTAGE_MS: Final = 2_000
"""A longer time without a mark of any server is an outage.

It is less than half of the shortest lease: whoever renews in time can't have a lease end in a shorter one.
"""
log: Final = logging.getLogger("creditclock.alive")


class Presence:
    """The alive marks of this server, and the intervals in which no server was alive.

    The lane asks before it decides: what was missed while this process, its machine or its connection stood still,
    or while the clock jumped, is known before any lease is judged by the time afterwards.
    """

    def __init__(self, database: Database, timekeeper: Timekeeper) -> None:
        self._database = database
        self._time = timekeeper
        self._lock = threading.Lock()
        self._mark: AliveMark | None = None
        self._seen: int | None = None
        self._written: float | None = None
        self.outages = database.outages()
        """The intervals in which no server was alive, oldest first."""

    @property
    def age_s(self) -> float | None:
        """How long ago the last mark was written; None before the first."""
        return None if self._written is None else time.monotonic() - self._written

    def is_due(self, now: int) -> bool:
        """Whether it is time for another mark; never with the test clock."""
        return self._time.real and (self._seen is None or now - self._seen >= EVERY_MS)

    def is_missed(self, now: int) -> bool:
        """Whether a mark has to be written before anything is decided at an instant; never with the test clock."""
        return self._time.real and (self._seen is None or now - self._seen >= OUTAGE_MS)

    def mark(self) -> None:
        """Write a mark. Raises `Lost`, `Conflict` or `Unusable`; then nothing is known."""
        with self._lock:
            try:
                self._database.check_file()
                self._mark = self._mark or AliveMark(self._database)
                asked_at = monotonic_ms()
                mark = self._mark.write(self._time.now(), OUTAGE_MS)
                self._time.hear(mark.at, asked_at)
                if self.is_missed(mark.at):
                    self.outages = self._database.outages()
                    self._tell(mark.at, mark.last)
            except BaseException:
                self._drop()
                raise
            self._seen = mark.at
            self._written = time.monotonic()

    def close(self) -> None:
        """Write a last mark, so that a server that was stopped counts as gone from this moment on."""
        if self._seen is not None:
            with contextlib.suppress(Exception):
                self.mark()
        self._drop()

    def _tell(self, now: int, last: int | None) -> None:
        if last is not None and now - last >= OUTAGE_MS:
            # Where the last server was stopped as it should be, somebody knows.
            level = logging.INFO if last_stop(self._database) == last else logging.WARNING
            log.log(level, "no server was there for %d ms: leases that ended meanwhile are extended", now - last)

    def _drop(self) -> None:
        if self._mark:
            with contextlib.suppress(Exception):
                self._mark.close()
        self._mark = None
