"""The stream of events as an asynchronous iterator: a thread reads it, the loop gets what it reads."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from creditclock.client.errors import Problem
from creditclock.client.streams import EventStream
from creditclock.contract.events import Event

if TYPE_CHECKING:
    from creditclock.client.wire import Wire

AHEAD: Final = 1
"""How many events the thread reads ahead of the loop."""


class AsyncEventStream:
    """Events, as they happen.

    `async with` connects: once inside, whatever happens from then on is told. Without it, the first `anext` connects.
    An event counts as received when the next one is asked for: `last_id` then names it.
    """

    def __init__(
        self,
        wire: "Wire",
        token: Callable[[], str | None],
        kinds: str | Sequence[str] | None,
        after: str | None,
        patience: timedelta | None,
    ) -> None:
        self._events = EventStream(wire, token, kinds, after, patience)
        # An event; the place where the stream begins, first of all; None or what was raised, at its end.
        self._queue: asyncio.Queue[Event | str | BaseException | None] = asyncio.Queue()
        self._room = threading.Semaphore(AHEAD)
        self._thread: threading.Thread | None = None
        self._given: str | None = after
        self._last_id: str | None = after
        self._is_over = False

    @property
    def last_id(self) -> str | None:
        """The id to go on after, as `after` of another stream."""
        return self._last_id or self._events.last_id

    async def close(self) -> None:
        """End the iteration, also one that waits for an event in another task."""
        self._is_over = True
        self._events.interrupt()
        self._room.release()
        self._queue.put_nowait(None)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        if self._is_over:
            raise StopAsyncIteration
        self._begin()
        self._last_id = self._given
        found = await self._received()
        while isinstance(found, str):
            found = await self._received()
        if found is None:
            raise StopAsyncIteration
        self._given = found.id
        self._room.release()
        return found

    async def __aenter__(self) -> Self:
        if self._begin():
            try:
                await self._received()
            except BaseException:
                # Nobody else closes what was not entered.
                await self.close()
                raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _begin(self) -> bool:
        """Have the thread connect and read; gives whether it had not begun."""
        if self._is_over or self._thread is not None:
            return False
        loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._read, args=(loop,), name="creditclock events", daemon=True)
        self._thread.start()
        return True

    async def _received(self) -> Event | str | None:
        """What the thread gives next; None at the end."""
        found = await self._queue.get()
        if isinstance(found, str):
            self._given = self._last_id = found or None
        elif not isinstance(found, Event):
            self._is_over = True
            if found is not None:
                raise found
        return found

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        end: BaseException | None = None
        try:
            self._events.connect()
            self._give(loop, self._events.last_id or "")
            for event in self._events:
                self._room.acquire()
                if self._is_over:
                    break
                self._give(loop, event)
        except Problem as problem:
            end = problem
        self._events.close()
        self._give(loop, end)

    def _give(self, loop: asyncio.AbstractEventLoop, found: Event | str | BaseException | None) -> None:
        with contextlib.suppress(RuntimeError):
            # The loop may be closed by now.
            loop.call_soon_threadsafe(self._queue.put_nowait, found)
