"""The ASGI application: the API below /v1, its description, health, and the pages that are given to it."""

from collections.abc import Awaitable, Callable, Mapping
from functools import cache
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
from creditclock.storage.database import DatabaseProblem
from creditclock.storage.dialect import Conflict, Lost
from creditclock.web import openapi, reference_page
from creditclock.web.problems import headers_of, problem
from creditclock.web.rest import Receive, Rest, Scope, Send
from creditclock.web.server import Server

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
STATIC: Final = Path(__file__).with_name("static")


class Page(NamedTuple):
    """What a page answers: its content type and its bytes."""

    content_type: str
    body: bytes


Pages = Mapping[str, Callable[[], Page]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def application(server: Server, pages: Pages, statics: Mapping[str, Path]) -> tuple[App, Rest]:
    """The application, and its API part, which is to be closed in the end.

    `pages` are served at their paths by anybody's request, `statics` are folders of files by their paths.
    """
    rest = Rest(server)
    others = _others(server, pages, statics)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/v1/"):
            await rest(scope, receive, send)
        else:
            await others(scope, receive, send)

    return app, rest


def _others(server: Server, pages: Pages, statics: Mapping[str, Path]) -> Starlette:
    async def ready(_request: Request) -> Response:
        return await _ready(server)

    routes: list[Route | Mount] = [
        Route("/openapi.json", _openapi),
        Route("/docs", _docs),
        Route("/healthz", _health),
        Route("/readyz", ready),
        *(Route(path, _page(server, make)) for path, make in pages.items()),
        *(Mount(path, StaticFiles(directory=folder)) for path, folder in statics.items()),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    return Starlette(routes=routes, exception_handlers={HTTPException: _refuse})


async def _refuse(request: Request, error: Exception) -> Response:
    """The problem for an address or a method that nothing answers."""
    assert isinstance(error, HTTPException)
    allowed = (error.headers or {}).get("Allow")
    if allowed:
        refusal = Refusal("method_not_allowed", f"Use {allowed} at {request.url.path}.", allowed=allowed)
    else:
        refusal = Refusal("not_found", "There is nothing at this address. The API is described at /docs.")
    status, body = problem(refusal)
    headers = {name.decode(): value.decode() for name, value in headers_of(refusal)}
    return Response(body, status, {**headers, **_headers()}, "application/problem+json")


def _page(server: Server, make: Callable[[], Page]) -> Callable[[Request], Awaitable[Response]]:
    async def show(_request: Request) -> Response:
        page = await server.in_thread(make)
        return Response(page.body, media_type=page.content_type, headers=_headers() | {"cache-control": "no-store"})

    return show


async def _health(_request: Request) -> Response:
    """The process answers."""
    return PlainTextResponse("ok\n")


async def _ready(server: Server) -> Response:
    """The database answers and the lane lives."""

    def ask() -> bool:
        server.database.outages()
        return server.lane.alive

    try:
        ready = await server.in_thread(ask)
    except (OSError, DatabaseProblem, Lost, Conflict):
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
