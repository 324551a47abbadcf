"""Assembles the server and runs it; the only place that builds things."""

import asyncio
import contextlib
import gc
import logging
import secrets
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from typing import Any, Final

import uvicorn

from creditclock import __version__, logs
from creditclock.commands import frames
from creditclock.commands.job import Job
from creditclock.commands.timekeeping import DatabaseTime, TestTime, Timekeeper, WallTime
from creditclock.commands.upkeep import CREATE_OPERATOR, CreateOperator
from creditclock.contract import Refusal
from creditclock.domain.access import system
from creditclock.domain.passwords import check_password
from creditclock.portal import board, details, logins, pages
from creditclock.queries.tokens import credential, staff_by_login
from creditclock.serving import Serving, address_of, listen, loop_factory, warnings_of
from creditclock.settings import Settings, read
from creditclock.storage.alive import note_stop
from creditclock.storage.database import Database, DatabaseProblem
from creditclock.storage.dialect import Conflict, Lost, Violation
from creditclock.storage.keys import Keys, path_of
from creditclock.storage.outbox import Position
from creditclock.storage.progress import Tell, unheard
from creditclock.storage.snapshot import Snapshot, lane_of
from creditclock.web.app import Application, Page, Pages, Shown
from creditclock.web.certificates import Certificate
from creditclock.web.lanes import LaneLink, LaneProcess, OwnLane, RemoteLane
from creditclock.web.server import Server
from creditclock.web.turns import Turn
from creditclock.workers.host import Host, out_of_reach

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
        self.certificate = Certificate(settings.tls_cert, settings.tls_key) if settings.tls_cert else None
        self.password: str | None = None
        self.served = False
        self.lost = False
        """Whether the process that writes is gone."""
        self._host: Host | None = None
        self._process: LaneProcess | None = None
        self._remote: RemoteLane | None = None
        self._own: OwnLane | None = None
        self._server: Server | None = None
        self.time: Timekeeper
        if settings.lane == "process":
            self._process = LaneProcess(settings)
            with ExitStack() as undo:
                undo.callback(self._process.close)
                opening = self._process.opening()
                if opening.problem is not None:
                    raise DatabaseProblem(opening.problem)
                self.time = _timekeeper(opening)
                self.database = Database(settings.database_url, bounded=True)
                undo.pop_all()
        else:
            self._host = Host(settings)
            self.time = TestTime(self._host.time.now()) if settings.test_clock else self._host.time
            self.database = self._host.database

    async def open(self, lost: Callable[[], None]) -> Server:
        """Connect to the lane, on the event loop; `lost` is called when its process is gone."""
        if self._process:
            loop = asyncio.get_running_loop()
            _, self._remote = await loop.create_unix_connection(
                lambda: RemoteLane(lost, self._tell, self._hear), sock=self._process.socket
            )
            link: LaneLink = self._remote
        else:
            assert self._host
            self._host.on_told(_from_thread(self._tell))
            link = self._own = OwnLane(self._host.lane, self._host.wish, self._host.measures)
        settings = self.settings
        keys = Keys(path_of(self.database, settings.keys, settings.data), self.database)
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
            self._note_stop()
            self.database.close()
        if self._host:
            self._host.close()
            self._note_stop()
            self.database.close()

    def _note_stop(self) -> None:
        """Let the next server know that this one was stopped as it should be."""
        if self.served and not self.lost:
            with contextlib.suppress(DatabaseProblem, Lost, Conflict, Violation):
                note_stop(self.database)

    def _tell(self, told: list[Position]) -> None:
        """Hear of a commit, on the event loop."""
        if self._server:
            self._server.hub.told(told)

    def _hear(self, present: frames.Present) -> None:
        """Hear how the time is, on the event loop."""
        if isinstance(self.time, DatabaseTime) and present.shift is not None:
            self.time.agree(present.shift)
        if self._server:
            self._server.learn_outages(present.outages)

    async def _create_operator(self, server: Server) -> None:
        """At the first start: the operator, with the given password or one that is made and shown once."""
        with self.database.reading() as connection:
            lane = lane_of(connection, 0)
        if lane is None or lane.next_journal > 1:
            return
        given = self.settings.operator_password
        password = given or secrets.token_urlsafe(12)
        if not self.settings.local:
            check_password(password, [OPERATOR])
        job = Job(CREATE_OPERATOR, CreateOperator(login=OPERATOR), system(0), (0,), server)
        job.material = {"password": await server.passwords.hash(password, Turn(0))}
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
        if kept and await server.passwords.verify(logins.OPERATOR.password, kept.password, Turn(0)):
            raise DatabaseProblem(
                "The operator has the demo's password, which everybody knows. "
                "Serve it on 127.0.0.1 only, or change the password there first."
            )


def _timekeeper(opening: frames.Opening) -> Timekeeper:
    """The clock of a web process, by what the lane's process told it."""
    if opening.now is not None:
        return TestTime(opening.now)
    if opening.shift is None:
        return WallTime()
    found = DatabaseTime()
    found.agree(opening.shift)
    return found


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
    except (Conflict, Lost) as lost:
        print(f"creditclock: {out_of_reach(lost)}", file=sys.stderr)  # noqa: T201 - the command line's answer
        return 1
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
        database.check_there()
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
    settings, certificate = assembly.settings, assembly.certificate
    address = address_of(listener, tls=certificate is not None)

    def stop() -> None:
        assembly.lost = serving.should_exit = True

    server = await assembly.open(stop)
    application = Application(server, shown, settings)
    serving = Serving(application.app, settings, certificate)
    application.watch(serving.server_state.tasks, serving.traffic, certificate)
    serving.on_shutdown = server.hub.close
    task = asyncio.create_task(serving.serve(sockets=[listener]))
    while not serving.started and not task.done():  # noqa: ASYNC110 - there is no event for it
        await asyncio.sleep(0.005)
    if serving.started:
        assembly.served = True
        # What is there now stays; looking through it again and again would let requests wait, and the end too.
        gc.freeze()
        log.info("the server has started", extra=_told(assembly, address))
        ready(serving, address)
        for warning in warnings_of(settings, certificate):
            log.warning(warning)
            print(warning, flush=True)  # noqa: T201 - the command line's answer
    await task
    application.close()
    server.close()
    return assembly.lost


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
