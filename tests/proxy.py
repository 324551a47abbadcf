"""A network between a server and PostgreSQL that a test can cut: connections that hang, or break."""

import contextlib
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

PIECE = 65_536


class Network:
    """A port that leads to PostgreSQL's Unix socket. `cut` lets nothing through any more, without a word.

    After `most` connections it breaks all, and makes no more.
    """

    def __init__(self, url: str, most: int | None = None) -> None:
        self._left = most
        parts = urlsplit(url)
        self._path = str(Path(parse_qs(parts.query)["host"][0]) / ".s.PGSQL.5432")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"postgresql://{parts.username}@127.0.0.1:{self._listener.getsockname()[1]}{parts.path}"
        self._open = threading.Event()
        self._open.set()
        self._sockets: list[socket.socket] = []
        self._closed = False

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        # Closing alone would not wake the thread that waits for a connection.
        socket.create_connection(self._listener.getsockname()).close()
        self._listener.close()
        self.mend()
        self.reset()

    def cut(self) -> None:
        """Connections stay open, and what is sent over them is kept back."""
        self._open.clear()

    def mend(self) -> None:
        """What was kept back arrives."""
        self._open.set()

    def reset(self) -> None:
        """Break every connection there is."""
        sockets, self._sockets = self._sockets, []
        for one in sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            near, _ = self._listener.accept()
            if self._closed:
                near.close()
                return
            if self._left == 0:
                near.close()
                self.reset()
                continue
            if self._left is not None:
                self._left -= 1
            far = socket.socket(socket.AF_UNIX)
            far.connect(self._path)
            self._sockets += (near, far)
            left = [2]
            for pair in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(*pair, left), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, left: list[int]) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(PIECE):
                self._open.wait()
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)
        left[0] -= 1
        if not left[0]:
            source.close()
            target.close()
