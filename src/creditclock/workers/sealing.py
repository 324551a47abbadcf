"""Sealing: links what was written to the chain of each journal, soon after it was (design section 5)."""

import contextlib
import logging
import threading
import time
from collections.abc import Sequence
from typing import Final

from creditclock.commands.timekeeping import Timekeeper
from creditclock.domain.rows import Seal
from creditclock.storage import seals
from creditclock.storage.database import Database
from creditclock.storage.dialect import Conflict, DatabaseProblem, Lost, Violation
from creditclock.storage.keys import Keys
from creditclock.storage.leader import Leader
from creditclock.storage.outbox import Position

EVERY_S: Final = 60.0
LOOK_S: Final = 1.0
"""How often the lead is confirmed."""
LOOK_AT_ALL_S: Final = 600.0
"""Hints may be missed; so often all journals are looked at."""
CLOSE_S: Final = 2.0
"""For so long at most a server that stops goes on sealing."""
PAGE: Final = 500
APART: Final = 10_000
"""A long stretch has a seal after so many rows."""
SHARE: Final = 4
"""After each step it rests so many times as long as that took: the lane goes before."""
LEADER: Final = 0x7365616C
"""The number of the lock on PostgreSQL whose holder seals."""
log: Final = logging.getLogger("creditclock.seals")


class SealWorker:
    """Seals the journals of all masters, in a thread of its own; of several servers one does it."""

    def __init__(self, database: Database, timekeeper: Timekeeper, keys: Keys) -> None:
        self._database = database
        self._time = timekeeper
        self._keys = keys
        self._leader = Leader(database, LEADER)
        self._news: set[int] = set()
        self._hearing = threading.Lock()
        self._stop = threading.Event()
        self._looked_at_all = -LOOK_AT_ALL_S
        self._sealed = -EVERY_S
        self._last_until = 0.0
        self._said = ""
        self._working = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="seals", daemon=True)

    def start(self) -> None:
        """Begin to seal."""
        self._thread.start()

    def hint(self, told: Sequence[Position]) -> None:
        """Hear which masters' journals may have grown."""
        with self._hearing:
            self._news.update(position.master for position in told)

    def close(self) -> None:
        """Seal what was written last, as far as that is quick, end the thread, and let others seal."""
        self._last_until = time.monotonic() + CLOSE_S
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=CLOSE_S + LOOK_S)
        self._leader.close()

    def seal_all(self) -> None:
        """Seal every journal to its end, at once."""
        with self._working:
            after = -1
            while True:
                with self._database.reading() as connection:
                    found = seals.unsealed(connection, after, PAGE)
                for master in found:
                    self._seal(master)
                if len(found) < PAGE or self._is_over():
                    return
                after = found[-1]

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                if self._leader.try_to_lead():
                    self._round()
                self._said = ""
            except (Conflict, Lost, DatabaseProblem) as error:
                if str(error) != self._said:
                    log.warning("journals wait to be sealed: %s", error)
                self._said = str(error)
            except Exception:
                log.exception("journals wait to be sealed; trying again")
            self._stop.wait(LOOK_S)
        with contextlib.suppress(Conflict, Lost, DatabaseProblem):
            if self._leader.leads:
                self._seal_news()

    def _round(self) -> None:
        now = time.monotonic()
        if now - self._looked_at_all >= LOOK_AT_ALL_S:
            self.seal_all()
            self._looked_at_all = self._sealed = now
        elif now - self._sealed >= EVERY_S:
            self._seal_news()
            self._sealed = now

    def _seal_news(self) -> None:
        with self._hearing:
            news, self._news = self._news, set()
        with self._working:
            for master in sorted(news):
                self._seal(master)

    def _seal(self, master: int) -> None:
        """Seal a journal to its end, in steps, each with a rest after it."""
        with self._database.reading() as connection:
            chain = sealed = seals.last(connection, master)
        more = True
        while more and not self._is_over():
            began = time.monotonic()
            with self._database.reading() as connection:
                links = seals.extend(connection, master, chain, PAGE)
            more = len(links) == PAGE
            chain = links[-1] if links else chain
            if chain.no > sealed.no and (not more or chain.no - sealed.no >= APART):
                self._add(seals.seal(self._keys, master, chain, self._time.now()))
                sealed = chain
            if more:
                self._stop.wait(SHARE * (time.monotonic() - began))

    def _is_over(self) -> bool:
        return self._stop.is_set() and time.monotonic() > self._last_until

    def _add(self, seal: Seal) -> None:
        try:
            seals.add(self._database, seal)
        except Violation:
            log.debug("another server sealed the journal of %d as well", seal.master)
