"""Accepting: new connections, many at a time, so that those who wait get in while others keep the server busy.

The event loop's own server accepts one in each turn: in a flood, when a turn takes long, nobody else would get in.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Callable
from typing import Final

from creditclock.web.forwarded import source_of

AT_ONCE: Final = 64
GREETING: Final = 1_000
GREETING_OF_SOURCE: Final = 200
GREETING_WHEN_MANY: Final = 20
"""How many connections may be greeting by TLS: in all, of one source, and of one source once half of all are.

More of a source are closed. One more than all ends the oldest of the source that has most: who greets is never kept out
by those who only began to.
"""
GREETING_S: Final = 10.0
PAUSE_S: Final = 0.1
"""How long nothing is accepted when it can't be: too many files are open."""
log: Final = logging.getLogger("creditclock.web")


class Acceptor:
    """Accepts connections on a socket until it is closed, and gives each to a protocol of its own."""

    def __init__(
        self, listener: socket.socket, protocol: Callable[[], asyncio.Protocol], tls: ssl.SSLContext | None
    ) -> None:
        self._listener = listener
        self._protocol = protocol
        self._tls = tls
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._greeting: dict[str, dict[asyncio.Task[None], None]] = {}
        """Those that greet by TLS, by their source, the oldest first."""
        self._number = 0
        self._is_closed = False

    def start(self, backlog: int) -> None:
        """Listen."""
        self._listener.setblocking(False)  # noqa: FBT003 - the socket's own signature
        self._listener.listen(backlog)
        self._loop.add_reader(self._listener.fileno(), self._accept)

    def close(self) -> None:
        """Accept no more; those that greet are let go."""
        if not self._is_closed:
            self._is_closed = True
            self._loop.remove_reader(self._listener.fileno())
            for task in self._tasks:
                task.cancel()

    async def wait_closed(self) -> None:
        """Wait for those that were let go."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self) -> None:
        for _ in range(AT_ONCE):
            try:
                connection, address = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionError):
                return
            except OSError as error:
                log.warning("no connection can be accepted: %s", error)
                self._pause()
                return
            self._greet(connection, source_of(str(address[0])) if address else "")

    def _pause(self) -> None:
        self._loop.remove_reader(self._listener.fileno())
        self._loop.call_later(PAUSE_S, self._go_on)

    def _go_on(self) -> None:
        if not self._is_closed:
            self._loop.add_reader(self._listener.fileno(), self._accept)

    def _greet(self, connection: socket.socket, source: str) -> None:
        if self._tls and not self._has_room(source):
            connection.close()
            return
        connection.setblocking(False)  # noqa: FBT003 - the socket's own signature
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task = self._loop.create_task(self._connect(connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if self._tls:
            self._greeting.setdefault(source, {})[task] = None
            self._number += 1
            task.add_done_callback(lambda task: self._greeted(source, task))

    def _has_room(self, source: str) -> bool:
        """Whether one more of a source may greet; makes room if nobody else could."""
        most = GREETING_OF_SOURCE if self._number < GREETING // 2 else GREETING_WHEN_MANY
        if len(self._greeting.get(source, ())) >= most:
            return False
        if self._number >= GREETING:
            fullest = max(self._greeting, key=lambda one: len(self._greeting[one]))
            oldest = next(iter(self._greeting[fullest]))
            oldest.cancel()
            self._greeted(fullest, oldest)
        return True

    def _greeted(self, source: str, task: asyncio.Task[None]) -> None:
        """Count one less, once."""
        greeting = self._greeting.get(source, {})
        if task in greeting:
            del greeting[task]
            self._number -= 1
            if not greeting:
                del self._greeting[source]

    async def _connect(self, connection: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(
                self._protocol,
                connection,
                ssl=self._tls,
                ssl_handshake_timeout=GREETING_S if self._tls else None,
            )
        except OSError as error:
            # Who doesn't speak TLS, or goes away. Strangers could fill a disk with what is written down here.
            log.debug("a connection did not come about: %s", error)
            connection.close()
