"""Runs schedules on one server, and cuts a failing one down to the steps that matter."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.model.compare import Difference
from tests.model.play import Desk, Play, open_desk
from tests.model.schedule import Schedule
from tests.model.server import Server
from tests.model.world import Step

SIGN_IN_EVERY = 200
CUTTING_S = 60
LOG_TAIL = 3_000
# An answer without an expected field, and one that must be a success but isn't, are differences too.
FOUND = (Difference, KeyError, ValueError, RuntimeError)


@dataclass
class Failure:
    seed: int
    message: str
    steps: list[Step]
    cut: bool
    gone: bool = False
    """The connection broke, so there is nothing to try shorter steps on."""

    def __str__(self) -> str:
        lines = [f"  {number:3}  {step}" for number, step in enumerate(self.steps, 1)]
        kind = "the steps that matter" if self.cut else "all steps"
        return "\n".join([f"seed {self.seed}: {self.message}", f"{kind}:", *lines])


@dataclass
class Outcome:
    """What a run of many schedules came to."""

    database: str
    schedules: int = 0
    steps: int = 0
    requests: int = 0
    seconds: float = 0
    failures: int = 0
    first: Failure | None = None
    books: str | None = None
    seen: Counter[str] = field(default_factory=Counter[str])

    @property
    def right(self) -> bool:
        return not self.failures and self.books is None


class Runner:
    """Plays schedules, each with a customer of its own, on one server."""

    def __init__(self, desk: Desk, steps: int) -> None:
        self.desk = desk
        self.length = steps
        self.played = 0
        self._plays = 0

    def run(self, seed: int) -> Failure | None:
        """Draw and play one schedule."""
        schedule = Schedule(seed)
        play = self._begin(schedule, seed)
        steps: list[Step] = []
        try:
            for step in schedule.beginning():
                steps.append(step)
                play.play(step)
            for _ in range(self.length):
                step = schedule.step(play.world)
                steps.append(step)
                self.played += 1
                play.play(step)
            play.close()
        except (*FOUND, OSError) as difference:
            return Failure(seed, describe(difference), steps, cut=False, gone=isinstance(difference, OSError))
        return None

    def explain(self, failure: Failure, server: Server) -> Failure:
        """The steps that matter, and what the server wrote if it broke."""
        found = failure if failure.gone else self.cut(failure)
        if found.gone or '"status":500' in found.message:
            found.message += f"\nthe server's log:\n{server.log[-LOG_TAIL:]}"
        return found

    def cut(self, failure: Failure) -> Failure:
        """Leave out steps, ever smaller pieces, as long as what is left still fails."""
        deadline = time.monotonic() + CUTTING_S
        steps, message = failure.steps, failure.message
        piece = max(1, len(steps) // 2)
        while time.monotonic() < deadline:
            shorter = False
            start = 0
            while start < len(steps) and time.monotonic() < deadline:
                fewer = steps[:start] + steps[start + piece :]
                found = self._replay(failure.seed, fewer)
                if found is None:
                    start += piece
                else:
                    steps, message, shorter = fewer, found, True
            if piece == 1 and not shorter:
                break
            piece = max(1, piece // 2)
        return Failure(failure.seed, message, steps, cut=True)

    def _replay(self, seed: int, steps: list[Step]) -> str | None:
        play = self._begin(Schedule(seed), seed)
        try:
            for step in steps:
                play.play(step)
            play.close()
        except FOUND as difference:
            return describe(difference)
        return None

    def _begin(self, schedule: Schedule, seed: int) -> Play:
        self._plays += 1
        if self._plays % SIGN_IN_EVERY == 0:
            self.desk.sign_in()
        return Play(self.desk, schedule.tariffs, f"model-{seed}-{self._plays}", seed)


def describe(difference: Exception) -> str:
    return str(difference) if isinstance(difference, Difference) else repr(difference)


def run(
    database: str, url: str | None, *, seeds: range, steps: int, stop_early: bool, tell: Callable[[Outcome], None]
) -> Outcome:
    """Play schedules with these seeds on a new server; then its books must be right."""
    outcome = Outcome(database)
    began = time.monotonic()
    with Server(url) as server:
        with open_desk(server) as desk:
            runner = Runner(desk, steps)
            outcome.seen = desk.seen
            for seed in seeds:
                failure = runner.run(seed)
                outcome.schedules += 1
                outcome.steps, outcome.requests = runner.played, desk.wire.requests
                outcome.seconds = time.monotonic() - began
                if failure:
                    outcome.failures += 1
                    outcome.first = outcome.first or runner.explain(failure, server)
                tell(outcome)
                if failure and (stop_early or failure.gone):
                    break
        outcome.books = server.check()
    return outcome
