"""A server that answers as a test tells it, for what a real one does only when it is in trouble."""

import json
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self


class Reply(NamedTuple):
    status: int = 200
    body: bytes = b'{"done": true}'
    headers: tuple[tuple[str, str], ...] = ()
    hangs_up: bool = False


class Stub:
    """Answers one reply after the other, the last one for ever; remembers what it was asked."""

    def __init__(self, *replies: Reply) -> None:
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self._bodies: list[bytes] = []
        self._replies = list(replies)
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                stub.answer(self)

            def do_POST(self) -> None:
                stub.answer(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the class's own name
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self._bodies.append(handler.rfile.read(int(handler.headers.get("Content-Length") or 0)))
        self.asked.append((handler.command, handler.path, dict(handler.headers.items())))
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        if reply.hangs_up:
            handler.close_connection = True
            return
        handler.send_response(reply.status)
        for name, value in (*reply.headers, ("Content-Length", str(len(reply.body)))):
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(reply.body)

    def keys(self) -> Sequence[str | None]:
        return [headers.get("Idempotency-Key") for _, _, headers in self.asked]

    def bodies(self) -> list[Any]:
        return [json.loads(body) for body in self._bodies]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
