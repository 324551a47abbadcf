"""Reading: queries answered beside the lane, the large ones in threads and a few at a time (design section 3.3).

A read of some rows of SQLite is quicker than a change of threads. One of many rows isn't, and while it lasts nobody
else would be answered; so few of them are made at once, of one business and in all, and others wait in a short line.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec

from creditclock.commands.needs import named_rows
from creditclock.contract import Command, Refusal
from creditclock.contract.customers import ExportCustomer
from creditclock.contract.sessions import ExplainSession
from creditclock.domain.access import Caller
from creditclock.queries.registry import QUERIES
from creditclock.storage.snapshot import snapshot_of
from creditclock.web.server import Server

LARGE: Final = 100
"""A read of more rows is a large one."""
ROWS_OF_OPERATION: Final = 50
"""A read counts as one operation for each so many rows, by the limits of `web/limits.py`."""
AT_LEAST: Final[dict[type[Any], int]] = {ExplainSession: 200, ExportCustomer: 200}
"""What looks at more rows than its `limit` says, and at how many it counts at least."""
MOST_OF_MASTER: Final = 2
MOST: Final = 4
"""How many large reads are made at once, of one business and in all."""
LINE_OF_MASTER: Final = 16
LINE: Final = 64
"""How many wait for that."""
PATIENCE_S: Final = 1.0
"""How long they wait."""
READERS: Final = 8
_encode: Final = msgspec.json.Encoder().encode
_FULL: Final = Refusal(
    "busy",
    "Too many large reads are made right now. Try again in a second, or with a smaller `limit`.",
    retry_after_s=1,
)


def rows_of(command: Command[Any]) -> int:
    """How many rows a query may give, or looks at."""
    return max(getattr(command, "limit", 1), AT_LEAST.get(type(command), 1))


def weight_of(command: Command[Any]) -> int:
    """As how many operations a query counts."""
    return -(-rows_of(command) // ROWS_OF_OPERATION)


class Reading:
    """Answers queries."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._turns = ReadTurns()
        # Reads of PostgreSQL wait for the network, so that all of them have threads.
        self._threads_for_all = server.database.path is None
        self._threads = ThreadPoolExecutor(READERS if self._threads_for_all else MOST, thread_name_prefix="reader")

    async def read(self, command: Command[Any], caller: Caller, master: int) -> bytes:
        """The answer to a query about a business. Raises a Refusal, `busy` where too many are large."""
        if rows_of(command) > LARGE:
            async with self._turns.one(master):
                return await self._in_thread(command, caller, master)
        if self._threads_for_all:
            return await self._in_thread(command, caller, master)
        return self._ask(command, caller, master)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _in_thread(self, command: Command[Any], caller: Caller, master: int) -> bytes:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, command, caller, master)

    def _ask(self, command: Command[Any], caller: Caller, master: int) -> bytes:
        server = self._server
        with server.database.reading() as connection:
            needs = named_rows(command, master)
            snapshot = snapshot_of(connection, master, server.time.now(), server.outages(), needs)
            if snapshot is None:
                raise Refusal("not_found", "There is no such business. Check the id.")
            return _encode(QUERIES[type(command)](snapshot, command, caller))


class ReadTurns:
    """Whose turn it is to read much: the first in line whose business has less than its share."""

    def __init__(self) -> None:
        self._taken: Counter[int] = Counter()
        self._line: list[tuple[int, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def one(self, master: int) -> AsyncGenerator[None]:
        """A turn for as long as it is needed. Raises a Refusal `busy` where none comes soon."""
        if self._is_free(master):
            self._taken[master] += 1
        else:
            await self._wait(master)
        try:
            yield
        finally:
            self._leave(master)

    def _is_free(self, master: int) -> bool:
        return self._taken[master] < MOST_OF_MASTER and self._taken.total() < MOST

    async def _wait(self, master: int) -> None:
        """Wait in line; whoever leaves passes the turn on."""
        if len(self._line) >= LINE or sum(one == master for one, _ in self._line) >= LINE_OF_MASTER:
            raise _FULL
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        place = (master, turn)
        self._line.append(place)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await turn
        except BaseException as error:
            if place in self._line:
                self._line.remove(place)
            else:
                self._leave(master)
            if isinstance(error, TimeoutError):
                raise _FULL from error
            raise

    def _leave(self, master: int) -> None:
        self._taken[master] -= 1
        if not self._taken[master]:
            del self._taken[master]
        for place in self._line:
            # Who has lost patience in this moment is still in line until its task runs.
            if not place[1].done() and self._is_free(place[0]):
                self._line.remove(place)
                self._taken[place[0]] += 1
                place[1].set_result(None)
                return
