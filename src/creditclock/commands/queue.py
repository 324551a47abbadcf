"""The queue before the lane: bounded, fair between masters, urgent commands first (design section 3.3)."""

import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final

from creditclock.commands.job import Job
from creditclock.contract import Refusal, Urgency

PER_MASTER: Final = 4_000
IN_ALL: Final = 20_000
KEPT: Final = 500
"""Places of each master's queue that only stop and renew may take."""
KEEPERS: Final = frozenset({Urgency.STOP, Urgency.RENEW})
"""What ends use of time or proves that somebody is still there: it goes first and is refused last."""


class _Waiting:
    """The jobs of a master: stop and renew that came alone go first, or a flood of starts would let leases lapse."""

    __slots__ = ("first", "others")

    def __init__(self) -> None:
        self.first: deque[Job] = deque()
        self.others: deque[Job] = deque()

    def __len__(self) -> int:
        return len(self.first) + len(self.others)

    def queue_of(self, job: Job) -> deque[Job]:
        """Where a job waits. What belongs to a group keeps its place in it."""
        return self.first if job.group is None and job.operation.urgency in KEEPERS else self.others

    def next(self) -> Job:
        """The next job, taken."""
        return (self.first or self.others).popleft()

    def oldest(self) -> float:
        """When the oldest began to wait."""
        return min(jobs[0].queued_at for jobs in (self.first, self.others) if jobs)


class FairQueue:
    """Jobs waiting for the lane. Masters are served in turn; of each, stop and renew first, the rest as it came."""

    def __init__(self) -> None:
        self._queues: dict[int, _Waiting] = {}
        self._size = 0
        self._closed = False
        self._ready = threading.Condition()

    def put(self, jobs: Sequence[Job]) -> None:
        """Let jobs of one master wait, all of them or none.

        Raises a Refusal `busy` when their master's queue, or all of it, is full.
        """
        master = jobs[0].masters[0]
        now = time.monotonic()
        spare = 0
        for job in jobs:
            job.queued_at = now
            if job.operation.urgency not in KEEPERS:
                spare = KEPT
        with self._ready:
            waiting = self._queues.get(master)
            room = min(IN_ALL - self._size, PER_MASTER - (len(waiting) if waiting else 0)) - spare
            if self._closed or room < len(jobs):
                raise Refusal(
                    "busy", "The server has too much to do right now. Try again in a second.", retry_after_s=1
                )
            if waiting is None:
                waiting = self._queues[master] = _Waiting()
            for job in jobs:
                waiting.queue_of(job).append(job)
            self._size += len(jobs)
            if self._size == len(jobs):
                self._ready.notify()

    def put_back(self, jobs: Iterable[Job]) -> None:
        """Let jobs that were taken wait again, before those of their masters that wait."""
        with self._ready:
            for job in reversed(list(jobs)):
                self._queues.setdefault(job.masters[0], _Waiting()).queue_of(job).appendleft(job)
                self._size += 1

    def take(self, most: int) -> list[Job]:
        """Up to `most` jobs, waiting for the first; none once the queue is closed and empty. The oldest is first."""
        with self._ready:
            while not self._size and not self._closed:
                self._ready.wait()
            taken: list[Job] = []
            while self._queues and len(taken) < most:
                for master in list(self._queues):
                    waiting = self._queues.pop(master)
                    share = max(1, most // (len(self._queues) + 1))
                    taken.extend(waiting.next() for _ in range(min(share, len(waiting), most - len(taken))))
                    if waiting:
                        self._queues[master] = waiting
                    if len(taken) >= most:
                        break
            self._size -= len(taken)
        return taken

    def late(self, before: float) -> list[Job]:
        """Take out the jobs that have waited since before an instant of the monotonic clock; those first in line."""
        taken: list[Job] = []
        with self._ready:
            for master, waiting in list(self._queues.items()):
                for jobs in (waiting.first, waiting.others):
                    while jobs and jobs[0].queued_at < before:
                        taken.append(jobs.popleft())
                if not waiting:
                    del self._queues[master]
            self._size -= len(taken)
        return taken

    def waiting(self) -> tuple[int, float]:
        """How many jobs wait, and for how many seconds the oldest does."""
        with self._ready:
            oldest = min((jobs.oldest() for jobs in self._queues.values() if jobs), default=None)
            return self._size, 0.0 if oldest is None else max(0.0, time.monotonic() - oldest)

    def close(self) -> None:
        """Take no further jobs; those that wait are still given out."""
        with self._ready:
            self._closed = True
            self._ready.notify_all()


def by_urgency(jobs: Iterable[Job]) -> list[Job]:
    """The jobs in the order in which they are decided; those of one group stay together, in their order."""
    urgency: dict[int, Urgency] = {}
    ordered: list[tuple[int, Job]] = []
    for job in jobs:
        own = job.operation.urgency
        ordered.append((urgency.setdefault(id(job.group), own) if job.group is not None else own, job))
    return [job for _, job in sorted(ordered, key=lambda pair: pair[0])]
