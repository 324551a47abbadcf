"""`GET /metrics`: what this server counts, in the words of Prometheus (design section 6)."""

import asyncio
import hmac
import ipaddress
import platform
import time
from collections.abc import Iterable
from typing import Final

from prometheus_client.core import Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from creditclock import __version__
from creditclock.contract import Refusal
from creditclock.measures.counting import Family, Measures, Sample, merged, one
from creditclock.measures.process import measure_process
from creditclock.settings import Settings
from creditclock.storage import checks
from creditclock.storage.dialect import Conflict, DatabaseProblem, Lost
from creditclock.storage.size import size_of
from creditclock.storage.snapshot import lane_of
from creditclock.web.callers import caller_of
from creditclock.web.server import Server

PATIENCE_S: Final = 5.0
SIZE_S: Final = 30.0
"""How long a size is not asked for again."""
_HEADERS: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_FORWARDING: Final = frozenset({"forwarded", "via", "x-real-ip", "true-client-ip", "cf-connecting-ip", "x-client-ip"})
"""Headers by which a proxy says that somebody else asks, beside all that begin with x-forwarded."""


class Metrics:
    """Answers with the counts of this process and of the lane's."""

    def __init__(self, server: Server, settings: Settings) -> None:
        self._server = server
        self._token = settings.metrics_token
        self._size: tuple[float, int] | None = None
        measures = server.measures
        measure_process(measures, "web")
        self._measure_server(measures, settings)
        self._measure_people(measures)
        self._measure_database(measures)

    async def answer(self, request: Request) -> Response:
        """The counts. Raises a Refusal `unauthorized` or `forbidden`, and `busy` when they can't be gathered soon."""
        if not _is_local(request):
            await self._check(request.headers.get("authorization"), request.client.host if request.client else "")
        try:
            own = await asyncio.wait_for(self._server.in_thread(self._server.measures.families), PATIENCE_S)
        except TimeoutError as error:
            detail = "The counts can't be gathered right now: the database is slow. Try again in a few seconds."
            raise Refusal("busy", detail, retry_after_s=5) from error
        try:
            lane = await self._server.lane.measures()
        except Refusal:
            lane = []
        up = Family(
            "creditclock_lane_up",
            "gauge",
            "1 if what writes answers; at 0 its own metrics are missing here. Worry at 0.",
            one(bool(lane)),
        )
        encode, kind = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(_Told(merged(own, lane, [up]))), media_type=kind, headers=_HEADERS)

    async def _check(self, authorization: str | None, source: str) -> None:
        """Whether a header holds the metrics' token, or a token of the operator."""
        if authorization is None:
            detail = "Send `Authorization: Bearer …` with the setting metrics_token, or with a token of the operator."
            raise Refusal("unauthorized", detail)
        scheme, _, given = authorization.partition(" ")
        right = hmac.compare_digest(given.strip().encode(), self._token.encode())
        if self._token and scheme.lower() == "bearer" and right:
            return
        caller = await self._server.in_thread(lambda: caller_of(self._server, authorization.encode("latin-1"), source))
        if caller.role != "operator":
            raise Refusal("forbidden", "Metrics are for the operator, or for whoever holds the setting metrics_token.")

    def _measure_server(self, measures: Measures, settings: Settings) -> None:
        labels = {
            "version": __version__,
            "python": platform.python_version(),
            "database": self._server.database.kind,
            "lane": settings.lane,
            "test_clock": str(settings.test_clock).lower(),
        }
        about = "Always 1; the labels say what runs here. Worry about servers of several versions on one database."
        measures.gauge("creditclock_build_info", about, lambda: 1, **labels)
        hub = self._server.hub
        measures.gauge("creditclock_event_readers", "Clients that follow events; 2000 at most.", lambda: hub.readers)
        measures.read(
            "creditclock_event_readers_dropped_total",
            "counter",
            "Followers of events that were let go because they were too slow. They come back and miss nothing; worry "
            "when it grows all the time.",
            lambda: one(hub.dropped),
        )

    def _measure_people(self, measures: Measures) -> None:
        throttle, passwords = self._server.throttle, self._server.passwords
        measures.read(
            "creditclock_sign_in_failures_total",
            "counter",
            "Wrong passwords. Worry when it grows by hundreds in an hour: somebody guesses.",
            lambda: one(throttle.wrong),
        )
        measures.read(
            "creditclock_sign_in_throttled_total",
            "counter",
            "Sign-ins that were refused because they came too soon after failures. Worry as with failures.",
            lambda: one(throttle.held_back),
        )
        measures.gauge(
            "creditclock_passwords_waiting",
            "Passwords that are hashed or verified, or wait for it: two at a time. Worry above 32; more than 64 "
            "sign-ins, or 64 others, are refused (busy).",
            lambda: passwords.waiting,
        )

    def _measure_database(self, measures: Measures) -> None:
        measures.gauge("creditclock_database_up", "1 if the database answers. Worry at 0.", self._is_there)
        measures.gauge(
            "creditclock_database_size_bytes",
            "What the database takes on its disk, looked up every 30 s. Worry about what is left on the disk.",
            self._size_now,
        )
        measures.read(
            "creditclock_outages_total",
            "counter",
            "Intervals in which no server was alive, ever. Worry about each that was not planned.",
            lambda: one(len(self._server.outages())),
        )
        measures.read(
            "creditclock_outage_seconds_total",
            "counter",
            "How long they were in all.",
            lambda: one(sum(until - from_ for from_, until in self._server.outages()) / 1_000),
        )
        measures.read(
            "creditclock_books_checked_timestamp_seconds",
            "gauge",
            "When `creditclock check` last recomputed the books; nothing before the first time. Worry when it is old.",
            lambda: self._checked(findings=False),
        )
        measures.read(
            "creditclock_books_findings",
            "gauge",
            "What that check found wrong. Worry above 0: stop selling and look at its output.",
            lambda: self._checked(findings=True),
        )

    def _is_there(self) -> int:
        try:
            with self._server.database.reading() as connection:
                return int(lane_of(connection, 0) is not None)
        except (OSError, DatabaseProblem, Lost, Conflict):
            return 0

    def _size_now(self) -> int:
        now = time.monotonic()
        if self._size is None or now - self._size[0] > SIZE_S:
            self._size = (now, size_of(self._server.database))
        return self._size[1]

    def _checked(self, *, findings: bool) -> list[Sample]:
        with self._server.database.reading() as connection:
            checked = checks.last(connection)
        return one(None if checked is None else checked.findings if findings else checked.at / 1_000)


class _Told(Collector):
    """Families as the library writes them down."""

    def __init__(self, families: Iterable[Family]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        """The metrics."""
        for family in self._families:
            name = family.name.removesuffix("_total") if family.kind == "counter" else family.name
            metric = Metric(name, family.about, family.kind)
            for sample in family.samples:
                metric.add_sample(family.name + sample.suffix, sample.labels, sample.value)
            yield metric


def _is_local(request: Request) -> bool:
    """Whether a program on this machine asks, for itself and at one of this machine's own names.

    A page in a browser here could be made to ask under a name of its own; a proxy here asks for others.
    """
    client = request.client
    if client is None or not _is_loopback(client.host) or not _is_loopback(_host_of(request)):
        return False
    return not any(name in _FORWARDING or name.startswith("x-forwarded") for name in request.headers)


def _host_of(request: Request) -> str:
    host = request.headers.get("host", "")
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
