"""The hub: hands events that were committed to everybody who follows them, from this process (design section 5).

What a master's readers are told is read once for all of them. A reader that falls behind is let go: it comes back
with the id of its last event and misses nothing.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol

from creditclock.contract.values import identify
from creditclock.domain.rows import Event
from creditclock.queries.events import Sight, event_json
from creditclock.storage import outbox, retention
from creditclock.storage.database import Database
from creditclock.storage.dialect import Conflict, Lost, Unusable
from creditclock.storage.outbox import Position
from creditclock.web.places import Places

POLL_S: Final = 1.0
"""Commits of other servers are heard of sooner; this is for what was not heard."""
GATHER_S: Final = 0.02
"""After each round this long is waited, so that many events travel together."""
PAGE: Final = 1_000
MOST_BYTES: Final = 1_048_576
"""What may wait for a reader that doesn't take it."""
PATIENCE_S: Final = 30.0
"""How long a client may take for a page of the past."""
MOST_CATCHING_UP: Final = 2
"""How many pages of the past are read at once: those who wait for something else go on meanwhile."""
MOST_READERS: Final = 2_000
MOST_OF_MASTER: Final = 1_000
MOST_OF_ONE: Final = 200
"""How many may follow in all, of one business, and as one caller."""
log: Final = logging.getLogger("creditclock.events")


class Threads(Protocol):
    """Somewhere to call functions that wait."""

    def __call__(self, function: Callable[[], Any], /) -> Awaitable[Any]:
        """Call a function without letting others wait."""
        ...


class Outlet:
    """What waits to be sent to one client: bytes in order, bounded."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []
        self._size = 0
        self._ready = asyncio.Event()
        self._taken = asyncio.Event()
        self.closed = False

    def put(self, data: bytes) -> None:
        """Let bytes wait; too many close the outlet."""
        if self._size + len(data) > MOST_BYTES:
            self.close()
            return
        self._waiting.append(data)
        self._size += len(data)
        self._ready.set()

    def close(self) -> None:
        """Send what waits, then nothing more."""
        self.closed = True
        self._ready.set()
        self._taken.set()

    def wake(self) -> None:
        """Let whoever takes have a look, without bytes."""
        self._ready.set()

    async def emptied(self, patience_s: float) -> None:
        """Wait until the client has taken everything; one that doesn't in time is let go."""
        self._taken.clear()
        if self._waiting and not self.closed:
            try:
                await asyncio.wait_for(self._taken.wait(), patience_s)
            except TimeoutError:
                self.close()

    async def take(self, patience_s: float) -> bytes:
        """What waits, together; nothing when nothing came in time, or when the outlet is closed."""
        if not self._waiting and not self.closed:
            try:
                await asyncio.wait_for(self._ready.wait(), patience_s)
            except TimeoutError:
                return b""
        return self.take_now()

    def take_now(self) -> bytes:
        """What waits at this moment, together."""
        data = b"".join(self._waiting)
        self._waiting.clear()
        self._size = 0
        self._taken.set()
        if not self.closed:
            self._ready.clear()
        return data


class Reader:
    """Somebody who follows the events of a master from a position on."""

    def __init__(self, master: int, position: int, sight: Sight, outlet: Outlet) -> None:
        self.master = master
        self.position = position
        self.sight = sight
        self.outlet = outlet
        self.rights: int | None = None
        """The master's count of ended rights when this reader's were looked at; None for one who needs none."""
        self.doubtful = False
        """Whether somebody's rights ended since then."""

    @property
    def place(self) -> bytes:
        """Says up to where the reader has been told, without being an event itself."""
        return f"id: {identify('evt', self.master, self.position)}\n\n".encode()


class _Tail:
    """The readers of one master, and up to where they have been told."""

    def __init__(self, position: int) -> None:
        self.position = position
        self.known = position
        self.readers: set[Reader] = set()


