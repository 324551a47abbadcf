"""Bytes over a socket, as no HTTP library would send them, and what comes back."""

import contextlib
import socket
import time
from typing import NamedTuple, Protocol, Self

TIMEOUT_S = 30.0


class Listening(Protocol):
    """What listens on a port of this machine."""

    port: int


class Said(NamedTuple):
    """An answer: its status, its headers in small letters, its body."""

    status: int
    headers: dict[str, str]
    body: bytes


class Raw:
    """A connection of one's own."""

    def __init__(self, server: Listening, *, host: str = "127.0.0.1") -> None:
        self.socket = socket.create_connection((host, server.port), timeout=TIMEOUT_S)
        self._buffer = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> "Raw":
        """Send, even if the other side closes meanwhile."""
        with contextlib.suppress(ConnectionError):
            self.socket.sendall(data)
        return self

    def answer(self) -> Said | None:
        """The next answer; None when the connection ends before."""
        while b"\r\n\r\n" not in self._buffer:
            if not self._more():
                return None
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        status = int(first.split(" ")[1])
        if status == 100:
            return Said(status, headers, b"")
        length = int(headers.get("content-length", "0"))
        while len(self._buffer) < length:
            if not self._more():
                return None
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        return Said(status, headers, body)

    def answers(self) -> list[Said]:
        """All answers until the connection ends."""
        found: list[Said] = []
        while said := self.answer():
            found.append(said)
        return found

    def ends(self) -> bool:
        """Whether the other side closes the connection, after nothing more, within the time."""
        return not self._buffer and not self._more()

    def ends_after(self) -> float:
        """Seconds until the other side closes the connection."""
        began = time.monotonic()
        while self._more():
            pass
        return time.monotonic() - began

    def _more(self) -> bool:
        try:
            data = self.socket.recv(65_536)
        except ConnectionError:
            return False
        self._buffer += data
        return bool(data)


def say(server: Listening, data: bytes) -> list[Said]:
    """What is answered to bytes after which nothing more comes from here; the connection stays open for answers."""
    with Raw(server) as raw:
        raw.send(data)
        return raw.answers()
