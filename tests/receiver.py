"""A receiver of webhooks: a real HTTP server that remembers what came, and answers as it is told.

`python -m tests.receiver PORT FILE` runs one that can be killed: it writes a line per event before it takes it.
"""

import itertools
import json
import ssl
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple, Self

from tests.api import Json

HOST = "127.0.0.1"


class Came(NamedTuple):
    """A request: when it came and when it was answered, both in one order of everything."""

    path: str
    headers: dict[str, str]
    body: bytes
    status: int
    began: int
    ended: int

    @property
    def event(self) -> Json:
        return json.loads(self.body)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def subject(self) -> str:
        return self.event["subject"]


class Say(NamedTuple):
    """An answer."""

    status: int = 204
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed
    body: bytes = b""
    wait_s: float = 0.0
    drip_s: float = 0.0


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as the library's
        """Clients go away as they like."""


class Receiver:
    """Listens on this machine; `answer` says what to answer to an event."""

    def __init__(self, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self.answer: Callable[[Json], Say] = lambda _event: Say()
        self.came: list[Came] = []
        self.under_way = 0
        self._order = itertools.count()
        self._changed = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                receiver.take(self)

            def log_message(self, *_: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
                pass

        self._http = _Http((HOST, port), Handler)
        if tls:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True)
        self.port: int = self._http.server_address[1]
        self._scheme = "https" if tls else "http"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        return f"{self._scheme}://{HOST}:{self.port}/hook"

    @property
    def taken(self) -> list[Came]:
        return [came for came in list(self.came) if came.status < 300]

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        began = next(self._order)
        body = handler.rfile.read(int(handler.headers["content-length"]))
        say = self.answer(json.loads(body))
        with self._changed:
            self.under_way += 1
        time.sleep(say.wait_s)
        headers = {name.lower(): value for name, value in handler.headers.items()}
        with self._changed:
            self.under_way -= 1
            self.came.append(Came(handler.path, headers, body, say.status, began, next(self._order)))
            self._changed.notify_all()
        handler.send_response(say.status)
        for name, value in say.headers.items():
            handler.send_header(name, value)
        if say.status >= 200 and say.status != 204:
            handler.send_header("content-length", str(len(say.body)))
        handler.end_headers()
        step = 1 if say.drip_s else max(1, len(say.body))
        for start in range(0, len(say.body), step):
            handler.wfile.write(say.body[start : start + step])
            time.sleep(say.drip_s)

    def wait_for(self, number: int, timeout_s: float = 20) -> list[Came]:
        """The requests, once there are so many."""
        with self._changed:
            enough = self._changed.wait_for(lambda: len(self.came) >= number, timeout_s)
            assert enough, f"{len(self.came)} of {number} requests came: {[(c.id, c.status) for c in self.came]}"
            return list(self.came)


def eventually(holds: Callable[[], bool], timeout_s: float = 20) -> None:
    """Wait until something holds."""
    until = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < until, "it never came about"
        time.sleep(0.02)


def check_order(came: list[Came]) -> None:
    """Of each thing one event at a time was sent, and none before an earlier one was taken."""
    by_subject: dict[str, list[Came]] = {}
    for one in sorted(came, key=lambda one: one.began):
        by_subject.setdefault(one.subject, []).append(one)
    for subject, its in by_subject.items():
        for before, after in itertools.pairwise(its):
            assert before.ended < after.began, f"two at a time of {subject}: {before.id}, {after.id}"
            if before.id != after.id:
                assert before.id < after.id, f"out of order, of {subject}: {before.id}, {after.id}"
                assert before.status < 300, f"{after.id} came though {before.id} was not taken"


def main() -> None:
    port, path = int(sys.argv[1]), Path(sys.argv[2])
    lock = threading.Lock()

    def answer(event: Json) -> Say:
        with lock, path.open("a") as file:
            file.write(f"{event['subject']} {event['id']}\n")
        return Say()

    receiver = Receiver(port)
    receiver.answer = answer
    print("ready", flush=True)
    while True:
        time.sleep(60)
        receiver.came.clear()


if __name__ == "__main__":
    main()
