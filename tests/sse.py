"""Readers of `GET /v1/events` for tests: one in a thread, or many on one event loop."""

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException
from typing import Any, NamedTuple, Self
from urllib.parse import urlencode

from tests.api import Answer, Api

PATIENCE_S = 20.0
QUIET_S = 3.0


class Message(NamedTuple):
    id: str | None
    type: str | None
    data: Any


def messages(text: bytes) -> Iterator[Message]:
    """The messages of whole blocks of a stream."""
    for block in text.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(":"))
        if fields:
            data = json.loads(fields["data"]) if "data" in fields else None
            yield Message(fields.get("id"), fields.get("event"), data)


class Follower:
    """Follows events in a thread; what came so far is in `events`."""

    def __init__(self, api: Api, port: int, *, last_event_id: str | None = None, **query: str) -> None:
        headers = {"Accept": "text/event-stream"}
        if api.token:
            headers["Authorization"] = f"Bearer {api.token}"
        if last_event_id:
            headers["Last-Event-ID"] = last_event_id
        self._connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S + 20)
        self._connection.request("GET", f"/v1/events?{urlencode(query)}" if query else "/v1/events", headers=headers)
        self._response = self._connection.getresponse()
        self.status = self._response.status
        self.headers = {name.lower(): value for name, value in self._response.getheaders()}
        self.events: list[Any] = []
        self.place: str | None = None
        self.ended = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Self:
        assert self.status == 200, self.refusal()
        self._thread.start()
        self.wait(lambda: self.place is not None)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        # Closing alone doesn't wake the thread that reads.
        with contextlib.suppress(OSError, AttributeError):
            self._connection.sock.shutdown(socket.SHUT_RDWR)
        if self._thread.is_alive():
            self._thread.join(timeout=PATIENCE_S)
        self._response.close()
        self._connection.close()

    def refusal(self) -> Answer:
        with contextlib.closing(self._connection):
            return Answer(self.status, self.headers, self._response.read())

    def wait(self, until: Callable[[], bool]) -> None:
        """Wait until something holds; fails when it doesn't in time."""
        with self._changed:
            assert self._changed.wait_for(until, PATIENCE_S), (self.events, self.ended)

    def wait_for(self, number: int) -> list[Any]:
        """The first events, once there are so many."""
        self.wait(lambda: len(self.events) >= number)
        return self.events[:number]

    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    def _read(self) -> None:
        rest = b""
        try:
            while chunk := self._response.read1(65_536):
                whole, found, rest = (rest + chunk).rpartition(b"\n\n")
                with self._changed:
                    for message in messages(whole + found):
                        self.place = message.id or self.place
                        if message.data:
                            assert message.id == message.data["id"]
                            assert message.type == message.data["type"]
                            self.events.append(message.data)
                    self._changed.notify_all()
        except (HTTPException, OSError):
            pass
        with self._changed:
            self.ended = True
            self._changed.notify_all()


async def read_stream(
    port: int, token: str, until: asyncio.Event, *, slow_s: float = 0.0, last: str | None = None
) -> list[str]:
    """The ids of the events that a reader gets until somebody says it is enough, and what comes until it is quiet.

    One that is let go comes back with the last id it got, as a browser does.
    """
    found: list[str] = []
    while True:
        reader, writer = await _connect(port, small=bool(slow_s))
        resume = f"Last-Event-ID: {last}\r\n" if last else ""
        writer.write(f"GET /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{resume}\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert b" 200 " in head, head
        rest = b""
        quiet = 0.0
        while quiet < QUIET_S:
            began = time.monotonic()
            try:
                size = int(await asyncio.wait_for(reader.readuntil(b"\r\n"), QUIET_S), 16)
                chunk = (await reader.readexactly(size + 2))[:-2]
            except TimeoutError:
                quiet = time.monotonic() - began if until.is_set() else 0.0
                continue
            except (asyncio.IncompleteReadError, ConnectionError):
                break
            if not size:
                break
            whole, mark, rest = (rest + chunk).rpartition(b"\n\n")
            for message in messages(whole + mark):
                last = message.id or last
                if message.data:
                    found.append(message.data["id"])
            if slow_s and not until.is_set():
                await asyncio.sleep(slow_s)
        else:
            writer.close()
            return found
        writer.close()


async def _connect(port: int, *, small: bool) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection; a small one takes little before whoever sends must wait."""
    plug = socket.socket()
    if small:
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    plug.connect(("127.0.0.1", port))
    return await asyncio.open_connection(sock=plug, limit=1 << 20)
