"""A lane of this process alone: for what an administrator does on the server's own machine.

It locks and writes as those of servers do, so that on PostgreSQL they go on meanwhile.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

from creditclock.commands.job import Job, Outcome
from creditclock.commands.lane import Lane
from creditclock.commands.presence import Presence
from creditclock.commands.timekeeping import DatabaseTime, WallTime
from creditclock.contract import Command, Operation, Refusal
from creditclock.domain.access import system
from creditclock.storage.database import Database, DatabaseProblem

ANSWER_S: Final = 60.0
"""How long the lane may take to carry out what it is given at once."""
TRIES: Final = 6
PAUSE_S: Final = 0.5


class _Answers:
    """Waits for what comes of some commands."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._outcomes: dict[int, Outcome] = {}

    def deliver(self, outcomes: list[Outcome]) -> None:
        """Take outcomes, from the lane's thread."""
        with self._changed:
            self._outcomes.update((id(outcome.job), outcome) for outcome in outcomes)
            self._changed.notify_all()

    def wait(self, jobs: Sequence[Job]) -> list[Outcome]:
        """The outcomes of jobs, in their order. Raises `DatabaseProblem` when they don't come."""
        with self._changed:
            if not self._changed.wait_for(lambda: all(id(job) in self._outcomes for job in jobs), ANSWER_S):
                raise _failed()
            return [self._outcomes.pop(id(job)) for job in jobs]


class LaneAlone:
    """Carries out commands of the system; close it, or use it as a context manager."""

    def __init__(self, database: Database) -> None:
        time_ = DatabaseTime() if database.path is None else WallTime()
        self._presence = Presence(database, time_, serves=False)
        self._lane = Lane(database, time_, self._presence, due=lambda _at: None, told=lambda _told: None)
        self._answers = _Answers()
        self._lane.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def job(
        self, operation: Operation, command: Command[Any], master: int, material: Mapping[str, str] | None = None
    ) -> Job:
        """A command of the system in a master, to be carried out here."""
        job = Job(operation, command, system(master), (master,), self._answers)
        job.material = dict(material or {})
        return job

    def carry_out(self, jobs: Sequence[Job]) -> list[Refusal | None]:
        """Carry out some jobs, a hundred at most; gives for each why it was refused, None where it was done.

        What the lane puts off is tried again a few times. Raises `DatabaseProblem` when nobody knows why one failed.
        """
        refusals: dict[int, Refusal | None] = {}
        left = list(jobs)
        for attempt in range(TRIES):
            if attempt:
                time.sleep(PAUSE_S)
            left = self._once(left, refusals)
            if not left:
                break
        return [refusals[id(job)] for job in jobs]

    def close(self) -> None:
        """Finish what was begun."""
        self._lane.close()
        self._presence.close()

    def _once(self, jobs: list[Job], refusals: dict[int, Refusal | None]) -> list[Job]:
        """Carry out jobs once; gives those that were put off."""
        for job in jobs:
            self._lane.submit(job)
        put_off: list[Job] = []
        for outcome in self._answers.wait(jobs):
            if outcome.body is None and outcome.refusal is None:
                raise _failed()
            refusals[id(outcome.job)] = outcome.refusal
            if outcome.refusal is not None and outcome.refusal.code == "busy":
                put_off.append(outcome.job)
        return put_off


def _failed() -> DatabaseProblem:
    return DatabaseProblem("The command could not be carried out; see the messages above.")
