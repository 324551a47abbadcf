"""The server's parts that requests work with, and how jobs come back to the event loop."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from creditclock.commands.job import Job, Outcome
from creditclock.commands.timekeeping import TestTime, Timekeeper
from creditclock.logs import request_id
from creditclock.measures.counting import Measures
from creditclock.storage.database import Database
from creditclock.storage.keys import Keys
from creditclock.web.hub import Hub
from creditclock.web.lanes import LaneLink
from creditclock.web.secrets import Passwords
from creditclock.web.throttle import Throttle, WrongTokens

T = TypeVar("T")
OUTAGES_S: Final = 5.0
ENDS_RIGHTS: Final = frozenset(
    {
        "app.remove",
        "app.rotate",
        "customer.remove",
        "customer.reset_password",
        "instruction.EditAccount",
        "instruction.MasterEditAccount",
        "instruction.MasterUnlinkAccount",
        "instruction.UnlinkAccount",
        "master.remove",
        "master.reset_password",
        "second_factor.confirm",
        "token.change_password",
        "token.revoke",
        "token.sign_in",
        "token.sign_out",
    }
)
"""Operations after which nobody's right to call is taken from memory."""


class _Piece:
    """Jobs that were sent together: done when all outcomes are there."""

    __slots__ = ("done", "missing", "outcomes")

    def __init__(self, size: int, done: "asyncio.Future[list[Outcome]]") -> None:
        self.outcomes: list[Any] = [None] * size
        self.missing = size
        self.done = done


class _Place:
    """The ticket of one job of a piece."""

    __slots__ = ("_piece", "_place")

    def __init__(self, piece: _Piece, place: int) -> None:
        self._piece = piece
        self._place = place

    def done(self) -> bool:
        """Whether the outcome is there, or nobody waits for it."""
        return self._piece.outcomes[self._place] is not None or self._piece.done.done()

    def set_result(self, outcome: Outcome) -> None:
        """Take the outcome."""
        piece = self._piece
        piece.outcomes[self._place] = outcome
        piece.missing -= 1
        if not piece.missing:
            piece.done.set_result(piece.outcomes)


class Server:
    """What requests work with. `test_time` is the test clock, if there is one.

    `anywhere` says whether webhooks may have any address.
    """

    def __init__(
        self, database: Database, timekeeper: Timekeeper, lane: LaneLink, keys: Keys, *, anywhere: bool
    ) -> None:
        self.database = database
        self.keys = keys
        self.anywhere = anywhere
        self.time = timekeeper
        self.test_time = timekeeper if isinstance(timekeeper, TestTime) else None
        self.lane = lane
        self.passwords = Passwords(test=self.test_time is not None)
        self.throttle = Throttle()
        self.wrong_tokens = WrongTokens()
        self.callers: dict[str, Any] = {}
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="server")
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self.moving = asyncio.Lock()
        self.hub = Hub(database, self.in_thread)
        self.measures = Measures()
        """What this process counts; whoever has something to tell registers it here."""
        self._outages: tuple[tuple[int, int], ...] = ()
        self._outages_until = 0.0

    def outages(self) -> tuple[tuple[int, int], ...]:
        """The intervals in which no server was alive, as known some seconds ago at the latest."""
        now = time.monotonic()
        if now >= self._outages_until:
            self._outages = self.database.outages()
            self._outages_until = now + OUTAGES_S
        return self._outages

    def learn_outages(self, outages: tuple[tuple[int, int], ...]) -> None:
        """Take in the intervals that the lane goes by."""
        self._outages = outages
        self._outages_until = time.monotonic() + OUTAGES_S

    async def carry_out(self, job: Job) -> Outcome:
        """Send a job through the lane and wait for what comes of it. Raises a Refusal `busy`."""
        job.ticket = self._loop.create_future()
        job.request = request_id()
        self.lane.submit(job)
        return await job.ticket

    def carry_out_in_order(self, jobs: Sequence[Job]) -> "asyncio.Future[list[Outcome]]":
        """Send jobs of one group through the lane; gives what comes of all of them. Raises a Refusal `busy`."""
        piece = _Piece(len(jobs), self._loop.create_future())
        request = request_id()
        for place, job in enumerate(jobs):
            job.ticket = _Place(piece, place)
            job.request = request
        self.lane.submit(*jobs)
        return piece.done

    async def in_thread(self, function: Callable[[], T]) -> T:
        """Call a function that waits, without letting others wait."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function)

    def close(self) -> None:
        """End the threads."""
        self.passwords.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def deliver(self, outcomes: list[Outcome]) -> None:
        """Take outcomes, from the loop or from the lane's thread."""
        if threading.get_ident() == self._thread:
            self._resolve(outcomes)
        else:
            self._loop.call_soon_threadsafe(self._resolve, outcomes)

    def _resolve(self, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            if outcome.job.operation.name in ENDS_RIGHTS:
                self.callers.clear()
            if not outcome.job.ticket.done():
                outcome.job.ticket.set_result(outcome)
