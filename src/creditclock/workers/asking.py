"""Asking the lane: commands of the server itself, sent together, and whether they were done."""

import logging
import threading
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec

from creditclock.commands.job import Job, Outcome
from creditclock.commands.lane import Lane
from creditclock.contract import Command, Operation, Refusal
from creditclock.contract.tokens import Done
from creditclock.domain.access import system

ANSWER_S: Final = 30.0
log: Final = logging.getLogger("creditclock")


class Question(NamedTuple):
    """A command of the server itself in a master."""

    operation: Operation
    command: Command[Any]
    master: int


class _Answers:
    """Waits for the outcomes of some jobs."""

    def __init__(self, number: int) -> None:
        self._left = number
        self._lock = threading.Lock()
        self.found: dict[int, Outcome] = {}
        self.all = threading.Event()

    def deliver(self, outcomes: list[Outcome]) -> None:
        """Take the outcomes of a batch."""
        with self._lock:
            self.found.update((outcome.job.ticket, outcome) for outcome in outcomes)
            if len(self.found) >= self._left:
                self.all.set()


def ask(lane: Lane, questions: Sequence[Question]) -> list[bool | None]:
    """What each command answers as `done`, in order; None for what was refused or failed, or is not known."""
    if not questions:
        return []
    answers = _Answers(len(questions))
    for number, (operation, command, master) in enumerate(questions):
        job = Job(operation, command, system(master), (master,), answers)
        job.ticket = number
        try:
            lane.submit(job)
        except Refusal as refusal:
            answers.deliver([Outcome(job, 0, None, refusal)])
    if not answers.all.wait(ANSWER_S):
        log.error("the lane did not answer in %d s", ANSWER_S)
    return [_said(answers.found.get(number)) for number in range(len(questions))]


def _said(outcome: Outcome | None) -> bool | None:
    if outcome is None or outcome.body is None:
        return None
    return msgspec.json.decode(outcome.body, type=Done).done
