"""The lane: the only write path (design section 3.3).

Commands that arrive together are decided together and committed together: lock the masters, fetch rows,
let handlers decide, write, commit, answer.
"""

import logging
import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Final

from creditclock.commands.batch import FAILED, REFUSED, Moment, decide
from creditclock.commands.job import Job, Outcome, Sink
from creditclock.commands.presence import Presence
from creditclock.commands.queue import FairQueue, by_urgency
from creditclock.commands.tallies import LaneTally
from creditclock.commands.timekeeping import Timekeeper, monotonic_ms
from creditclock.contract import Refusal
from creditclock.domain.rows import Clock, Journal, Session
from creditclock.domain.rows import Lane as LaneRow
from creditclock.storage.database import Database
from creditclock.storage.dialect import Conflict, Connection, Lost, Unusable, Values, Violation, Write
from creditclock.storage.fetching import Need, fetch
from creditclock.storage.outbox import Position
from creditclock.storage.working_set import WorkingSet, merge, rows_of

BATCH: Final = 128
WAIT_S: Final = 2.0
RETRIES: Final = 6
DOUBT_S: Final = 30.0
ASK_S: Final = 0.5
"""A commit that may have happened is never repeated: until that is known, for half a minute, nothing else happens."""
ROWS_IN_MEMORY: Final = 400_000
NAMED: Final = 8
"""How many requests a line of the log names."""
log: Final = logging.getLogger("creditclock.lane")


class Doubt(Exception):  # noqa: N818 - it states a fact
    """A commit may or may not have happened."""


