"""The protocol: HTTP/1.1 with bounds that uvicorn lacks: sizes of heads, time, connections, and one end for bad input.

Each connection knows until when it must have gone on (`deadline`); one look at all of them each second ends those that
didn't. That costs a request nothing but to write a number down.
"""

import asyncio
from typing import Any, Final

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from creditclock.contract import Refusal
from creditclock.web.bodies import BODY_BYTES
from creditclock.web.forwarded import source_of
from creditclock.web.problems import headers_of, problem
from creditclock.web.traffic import Traffic

TARGET_BYTES: Final = 16_384
HEAD_BYTES: Final = 32_768
HEAD_RAW_BYTES: Final = 65_536
FIELDS: Final = 100
FRAMING_BYTES: Final = 65_536
"""What may come with a body beside its bytes and as many again: sizes of chunks and what hangs on them, trailers."""
PIPELINED: Final = 64
"""How many requests of a connection may wait for the one before them."""
BODY_BYTES_PER_S: Final = 16_384
"""Beside the time for a head, a body may take as long as it needs at this pace."""
KEEP_ALIVE_S: Final = 75.0
SEND_S: Final = 60.0
"""A client that takes nothing of an answer for so long is gone."""
LINGER_S: Final = 2.0
"""How long is waited for the end of a connection that was closed here, so that the last answer arrives."""
SPARE: Final = 0.1
"""Connections beyond the bound that are still told so; more are closed at once."""
NEVER: Final = float("inf")
_PHRASES: Final = {400: b"Bad Request", 408: b"Request Timeout", 431: b"Request Header Fields Too Large"}
_MALFORMED: Final = Refusal(
    "malformed", "This is no HTTP request that can be understood. Send HTTP/1.1 as it is written."
)
_HEAD: Final = Refusal(
    "head_too_large",
    f"An address may have {TARGET_BYTES} bytes, headers {HEAD_BYTES} in all, and there may be {FIELDS}. Send less.",
)
_FRAMING: Final = Refusal(
    "malformed", "The chunks of this body are too small, or too much comes after it. Send larger chunks, no trailers."
)
_SLOW: Final = Refusal("too_slow", "The request did not come in time and was not begun. Send it again, all at once.")
_FULL: Final = Refusal(
    "busy", "There are too many connections right now; nothing was done. Try again in a second.", retry_after_s=1
)


