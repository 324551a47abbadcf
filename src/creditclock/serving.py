"""Serving: the socket, TLS and the HTTP server around an application."""

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any, Final

import uvicorn

from creditclock.contract import Refusal
from creditclock.settings import Settings
from creditclock.web.accepting import Acceptor
from creditclock.web.certificates import Certificate
from creditclock.web.traffic import Traffic

SPARE_FILES: Final = 256
"""Open files that are no connections: the database, the lane, the log."""
FEWEST: Final = 64
HSTS: Final = ("strict-transport-security", "max-age=31536000")
LOOK_TICKS: Final = 10
CERTIFICATE_TICKS: Final = 100
"""Ticks of a tenth of a second: how often connections and the certificate's files are looked at."""
log: Final = logging.getLogger("creditclock")


def listen(settings: Settings) -> socket.socket:
    """A socket that listens, so that a taken port is found before anything is opened. Raises a Refusal `invalid`."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise Refusal(
            "invalid", f"Can't listen on {settings.listen}: {reason}. Choose another with --listen."
        ) from error
    return listener


def address_of(listener: socket.socket, *, tls: bool) -> str:
    """The URL of what listens."""
    host, port = listener.getsockname()[:2]
    return f"{'https' if tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


def warnings_of(settings: Settings, certificate: Certificate | None) -> list[str]:
    """What the operator should know about how the server can be reached."""
    found: list[str] = []
    if not settings.local and not certificate and not settings.proxies:
        found.append(
            f"WARNING: {settings.listen} can be reached by others without TLS: passwords, tokens and keys can be read "
            "on the way. Give --tls-cert and --tls-key, or put a proxy with TLS before it and name it with --proxies."
        )
    if settings.reached and settings.instruction_set != "off":
        reached = f"WARNING: {settings.listen} can be reached by others, and"
        found += [f"{reached} {given}" for given in _given_away(settings)]
    if certificate and (soon := certificate.warning()):
        found.append(f"WARNING: {soon}")
    return found


def _given_away(settings: Settings) -> Iterator[str]:
    """What anybody may do through the instruction set, and how to end that."""
    if settings.enrolment_is_open:
        yield "open_enrolment is on: whoever reaches it may make businesses. Switch it off if that isn't meant."
    if settings.supplies_itself:
        yield "self_supply is on: customers may give themselves credits. Switch it off if that isn't meant."


class Serving(uvicorn.Server):
    """Looks after its connections; answers that would go on for ever are ended before it waits for the rest."""

    def __init__(self, app: Any, settings: Settings, certificate: Certificate | None) -> None:  # noqa: ANN401 - ASGI
        super().__init__(_config(app, certificate))
        self.on_shutdown: Callable[[], None] = lambda: None
        self.traffic = Traffic(settings, _most_connections(settings.connections))
        self._certificate = certificate
        self._acceptors: list[Acceptor] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen."""
        await self.lifespan.startup()
        if sys.platform == "win32":
            await super().startup(sockets)
            return
        self._acceptors = [Acceptor(one, self._protocol, self.config.ssl) for one in sockets or []]
        self.servers = []
        for acceptor in self._acceptors:
            acceptor.start(self.config.backlog)
        if self._certificate and hasattr(signal, "SIGHUP"):
            try:
                asyncio.get_running_loop().add_signal_handler(
                    signal.SIGHUP, lambda: self._look_at_certificate(anyway=True)
                )
            except (RuntimeError, ValueError):
                log.debug("SIGHUP isn't heard outside the main thread")
        self.started = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what goes on for ever, then wait for the rest."""
        log.info("the server stops: it finishes what it began")
        self.on_shutdown()
        for acceptor in self._acceptors:
            acceptor.close()
        await super().shutdown(sockets)
        for acceptor in self._acceptors:
            await acceptor.wait_closed()

    async def on_tick(self, counter: int) -> bool:
        """Look at connections and certificates now and then."""
        if counter % LOOK_TICKS == 0:
            now = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                if (look := getattr(connection, "look", None)) is not None:
                    look(now)
        if self._certificate and counter % CERTIFICATE_TICKS == 0:
            self._look_at_certificate(anyway=False)
        return await super().on_tick(counter)

    def _look_at_certificate(self, *, anyway: bool) -> None:
        assert self._certificate
        self._certificate.look(anyway=anyway)

    def _protocol(self) -> asyncio.Protocol:
        # httptools isn't there on Windows, and with it the bounds; such a server is for trying things out.
        from creditclock.web.protocol import BoundedProtocol  # noqa: PLC0415 - see above

        return BoundedProtocol(self.traffic, self.config, self.server_state, self.lifespan.state)


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """What makes the event loop of a server."""
    try:
        import uvloop  # noqa: PLC0415 - not there on Windows
    except ModuleNotFoundError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


def _config(app: Any, certificate: Certificate | None) -> uvicorn.Config:  # noqa: ANN401 - an ASGI application
    return uvicorn.Config(
        app,
        lifespan="off",
        ws="none",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        log_config=None,
        log_level="warning",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=5,
        backlog=2_048,
        headers=[HSTS] if certificate else [],
        ssl_context_factory=(lambda _config, _default: certificate.context) if certificate else None,
    )


def _most_connections(wanted: int) -> int:
    """How many connections there may be: as the settings say, and no more than files may be open."""
    try:
        import resource  # noqa: PLC0415 - not there on Windows
    except ModuleNotFoundError:
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    except (OSError, ValueError):
        log.debug("the number of open files stays as it is")
    if soft == resource.RLIM_INFINITY:
        return wanted
    return min(wanted or soft, max(FEWEST, soft - SPARE_FILES))
