"""Presence: what this server decides, it decides while it is known to be alive (design section 4, Outage)."""

import contextlib
import logging
import threading
import time
from typing import Final

from creditclock.commands.timekeeping import Timekeeper, monotonic_ms
from creditclock.storage.alive import AliveMark, last_stop
from creditclock.storage.database import Database
from creditclock.storage.dialect import Unusable

EVERY_MS: Final = 1_000
OUTAGE_MS: Final = 2_000
"""A longer time without a mark of any server is an outage.

It is less than half of the shortest lease: whoever renews in time can't have a lease end in a shorter one.
"""
ATTENDED_S: Final = 2.0
"""For so long after the process that answers was heard from, the lane decides."""
MARKED_S: Final = 1.0
"""For so long marks are written.

It stands still since then at the earliest, and a lease that was renewed in time goes on for 2.5 s at least: so the last
mark is before its end.
"""
LEFT_MS: Final = 1_250
"""After the process that answers was missed, a shorter time without a mark is an outage too.

Other servers on the database, which may have answered, write a mark each second.
"""
STANDS_STILL: Final = "The process that answers stands still. Try again."
log: Final = logging.getLogger("creditclock.alive")


class Presence:
    """The alive marks of this server, and the intervals in which no server was alive.

    The lane asks before it decides: what was missed while this process, its machine or its connection stood still,
    or while the clock jumped, is known before any lease is judged by the time afterwards. Where another process answers
    requests, the lane hears from it: while that one stands still, nobody can renew, so nothing is marked or decided.

    One that `serves` nobody marks only when it must, and none when it ends: then all of its time is an outage, unless
    servers mark theirs.
    """

    def __init__(self, database: Database, timekeeper: Timekeeper, *, serves: bool = True) -> None:
        self._database = database
        self._time = timekeeper
        self._serves = serves
        self._lock = threading.Lock()
        self._mark: AliveMark | None = None
        self._seen: int | None = None
        self._written: float | None = None
        self._heard: float | None = None
        self._left = False
        self.outages = database.outages()
        """The intervals in which no server was alive, oldest first."""

    @property
    def age_s(self) -> float | None:
        """How long ago the last mark was written; None before the first."""
        return None if self._written is None else time.monotonic() - self._written

    def hear(self) -> None:
        """Hear from the process that answers; from the first time on this server is there only while it is heard."""
        now = time.monotonic()
        if self._heard is not None and now - self._heard >= ATTENDED_S:
            self._left = True
        self._heard = now

    @property
    def attended(self) -> bool:
        """Whether requests are answered, as far as is known; always with the test clock."""
        return not self._time.real or self._is_heard(ATTENDED_S)

    @property
    def markable(self) -> bool:
        """Whether a mark may be written."""
        return self._is_heard(MARKED_S)

    def is_due(self, now: int) -> bool:
        """Whether it is time for another mark; never with the test clock."""
        return (
            self._serves and self._time.real and self.markable and (self._seen is None or now - self._seen >= EVERY_MS)
        )

    def is_missed(self, now: int) -> bool:
        """Whether a mark has to be written before anything is decided at an instant; never with the test clock."""
        if not self._time.real:
            return False
        return self._seen is None or now - self._seen >= OUTAGE_MS or self._left or not self.attended

    def mark(self) -> None:
        """Write a mark. Raises `Lost`, `Conflict` or `Unusable`; then nothing is known."""
        with self._lock:
            if not self.markable:
                raise Unusable(STANDS_STILL)
            left, limit_ms = self._left, LEFT_MS if self._left else OUTAGE_MS
            try:
                self._database.check_file()
                self._mark = self._mark or AliveMark(self._database)
                asked_at = monotonic_ms()
                mark = self._mark.write(self._time.now(), limit_ms)
                self._time.hear(mark.at, asked_at)
                if left or self.is_missed(mark.at):
                    self.outages = self._database.outages()
                    if self._serves and mark.last is not None and mark.at - mark.last >= limit_ms:
                        self._tell(mark.last, mark.at - mark.last)
            except BaseException:
                self._drop()
                raise
            self._seen = mark.at
            self._left = self._left and not left
            self._written = time.monotonic()

    def close(self) -> None:
        """Write a last mark, so that a server that was stopped counts as gone from this moment on."""
        if self._seen is not None and self._serves:
            with contextlib.suppress(Exception):
                self.mark()
        self._drop()

    def _is_heard(self, within_s: float) -> bool:
        return self._heard is None or time.monotonic() - self._heard < within_s

    def _tell(self, last: int, gap_ms: int) -> None:
        # Where the last server was stopped as it should be, somebody knows.
        level = logging.INFO if last_stop(self._database) == last else logging.WARNING
        log.log(level, "no server was there for %d ms: leases that ended meanwhile are extended", gap_ms)

    def _drop(self) -> None:
        if self._mark:
            with contextlib.suppress(Exception):
                self._mark.close()
        self._mark = None