class BoundedProtocol(HttpToolsProtocol):
    """A connection that can't take more than its share of time and memory."""

    def __init__(self, traffic: Traffic, config: Config, server_state: ServerState, app_state: dict[str, Any]) -> None:
        super().__init__(config, server_state, app_state, asyncio.get_running_loop())
        self.deadline = NEVER
        self._traffic = traffic
        self._source = ""
        self._fault: Refusal | None = None
        self._in_head = False
        self._in_body = False
        self._size = 0
        """Bytes of a head's fields, then of a body."""
        self._raw = 0
        """Bytes that came of a head, then of what frames a body."""
        self._stalled_at = 0.0
        self._is_last = False
        """Nothing is read any more; it ends when what was begun is answered."""
        self._is_over = False
        """The last answer is out; only the end of the connection is waited for."""
        self._is_full = False
        self._answered: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        traffic = self._traffic
        self._source = source_of(self.client[0]) if self.client else ""
        told = traffic.enter(self._source)
        self.deadline = self.loop.time() + traffic.head_s
        if traffic.is_full(told):
            # Who is told so before it has said anything loses the answer to a reset.
            self._is_full = True
            self.deadline = self.loop.time() + LINGER_S
            if traffic.most and told.all > traffic.most * (1 + SPARE):
                traffic.ended["closed"] += 1
                self._is_over = True
                transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._traffic.leave(self._source)
        # The one that is answered needn't be the last that came.
        if self._answered and not self._answered.response_complete:
            self._answered.disconnected = True
            self._answered.message_event.set()
        self.pipeline.clear()
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    def data_received(self, data: bytes) -> None:
        if self._is_over or self._is_last or self.parser is None:
            return
        if self._is_full:
            self._end_with(_FULL)
            return
        was_in_head = self._in_head
        body_of, size = (self.cycle if self._in_body else None), self._size
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # Nothing else is spoken here: the request is answered as it is, and what follows isn't HTTP.
            if self.cycle and not self.cycle.response_complete:
                self.cycle.keep_alive = False
            self._is_last = True
        except httptools.HttpParserError:
            self._fail(self._fault or _MALFORMED)
        else:
            if self._in_head and was_in_head:
                self._count(len(data), HEAD_RAW_BYTES, _HEAD)
            elif self._in_body and self.cycle is body_of:
                self._count(len(data) - (self._size - size), FRAMING_BYTES + min(self._size, BODY_BYTES), _FRAMING)

    def _count(self, size: int, most: int, fault: Refusal) -> None:
        """Count what came of a head, or of what frames a body."""
        self._raw += size
        if self._raw > most:
            self._fail(fault)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._in_body = False
        self._size = self._raw = 0
        self.deadline = self.loop.time() + self._traffic.head_s

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._in_head:
            # A trailer: whatever it says comes too late to be believed (RFC 9110, 6.5.1).
            return
        self._size += len(name) + len(value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head = False
        if len(self.url) > TARGET_BYTES or self._size > HEAD_BYTES or len(self.headers) > FIELDS:
            self._fault = _HEAD
            raise ValueError(_HEAD.code)
        if len(self.pipeline) >= PIPELINED:
            raise ValueError(_MALFORMED.code)
        now = self.loop.time()
        self.scope["begun"] = now  # type: ignore[typeddict-unknown-key]
        self.deadline = now + self._traffic.head_s
        super().on_headers_complete()
        self._in_body = True
        self._size = self._raw = 0

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        self.deadline += len(body) / BODY_BYTES_PER_S
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_body = False
        self.deadline = self.loop.time() + KEEP_ALIVE_S if self.cycle.response_complete else NEVER

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self._answered:
            # What nobody read of it would be kept for as long as the connection.
            self._answered.body = bytearray()
        now = self.loop.time()
        if self.transport.is_closing():
            self.deadline = now + LINGER_S
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
        elif self._is_last:
            self._finish()
        elif self.deadline == NEVER:
            self.deadline = now + KEEP_ALIVE_S

    def resume_writing(self) -> None:
        self._stalled_at = 0.0
        super().resume_writing()

    def look(self, now: float) -> None:
        """End the connection if it didn't go on in time."""
        if self.flow.write_paused:
            self._stalled_at = self._stalled_at or now
            if now - self._stalled_at > SEND_S:
                self._traffic.ended["closed"] += 1
                self.transport.abort()
        elif now < self.deadline:
            pass
        elif self._is_over or self.transport.is_closing():
            self.transport.abort()
        elif self.flow.read_paused:
            # It waits for us.
            self.deadline = now + self._traffic.head_s
        elif self._in_head or (self.cycle and self.cycle.more_body):
            self._fail(_SLOW)
        else:
            self.transport.close()
            self.deadline = now + LINGER_S

    def _fail(self, fault: Refusal) -> None:
        """End with a refusal, after the answers to what was sent before."""
        cycle = self.cycle
        is_body = bool(cycle and cycle.more_body and not self._in_head)
        if self.pipeline or (cycle and not cycle.response_complete and not is_body):
            if is_body and self.pipeline and self.pipeline[0][0] is cycle:
                self.pipeline.popleft()
            self._traffic.ended[fault.code] += 1
            self._is_last = True
        elif is_body and (cycle.response_started or cycle.response_complete):
            self._traffic.ended[fault.code] += 1
            self._finish()
        else:
            self._end_with(fault)

    def _end_with(self, fault: Refusal) -> None:
        """Say what is wrong, then end."""
        self._traffic.ended[fault.code] += 1
        status, body = problem(fault)
        lines = [
            b"HTTP/1.1 %d %s" % (status, _PHRASES.get(status, b"Service Unavailable")),
            *(b"%s: %s" % header for header in [*self.server_state.default_headers, *headers_of(fault)]),
            b"content-type: application/problem+json",
            b"content-length: %d" % len(body),
            b"cache-control: no-store",
            b"connection: close",
            b"",
            body,
        ]
        self.transport.write(b"\r\n".join(lines))
        self._finish()

    def _finish(self) -> None:
        """Send no more; what still comes is thrown away for a moment, or the last answer would be lost to a reset."""
        self._is_over = True
        self.deadline = self.loop.time() + LINGER_S
        cycle = self.cycle
        if cycle and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()
