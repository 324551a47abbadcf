"""Lanes as the web sees them: in this process, or in one of its own at the other end of a socket."""

import asyncio
import contextlib
import itertools
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Protocol, cast

import msgspec

from creditclock.commands import frames
from creditclock.commands.batch import FAILED
from creditclock.commands.job import Job, Outcome
from creditclock.commands.lane import Lane
from creditclock.commands.queue import KEEPERS, KEPT
from creditclock.contract import Refusal
from creditclock.measures.counting import Family, Measures
from creditclock.settings import PREFIX, Settings
from creditclock.storage.outbox import Position

MOST_WAITING: Final = 20_000
BUFFER: Final = 4_194_304
STOP_S: Final = 30
OPEN_S: Final = 120
PING_S: Final = 2.0
BEAT_S: Final = 0.25
"""How often the lane's process hears that the event loop goes on, whatever else is sent."""
SECRETS: Final = frozenset({f"{PREFIX}OPERATOR_PASSWORD", f"{PREFIX}METRICS_TOKEN"})
"""Variables that the lane's process needn't know."""
log: Final = logging.getLogger("creditclock.web")


class LaneLink(Protocol):
    """Where jobs are sent; their outcomes come to their sinks on the event loop."""

    @property
    def alive(self) -> bool:
        """Whether jobs are carried out."""
        ...

    def submit(self, *jobs: Job) -> None:
        """Send a job, or several of one group, all or none. Raises a Refusal `busy`."""
        ...

    async def wish(self, now: int | None) -> None:
        """Move the test clock and let everything due happen; with None, close frozen sessions."""
        ...

    async def ready(self) -> bool:
        """Whether the lane answers, and what it wrote last was taken."""
        ...

    async def measures(self) -> list[Family]:
        """What the lane counts about itself. Raises a Refusal when it doesn't answer soon."""
        ...


class OwnLane:
    """The lane in this process."""

    def __init__(self, lane: Lane, wish: Callable[[int | None], None], measures: Measures) -> None:
        self._lane = lane
        self._wish = wish
        self._measures = measures
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="wish")

    @property
    def alive(self) -> bool:
        """Whether the lane's thread runs."""
        return self._lane.alive

    def submit(self, *jobs: Job) -> None:
        """Send a job, or several of one group, all or none. Raises a Refusal `busy`."""
        self._lane.submit(*jobs)

    async def wish(self, now: int | None) -> None:
        """Move the test clock and let everything due happen; with None, close frozen sessions."""
        await asyncio.get_running_loop().run_in_executor(self._threads, self._wish, now)

    async def ready(self) -> bool:
        """Whether the lane's thread runs, and what it wrote last was taken."""
        return self._lane.alive and self._lane.healthy

    async def measures(self) -> list[Family]:
        """What the lane counts about itself."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._measures.families)

    def close(self) -> None:
        """End the threads; the lane belongs to somebody else."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class LaneProcess:
    """A process with the lane, started here and ended when the socket closes."""

    def __init__(self, settings: Settings) -> None:
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "creditclock.workers", str(theirs.fileno())],
            stdin=subprocess.PIPE,
            pass_fds=(theirs.fileno(),),
            env={name: value for name, value in os.environ.items() if name not in SECRETS},
            start_new_session=True,
        )
        theirs.close()
        self.socket = ours
        assert self._process.stdin
        # One that ended already is noticed when its first frame is waited for.
        with contextlib.suppress(BrokenPipeError), self._process.stdin as pipe:
            pipe.write(msgspec.json.encode(msgspec.structs.replace(settings, operator_password="", metrics_token="")))

    def opening(self) -> frames.Opening:
        """Wait for the first frame: ready, or the problem."""
        self.socket.settimeout(OPEN_S)
        buffer = bytearray()
        while True:
            try:
                data = self.socket.recv(4_096)
            except TimeoutError:
                return frames.Opening(f"The process that writes did not open the database in {OPEN_S} s.", None)
            except ConnectionError:
                data = b""
            buffer += data
            for message in frames.split(buffer):
                self.socket.setblocking(False)  # noqa: FBT003 - the socket's own signature
                return msgspec.msgpack.decode(message, type=frames.Opening)
            if not data:
                return frames.Opening("The process that writes could not start; see the messages above.", None)

    def close(self) -> None:
        """Let the process finish what it began, and wait for its end."""
        self.socket.close()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            log.error("the process that writes did not end in %d s and is killed", STOP_S)  # noqa: TRY400 - expected
            self._process.kill()
            self._process.wait()


