"""A lean HTTP client: one connection that is kept, no retries, the bytes of the answer as they came."""

import json
import socket
from collections.abc import Mapping
from typing import Any, NamedTuple, Self

TIMEOUT_S = 30


class Answer(NamedTuple):
    status: int
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of a refusal."""
        return str(self.json.get("code"))

    def __str__(self) -> str:
        return f"{self.status} {self.body.decode(errors='replace')}"


class Wire:
    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.requests = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        token: str | None = None,
        key: str | None = None,
    ) -> Answer:
        content = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(content)}"]
        if content:
            lines.append("Content-Type: application/json")
        if token:
            lines.append(f"Authorization: Bearer {token}")
        if key:
            lines.append(f"Idempotency-Key: {key}")
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode() + content)
        self.requests += 1
        return self._read()

    def must(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        token: str | None = None,
        key: str | None = None,
    ) -> dict[str, Any]:
        """The answer of a call that is expected to succeed."""
        answer = self.call(method, path, body, token=token, key=key)
        if not answer.ok:
            raise RuntimeError(f"{method} {path} {body}: {answer}")
        return answer.json

    def _read(self) -> Answer:
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._receive()
        head, _, content = received.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        length = int(headers["content-length"])
        while len(content) < length:
            content += self._receive()
        return Answer(int(lines[0].split(" ")[1]), content)

    def _receive(self) -> bytes:
        received = self._socket.recv(65_536)
        if not received:
            raise ConnectionError("the server closed the connection")
        return received
