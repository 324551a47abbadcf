"""The gate before the application: where a request comes from, by which name, and from which page (design section 7).

There are no cookies: whoever calls sends a token. So a page of another site can do nothing in somebody's name; what
is refused here is what it could do without one.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final
from urllib.parse import urlsplit

from creditclock.contract import Refusal
from creditclock.settings import Settings
from creditclock.web.admission import Admission
from creditclock.web.forwarded import Proxies, source_in
from creditclock.web.limits import Limits
from creditclock.web.problems import refuse

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
HEALTH: Final = frozenset({"/healthz", "/readyz"})
"""Asked by address, often, and also when there is too much to do."""
INSTRUCTIONS: Final = frozenset({"/ewallet", "/ewallet/instruction-set", "/ewallet/instruction_set"})
WATCHING: Final = HEALTH | {"/metrics"}
"""What must be told when there is too much to do."""
_PORTS: Final = {"http": "80", "https": "443"}


class Gate:
    """An application whose requests come by a right name and from a right page.

    `private` is an application that shows data to anybody: it answers to this machine's own names only.
    """

    def __init__(self, app: App, settings: Settings, limits: Limits, admission: Admission, *, private: bool) -> None:
        self._app = app
        self._proxies = Proxies(settings.proxies, settings.proxy_header) if settings.proxies else None
        self._names = frozenset(name_of(name) for name in settings.hosts)
        self._strict = private or bool(settings.hosts)
        self._origins = frozenset(origin.lower().rstrip("/") for origin in settings.origins)
        self._instructed = settings.instruction_set != "off"
        self._limits = limits
        self._admission = admission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "http":
            try:
                self._check(scope)
            except Refusal as refusal:
                await refuse(send, refusal)
                return
        await self._app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        if self._proxies:
            client = scope.get("client")
            origin = self._proxies.origin(client[0] if client else "", scope["headers"])
            scope["client"] = (origin.address, 0)
            scope["scheme"] = origin.scheme or scope["scheme"]
        host: bytes | None = None
        page: bytes | None = None
        site = b""
        hosts = 0
        for name, value in scope["headers"]:
            if name == b"host":
                host = value
                hosts += 1
            elif name == b"origin":
                page = value
            elif name == b"sec-fetch-site":
                site = value
        if hosts != 1 and (hosts or scope["http_version"] == "1.1"):
            raise Refusal("malformed", "A request needs one `Host` header. Send the server's name once.")
        if self._strict:
            self._check_host(scope, (host or b"").decode("latin-1"))
        if (page is not None or site) and scope["method"] not in READS:
            self._check_origin(scope["scheme"], page, site, (host or b"").decode("latin-1"))
        path: str = scope["path"]
        if not path.startswith("/v1/") and path not in WATCHING and not (self._instructed and is_instruction(path)):
            self._limits.source(source_in(scope))
            self._admission.admit_page(waited(scope))

    def _check_host(self, scope: Scope, host: str) -> None:
        name = name_of(host)
        if name in self._names or is_own(name) or scope["path"] in HEALTH:
            return
        raise Refusal(
            "wrong_host",
            "This server is not reached by the name in the `Host` header. Use one of its names, or add this one to "
            "the setting `hosts`.",
        )

    def _check_origin(self, scheme: str, page: bytes | None, site: bytes, host: str) -> None:
        origin = "" if page is None else page.decode("latin-1").lower()
        if origin in self._origins:
            return
        if page is None and site in {b"same-origin", b"same-site", b"none"}:
            return
        if page is not None and site != b"cross-site" and _is_same(origin, scheme, host.lower()):
            return
        raise Refusal(
            "cross_origin",
            "A page of another site may not write here. Write from a page of this server, from a program, or name the "
            "site in the setting `origins`.",
            origin=origin[:200] or None,
        )


def is_instruction(path: str) -> bool:
    """Whether a path is that of the instruction set, which counts its requests itself; it may be switched off."""
    return path in INSTRUCTIONS


def waited(scope: Scope) -> float:
    """For how many seconds a request has waited for its turn."""
    begun: float | None = scope.get("begun")
    return 0.0 if begun is None else asyncio.get_running_loop().time() - begun


def name_of(host: str) -> str:
    """The name in a `Host` header: without a port, in small letters."""
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    return name.lower().rstrip(".")


def is_own(name: str) -> bool:
    """Whether a name always means the machine itself: no name server of somebody else can say otherwise."""
    return name in {"localhost", "::1"} or (name.startswith("127.") and name.replace(".", "").isdecimal())


def _is_same(origin: str, scheme: str, host: str) -> bool:
    """Whether an origin is that of the host. A proxy that isn't listed may have taken TLS off."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    if parts.scheme not in _PORTS or (scheme == "https" and parts.scheme != "https"):
        return False
    port = _PORTS[parts.scheme]
    return _with_port(parts.netloc, port) == _with_port(host, port)


def _with_port(authority: str, port: str) -> str:
    bare = authority.rpartition("]")[2] if authority.startswith("[") else authority
    return authority if ":" in bare else f"{authority}:{port}"
