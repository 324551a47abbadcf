"""Access: every request gets an id, is counted, and has a line in the log if the settings say so."""

import itertools
import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final, Literal

from creditclock.logs import CURRENT, Exchange
from creditclock.measures.counting import Measures, Sample, Spread
from creditclock.web.problems import UNEXPECTED, problem
from creditclock.web.special import SPECIAL

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Sent = Awaitable[None]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Sent]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
SLOW_S: Final = 1.0
FAILED: Final = 500
OTHER: Final = "other"
WATCHED: Final = ("busy", "sign_in_failed", "too_many_requests", "unauthorized", "unexpected")
"""Codes that alerts watch: they are told before they happen, since from nothing to one is no increase."""
_NAMES: Final = frozenset({b"request-id", b"x-request-id"})
_GIVEN: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}\Z")
_ID: Final = re.compile(r"[a-z]{3}_[0-9a-f]{19}\Z")
lines: Final = logging.getLogger("creditclock.access")
log: Final = logging.getLogger("creditclock.web")


class Numbers:
    """Ids for requests: a number that nobody can guess for each process, and a count."""

    def __init__(self) -> None:
        self._form = f"req_{secrets.token_hex(4)}%08x"
        self._count = itertools.count(1)

    def next(self) -> str:
        """An id that this process gives once."""
        return self._form % (next(self._count) & 0xFFFFFFFF)


class _Series:
    """The requests of an operation or route that were answered in the same class."""

    __slots__ = ("number", "spread")

    def __init__(self, spread: Spread | None) -> None:
        self.number = 0
        self.spread = spread


class HttpTally:
    """Counts requests and how they were answered."""

    def __init__(self, measures: Measures) -> None:
        self.in_flight = 0
        self._series: dict[tuple[str, int], _Series] = {}
        self._codes: dict[str, int] = dict.fromkeys(WATCHED, 0)
        self._seconds = {
            kind: measures.spread(
                "creditclock_http_request_seconds",
                "From a request's head to its answer's end, event streams aside: kind is read, write, special "
                "(passwords, the test clock) or page. Worry when the 99th percentile of writes stays above 0.25 s.",
                kind=kind,
            )
            for kind in ("read", "write", "special", "page")
        }
        measures.gauge("creditclock_http_in_flight", "Requests being answered, event streams too.", self._in_flight)
        measures.read(
            "creditclock_http_requests_total",
            "counter",
            "Requests by operation and class of status. Worry about any 5xx; none: no answer was sent.",
            self._told_requests,
        )
        measures.read(
            "creditclock_http_refusals_total",
            "counter",
            "Problems that were answered, by code. Worry about unexpected, about busy (503) for more than a minute, "
            "and about many unauthorized or sign_in_failed: somebody guesses.",
            lambda: [Sample("", {"code": code}, number) for code, number in sorted(self._codes.items())],
        )

    def ended(self, exchange: Exchange, name: str, seconds: float) -> None:
        """Count a request that is over; `name` is its operation's or its route."""
        key = (name, exchange.status // 100)
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = _Series(self._spread(exchange))
        series.number += 1
        if series.spread:
            series.spread.add(seconds)
        for code in exchange.codes:
            self._codes[code] = self._codes.get(code, 0) + 1

    def _in_flight(self) -> int:
        return self.in_flight

    def _spread(self, exchange: Exchange) -> Spread | None:
        operation = exchange.operation
        if operation is None:
            return None if exchange.streams else self._seconds["page"]
        if operation.streams:
            return None
        if operation.name in SPECIAL:
            return self._seconds["special"]
        return self._seconds["write" if operation.writes else "read"]

    def _told_requests(self) -> Iterable[Sample]:
        for (name, status), series in sorted(self._series.items(), key=lambda item: item[0]):
            yield Sample("", {"operation": name, "status": f"{status}xx" if status else "none"}, series.number)


class Access:
    """An application with ids, counts and lines around it."""

    def __init__(self, app: App, measures: Measures, lines: Literal["slow", "all", "off"]) -> None:
        self._app = app
        self._lines = lines
        self._numbers = Numbers()
        self._tally = HttpTally(measures)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = scope["exchange"] = Exchange(self._given(scope) or self._numbers.next())
        CURRENT.set(exchange)
        self._tally.in_flight += 1
        began = time.perf_counter()
        sending = _sending(exchange, send)
        try:
            await self._app(scope, receive, sending)
        except Exception:
            log.exception("request failed: %s %s", scope["method"], scope["path"])
            if not exchange.status:
                await _fail(sending)
        finally:
            self._tally.in_flight -= 1
            seconds = time.perf_counter() - began
            name = exchange.operation.name if exchange.operation else _route(scope)
            self._tally.ended(exchange, name, seconds)
            if self._lines == "all" or (self._lines == "slow" and _remarkable(exchange, seconds)):
                _tell(scope, exchange, seconds)

    def _given(self, scope: Scope) -> str | None:
        """The id that the client or a proxy gave the request, if it is well-formed."""
        for name, value in scope["headers"]:
            if name in _NAMES and _GIVEN.match(value):
                return value.decode()
        return None


def _sending(exchange: Exchange, send: Send) -> Send:
    """`send`, which adds the id to the head and notes how it is answered."""

    def sending(message: Message) -> Sent:
        if message["type"] == "http.response.start":
            exchange.status = message["status"]
            message["headers"] = [*message["headers"], (b"request-id", exchange.id.encode())]
        else:
            exchange.size += len(message.get("body", b""))
        return send(message)

    return sending


async def _fail(send: Send) -> None:
    status, body = problem(UNEXPECTED)
    length = str(len(body)).encode()
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", length)]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _remarkable(exchange: Exchange, seconds: float) -> bool:
    if exchange.status >= FAILED or not exchange.status:
        return True
    return seconds > SLOW_S and not exchange.streams


def _route(scope: Scope) -> str:
    """The route of a request outside the API, never what was typed into it."""
    return getattr(scope.get("route"), "path", None) or OTHER


def _tell(scope: Scope, exchange: Exchange, seconds: float) -> None:
    operation = exchange.operation
    route = operation.path if operation else _route(scope)
    extra: dict[str, Any] = {
        "request": exchange.id,
        "method": scope["method"],
        "route": route,
        "status": exchange.status,
        "ms": round(seconds * 1_000, 1),
        "bytes": 0 if scope["method"] == "HEAD" else exchange.size,
        "caller": exchange.caller,
        "code": exchange.codes[0] if exchange.codes else None,
        "operation": operation.name if operation else None,
        "subject": next((given for given in exchange.ids if _ID.match(given)), None),
    }
    known = {name: value for name, value in extra.items() if value is not None}
    lines.info("%s %s %d", scope["method"], route, exchange.status, extra=known)
