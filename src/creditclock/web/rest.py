"""REST: requests become commands and queries, outcomes become answers (design section 6)."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import msgspec

from creditclock.commands.batch import FAILED, REFUSED, STALE
from creditclock.commands.job import Job, Outcome
from creditclock.commands.queue import KEEPERS
from creditclock.contract import Command, Operation, Refusal
from creditclock.contract.events import FollowEvents
from creditclock.domain.access import Caller, allowed
from creditclock.logs import Exchange
from creditclock.storage.dialect import Conflict, Lost, Unusable
from creditclock.web.admission import Admission
from creditclock.web.batch import Asked, Batches
from creditclock.web.bodies import BODY_BYTES, Held
from creditclock.web.callers import caller_of, forbidden, forget, masters_of, remembered
from creditclock.web.decoding import command_of, digest_of, idempotency_key
from creditclock.web.entries import BATCH
from creditclock.web.events import Stream, follow
from creditclock.web.forwarded import source_in
from creditclock.web.gate import waited
from creditclock.web.limits import Limits
from creditclock.web.problems import UNEXPECTED, UNREACHABLE, headers_of, problem, unusable
from creditclock.web.reading import Reading, weight_of
from creditclock.web.routes import route_of
from creditclock.web.server import Server
from creditclock.web.special import CLOSING, SPECIAL, material_of

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
FIRST_PROBLEM: Final = 400
LOOK_UP_S: Final = 2.0
"""How long a caller is looked up again and again because somebody's rights ended while the command waited."""
log: Final = logging.getLogger("creditclock.web")
_ENDED: Final = Refusal("invalid_json", "The body ended too early. Send all of it.")
_encode: Final = msgspec.json.Encoder().encode
_JSON: Final = (b"content-type", b"application/json")
_PROBLEM: Final = (b"content-type", b"application/problem+json")
_NO_STORE: Final = (b"cache-control", b"no-store")
_NO_SNIFF: Final = (b"x-content-type-options", b"nosniff")
_REPLAYED: Final = (b"idempotent-replayed", b"true")


class Request:
    """What of a request matters here: where it goes and came from, and its headers of interest."""

    __slots__ = (
        "authorization", "content_type", "is_head", "key", "last_event_id", "length", "query", "route", "source"
    )  # fmt: skip

    def __init__(self, scope: Scope) -> None:
        self.is_head = scope["method"] == "HEAD"
        self.route = route_of("GET" if self.is_head else scope["method"], scope["path"])
        self.authorization: bytes | None = None
        self.content_type = b""
        self.key: bytes | None = None
        self.last_event_id: bytes | None = None
        self.length = 0
        self.query: bytes = scope["query_string"]
        self.source = source_in(scope)
        for name, value in scope["headers"]:
            if name == b"authorization":
                self.authorization = value
            elif name == b"idempotency-key":
                self.key = value
            elif name == b"last-event-id":
                self.last_event_id = value
            elif name == b"content-type":
                self.content_type = value
            elif name == b"content-length":
                self.length = int(value) if value.isdigit() else BODY_BYTES + 1


