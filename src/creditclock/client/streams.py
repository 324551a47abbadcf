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

    `with` connects: once inside, whatever happens from then on is told. Without it, the first `next` connects.
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
        self._ahead: Event | None = None

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
                event, self._ahead = self._ahead, None
                if self._closed.is_set():
                    raise StopIteration
                while event is None:
                    event = next(self._events)
                return event
            finally:
                if self._closed.is_set():
                    self._events.close()

    def connect(self) -> None:
        """Wait until the server has said where the stream begins. Raises what the first `next` would raise."""
        with self._reading:
            if self._ahead is None and not self._closed.is_set():
                self._ahead = next(self._events, None)

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _all(self) -> Generator[Event | None]:
        """The events; and None, once for each connection, when its place is known."""
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

    def _one(self, stream: "Stream") -> Generator[Event | None]:
        with self._changing:
            self._stream = stream
        try:
            if self._closed.is_set():
                return
            has_place = False
            for piece in stream.pieces():
                yield from self._following.feed(piece)
                if not has_place and self._following.last_id is not None:
                    has_place = True
                    yield None
                if self._closed.is_set():
                    return
        finally:
            with self._changing:
                self._stream = None
            stream.release()
