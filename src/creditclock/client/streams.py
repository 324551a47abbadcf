"""The stream of events as an iterator."""

import threading
from collections.abc import Callable, Generator, Sequence
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Self

from creditclock.client.errors import Unreachable
from creditclock.client.following import CONNECT_S, SILENCE_S, Following
from creditclock.client.requests import Try
from creditclock.contract.events import Event

if TYPE_CHECKING:
    from creditclock.client.wire import Stream, Wire


class EventStream:
    """Events, as they happen. Iterate over it in one thread; `close` it from any.

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
        self._wire = wire
        self._token = token
        self._following = Following(kinds, after, patience)
        self._closed = threading.Event()
        self._changing = threading.Lock()
        self._reading = threading.Lock()
        self._stream: Stream | None = None
        self._events = self._all()

    @property
    def last_id(self) -> str | None:
        """The id to go on after, as `after` of another stream."""
        return self._following.last_id

    def close(self) -> None:
        """End the iteration, also one that waits for an event in another thread."""
        self.interrupt()
        # A thread that takes longer to notice lets go of the connection itself.
        if self._reading.acquire(timeout=0.2):
            self._events.close()
            self._reading.release()

    def interrupt(self) -> None:
        """End the iteration, without waiting until the connection is closed."""
        self._closed.set()
        with self._changing:
            if self._stream is not None:
                self._stream.interrupt()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Event:
        with self._reading:
            try:
                return next(self._events)
            finally:
                if self._closed.is_set():
                    self._events.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _all(self) -> Generator[Event]:
        while not self._closed.is_set():
            opened = self._wire.open(self._following.request(self._token()), CONNECT_S, SILENCE_S)
            lost: Try | Unreachable | None = None
            if isinstance(opened, Try | Unreachable):
                lost = opened
            else:
                try:
                    yield from self._one(opened)
                except Unreachable as problem:
                    lost = problem
            if not self._closed.is_set():
                self._closed.wait(self._following.wait_after(lost))

    def _one(self, stream: "Stream") -> Generator[Event]:
        with self._changing:
            self._stream = stream
        try:
            if self._closed.is_set():
                return
            for piece in stream.pieces():
                yield from self._following.feed(piece)
                if self._closed.is_set():
                    return
        finally:
            with self._changing:
                self._stream = None
            stream.release()
