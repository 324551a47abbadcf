"""Assembles the server and runs it; the only place that builds things."""

import asyncio
import contextlib
import logging
import secrets
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Final

import uvicorn

from creditclock import __version__, logs
from creditclock.commands.job import Job
from creditclock.commands.timekeeping import TestTime, Timekeeper, WallTime
from creditclock.commands.upkeep import CREATE_OPERATOR, CreateOperator
from creditclock.contract import Refusal
from creditclock.domain.access import system
from creditclock.portal import board, details, logins, pages
from creditclock.queries.tokens import credential, staff_by_login
from creditclock.settings import Settings, read
from creditclock.storage.database import Database, DatabaseProblem
from creditclock.storage.keys import Keys, key_file
from creditclock.storage.outbox import Position
from creditclock.storage.progress import Tell, unheard
from creditclock.storage.snapshot import Snapshot, lane_of
from creditclock.web.app import Page, Pages, Shown, application
from creditclock.web.lanes import LaneLink, LaneProcess, OwnLane, RemoteLane
from creditclock.web.server import Server
from creditclock.workers.host import Host

OPERATOR: Final = "operator"
log: Final = logging.getLogger("creditclock")
Watch = AbstractContextManager[Tell]
"""Somebody who hears how far long work is, while it goes on."""
Ready = Callable[[str, str | None], None]
"""Called once the server listens, with its address and the operator's password if it was made now."""


class Assembly:
    """A server's parts: the lane in a process of its own or in this one, and what requests work with."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.password: str | None = None
        self.served = False
        self._host: Host | None = None
        self._process: LaneProcess | None = None
        self._remote: RemoteLane | None = None
        self._own: OwnLane | None = None
        self._server: Server | None = None
        if settings.lane == "process":
            self._process = LaneProcess(settings)
            opening = self._process.opening()
            if opening.problem is not None:
                self._process.close()
                raise DatabaseProblem(opening.problem)
            self.time: Timekeeper = WallTime() if opening.now is None else TestTime(opening.now)
            self.database = Database(settings.database_url)
        else:
            self._host = Host(settings)
            self.time = TestTime(self._host.time.now()) if settings.test_clock else self._host.time
            self.database = self._host.database

    async def open(self, lost: Callable[[], None]) -> Server:
        """Connect to the lane, on the event loop; `lost` is called when its process is gone."""
        if self._process:
            loop = asyncio.get_running_loop()
            _, self._remote = await loop.create_unix_connection(
                lambda: RemoteLane(lost, self._tell), sock=self._process.socket
            )
            link: LaneLink = self._remote
        else:
            assert self._host
            self._host.on_told(_from_thread(self._tell))
            link = self._own = OwnLane(self._host.lane, self._host.wish, self._host.measures)
        settings = self.settings
        keys = Keys(key_file(self.database, settings.keys, settings.data), self.database)
        server = Server(self.database, self.time, link, keys, anywhere=settings.webhooks_anywhere)
        self._server = server
        await self._create_operator(server)
        if not self.settings.local:
            await self._refuse_known_password(server)
        return server

    def close(self) -> None:
        """Finish what was begun and close everything."""
        if self._remote:
            self._remote.close()
        if self._own:
            self._own.close()
        if self._process:
            self._process.close()
            self.database.close()
        if self._host:
            self._host.close()

    def _tell(self, told: list[Position]) -> None:
        """Hear of a commit, on the event loop."""
        if self._server:
            self._server.hub.told(told)

    async def _create_operator(self, server: Server) -> None:
        """At the first start: the operator, with the given password or one that is made and shown once."""
        with self.database.reading() as connection:
            lane = lane_of(connection, 0)
        if lane is None or lane.next_journal > 1:
            return
        given = self.settings.operator_password
        password = given or secrets.token_urlsafe(12)
        job = Job(CREATE_OPERATOR, CreateOperator(login=OPERATOR), system(0), (0,), server)
        job.material = {"password": await server.passwords.hash(password)}
        outcome = await server.carry_out(job)
        if outcome.body is None:
            raise DatabaseProblem("The operator could not be made; see the messages above.")
        self.password = None if given else password

    async def _refuse_known_password(self, server: Server) -> None:
        """The demo's passwords are known to everybody: its database is not for others to reach."""
        with self.database.reading() as connection:
            lane = lane_of(connection, 0)
            assert lane is not None
            snapshot = Snapshot(connection, lane, 0, ())
            found = staff_by_login(snapshot, OPERATOR)
            kept = credential(snapshot, found[1]) if found else None
        if kept and await server.passwords.verify(logins.OPERATOR.password, kept.password):
            raise DatabaseProblem(
                "The operator has the demo's password, which everybody knows. "
                "Serve it on 127.0.0.1 only, or change the password there first."
            )


def serve(
    overrides: Mapping[str, Any],
    *,
    ready: Ready | None = None,
    shown: Callable[[Assembly], Shown] | None = None,
) -> int:
    """Run a server until it is told to stop; gives the process's exit status. `shown` are its pages."""
    try:
        settings = read(overrides)
        logs.set_up(settings, "web")
        listener = listen(settings)
        assembly = Assembly(settings)
    except (DatabaseProblem, Refusal) as problem:
        print(f"creditclock: {problem}", file=sys.stderr)  # noqa: T201 - the command line's answer
        return 1
    try:
        return _run(assembly, (shown or landing)(assembly), listener, ready or _greet)
    except (DatabaseProblem, Refusal) as problem:
        print(f"creditclock: {problem}", file=sys.stderr)  # noqa: T201 - the command line's answer
        return 1
    finally:
        assembly.close()
        if assembly.served:
            log.info("the server has stopped")