class Rest:
    """The ASGI application for everything below `/v1`."""

    def __init__(self, server: Server, limits: Limits, admission: Admission) -> None:
        self._server = server
        self._limits = limits
        self._admission = admission
        self._reading = Reading(server)
        self._batches = Batches(server, self._reading.read, limits)
        # Who calls is looked up beside the reads: a renewal doesn't wait for them. SQLite is quicker without a thread.
        is_remote = server.database.path is None
        self._finders = ThreadPoolExecutor(2, thread_name_prefix="finder") if is_remote else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        refusal: Refusal | None = None
        status, body, extra = 0, b"", []
        try:
            status, said, extra = await self._answer(scope, receive)
            if isinstance(said, Stream):
                with self._admission.streaming():
                    await said.run(receive, send, extra)
                return
            body = said
        except Refusal as refused:
            refusal = refused
        except (Conflict, Lost) as error:
            log.warning("%s %s: %s", scope["method"], scope["path"], error)
            refusal = UNREACHABLE
        except Unusable as trouble:
            log.warning("%s %s: %s", scope["method"], scope["path"], trouble)
            refusal = unusable(trouble)
        except Exception:
            log.exception("request failed: %s %s", scope["method"], scope["path"])
            refusal = UNEXPECTED
        if refusal:
            (status, body), extra = problem(refusal), headers_of(refusal)
        kind = _JSON if status < FIRST_PROBLEM else _PROBLEM
        length = (b"content-length", str(len(body)).encode())
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [kind, length, _NO_STORE, _NO_SNIFF, *extra],
            }
        )
        await send({"type": "http.response.body", "body": body})

    def close(self) -> None:
        """End the threads that read."""
        self._reading.close()
        if self._finders:
            self._finders.shutdown(wait=False, cancel_futures=True)

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, bytes | Stream, list[tuple[bytes, bytes]]]:
        request = Request(scope)
        exchange: Exchange = scope["exchange"]
        operation = exchange.operation = request.route.operation
        exchange.ids = request.route.ids
        caller = await self._admitted(operation, request, waited(scope))
        if caller:
            exchange.caller = caller.name
        with self._admission.bodies.of(caller) as held:
            body = await _body(request, receive, held)
            return await self._carry_out(request, caller, body, receive)

    async def _carry_out(
        self, request: Request, caller: Caller | None, body: bytes, receive: Receive
    ) -> tuple[int, bytes | Stream, list[tuple[bytes, bytes]]]:
        operation, ids = request.route
        if operation is BATCH:
            return operation.status, await self._batch(request, caller, body, receive), []
        command = command_of(operation, ids, request.query, body)
        if operation.streams:
            if request.is_head:
                raise Refusal(
                    "method_not_allowed", "Use GET here: it answers for as long as you listen.", allowed="GET"
                )
            return 200, await self._follow(command, caller, operation, request), []
        if operation.name in SPECIAL:
            answer = await SPECIAL[operation.name](self._server, command, caller, request.source)
            return operation.status, _encode(answer), []
        assert caller is not None
        masters = masters_of(command, caller)
        if not operation.writes:
            self._limits.owe(caller, request.source, weight_of(command) - 1)
            return operation.status, await self._reading.read(command, caller, masters[0]), []
        return await self._write(operation, command, caller, masters, request)

    async def _admitted(self, operation: Operation, request: Request, waited: float) -> Caller | None:
        """Who calls, where limits and the load allow it. Raises a Refusal `too_many_requests` or `busy`."""
        limits = self._limits
        if "anyone" in operation.by and request.authorization is None:
            limits.source(request.source)
            self._admission.admit(operation, -1, waited)
            return None
        try:
            if remembered(self._server, request.authorization) is None:
                limits.check_source(request.source)
            caller = await self._caller(operation, request)
        except Refusal as refusal:
            if refusal.code == "unauthorized":
                limits.source(request.source)
            raise
        assert caller is not None
        if operation is not BATCH:
            limits.caller(operation, caller, request.source)
        self._admission.admit(operation, caller.master, waited)
        return caller

    async def _caller(self, operation: Operation, request: Request) -> Caller | None:
        if "anyone" in operation.by and request.authorization is None:
            return None
        known = remembered(self._server, request.authorization) if self._finders else None
        if self._finders and (known is None or known.until <= time.monotonic()):
            loop = asyncio.get_running_loop()
            caller = await loop.run_in_executor(
                self._finders, caller_of, self._server, request.authorization, request.source
            )
        else:
            caller = caller_of(self._server, request.authorization, request.source)
        if "anyone" not in operation.by and not allowed(caller, operation.by, operation.scopes):
            raise forbidden(operation, caller)
        return caller

    async def _batch(self, request: Request, caller: Caller | None, body: bytes, receive: Receive) -> bytes:
        assert caller is not None

        async def look_up(*, fresh: bool) -> Caller:
            if fresh:
                forget(self._server, request.authorization)
            return await self._caller(BATCH, request) or caller

        gone = asyncio.ensure_future(receive())
        try:
            return await self._batches.run(
                Asked(request.query, body, request.key, caller, request.source, look_up, gone)
            )
        finally:
            gone.cancel()

    async def _follow(
        self, command: Command[Any], caller: Caller | None, operation: Operation, request: Request
    ) -> Stream:
        assert caller is not None
        assert isinstance(command, FollowEvents)

        async def check() -> int | None:
            forget(self._server, request.authorization)
            try:
                found = await self._caller(operation, request)
            except Refusal:
                return None
            return found.rights if found else None

        return await follow(self._server.hub, command, caller, request.last_event_id, check)

    async def _write(
        self, operation: Operation, command: Command[Any], caller: Caller, masters: tuple[int, ...], request: Request
    ) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
        material, command = await material_of(self._server, command, caller)
        key = None if request.key is None else idempotency_key(request.key)

        def job() -> Job:
            made = Job(operation, command, caller, masters, self._server)
            made.material = material
            if key is not None:
                made.key = key
                made.digest = digest_of(operation, command)
            return made

        began = time.monotonic()
        outcome = await self._server.carry_out(job())
        if operation.urgency not in KEEPERS:
            self._admission.wrote(time.monotonic() - began)
        until = time.monotonic() + LOOK_UP_S
        while outcome.status == STALE:
            if time.monotonic() > until:
                raise Refusal("busy", "Too many tokens end right now. Try again in a second.", retry_after_s=1)
            forget(self._server, request.authorization)
            caller = await self._caller(operation, request) or caller
            outcome = await self._server.carry_out(job())
        if operation.name in CLOSING:
            await self._server.lane.wish(None)
        return _said(outcome)


def _said(outcome: Outcome) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
    if outcome.refusal is not None:
        if outcome.replayed:
            return *problem(outcome.refusal), [*headers_of(outcome.refusal), _REPLAYED]
        raise outcome.refusal
    if outcome.body is None or outcome.status in {FAILED, REFUSED, STALE}:
        raise RuntimeError(outcome.job.operation.name)
    return outcome.status, outcome.body, [_REPLAYED] if outcome.replayed else []


async def _body(request: Request, receive: Receive, held: Held) -> bytes:
    """The body, which must be JSON if there is one. Raises a Refusal when it is too large or of another type."""
    held.check(request.length)
    message = await receive()
    body: bytes | bytearray = message.get("body", b"")
    if body:
        held.add(len(body))
    if message.get("more_body"):
        body = await _rest_of(body, receive, held)
    elif message["type"] == "http.disconnect":
        raise _ENDED
    if body and request.content_type.partition(b";")[0].strip().lower() != b"application/json":
        raise Refusal("unsupported_media_type", "Send JSON, with the header `Content-Type: application/json`.")
    return bytes(body)


async def _rest_of(begun: bytes | bytearray, receive: Receive, held: Held) -> bytearray:
    """A body that comes in several pieces."""
    body = bytearray(begun)
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _ENDED
        piece: bytes = message.get("body", b"")
        held.add(len(piece))
        body += piece
        if not message.get("more_body"):
            return body
