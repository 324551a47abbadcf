"""Retention: removes what has had its time, and forgets people who were erased, in short steps beside the lane.

A step holds SQLite's write lock for some milliseconds, and a rest of several times as much follows: whoever writes
hardly notices. On PostgreSQL one server at a time does it (design section 5, Retention; docs/decisions/0030).
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from creditclock.commands.timekeeping import Timekeeper
from creditclock.domain.rows import Erasure
from creditclock.storage import erasure as erasing
from creditclock.storage import retention
from creditclock.storage.database import Database
from creditclock.storage.dialect import Conflict, Connection, DatabaseProblem, Lost, Unusable, Violation
from creditclock.storage.leader import Leader
from creditclock.storage.retention import Kind, Terms
from creditclock.workers.retention_metrics import RetentionTally

LOOK_S: Final = 1.0
"""How often people who were erased are looked for."""
FIRST_S: Final = 10.0
EVERY_S: Final = 600.0
"""When a server begins its first pass over everything, and how long after each the next begins."""
AGAIN_S: Final = 60.0
HELD_S: Final = 0.008
"""How long a step should take; it has more or fewer rows to come near it."""
FEWEST: Final = 20
MOST: Final = 1_000
REST: Final = 4
"""A rest is so many times as long as the step before it."""
SHORTEST_REST_S: Final = 0.01
PORTIONS: Final = 100_000
"""So many portions of a kind are removed in a pass at most."""
MASTERS: Final = 500
ERASURES: Final = 100
PAGES: Final = 256
PATIENCE_S: Final = 2.0
"""How long a request waits until a person is forgotten; what is left goes on without it."""
LEADER: Final = 0x72657461
"""The number of the lock on PostgreSQL whose holder does this."""
CLOSE_S: Final = 10.0
log: Final = logging.getLogger("creditclock.retention")


class Retention:
    """Removes and forgets, in a thread of its own unless a test clock says when."""

    def __init__(self, database: Database, timekeeper: Timekeeper, events_ms: int) -> None:
        self._database = database
        self._time = timekeeper
        self._events_ms = events_ms
        self._leader = Leader(database, LEADER)
        self._connection: Connection | None = None
        self._writing = threading.Lock()
        self._stop = threading.Event()
        self._rows = FEWEST
        self._passed_at: int | None = None
        self._pass_at = time.monotonic() + FIRST_S
        self._thread = threading.Thread(target=self._run, name="retention", daemon=True)
        self.tally = RetentionTally()

    def start(self) -> None:
        """Begin to remove what has had its time."""
        self._thread.start()

    def close(self) -> None:
        """End after the step under way; the next server goes on there."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=CLOSE_S)
        with self._writing:
            self._disconnect()
        self._leader.close()

    def catch_up(self, now: int) -> None:
        """Do at once what is due at an instant: for a clock that is moved."""
        self.forget()
        if self._passed_at is None or now - self._passed_at >= EVERY_S * 1_000:
            self._pass(now, rests=False)

    def forget(self, patience_s: float = PATIENCE_S) -> None:
        """Forget people who were erased, for so long at most. What is in the way is left to the thread."""
        try:
            self._forget_all(time.monotonic() + patience_s, rests=False)
        except (Conflict, Lost, Unusable, DatabaseProblem) as error:
            log.warning("could not forget somebody yet: %s; trying again", error)

    def _run(self) -> None:
        while not self._stop.wait(LOOK_S):
            try:
                self._round()
            except (Conflict, Lost, Unusable, DatabaseProblem) as error:
                log.warning("retention waits: %s; trying again", error)
            except Exception:
                log.exception("retention waits; trying again")
                self._stop.wait(AGAIN_S)

    def _round(self) -> None:
        """One look at what is to be done."""
        with self._database.reading() as connection:
            is_asked = bool(erasing.open_ones(connection, 1))
        is_time = time.monotonic() >= self._pass_at
        if not (is_asked or is_time):
            return
        if not self._leader.try_to_lead():
            self._pass_at = max(self._pass_at, time.monotonic() + AGAIN_S)
            return
        if is_asked:
            self._forget_all(None, rests=True)
        if is_time:
            self._pass(self._time.now(), rests=True)
            self._pass_at = time.monotonic() + EVERY_S

    def _pass(self, now: int, *, rests: bool) -> None:
        """Remove everything that has had its time."""
        terms = Terms(now, self._events_ms)
        for kind in retention.EVERYWHERE:
            self._drain(kind, 0, terms, rests=rests)
        oldest = {kind.name: self._oldest(kind, 0) for kind in retention.EVERYWHERE}
        for kind in retention.OF_MASTER:
            oldest[kind.name] = self._drain_masters(kind, terms, rests=rests)
        self._give_back(rests=rests)
        if not self._stop.is_set():
            self._passed_at = now
            self.tally.passed(now, oldest)

    def _drain_masters(self, kind: Kind, terms: Terms, *, rests: bool) -> int | None:
        """Remove what is due of a kind in each master; gives the instant of the oldest that is kept."""
        oldest: int | None = None
        after = -1
        while not self._stop.is_set():
            with self._database.reading() as connection:
                masters = retention.masters(connection, after, MASTERS)
            for after in masters:
                self._drain(kind, after, terms, rests=rests)
                found = self._oldest(kind, after)
                oldest = found if oldest is None else oldest if found is None else min(oldest, found)
            if len(masters) < MASTERS:
                break
        return oldest

    def _drain(self, kind: Kind, master: int, terms: Terms, *, rests: bool) -> None:
        for _ in range(PORTIONS):
            if self._stop.is_set() or not self._may_go_on(rests=rests):
                return
            with self._database.reading() as connection:
                portion = kind.due(connection, master, terms, self._rows)
            if portion is None:
                return
            held_s = self._write(lambda connection, found=portion: kind.remove(connection, master, terms, found))
            self.tally.removed[kind.name].add(portion.rows)
            self._pace(held_s, rests=rests)

    def _may_go_on(self, *, rests: bool) -> bool:
        """Whether this server still is the one that removes."""
        return not rests or self._leader.leads or self._leader.try_to_lead()

    def _oldest(self, kind: Kind, master: int) -> int | None:
        with self._database.reading() as connection:
            return kind.oldest(connection, master)

    def _forget_all(self, until: float | None, *, rests: bool) -> None:
        with self._database.reading() as connection:
            asked = erasing.open_ones(connection, ERASURES)
        for erasure in asked:
            self._forget(erasure, until, rests=rests)

    def _forget(self, erasure: Erasure, until: float | None, *, rests: bool) -> None:
        """Forget what is left of a person, up to an instant of the monotonic clock."""
        with self._database.reading() as connection:
            person = erasing.person_of(connection, erasure)
        while not (self._stop.is_set() or (until is not None and time.monotonic() > until)):
            if erasing.is_over(erasure):
                self._finish(erasure)
                return
            with self._database.reading() as connection:
                step = erasing.next_step(connection, erasure, person, self._rows)
            held_s = self._write(lambda connection, found=step: erasing.carry_out(connection, found))
            self._pace(held_s, rests=rests)
            erasure = step.after

    def _finish(self, erasure: Erasure) -> None:
        """Note that a person is forgotten, once old versions of rows are gone too; else it is tried again."""
        with self._writing:
            is_clean = self._connected().scrub()
        if is_clean:
            self._write(lambda connection: erasing.finish(connection, erasure, self._time.now()))
            self.tally.forgotten.add()

    def _give_back(self, *, rests: bool) -> None:
        """Give pages that are no longer used back to the disk."""
        for _ in range(PORTIONS):
            began = time.perf_counter()
            with self._writing:
                has_more = self._connected().give_back(PAGES)
            if not has_more or self._stop.is_set():
                return
            if rests:
                self._stop.wait(max(SHORTEST_REST_S, REST * (time.perf_counter() - began)))

    def _write(self, work: Callable[[Connection], None]) -> float:
        """Do something in a transaction of its own; gives for how many seconds it kept others from writing."""
        with self._writing:
            connection = self._connected()
            try:
                connection.begin()
                began = time.perf_counter()
                work(connection)
                connection.commit()
            except (Conflict, Violation):
                connection.rollback()
                raise
            except BaseException:
                self._disconnect()
                raise
            return time.perf_counter() - began

    def _pace(self, held_s: float, *, rests: bool) -> None:
        """Take more or fewer rows the next time, and rest."""
        self.tally.held_s.add(held_s)
        if held_s > HELD_S:
            self._rows = max(FEWEST, self._rows // 2)
        elif held_s < HELD_S / 2:
            self._rows = min(MOST, self._rows * 2)
        if rests:
            self._stop.wait(max(SHORTEST_REST_S, REST * held_s))

    def _connected(self) -> Connection:
        self._connection = self._connection or self._database.connect()
        return self._connection

    def _disconnect(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None