class RemoteLane(asyncio.Protocol):
    """The socket to the lane's process. What is sent in one turn of the loop goes out together."""

    def __init__(
        self,
        lost: Callable[[], None],
        told: Callable[[list[Position]], None],
        present: Callable[[frames.Present], None],
    ) -> None:
        self._lost = lost
        self._told = told
        self._present = present
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Job | asyncio.Future[bytes]] = {}
        self._buffer = bytearray()
        self._out: list[bytes] = []
        self._transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()
        self._closing = False
        self._next_beat: asyncio.TimerHandle | None = None

    @property
    def alive(self) -> bool:
        """Whether the process is there."""
        return self._transport is not None and not self._transport.is_closing()

    def submit(self, *jobs: Job) -> None:
        """Send a job, or several of one group, all or none. Raises a Refusal `busy`."""
        kept = 0 if all(job.operation.urgency in KEEPERS for job in jobs) else KEPT
        if not self.alive or len(self._waiting) + len(jobs) + kept > MOST_WAITING:
            raise Refusal("busy", "The server has too much to do right now. Try again in a second.", retry_after_s=1)
        first = next(self._numbers)
        numbers = [first, *itertools.islice(self._numbers, len(jobs) - 1)]
        self._waiting.update(zip(numbers, jobs, strict=True))
        self._send(frames.piece(first, jobs))

    async def wish(self, now: int | None) -> None:
        """Move the test clock and let everything due happen; with None, close frozen sessions."""
        await self._wish(now)

    async def ready(self) -> bool:
        """Whether the process answers soon, and what it wrote last was taken."""
        try:
            await asyncio.wait_for(self._wish(frames.PING), PING_S)
        except (TimeoutError, RuntimeError, Refusal):
            return False
        return True

    async def measures(self) -> list[Family]:
        """What the lane counts about itself. Raises a Refusal when its process doesn't answer soon."""
        try:
            told = await asyncio.wait_for(self._wish(frames.MEASURES), PING_S)
        except (TimeoutError, RuntimeError) as error:
            raise Refusal("busy", "The lane does not answer. Try again in a second.", retry_after_s=1) from error
        return msgspec.msgpack.decode(told, type=list[Family])

    async def _wish(self, now: int | None) -> bytes:
        if not self.alive:
            raise _gone()
        number = next(self._numbers)
        future: asyncio.Future[bytes] = self._loop.create_future()
        self._waiting[number] = future
        self._send(frames.framed(frames.Wished(number, now)))
        try:
            return await future
        finally:
            self._waiting.pop(number, None)

    def close(self) -> None:
        """Send nothing more."""
        self._closing = True
        if self._transport:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._beat()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        by_sink: dict[int, tuple[Any, list[Outcome]]] = {}
        for message in frames.split(self._buffer):
            answered = frames.read_answered(message)
            if isinstance(answered, frames.Told):
                self._told(answered.masters)
                continue
            if isinstance(answered, frames.Present):
                self._present(answered)
                continue
            waiting = self._waiting.pop(answered.number, None)
            if waiting is None:
                continue
            if isinstance(waiting, asyncio.Future):
                _settle(waiting, answered)
            else:
                outcome = frames.outcome_of(answered, waiting)
                by_sink.setdefault(id(waiting.sink), (waiting.sink, []))[1].append(outcome)
        for sink, outcomes in by_sink.values():
            sink.deliver(outcomes)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._next_beat:
            self._next_beat.cancel()
        waiting, self._waiting = self._waiting, {}
        for one in waiting.values():
            if not isinstance(one, asyncio.Future):
                one.sink.deliver([Outcome(one, FAILED, None, _gone())])
            elif not one.done():
                one.set_exception(_gone())
        if not self._closing:
            log.critical("the process that writes is gone: %s", exc or "it ended")
            self._lost()

    def _beat(self) -> None:
        if self.alive:
            self._send(frames.framed(frames.Wished(0, frames.BEAT)))
            self._next_beat = self._loop.call_later(BEAT_S, self._beat)

    def _send(self, frame: bytes) -> None:
        self._out.append(frame)
        if len(self._out) == 1:
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        assert self._transport
        self._transport.write(b"".join(self._out))
        self._out.clear()


def _gone() -> Refusal:
    return Refusal(
        "unexpected",
        "The server stops, and whether this was done is not known. "
        "Send the same request with the same Idempotency-Key again: it is never carried out twice.",
    )


def _settle(future: "asyncio.Future[bytes]", answered: frames.Answered) -> None:
    if future.done():
        return
    if answered.status == FAILED:
        future.set_exception(RuntimeError("what is due could not be written down"))
    else:
        future.set_result(answered.body or b"")
