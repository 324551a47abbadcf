"""The due worker: what happens by computation is written down at its instant, and found again after a restart.

One sleep until the nearest instant (design section 4). The ends are decided by arithmetic, not by this worker being
on time: it only writes them down and tells others.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from creditclock.commands.customers import RECOVERY_MS
from creditclock.commands.instructions.ending import (
    END_CLIENT,
    END_SESSION,
    REMOVE_FLAGGED,
    EndClient,
    EndSession,
    RemoveFlagged,
)
from creditclock.commands.instructions.numbering import NUMBER_CUSTOMER, NumberCustomer
from creditclock.commands.job import Group, Job, Outcome
from creditclock.commands.lane import Lane
from creditclock.commands.timekeeping import Timekeeper
from creditclock.commands.upkeep import CATCH_UP, ERASE_CUSTOMER, FOLLOW_PLAN, CatchUp, EraseCustomer, FollowPlan
from creditclock.contract import Command, Operation, Refusal
from creditclock.contract.tokens import Done
from creditclock.domain.access import system
from creditclock.storage import due
from creditclock.storage.database import Database
from creditclock.storage.dialect import Conflict, Connection, Lost, Unusable

PAGE: Final = 512
PORTION: Final = 32
"""So many commands that have time are sent at once; others come between the portions."""
LONGEST_SLEEP_S: Final = 1.0
"""Other processes may make something due that this one doesn't hear of."""
SWEEP_S: Final = 60.0
ANSWER_S: Final = 30.0
SET_ASIDE_S: Final = 60.0
BUSY_S: Final = 0.2
log: Final = logging.getLogger("creditclock.due")
EXPIRED_MS: Final = 30 * 60_000
"""How long tokens of the instruction set that have expired are known as such, before they are ended."""
Place = tuple[int, ...]
"""A master and a number in it; then other masters whose rows are needed, if any."""
Find = Callable[[Connection], Sequence[Place]]


class _Answers:
    """Counts the outcomes of a page of commands."""

    def __init__(self, number: int) -> None:
        self._left = number
        self._lock = threading.Lock()
        self.failed: list[Job] = []
        self.busy = False
        self.all = threading.Event()

    def deliver(self, outcomes: list[Outcome]) -> None:
        """Count outcomes; remember those that failed, and whether some found no time."""
        with self._lock:
            self.failed.extend(outcome.job for outcome in outcomes if outcome.body is None and not outcome.refusal)
            self.busy = self.busy or any(outcome.refusal for outcome in outcomes)
            self._left -= len(outcomes)
            if self._left <= 0:
                self.all.set()