class Hub:
    """Everybody who follows events through this process."""

    def __init__(self, database: Database, in_thread: Threads) -> None:
        self._database = database
        self._in_thread = in_thread
        self._tails: dict[int, _Tail] = {}
        self._news = asyncio.Event()
        self._looked_at = 0.0
        self._catching_up = asyncio.Semaphore(MOST_CATCHING_UP)
        self._places = Places()
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self.dropped = 0
        """How many readers were let go because they were too slow."""

    @property
    def readers(self) -> int:
        """How many follow events now."""
        return sum(len(tail.readers) for tail in self._tails.values())

    def place(self, caller: str, master: int) -> AbstractContextManager[None]:
        """A place among those who follow. Raises a Refusal `busy` when there are too many."""
        bounds = ((caller, MOST_OF_ONE), (master, MOST_OF_MASTER), ("all", MOST_READERS))
        full = "Too many follow events here right now. End some, or try again in a few seconds."
        return self._places.one(bounds, full, retry_after_s=5)

    def told(self, told: Sequence[Position]) -> None:
        """Hear that there may be new events; called on the event loop."""
        for master, next_event, rights in told:
            tail = self._tails.get(master)
            if tail is None:
                continue
            tail.known = max(tail.known, next_event - 1)
            for reader in tail.readers:
                if reader.rights is not None and reader.rights != rights:
                    reader.doubtful = True
                    reader.outlet.wake()
            if tail.known > tail.position:
                self._news.set()

    async def last(self, master: int) -> int:
        """The number of the last event of a master."""
        found = await self._positions([master])
        return found[0].next_event - 1 if found else 0

    async def horizon(self, master: int) -> int:
        """The number up to which events of a master may be gone."""

        def read() -> int:
            with self._database.reading() as connection:
                return retention.horizon(connection, master)

        return await self._in_thread(read)

    async def attach(self, reader: Reader) -> None:
        """Tell a reader what it missed since its position, and then whatever comes.

        One that is overtaken by the removal of old events is let go: when it comes back it is told.
        """
        while not (reader.outlet.closed or self._closed):
            if reader.master not in self._tails:
                last = await self.last(reader.master)
                self._tails.setdefault(reader.master, _Tail(last))
                # What was committed since that look found no tail: look again soon.
                self._looked_at = 0.0
            tail = self._tails[reader.master]
            if reader.position >= tail.position:
                tail.readers.add(reader)
                break
            async with self._catching_up:
                rows = await self._events(reader.master, reader.position)
                if reader.position < await self.horizon(reader.master):
                    reader.outlet.close()
                    break
            for row in rows:
                if reader.sight.sees(row):
                    reader.outlet.put(_frame(row))
            reader.position = rows[-1].no if rows else tail.position
            await reader.outlet.emptied(PATIENCE_S)
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        self._news.set()

    def detach(self, reader: Reader) -> None:
        """Tell a reader nothing more."""
        tail = self._tails.get(reader.master)
        if tail:
            tail.readers.discard(reader)
            if not tail.readers:
                del self._tails[reader.master]

    def close(self) -> None:
        """Let all readers go."""
        self._closed = True
        self._news.set()
        for tail in self._tails.values():
            for reader in tail.readers:
                reader.outlet.close()
        if self._task:
            self._task.cancel()

    async def _run(self) -> None:
        while not self._closed:
            try:
                await self._round()
            except (Conflict, Lost, Unusable) as error:
                log.warning("could not read events: %s; trying again", error)
                await asyncio.sleep(POLL_S)
            except Exception:
                log.exception("could not hand out events; trying again")
                await asyncio.sleep(POLL_S)

    async def _round(self) -> None:
        """Hand out what is new, at news or after a while."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), POLL_S)
        self._news.clear()
        if self._tails and time.monotonic() - self._looked_at >= POLL_S:
            self._looked_at = time.monotonic()
            self.told(await self._positions(list(self._tails)))
        for master, tail in list(self._tails.items()):
            if tail.known > tail.position:
                await self._hand_out(master, tail)
        await asyncio.sleep(GATHER_S)

    async def _hand_out(self, master: int, tail: _Tail) -> None:
        rows = await self._events(master, tail.position)
        if not rows:
            return
        if len(rows) == PAGE:
            self._news.set()
        frames = [(row, _frame(row)) for row in rows]
        together: dict[Sight, bytes] = {}
        for reader in list(tail.readers):
            if reader.position <= tail.position:
                if reader.sight not in together:
                    together[reader.sight] = _joined(frames, reader.sight, 0)
                data = together[reader.sight]
            else:
                data = _joined(frames, reader.sight, reader.position)
            reader.position = max(reader.position, rows[-1].no)
            if data:
                self._put(reader, data)
        tail.position = rows[-1].no

    def _put(self, reader: Reader, data: bytes) -> None:
        reader.outlet.put(data)
        if reader.outlet.closed:
            self.dropped += 1
            self.detach(reader)
            log.info("a reader of events was too slow and is let go")

    async def _events(self, master: int, after: int) -> list[Event]:
        def read() -> list[Event]:
            with self._database.reading() as connection:
                return outbox.events(connection, master, after, PAGE)

        return await self._in_thread(read)

    async def _positions(self, masters: Sequence[int]) -> list[Position]:
        def read() -> list[Position]:
            with self._database.reading() as connection:
                return outbox.positions(connection, masters)

        return await self._in_thread(read)


def _frame(row: Event) -> bytes:
    """An event as a message of the stream."""
    head = f"id: {identify('evt', row.master, row.no)}\nevent: {row.kind}\ndata: "
    return head.encode() + event_json(row) + b"\n\n"


def _joined(frames: Iterable[tuple[Event, bytes]], sight: Sight, after: int) -> bytes:
    return b"".join(frame for row, frame in frames if row.no > after and sight.sees(row))
