"""The ASGI application: the API below /v1, its description, health, and the pages that are given to it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
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
from creditclock.web.events import everything
from creditclock.web.metrics import Metrics
from creditclock.web.problems import UNEXPECTED, UNREACHABLE, headers_of, problem, unusable
from creditclock.web.rest import Receive, Rest, Scope, Send
from creditclock.web.server import Server

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
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


def application(server: Server, shown: Shown, settings: Settings) -> tuple[App, Rest]:
    """The application, and its API part, which is to be closed in the end."""
    rest = Rest(server)
    others = _others(server, shown.pages, shown.statics, Metrics(server, settings))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/v1/"):
            await rest(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == shown.feed and scope["method"] == "GET":
            exchange: Exchange = scope["exchange"]
            exchange.streams = True
            stream = await everything(server.hub, server.database)
            await stream.run(receive, send)
        else:
            await others(scope, receive, send)

    return Access(app, server.measures, settings.log_requests), rest


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
    return Starlette(routes=routes, exception_handlers={HTTPException: _refuse, Exception: _fail})


class _Files(StaticFiles):
    """Files that are what their content types say."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["x-content-type-options"] = "nosniff"
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
    return PlainTextResponse("ok\n")


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
    return PlainTextResponse("ready\n" if ready else "not ready\n", status_code=200 if ready else 503)


async def _openapi(_request: Request) -> Response:
    return Response(_document(), media_type="application/json")


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
    }