class Lane:
    """A thread that carries out commands, and the rows it keeps between batches.

    `due` is called after a commit with the earliest instant at which something computed may happen, `told` with
    how far the events go of each master that it wrote to.
    """

    def __init__(
        self,
        database: Database,
        time_: Timekeeper,
        presence: Presence,
        due: Callable[[int], None],
        told: Callable[[list[Position]], None],
    ) -> None:
        self._database = database
        self._time = time_
        self._presence = presence
        self._due = due
        self._told = told
        self._queue = FairQueue()
        self._sets: dict[int, WorkingSet] = {}
        self._batches = 0
        self._connection: Connection | None = None
        self._thread = threading.Thread(target=self._run, name="lane", daemon=True)
        self.healthy = True
        """Whether the database took what was last written."""
        self.tally = LaneTally()

    def start(self) -> None:
        """Begin to carry out commands."""
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    @property
    def waiting(self) -> tuple[int, float]:
        """How many jobs wait, and for how many seconds the oldest does."""
        return self._queue.waiting()

    @property
    def rows(self) -> int:
        """How many rows are in memory, nearly: the lane goes on while they are counted."""
        return sum(rows.size() for rows in list(self._sets.values()))

    def submit(self, *jobs: Job) -> None:
        """Queue jobs of one master, all or none; their sinks hear of them. Raises a Refusal `busy` if it is full."""
        self._queue.put(jobs)

    def close(self) -> None:
        """Carry out what is queued, then end."""
        self._queue.close()
        if self._thread.is_alive():
            self._thread.join(timeout=30)
        if self._connection:
            self._connection.close()

    def _run(self) -> None:
        while jobs := self._queue.take(BATCH):
            try:
                self._carry_out(jobs)
            except Doubt as doubt:
                extra = {"requests": _requests(jobs)}
                log.error("whether a batch of %d was committed is not known: %s", len(jobs), _line(doubt), extra=extra)  # noqa: TRY400 - a sentence says it all
                self._fail(jobs, _unknown_whether_done())
            except Exception:
                log.exception("a batch of %d failed", len(jobs), extra={"requests": _requests(jobs)})
                self.tally.troubles["unexpected"].add()
                self._fail(jobs)

    def _fail(self, jobs: list[Job], why: Refusal | None = None) -> None:
        self._forget(jobs)
        _break(jobs)
        self._deliver([Outcome(job, FAILED, None, why) for job in jobs])

    def _carry_out(self, jobs: list[Job]) -> None:
        """One batch, again when the database says so, in halves when a write fails."""
        for attempt in range(RETRIES):
            jobs = self._drop_late(jobs)
            if not jobs:
                return
            try:
                self._transact(jobs)
            except (Conflict, Lost) as error:
                self._note_trouble(jobs, error, attempt + 1)
                time.sleep(random.uniform(0.01, 0.05) * 2**attempt)  # noqa: S311 - jitter, not a secret
            except Unusable as trouble:
                self.tally.troubles["unusable"].add()
                if self.healthy:
                    log.error("nothing can be written: %s", trouble)  # noqa: TRY400 - a sentence says it all
                self.healthy = False
                self._forget(jobs)
                self._disconnect()
                self._deliver([_refused(job, trouble) for job in jobs])
                return
            except Violation:
                self._forget(jobs)
                self.tally.troubles["violation"].add()
                if len(jobs) == 1:
                    extra = {"request": jobs[0].request}
                    log.exception("%s broke a constraint", jobs[0].operation.name, extra=extra)
                    self._deliver([Outcome(jobs[0], FAILED, None, None)])
                    return
                # What is left of the first half comes before the second, so that groups keep their order.
                half = len(jobs) // 2
                self._queue.put_back(jobs[half:])
                self._carry_out(jobs[:half])
                return
            else:
                return
        self._deliver([_busy(job) for job in jobs])

    def _note_trouble(self, jobs: list[Job], error: Conflict | Lost, attempt: int) -> None:
        """Say once what goes wrong, forget what may have changed, and let go of a connection that was lost."""
        if self.healthy:
            extra = {"requests": _requests(jobs)}
            log.warning("batch of %d: %s, attempt %d", len(jobs), _line(error), attempt, extra=extra)
        self._forget(jobs)
        if isinstance(error, Conflict):
            self.tally.troubles["conflict"].add()
            return
        self.tally.troubles["lost"].add()
        self._disconnect()
        self.healthy = False

    def _transact(self, jobs: list[Job]) -> None:
        began = time.perf_counter()
        connection = self._connection or self._connect()
        masters = _masters(jobs)
        try:
            locked, clock = self._lock(connection, masters)
            sets = self._sets_of(locked)
            ready = [job for job in jobs if all(master in sets for master in job.masters)]
            moment = Moment(clock, self._presence.outages, self._time.steady())
            decided = decide(connection, sets, by_urgency(ready), moment)
            self._finish(connection, sets, moment)
        except BaseException:
            connection.rollback()
            raise
        waiting = [job for job in jobs if not all(master in sets for master in job.masters)]
        # The first master was waited for: if it isn't here, there is no such master.
        unknown = [job for job in waiting if masters[0] not in sets and masters[0] in job.masters]
        self._queue.put_back([*decided.left, *(job for job in waiting if job not in unknown)])
        self._deliver([*decided.outcomes, *(_unknown(job) for job in unknown)])
        self.tally.sizes.add(len(decided.outcomes))
        self.tally.batch_s.add(time.perf_counter() - began)

    def _lock(self, connection: Connection, masters: Sequence[int]) -> tuple[list[Values], int]:
        """Lock the masters, and the instant then: one at which this server is known to be alive."""
        if self._presence.is_due(self._time.now()):
            self._presence.mark()
        for _ in range(2):
            asked_at = monotonic_ms()
            locked, now = connection.lock(masters)
            if now is not None:
                self._time.hear(now, asked_at)
            clock = now if now is not None and self._time.real else self._time.now()
            if not self._presence.is_missed(clock):
                return locked, clock
            connection.rollback()
            self._presence.mark()
        raise Conflict("this server stood still twice in a moment")

    def _finish(self, connection: Connection, sets: dict[int, WorkingSet], moment: Moment) -> None:
        """Write what changed and commit; with nothing changed only the locks are given back."""
        changed = [rows for rows in sets.values() if rows.changed()]
        if not changed:
            connection.rollback()
            self._keep(sets)
            return
        for rows in changed:
            rows.end(moment.now)
        writes = merge(changed)
        began = time.perf_counter()
        try:
            connection.write_and_commit(writes)
        except Lost as lost:
            if not self._find_out(writes, lost):
                raise
        self.healthy = True
        self.tally.commit_s.add(time.perf_counter() - began)
        self.tally.ends(rows_of(writes, Session), self._time.now())
        clocks = rows_of(writes, Clock)
        checks = [at for clock in clocks for at in (clock.check_at, clock.low_at) if at is not None]
        self._keep(sets)
        if checks:
            self._due(min(checks))
        self._told([Position(lane.master, lane.next_event, lane.rights) for lane in rows_of(writes, LaneRow)])

    def _keep(self, sets: dict[int, WorkingSet]) -> None:
        """Keep the rows for later batches, within a bound: the masters not met for the longest are forgotten first."""
        for rows in sets.values():
            rows.written()
            self._sets[rows.master] = rows
        self._batches += 1
        if self._batches % 64:
            return
        total = sum(rows.size() for rows in self._sets.values())
        for master in list(self._sets):
            if total <= ROWS_IN_MEMORY:
                return
            total -= self._sets.pop(master).size()

    def _find_out(self, writes: Sequence[Write], lost: Lost) -> bool:
        """After a connection was lost in a commit: whether it happened. Raises `Doubt` if that can't be found out."""
        until = time.monotonic() + DOUBT_S
        while time.monotonic() < until:
            try:
                return self._committed(writes)
            except (Conflict, Lost, Unusable) as error:
                if self.healthy:
                    log.warning("a commit is in doubt, and nothing else happens until it is known: %s", _line(error))
                self.healthy = False
                self.tally.troubles["doubt"].add()
                self._disconnect()
                self._deliver([_busy(job) for job in self._queue.late(time.monotonic() - WAIT_S)])
                time.sleep(ASK_S)
        raise Doubt(str(lost)) from lost

    def _committed(self, writes: Sequence[Write]) -> bool:
        """Whether a batch is in the journal; asked under the lock, so that a commit on its way is waited for."""
        wrote = next(iter(rows_of(writes, Journal)), None)
        if wrote is None:
            return False
        connection = self._connect()
        locked, _ = connection.lock((wrote.master,))
        rows = WorkingSet(LaneRow._make(locked[0]))
        fetch(connection, {wrote.master: rows}, [Need(wrote.master, Journal, None, wrote.no)])
        connection.rollback()
        found = rows.get(Journal, wrote.no)
        return found is not None and found.mac == wrote.mac

    def _sets_of(self, locked: Sequence[Values]) -> dict[int, WorkingSet]:
        """The working sets of the locked masters; what is remembered of them counts if nobody else wrote since."""
        sets: dict[int, WorkingSet] = {}
        for values in locked:
            lane = LaneRow._make(values)
            rows = self._sets.pop(lane.master, None)
            if rows is None or rows.lane.revision != lane.revision:
                rows = WorkingSet(lane)
            else:
                rows.begin(lane)
            sets[lane.master] = rows
        return sets

    def _connect(self) -> Connection:
        self._disconnect()
        self._connection = self._database.connect(lane=True)
        return self._connection

    def _disconnect(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None

    def _drop_late(self, jobs: list[Job]) -> list[Job]:
        """Put off what waited for too long, and what comes after something of its group that was put off."""
        late = time.monotonic() - WAIT_S
        kept: list[Job] = []
        dropped: list[Outcome] = []
        for job in jobs:
            if job.queued_at < late or (job.group and job.group.broken):
                dropped.append(_busy(job))
            else:
                kept.append(job)
        self._deliver(dropped)
        return kept

    def _forget(self, jobs: Sequence[Job]) -> None:
        for master in _masters(jobs):
            self._sets.pop(master, None)
        if self._connection:
            self._connection.rollback()

    def _deliver(self, outcomes: list[Outcome]) -> None:
        self.tally.outcomes(outcomes)
        by_sink: dict[int, tuple[Sink, list[Outcome]]] = defaultdict()
        for outcome in outcomes:
            by_sink.setdefault(id(outcome.job.sink), (outcome.job.sink, []))[1].append(outcome)
        for sink, own in by_sink.values():
            sink.deliver(own)


def _line(error: Exception) -> str:
    """What an error says, in one line."""
    return " ".join(str(error).split())


def _requests(jobs: Sequence[Job]) -> list[str]:
    """The ids of the requests that brought the jobs, a few of them."""
    return [job.request for job in jobs[:NAMED] if job.request]


def _masters(jobs: Sequence[Job]) -> list[int]:
    """The masters of the jobs, that of the oldest first, the others sorted."""
    first = jobs[0].masters[0]
    return [first, *sorted({master for job in jobs for master in job.masters} - {first})]


def _unknown(job: Job) -> Outcome:
    return Outcome(job, REFUSED, None, Refusal("not_found", "There is no such business. Check the id."))


def _unknown_whether_done() -> Refusal:
    return Refusal(
        "unexpected",
        "The database was lost, and whether this was done is not known. "
        "Send the same request with the same Idempotency-Key again: it is never carried out twice.",
    )


def _break(jobs: Sequence[Job]) -> None:
    """Let nothing happen that comes after these jobs in their groups."""
    for job in jobs:
        if job.group:
            job.group.broken = True


def _busy(job: Job) -> Outcome:
    _break([job])
    detail = "The server could not get to this in time; nothing was done. Try again in a second."
    return Outcome(job, REFUSED, None, Refusal("busy", detail, retry_after_s=1))


def _refused(job: Job, trouble: Unusable) -> Outcome:
    _break([job])
    return Outcome(job, REFUSED, None, Refusal("busy", f"Nothing was changed. {trouble}", retry_after_s=5))