def demo(overrides: Mapping[str, Any], ready: Ready) -> int:
    """Run a server for this machine only, with a page of its running clocks; gives the process's exit status.

    Raises a Refusal `invalid` for an address that others can reach.
    """
    if not read(overrides).local:
        raise Refusal(
            "invalid",
            f"The passwords of the demo are known to everybody, so it doesn't listen on {overrides['listen']}. "
            "Use a loopback address such as 127.0.0.1:8400.",
        )
    return serve(overrides, ready=ready, shown=_board)


def _from_thread(tell: Callable[[list[Position]], None]) -> Callable[[list[Position]], None]:
    """The same, called from another thread: carried out on the running event loop, while there is one."""
    loop = asyncio.get_running_loop()

    def soon(told: list[Position]) -> None:
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(tell, told)

    return soon


def _board(assembly: Assembly) -> Shown:
    def now() -> board.Board:
        return board.board(assembly.database, assembly.time.now())

    def one(clock: str) -> Page:
        found = details.details(assembly.database, assembly.time.now(), clock)
        return Page(pages.HTML, pages.details_page(found))

    found: Pages = {
        "/": lambda: Page(pages.HTML, pages.board_page(now())),
        "/board.json": lambda: Page(pages.JSON, pages.board_json(now())),
        "/board/clocks/{clock}": one,
    }
    return Shown(found, {"/board": pages.STATIC}, feed="/board/events")


def landing(_assembly: Assembly) -> Shown:
    """The page of a server that shows nothing else."""
    return Shown({"/": lambda: Page(pages.HTML, pages.landing_page())}, {"/board": pages.STATIC})


def upgrade(overrides: Mapping[str, Any], watch: Watch | None = None) -> int:
    """Bring a database to this program's version. `watch` hears how far it is."""
    try:
        database = Database(read(overrides).database_url)
        database.claim()
        with watch or contextlib.nullcontext(unheard) as tell:
            before, after = database.upgrade(tell)
        database.close()
    except (DatabaseProblem, Refusal) as problem:
        print(f"creditclock: {problem}", file=sys.stderr)  # noqa: T201 - the command line's answer
        return 1
    text = f"The database has version {after}."
    print(text if before == after else f"{text[:-1]} now; it had {before or 'none'}.")  # noqa: T201 - the command's answer
    return 0


def listen(settings: Settings) -> socket.socket:
    """A socket that listens, so that a taken port is found before anything is opened."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise DatabaseProblem(f"Can't listen on {settings.listen}: {reason}. Choose another with --listen.") from error
    return listener


class _Serving(uvicorn.Server):
    """Answers that would go on for ever are ended before the server waits for the rest."""

    on_shutdown: Callable[[], None]

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        log.info("the server stops: it finishes what it began")
        self.on_shutdown()
        await super().shutdown(sockets)


def _run(assembly: Assembly, shown: Shown, listener: socket.socket, ready: Ready) -> int:
    """Serve until a signal, or until the process that writes is gone, which is a failure."""
    lost = False
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        # uvicorn raises the signal again when it has stopped; what was opened must be closed then.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    # Whoever waits for the interpreter's lock gets it soon: the lane and the loop hand work to each other.
    sys.setswitchinterval(0.0005)
    with asyncio.Runner(loop_factory=loop_factory()) as runner, contextlib.suppress(KeyboardInterrupt):
        lost = runner.run(answer(assembly, shown, listener, lambda _, address: ready(address, assembly.password)))
    return 1 if lost else 0


async def answer(
    assembly: Assembly, shown: Shown, listener: socket.socket, ready: Callable[[uvicorn.Server, str], None]
) -> bool:
    """Answer on a socket until the server that `ready` is given is told to exit.

    Gives whether it stopped because the process that writes is gone.
    """
    host, port = listener.getsockname()[:2]
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    lost = False

    def stop() -> None:
        nonlocal lost
        lost = serving.should_exit = True

    server = await assembly.open(stop)
    app, rest = application(server, shown, assembly.settings)
    serving = _Serving(_uvicorn(app))
    serving.on_shutdown = server.hub.close
    task = asyncio.create_task(serving.serve(sockets=[listener]))
    while not serving.started and not task.done():  # noqa: ASYNC110 - there is no event for it
        await asyncio.sleep(0.005)
    if serving.started:
        assembly.served = True
        log.info("the server has started", extra=_told(assembly, address))
        ready(serving, address)
    await task
    rest.close()
    server.close()
    return lost


def _uvicorn(app: Any) -> uvicorn.Config:  # noqa: ANN401 - an ASGI application
    return uvicorn.Config(
        app,
        lifespan="off",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        log_config=None,
        log_level="warning",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=5,
        backlog=2_048,
    )


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """What makes the event loop of a server."""
    try:
        import uvloop  # noqa: PLC0415 - not there on Windows
    except ModuleNotFoundError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


def _greet(address: str, password: str | None) -> None:
    print(f"Creditclock listens on {address} (API reference: {address}/docs). Ctrl-C stops it.", flush=True)  # noqa: T201
    if password:
        print(f"First start: sign in as {OPERATOR} with the password {password} - it is not shown again.", flush=True)  # noqa: T201


def _told(assembly: Assembly, address: str) -> dict[str, object]:
    """What the log says about a server that starts."""
    return {
        "version": __version__,
        "address": address,
        "database": assembly.database.kind,
        "lane": assembly.settings.lane,
        "test_clock": assembly.settings.test_clock,
    }
