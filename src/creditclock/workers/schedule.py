"""The schedule: what is sent next, over all webhooks in turn (design section 5)."""

import random
import threading
import time
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from creditclock.commands.relaying import Result
from creditclock.domain.rows import Delivery
from creditclock.storage.deliveries import Served
from creditclock.workers.post import SENDERS
from creditclock.workers.sender import Reply
from creditclock.workers.targets import Pending, Place, Target

FOR_FAILING: Final = SENDERS // 2
"""How much is sent at once to all webhooks that fail: the others are not kept from being told."""
UNWRITTEN: Final = 1_000
"""So many results may wait to be written down; then nothing more is sent."""


class Task(NamedTuple):
    """Something to be sent."""

    target: Target
    pending: Pending
    was_failing: bool


class Schedule:
    """What is on its way to all webhooks that are served from here; used by several threads."""

    def __init__(self) -> None:
        self._targets: dict[Place, Target] = {}
        self._busy: dict[Place, Target] = {}
        self._lock = threading.Lock()
        self._results: dict[Place, list[Result]] = {}
        self._unwritten = 0
        self._under_way = 0
        self._failing = 0
        self._closed = False

    def renew(self, served: Sequence[Served], masters: Iterable[int] | None) -> list[tuple[Target, int]]:
        """Take in which webhooks are enabled, of these masters or of all; gives them, with the last event of each."""
        found: list[tuple[Target, int]] = []
        with self._lock:
            for webhook, last in served:
                target = self._targets.setdefault((webhook.master, webhook.id), Target(webhook))
                target.renew(webhook)
                found.append((target, last))
            there = {(webhook.master, webhook.id) for webhook, _ in served}
            asked = None if masters is None else set(masters)
            for place, target in list(self._targets.items()):
                if place not in there and (asked is None or place[0] in asked):
                    # What is being sent now is not sent once more if the webhook is enabled again soon.
                    target.stopped = True
                    if not target.sending:
                        del self._targets[place]
        return found

    def replace(self, target: Target, rows: Sequence[Delivery]) -> None:
        """Take in what is on its way to a webhook."""
        with self._lock:
            target.replace(rows)
            self._busy[target.place] = target

    def add(self, target: Target, found: Iterable[Pending]) -> None:
        """Take in more that is on its way to a webhook."""
        with self._lock:
            target.add(found)
            self._busy[target.place] = target

    def start(self, now: int) -> Task | None:
        """Something to be sent, if something is due and one more may be sent at the same time."""
        with self._lock:
            task = self._next(now) if self._under_way < SENDERS else None
            if task:
                self._under_way += 1
                self._failing += task.was_failing
        return task

    def done(self, task: Task, reply: Reply, tried_at: int) -> None:
        """Take in what came of a try."""
        jitter = random.randrange(1_000)  # noqa: S311 - not a secret
        with self._lock:
            self._left(task)
            result = task.target.done(task.pending, reply, tried_at, jitter)
            self._results.setdefault(task.target.place, []).append(result)
            self._unwritten += 1

    def put_off(self, task: Task, rest_s: float) -> None:
        """A try ended without a result: it comes again, after a rest."""
        with self._lock:
            self._left(task)
            task.target.put_off(task.pending, time.monotonic() + rest_s)

    def results(self, most: int) -> list[tuple[Place, list[Result]]]:
        """What is to be written down, per webhook, at most so many each; it is taken out."""
        with self._lock:
            found = [(place, results[:most]) for place, results in self._results.items()]
            for place, results in found:
                rest = self._results.pop(place)[len(results) :]
                if rest:
                    self._results[place] = rest
        return found

    def written(self, place: Place, results: Sequence[Result], *, as_known: bool) -> None:
        """Results were written down; not `as_known`, what is on its way must be read again."""
        with self._lock:
            self._unwritten -= len(results)
            if target := self._targets.get(place):
                target.written(results)
                target.loaded = target.loaded and as_known

    def not_written(self, place: Place, results: Sequence[Result]) -> None:
        """Results couldn't be written down: they come again, before the others."""
        with self._lock:
            self._results[place] = [*results, *self._results.get(place, ())]

    def next_at(self, now: int) -> int | None:
        """The earliest instant after `now` at which something may be due."""
        with self._lock:
            times = (target.next_at() for target in self._busy.values())
            return min((at for at in times if at is not None and at > now), default=None)

    @property
    def has_results(self) -> bool:
        """Whether something is to be written down."""
        return bool(self._results)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being sent."""
        return self._under_way == 0

    def clear(self) -> None:
        """Forget what is on its way: somebody else may relay now. Results are kept: where they still count they do."""
        with self._lock:
            for target in self._targets.values():
                target.stopped = True
            self._targets.clear()
            self._busy.clear()

    def close(self) -> None:
        """Give out nothing more."""
        self._closed = True

    def _next(self, now: int) -> Task | None:
        if self._closed or self._unwritten >= UNWRITTEN:
            return None
        for place, target in list(self._busy.items()):
            if target.is_empty or target.stopped:
                del self._busy[place]
            elif target.due(now) and not (target.is_failing and self._failing >= FOR_FAILING):
                # The others come first the next time.
                self._busy[place] = self._busy.pop(place)
                return Task(target, target.take(), target.is_failing)
        return None

    def _left(self, task: Task) -> None:
        self._under_way -= 1
        self._failing -= task.was_failing
