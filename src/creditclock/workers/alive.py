"""Alive marks: so that after a crash it is known since when no server was there (design section 4, Outage)."""

import contextlib
import logging
import threading
import time
from typing import Final

from creditclock.commands.lane import Lane
from creditclock.commands.timekeeping import Timekeeper
from creditclock.storage.database import AliveMark, Database
from creditclock.storage.dialect import Unusable

EVERY_S: Final = 1.0
OUTAGE_MS: Final = 5_000
"""A gap between marks that is longer counts as an outage."""
KEEP_MS: Final = 86_400_000
log: Final = logging.getLogger("creditclock.alive")


def note_outage(database: Database, now: int) -> tuple[int, int] | None:
    """At the start: remember the time since the last mark of any server as an outage, if it was long."""
    last = database.last_alive()
    database.forget_alive(now - KEEP_MS)
    if last is None or now - last < OUTAGE_MS:
        return None
    database.add_outage(last, now)
    return last, now


class AliveWorker:
    """Writes a mark each second, and watches the clock for jumps."""

    def __init__(self, database: Database, timekeeper: Timekeeper, lane: Lane) -> None:
        self._database = database
        self._time = timekeeper
        self._lane = lane
        self._stop = threading.Event()
        self._jumps: list[tuple[int, int]] = []
        self._thread = threading.Thread(target=self._run, name="alive", daemon=True)
        self._written: float | None = None

    @property
    def age_s(self) -> float | None:
        """How long ago the last mark was written; None before the first."""
        return None if self._written is None else time.monotonic() - self._written

    def start(self) -> None:
        """Begin to write marks."""
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        mark: AliveMark | None = None
        said = ""
        while True:
            try:
                mark = mark or AliveMark(self._database)
                mark.write(self._time.now())
                self._written = time.monotonic()
                self._lane.healthy = True
                self._note_jumps()
                if said:
                    log.warning("alive marks are written again")
                said = ""
            except Exception as error:  # noqa: BLE001 - whatever it is, the next mark may succeed
                if isinstance(error, Unusable):
                    self._lane.healthy = False
                if str(error) != said:
                    log.error("no alive mark: %s: %s", type(error).__name__, error)  # noqa: TRY400 - one line is enough
                said = str(error)
                _close(mark)
                mark = None
            if self._stop.wait(EVERY_S):
                break
        _close(mark)

    def _note_jumps(self) -> None:
        """Remember jumps of the clock as outages; those that couldn't be written are kept for the next time."""
        for from_at, until_at in self._time.jumps():
            log.error("the clock jumped from %d to %d ms: counted as an outage", from_at, until_at)
            self._jumps.append((from_at, until_at))
        while self._jumps:
            self._database.add_outage(*self._jumps[0])
            self._lane.learn_outages(self._database.outages())
            del self._jumps[0]


def _close(mark: AliveMark | None) -> None:
    if mark:
        with contextlib.suppress(Exception):
            mark.close()
