"""Accepting: new connections, many at a time, so that those who wait get in while others keep the server busy.

The event loop's own server accepts one in each turn: in a flood, when a turn takes long, nobody else would get in.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections import Counter
from collections.abc import Callable
from typing import Final

from creditclock.web.forwarded import source_of

AT_ONCE: Final = 64
GREETING: Final = 1_000
GREETING_OF_SOURCE: Final = 200
"""How many connections may be greeting by TLS, in all and of one source; more of a source are closed."""
GREETING_S: Final = 10.0
PAUSE_S: Final = 0.1
"""How long nothing is accepted when it can't be: too many files are open, or too many greet."""
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
        self._greeting: set[asyncio.Task[None]] = set()
        self._sources: Counter[str] = Counter()
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
            for task in self._greeting:
                task.cancel()

    async def wait_closed(self) -> None:
        """Wait for those that were let go."""
        await asyncio.gather(*self._greeting, return_exceptions=True)

    def _accept(self) -> None:
        for _ in range(AT_ONCE):
            if len(self._greeting) >= GREETING:
                self._pause()
                return
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
        if self._tls and self._sources[source] >= GREETING_OF_SOURCE:
            connection.close()
            return
        connection.setblocking(False)  # noqa: FBT003 - the socket's own signature
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sources[source] += 1
        task = self._loop.create_task(self._connect(connection))
        self._greeting.add(task)

        def greeted(task: asyncio.Task[None]) -> None:
            self._greeting.discard(task)
            self._sources[source] -= 1
            if not self._sources[source]:
                del self._sources[source]

        task.add_done_callback(greeted)

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
