"""A load generator that leaves the machine to the server: one thread, kept connections, requests built beforehand.

Each connection sends its next request when the one before is answered (`drive`), or requests are due at fixed
instants and wait for a free connection (`drive_paced`); then the wait counts as latency too.
"""

import gc
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

RECEIVE = 65_536
ANSWER_TIMEOUT_S = 30
HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"


class Source(Protocol):
    """Where requests come from and answers go to."""

    def request(self) -> tuple[int, bytes] | None:
        """The next request and a number to know its answer by; None if there are no more."""
        ...

    def answered(self, number: int, answer: bytes, /) -> None:
        """Take a successful answer, head and body."""
        ...


@dataclass
class Result:
    """What a run of one kind of request came to. Only answers with a status 2xx count as done."""

    done: int = 0
    failed: int = 0
    seconds: float = 0
    generator_seconds: float = 0
    server_seconds: float = 0
    latencies: list[int] = field(default_factory=list[int])
    first_failure: str = ""

    @property
    def per_second(self) -> float:
        return self.done / self.seconds if self.seconds else 0

    @property
    def server_microseconds(self) -> float:
        """Processor time of the server per command; a database server's own isn't in it."""
        return self.server_seconds / self.done * 1e6 if self.done else 0

    @property
    def generator_share(self) -> float:
        """Which part of one core the load generator took."""
        return self.generator_seconds / self.seconds if self.seconds else 0

    def percentile(self, part: float) -> float:
        """Latency in milliseconds that this part of the answers did not exceed."""
        if not self.latencies:
            return 0
        ranked = sorted(self.latencies)
        return ranked[min(len(ranked) - 1, int(part * len(ranked)))] / 1e6

    def add(self, other: "Result") -> None:
        """Count another stretch of the same kind."""
        self.done += other.done
        self.failed += other.failed
        self.seconds += other.seconds
        self.generator_seconds += other.generator_seconds
        self.server_seconds += other.server_seconds
        self.latencies += other.latencies
        self.first_failure = self.first_failure or other.first_failure


class Connection:
    """A kept connection, and the request that is on its way."""

    __slots__ = ("number", "receive", "received", "send", "sent_at", "socket")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_TIMEOUT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # A socket with a timeout polls before each call; the selector has said that there is something.
        self.socket.settimeout(None)
        self.receive = self.socket.recv
        self.send = self.socket.sendall
        self.received = b""
        self.number = 0
        self.sent_at = 0


class Load:
    """A set of open connections to one server; `server_seconds` tells the processor time that it took so far."""

    def __init__(self, port: int, connections: int, server_seconds: Callable[[], float] = float) -> None:
        self._server_seconds = server_seconds
        self._connections = [Connection(port) for _ in range(connections)]

    def close(self) -> None:
        for connection in self._connections:
            connection.socket.close()

    def drive(self, source: Source, seconds: float | None = None) -> Result:
        """Send what the source gives, for so long or until it has no more."""
        result = Result()
        with self._measured(result), selectors.DefaultSelector() as selector:
            deadline = time.perf_counter_ns() + int((seconds or 86_400) * 1e9)
            waiting = 0
            for connection in self._connections:
                selector.register(connection.socket, selectors.EVENT_READ, connection)
                waiting += _send_next(connection, source)
            while waiting:
                events = selector.select(ANSWER_TIMEOUT_S)
                if not events:
                    raise TimeoutError(f"no answer for {ANSWER_TIMEOUT_S} s to {waiting} requests")
                for key, _ in events:
                    connection: Connection = key.data
                    answer = receive(connection)
                    if answer is None:
                        continue
                    now = time.perf_counter_ns()
                    _count(result, connection, answer, now, source)
                    if now >= deadline or not _send_next(connection, source):
                        waiting -= 1
        return result

    def drive_paced(self, source: Source, seconds: float, per_second: float) -> Result:
        """Send at a fixed rate; a request that finds no free connection waits, and its latency counts from then."""
        result = Result()
        # Unlike epoll, select waits for fractions of a millisecond.
        with self._measured(result), selectors.SelectSelector() as selector:
            for connection in self._connections:
                selector.register(connection.socket, selectors.EVENT_READ, connection)
            free = deque(self._connections)
            gap = 1e9 / per_second
            began = time.perf_counter_ns()
            total = int(seconds * per_second)
            sent = 0
            while sent < total or len(free) < len(self._connections):
                now = time.perf_counter_ns()
                while free and sent < total and (due := began + int(sent * gap)) <= now:
                    connection = free.popleft()
                    _send_next(connection, source)
                    connection.sent_at = due
                    sent += 1
                pause = (began + int(sent * gap) - now) / 1e9 if free and sent < total else 1
                for key, _ in selector.select(max(0, pause)):
                    connection = key.data
                    answer = receive(connection)
                    if answer is not None:
                        _count(result, connection, answer, time.perf_counter_ns(), source)
                        free.append(connection)
        return result

    @contextmanager
    def _measured(self, result: Result) -> Generator[None]:
        """Time what runs inside, without the garbage collector in between."""
        gc.collect()
        gc.disable()
        began, busy, served = time.perf_counter(), time.process_time(), self._server_seconds()
        try:
            yield
        finally:
            result.seconds = time.perf_counter() - began
            result.generator_seconds = time.process_time() - busy
            result.server_seconds = self._server_seconds() - served
            gc.enable()


class Listed:
    """A source of a fixed list of requests that keeps the answers' bodies."""

    def __init__(self, requests: Sequence[bytes]) -> None:
        self.bodies: list[bytes] = [b""] * len(requests)
        self._requests = iter(enumerate(requests))

    def request(self) -> tuple[int, bytes] | None:
        return next(self._requests, None)

    def answered(self, number: int, answer: bytes, /) -> None:
        self.bodies[number] = answer.partition(HEAD_END)[2]


def _send_next(connection: Connection, source: Source) -> bool:
    following = source.request()
    if following is None:
        return False
    connection.number, request = following
    connection.sent_at = time.perf_counter_ns()
    connection.send(request)
    return True


def receive(connection: Connection) -> bytes | None:
    """The whole answer, or None if a part is still on its way."""
    received = connection.receive(RECEIVE)
    if not received:
        raise ConnectionError("the server closed a connection")
    if connection.received:
        received = connection.received + received
    end = received.find(HEAD_END)
    if end >= 0:
        begin = received.find(LENGTH, 0, end)
        if begin < 0:
            begin = received.lower().find(LENGTH, 0, end)
        begin += len(LENGTH)
        length = int(received[begin : received.find(b"\r\n", begin)])
        if len(received) >= end + len(HEAD_END) + length:
            connection.received = b""
            return received
    connection.received = received
    return None


def _count(result: Result, connection: Connection, answer: bytes, now: int, source: Source) -> None:
    if answer.startswith(b"HTTP/1.1 2"):
        result.done += 1
        result.latencies.append(now - connection.sent_at)
        source.answered(connection.number, answer)
    else:
        result.failed += 1
        result.first_failure = result.first_failure or answer.decode(errors="replace")