class DueWorker:
    """Writes down what is due, in pages through the lane, while requests are answered: `attended` says whether."""

    def __init__(self, database: Database, timekeeper: Timekeeper, attended: Callable[[], bool]) -> None:
        self._database = database
        self._time = timekeeper
        self._attended = attended
        self._lane: Lane | None = None
        self._next = 0
        self._stopped = False
        self._changed = threading.Condition()
        self._aside: dict[Place, float] = {}
        self._thread = threading.Thread(target=self._run, name="due", daemon=True)

    @property
    def set_aside(self) -> int:
        """How many things that are due couldn't be written down and wait to be tried again."""
        return len(self._aside)

    def start(self, lane: Lane) -> None:
        """Begin to write down what is due through a lane."""
        self._lane = lane
        self._thread.start()

    def attach(self, lane: Lane) -> None:
        """Use a lane without a thread of its own: with the test clock things are due only when it is moved."""
        self._lane = lane

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(timeout=ANSWER_S)

    def hint(self, check_at: int) -> None:
        """Hear that something may be due at an instant."""
        with self._changed:
            if check_at < self._next:
                self._next = check_at
                self._changed.notify()

    def catch_up(self, now: int, *, over: bool) -> None:
        """Write down everything due before `now`, or with `over` at `now` too. Bounded: what fails is set aside."""
        last = now if over else now - 1
        self._each(lambda connection: due.clocks(connection, last, PAGE), _catching_up(over=over))

    def close_frozen(self) -> None:
        """Write down the sessions that freezing their master ended."""
        self._each(lambda connection: due.frozen_clocks(connection, PAGE), _catching_up(over=False))

    def follow_plans(self) -> None:
        """Let the businesses have the limits of their plans as they are now."""
        self._each(
            lambda connection: [(*place, 0) for place in due.outdated_masters(connection, PAGE)],
            lambda _: (FOLLOW_PLAN, FollowPlan()),
        )

    def end_tokens(self, now: int) -> None:
        """End the client ids and session tokens of the instruction set that expired a while ago."""
        before = now - EXPIRED_MS
        self._each(
            lambda connection: due.expired_sessions(connection, before, PAGE),
            lambda number: (END_SESSION, EndSession(session=number, expired_by=before)),
        )
        self._each(
            lambda connection: due.expired_clients(connection, before, PAGE),
            lambda number: (END_CLIENT, EndClient(client=number, expired_by=before)),
        )

    def number_customers(self) -> None:
        """Give numbers to the customers of businesses that have a key code since a while."""
        self._each(
            lambda connection: due.unnumbered_customers(connection, PAGE),
            lambda number: (NUMBER_CUSTOMER, NumberCustomer(customer=number)),
            portion=PORTION,
        )

    def remove_flagged(self, now: int) -> None:
        """Remove the businesses that can't be recovered any more, and erase the customers of all that were removed."""
        before = now - RECOVERY_MS
        self._each(
            lambda connection: [(*place, 0) for place in due.flagged_masters(connection, before, PAGE)],
            lambda _: (REMOVE_FLAGGED, RemoveFlagged()),
        )
        self._each(
            lambda connection: due.customers_of_removed(connection, PAGE),
            lambda number: (ERASE_CUSTOMER, EraseCustomer(customer=number)),
            portion=PORTION,
        )

    def sweep(self, now: int) -> None:
        """Do everything that has time until somebody looks again."""
        self.close_frozen()
        self.follow_plans()
        self.end_tokens(now)
        self.remove_flagged(now)
        self.erase_removed(now)
        self.number_customers()

    def erase_removed(self, now: int) -> None:
        """Forget the customers that can't be recovered any more."""
        before = now - RECOVERY_MS
        self._each(
            lambda connection: due.erasable_customers(connection, before, PAGE),
            lambda number: (ERASE_CUSTOMER, EraseCustomer(customer=number)),
            portion=PORTION,
        )

    def _run(self) -> None:
        swept = -SWEEP_S
        said = ""
        while not self._stopped:
            if not self._attended():
                time.sleep(BUSY_S)
                continue
            try:
                with self._changed:
                    self._next = self._time.now() + int(LONGEST_SLEEP_S * 1000)
                now = self._time.now()
                self.catch_up(now, over=False)
                if time.monotonic() - swept >= SWEEP_S:
                    self.sweep(now)
                    swept = time.monotonic()
                self._look_ahead()
                said = ""
            except (Conflict, Lost, Unusable) as error:
                if str(error) != said:
                    log.warning("could not look for what is due: %s; trying again", _line(error))
                said = str(error)
                time.sleep(LONGEST_SLEEP_S)
            except Exception:
                log.exception("could not write down what is due; trying again")
                time.sleep(LONGEST_SLEEP_S)

    def _look_ahead(self) -> None:
        """Sleep until the nearest instant is over."""
        with self._database.reading() as connection:
            nearest = due.next_check(connection)
        with self._changed:
            if nearest is not None:
                self._next = min(self._next, nearest)
            while not self._stopped and (wait_ms := self._next + 1 - self._time.now()) > 0:
                self._changed.wait(wait_ms / 1000)

    def _each(self, find: Find, command: Callable[[int], tuple[Operation, Command[Done]]], portion: int = PAGE) -> None:
        """Send a command for each thing that `find` gives, page by page, until nothing new is found.

        With portions of less than a page they are carried out in their order, and after each others have their turn,
        and what is due meanwhile is written.
        """
        has_time = portion < PAGE
        while not self._stopped and self._attended():
            with self._database.reading() as connection:
                found = [place for place in find(connection) if not self._is_aside(place)]
            if not found:
                return
            for first in range(0, len(found), portion):
                if self._stopped:
                    return
                places = found[first : first + portion]
                began = time.monotonic()
                self._send([command(place[1]) for place in places], places, in_order=has_time)
                if has_time and self._time.real:
                    time.sleep(time.monotonic() - began)
                    self.catch_up(self._time.now(), over=False)

    def _send(
        self, commands: Sequence[tuple[Operation, Command[Done]]], places: Sequence[Place], *, in_order: bool
    ) -> None:
        assert self._lane is not None
        answers = _Answers(len(commands))
        groups: dict[int, Group] = {}
        jobs = [
            Job(operation, command, system(master), (master, *others), answers)
            for (operation, command), (master, _, *others) in zip(commands, places, strict=True)
        ]
        for job in jobs if in_order else ():
            # Else those whose rows the lane has in memory would be carried out first.
            job.group = groups.setdefault(job.masters[0], Group(job.masters[0]))
        for job in jobs:
            try:
                self._lane.submit(job)
            except Refusal as refusal:
                answers.deliver([Outcome(job, 0, None, refusal)])
        if not answers.all.wait(ANSWER_S):
            log.error("the lane did not answer in %d s", ANSWER_S)
            time.sleep(LONGEST_SLEEP_S)
        if answers.busy:
            time.sleep(BUSY_S)
        failed = {id(job) for job in answers.failed}
        until = time.monotonic() + SET_ASIDE_S
        for job, place in zip(jobs, places, strict=True):
            if id(job) in failed:
                self._aside[place] = until
        if failed:
            log.error("%d things that are due could not be written down; trying again in a minute", len(failed))

    def _is_aside(self, place: Place) -> bool:
        until = self._aside.get(place)
        if until is None:
            return False
        if until > time.monotonic():
            return True
        del self._aside[place]
        return False


def _line(error: Exception) -> str:
    """What an error says, in one line."""
    return " ".join(str(error).split())


def _catching_up(*, over: bool) -> Callable[[int], tuple[Operation, Command[Done]]]:
    return lambda number: (CATCH_UP, CatchUp(clock=number, over=over))
