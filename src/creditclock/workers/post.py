"""The post: where letters to webhooks are given to be sent, and their replies come back from.

Sending takes as much work as deciding a command does: it has a process of its own, which gives way to those that
people wait for, and ends with the one that started it.
"""

import contextlib
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Final, Protocol

import msgspec

from creditclock.workers.calling import TIMEOUT_S, Attempt
from creditclock.workers.sender import Letter, Reply, Sender

SENDERS: Final = 16
WATCH_S: Final = 0.5
LOST_S: Final = 4 * TIMEOUT_S
"""After so long without a reply the process has lost a letter, and another one is started."""
END_S: Final = 5.0
NICE: Final = 5
log: Final = logging.getLogger("creditclock.webhooks")
Take = Callable[[int, Reply | None], None]
"""Takes the reply to the letter of a number; None if it is not known what came of it."""


class Given(msgspec.Struct, frozen=True, array_like=True):
    """A letter on its way to the process that sends it."""

    number: int
    letter: Letter


class Back(msgspec.Struct, frozen=True, array_like=True):
    """A reply on its way back."""

    number: int
    reply: Reply


class Post(Protocol):
    """Sends letters, several at once."""

    def send(self, number: int, letter: Letter) -> None:
        """Send a letter; what came of it is taken later, in another thread."""
        ...

    def watch(self) -> None:
        """Look whether all is well; to be called now and then."""
        ...

    def close(self) -> None:
        """Send nothing more; requests under way are broken off."""
        ...


class Threads:
    """Sends in threads of this process."""

    def __init__(self, take: Take, *, anywhere: bool) -> None:
        self._take = take
        self._sender = Sender(anywhere=anywhere)
        self._threads = ThreadPoolExecutor(SENDERS, thread_name_prefix="webhook")
        self._lock = threading.Lock()
        self._attempts: set[Attempt] = set()
        self._closed = False

    def send(self, number: int, letter: Letter) -> None:
        """Send a letter; what came of it is taken later, in another thread."""
        self._threads.submit(self._send, number, letter)

    def watch(self) -> None:
        """Break what takes too long."""
        with self._lock:
            over = [attempt for attempt in self._attempts if self._closed or attempt.left_s <= 0]
        for attempt in over:
            attempt.abort()

    def close(self) -> None:
        """Send nothing more; requests under way are broken off."""
        self._closed = True
        self.watch()
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._sender.close()

    def _send(self, number: int, letter: Letter) -> None:
        attempt = Attempt()
        with self._lock:
            self._attempts.add(attempt)
        reply: Reply | None = None
        try:
            reply = self._sender.send(letter, attempt)
        except Exception:
            log.exception("a letter was not sent")
        with self._lock:
            self._attempts.discard(attempt)
        self._take(number, None if self._closed and attempt.is_aborted else reply)


class Process:
    """Sends in a process of its own, which is started when it is first needed and again if it ends."""

    def __init__(self, take: Take, *, anywhere: bool) -> None:
        self._take = take
        self._anywhere = anywhere
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._under_way: dict[int, float] = {}
        self._closed = False

    def send(self, number: int, letter: Letter) -> None:
        """Send a letter; what came of it is taken later, in another thread."""
        with self._lock:
            if self._closed:
                return
            connection = self._connection or self._started()
            self._under_way[number] = time.monotonic()
            # Whoever reads the other end notices that it is gone, and takes back what was under way.
            with contextlib.suppress(OSError):
                connection.send_bytes(_encode(Given(number, letter)))

    def watch(self) -> None:
        """End the process if it has lost a letter; then another one is started."""
        with self._lock:
            is_lost = min(self._under_way.values(), default=time.monotonic()) < time.monotonic() - LOST_S
            if is_lost and self._process:
                log.error("the process that sends to webhooks hangs and is killed")
                self._process.kill()

    def close(self) -> None:
        """Send nothing more; requests under way are broken off."""
        with self._lock:
            self._closed = True
            process = self._process
            if process:
                # It ends when its end of the pipe is closed; killed, it closes it too.
                process.kill()
        if process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(END_S)

    def _started(self) -> Connection:
        ours, theirs = Pipe()
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "creditclock.workers.post", str(theirs.fileno()), "any" if self._anywhere else ""],
            stdin=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
        )
        theirs.close()
        self._connection = ours
        threading.Thread(target=self._read, args=(ours, self._process), name="replies", daemon=True).start()
        return ours

    def _read(self, connection: Connection, process: "subprocess.Popen[bytes]") -> None:
        """Take replies until the process ends."""
        with contextlib.suppress(OSError, EOFError):
            while True:
                back = _back(connection.recv_bytes())
                with self._lock:
                    self._under_way.pop(back.number, None)
                self._take(back.number, back.reply)
        with self._lock:
            connection.close()
            lost, self._under_way = list(self._under_way), {}
            self._connection = self._process = None
            is_expected = self._closed
        process.wait()
        if not is_expected:
            log.error("the process that sends to webhooks ended with %s; another one is started", process.returncode)
        for number in lost:
            self._take(number, None)


_encode: Final = msgspec.msgpack.Encoder().encode
_back: Final[Callable[[bytes], Back]] = msgspec.msgpack.Decoder(Back).decode
_given: Final[Callable[[bytes], Given]] = msgspec.msgpack.Decoder(Given).decode


def main() -> None:
    """Send what comes over a pipe until its other end is closed."""
    connection = Connection(int(sys.argv[1]))
    with contextlib.suppress(OSError, AttributeError):
        os.nice(NICE)
    sending = threading.Lock()

    def take(number: int, reply: Reply | None) -> None:
        assert reply is not None
        with sending, contextlib.suppress(OSError):
            connection.send_bytes(_encode(Back(number, reply)))

    post = Threads(take, anywhere=sys.argv[2] == "any")

    def watch() -> None:
        while True:
            time.sleep(WATCH_S)
            post.watch()

    threading.Thread(target=watch, daemon=True).start()
    with contextlib.suppress(EOFError, OSError):
        while True:
            given = _given(connection.recv_bytes())
            post.send(given.number, given.letter)
    # What is under way is sent again by whoever relays next: nothing is waited for.
    os._exit(0)


if __name__ == "__main__":
    main()
