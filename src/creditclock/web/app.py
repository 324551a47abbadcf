"""The ASGI application: the API below /v1, its description, health, and the pages that are given to it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sized
from functools import cache, partial
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from creditclock.contract import Refusal
from creditclock.logs import Exchange
from creditclock.settings import Settings
from creditclock.storage.database import DatabaseProblem
from creditclock.storage.dialect import Conflict, Lost, Unusable
from creditclock.storage.snapshot import lane_of
from creditclock.web import openapi, reference_page
from creditclock.web.access import Access
from creditclock.web.admission import Admission
from creditclock.web.certificates import Certificate
from creditclock.web.edge import measure_certificate, measure_edge
from creditclock.web.events import everything
from creditclock.web.gate import Gate, is_instruction
from creditclock.web.instructions.endpoint import Instructions
from creditclock.web.limits import Limits
from creditclock.web.metrics import Metrics
from creditclock.web.problems import UNEXPECTED, UNREACHABLE, headers_of, problem, refusal_for, refuse, unusable
from creditclock.web.rest import Receive, Rest, Scope, Send
from creditclock.web.server import Server
from creditclock.web.traffic import Traffic

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PERMISSIONS_POLICY: Final = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
STATIC: Final = Path(__file__).with_name("static")
READY_S: Final = 2.0
log: Final = logging.getLogger("creditclock.web")


class Page(NamedTuple):
    """What a page answers: its content type and its bytes."""

    content_type: str
    body: bytes


Pages = Mapping[str, Callable[..., Page]]
"""What makes the pages at their paths; the parts in braces of a path are its arguments."""


class Shown(NamedTuple):
    """What people see: pages by their paths, folders of files, and where everything that happens is told to anybody."""

    pages: Pages
    statics: Mapping[str, Path]
    feed: str | None = None


App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Application:
    """The whole of what is answered. `app` is it for the server that runs it."""

    def __init__(self, server: Server, shown: Shown, settings: Settings) -> None:
        self._server = server
        self._shown = shown
        self._limits = Limits(settings)
        self._admission = Admission(settings.requests_in_flight)
        self._rest = Rest(server, self._limits, self._admission)
        is_on = settings.instruction_set != "off"
        self._instructions = Instructions(server, self._limits, self._admission, settings) if is_on else None
        self._others = _others(server, shown.pages, shown.statics, Metrics(server, settings))
        gate = Gate(self._answer, settings, self._limits, self._admission, private=shown.feed is not None)
        self.app: App = Access(gate, server.measures, settings.log_requests)

    def watch(self, begun: Sized, traffic: Traffic, certificate: Certificate | None) -> None:
        """Take to know what the server that runs it has begun; to be called before the first request."""
        self._admission.begun = begun
        measure_edge(self._server.measures, self._limits, self._admission, traffic)
        measure_certificate(self._server.measures, certificate)

    def close(self) -> None:
        """End the threads that read."""
        self._rest.close()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/v1/"):
            await self._rest(scope, receive, send)
        elif scope["type"] == "http" and self._instructions and is_instruction(scope["path"]):
            await self._instructions(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == self._shown.feed and scope["method"] == "GET":
            exchange: Exchange = scope["exchange"]
            exchange.streams = True
            try:
                with self._admission.streaming():
                    stream = await everything(self._server.hub, self._server.database)
                    await stream.run(receive, send)
            except (Refusal, Conflict, Lost, Unusable) as error:
                if exchange.status:
                    raise
                await refuse(send, refusal_for(error))
        else:
            await self._others(scope, receive, send)


def _others(server: Server, pages: Pages, statics: Mapping[str, Path], metrics: Metrics) -> Starlette:
    async def ready(_request: Request) -> Response:
        return await _ready(server)

    async def measured(request: Request) -> Response:
        try:
            return await metrics.answer(request)
        except Refusal as refusal:
            return _problem(refusal)

    routes: list[Route | Mount] = [
        Route("/openapi.json", _openapi),
        Route("/docs", _docs),
        Route("/healthz", _health),
        Route("/readyz", ready),
        Route("/metrics", measured),
        *(Route(path, _page(server, make)) for path, make in pages.items()),
        *(Mount(path, _Files(directory=folder)) for path, folder in statics.items()),
        Mount("/static", _Files(directory=STATIC)),
    ]
    found = Starlette(routes=routes, exception_handlers={HTTPException: _refuse, Exception: _fail})
    # An address that was made of what the client sent as its host is none to send anybody to.
    found.router.redirect_slashes = False
    return found


class _Files(StaticFiles):
    """Files that are what their content types say."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(_headers())
        return response


async def _refuse(request: Request, error: Exception) -> Response:
    """The problem for an address or a method that nothing answers."""
    assert isinstance(error, HTTPException)
    allowed = (error.headers or {}).get("Allow")
    if allowed:
        refusal = Refusal("method_not_allowed", f"Use {allowed} at {request.url.path}.", allowed=allowed)
    else:
        refusal = Refusal("not_found", "There is nothing at this address. The API is described at /docs.")
    return _problem(refusal)


async def _fail(_request: Request, _error: Exception) -> Response:
    """The problem for a fault; it is raised on and logged with the request's id (`Access`)."""
    return _problem(UNEXPECTED)


def _problem(refusal: Refusal) -> Response:
    status, body = problem(refusal)
    headers = {name.decode(): value.decode() for name, value in headers_of(refusal)}
    return Response(body, status, {**headers, **_headers()}, "application/problem+json")


def _page(server: Server, make: Callable[..., Page]) -> Callable[[Request], Awaitable[Response]]:
    async def show(request: Request) -> Response:
        try:
            page = await server.in_thread(partial(make, **request.path_params))
        except Refusal as refusal:
            return _problem(refusal)
        except (Lost, Conflict):
            return _problem(UNREACHABLE)
        except Unusable as trouble:
            return _problem(unusable(trouble))
        return Response(page.body, media_type=page.content_type, headers=_headers() | {"cache-control": "no-store"})

    return show


async def _health(_request: Request) -> Response:
    """The process answers."""
    return PlainTextResponse("ok\n", headers=_headers())


async def _ready(server: Server) -> Response:
    """The database answers, and the lane lives and could write what it wrote last."""

    def ask() -> bool:
        with server.database.reading() as connection:
            there = lane_of(connection, 0) is not None
        server.database.outages()
        return there

    try:
        ready = await asyncio.wait_for(server.in_thread(ask), READY_S) and await server.lane.ready()
    except (OSError, DatabaseProblem, Lost, Conflict) as error:
        log.warning("not ready: %s", error or "the database does not answer")
        ready = False
    return PlainTextResponse("ready\n" if ready else "not ready\n", 200 if ready else 503, _headers())


async def _openapi(_request: Request) -> Response:
    return Response(_document(), media_type="application/json", headers=_headers())


@cache
def _document() -> bytes:
    return msgspec.json.format(msgspec.json.encode(openapi.document()), indent=2)


async def _docs(_request: Request) -> Response:
    return Response(_reference(), media_type="text/html; charset=utf-8", headers=_headers())


@cache
def _reference() -> bytes:
    return reference_page.page().encode()


def _headers() -> dict[str, str]:
    return {
        "content-security-policy": CONTENT_SECURITY_POLICY,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": PERMISSIONS_POLICY,
    }
