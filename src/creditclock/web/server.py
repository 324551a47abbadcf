"""The server's parts that requests work with, and how jobs come back to the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Protocol, TypeVar

from creditclock.commands.job import Job, Outcome
from creditclock.commands.lane import Lane
from creditclock.commands.timekeeping import TestTime, Timekeeper
from creditclock.storage.database import Database
from creditclock.web.secrets import Passwords
from creditclock.web.throttle import Throttle

T = TypeVar("T")
ENDS_RIGHTS: Final = frozenset(
    {
        "app.remove",
        "customer.remove",
        "customer.reset_password",
        "master.reset_password",
        "token.change_password",
        "token.revoke",
        "token.sign_in",
        "token.sign_out",
    }
)
"""Operations after which nobody's right to call is taken from memory."""


class Upkeep(Protocol):
    """What moves on what is due: the due worker."""

    def catch_up(self, now: int, *, over: bool) -> None:
        """Write down everything due before `now`, or with `over` at `now` too."""
        ...

    def close_frozen(self) -> None:
        """Write down the sessions that freezing their master ended."""
        ...

    def erase_removed(self, now: int) -> None:
        """Forget the customers that can't be recovered any more."""
        ...


class Server:
    """What requests work with. `upkeep` moves on what is due, `test_time` is the test clock, if there is one."""

    def __init__(self, database: Database, timekeeper: Timekeeper, lane: Lane, upkeep: Upkeep) -> None:
        self.database = database
        self.time = timekeeper
        self.test_time = timekeeper if isinstance(timekeeper, TestTime) else None
        self.lane = lane
        self.upkeep = upkeep
        self.passwords = Passwords()
        self.throttle = Throttle()
        self.callers: dict[str, Any] = {}
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="server")
        self._loop: asyncio.AbstractEventLoop | None = None

    async def carry_out(self, job: Job) -> Outcome:
        """Send a job through the lane and wait for what comes of it. Raises a Refusal `busy`."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        job.ticket = self._loop.create_future()
        self.lane.submit(job)
        return await job.ticket

    async def in_thread(self, function: Callable[[], T]) -> T:
        """Call a function that waits, without letting others wait."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function)

    def close(self) -> None:
        """End the threads."""
        self.passwords.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def deliver(self, outcomes: list[Outcome]) -> None:
        """Take outcomes from the lane's thread to the loop."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._resolve, outcomes)

    def _resolve(self, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            if outcome.job.operation.name in ENDS_RIGHTS:
                self.callers.clear()
            if not outcome.job.ticket.done():
                outcome.job.ticket.set_result(outcome)
