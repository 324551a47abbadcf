"""Assembles the server and runs it; the only place that builds things."""

import asyncio
import contextlib
import logging
import secrets
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import uvicorn

from creditclock.commands.job import Job, Outcome
from creditclock.commands.lane import Lane
from creditclock.commands.timekeeping import TestTime, WallTime
from creditclock.commands.upkeep import CREATE_OPERATOR, CreateOperator
from creditclock.contract import Refusal
from creditclock.domain.access import system
from creditclock.settings import Settings, read
from creditclock.storage import books
from creditclock.storage.database import Database, DatabaseProblem
from creditclock.storage.snapshot import lane_of
from creditclock.web.app import Pages, application
from creditclock.web.secrets import Passwords
from creditclock.web.server import Server
from creditclock.workers.alive import AliveWorker, note_outage
from creditclock.workers.due import DueWorker

OPERATOR: Final = "operator"
Ready = Callable[[str, str | None], None]
"""Called once the server listens, with its address and the operator's password if it was made now."""


class Assembly:
    """A server's parts, opened in order and closed in the other."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.database_url)
        self.database.claim()
        self.password: str | None = None
        try:
            self.database.prepare(test=settings.test_clock)
            self.time = TestTime(self._test_start()) if settings.test_clock else WallTime()
            if not settings.test_clock and (outage := note_outage(self.database, self.time.now())):
                logging.getLogger("creditclock").warning("no server was there for %d ms", outage[1] - outage[0])
            self.due = DueWorker(self.database, self.time)
            self.lane = Lane(self.database, self.time, self.due.hint)
            self.lane.start()
            self.alive = AliveWorker(self.database, self.time, self.lane)
            self._create_operator()
            if settings.test_clock:
                self.due.attach(self.lane)
            else:
                self.due.start(self.lane)
                self.alive.start()
            self.server = Server(self.database, self.time, self.lane, self.due)
        except BaseException:
            self.database.close()
            raise

    def close(self) -> None:
        """Finish what was begun and close everything."""
        self.alive.close()
        self.due.close()
        self.server.close()
        self.lane.close()
        self.database.close()

    def _test_start(self) -> int:
        """The test clock goes on where it was; a new one begins at the machine's time."""
        with self.database.reading() as connection:
            return books.last_instant(connection) or WallTime().now()

    def _create_operator(self) -> None:
        """At the first start: the operator, with the given password or one that is made and shown once."""
        with self.database.reading() as connection:
            lane = lane_of(connection, 0)
        if lane is None or lane.next_journal > 1:
            return
        given = self.settings.operator_password
        password = given or secrets.token_urlsafe(12)
        answer = _Answer()
        job = Job(CREATE_OPERATOR, CreateOperator(login=OPERATOR), system(0), (0,), answer)
        hasher = Passwords()
        job.material = {"password": hasher.hash_now(password)}
        hasher.close()
        self.lane.submit(job)
        if answer.wait().body is None:
            raise DatabaseProblem("The operator could not be made; see the log.")
        self.password = None if given else password


class _Answer:
    """Waits for one outcome."""

    def __init__(self) -> None:
        import threading  # noqa: PLC0415 - small

        self._event = threading.Event()
        self._outcome: Outcome | None = None

    def deliver(self, outcomes: list[Outcome]) -> None:
        """Take the outcome."""
        self._outcome = outcomes[0]
        self._event.set()

    def wait(self) -> Outcome:
        """The outcome, once it is there."""
        if not self._event.wait(30) or self._outcome is None:
            raise DatabaseProblem("The database did not answer in 30 s.")
        return self._outcome


def serve(
    overrides: Mapping[str, Any],
    *,
    ready: Ready | None = None,
    pages: Callable[[Assembly], Pages] | None = None,
    statics: Mapping[str, Path] | None = None,
) -> int:
    """Run a server until it is told to stop; gives the process's exit status."""
    try:
        settings = read(overrides)
        _log(settings)
        listener = _listen(settings)
        assembly = Assembly(settings)
    except (DatabaseProblem, Refusal) as problem:
        print(f"creditclock: {problem}", file=sys.stderr)  # noqa: T201 - the command line's answer
        return 1
    app, rest = application(assembly.server, pages(assembly) if pages else {}, statics or {})
    try:
        _run(app, settings, listener, lambda address: (ready or _greet)(address, assembly.password))
    finally:
        rest.close()
        assembly.close()
    return 0


def check(overrides: Mapping[str, Any]) -> int:
    """Recompute the books from the postings; prints what is off, and gives 1 then."""
    try:
        database = Database(read(overrides).database_url)
        database.check_version()
    except (DatabaseProblem, Refusal) as problem:
        print(f"creditclock: {problem}", file=sys.stderr)  # noqa: T201 - the command line's answer
        return 2
    with database.reading() as connection:
        findings, counts = books.check(connection)
    database.close()
    for finding in findings:
        print(finding)  # noqa: T201 - the command's answer
    summary = ", ".join(f"{number} {name}" for name, number in counts.items())
    print(f"The books are {'right' if not findings else 'NOT right'}: {summary}.")  # noqa: T201 - the command's answer
    return 1 if findings else 0


def upgrade(overrides: Mapping[str, Any]) -> int:
    """Bring a database to this program's version."""
    try:
        database = Database(read(overrides).database_url)
        database.claim()
        before, after = database.upgrade()
        database.close()
    except (DatabaseProblem, Refusal) as problem:
        print(f"creditclock: {problem}", file=sys.stderr)  # noqa: T201 - the command line's answer
        return 1
    text = f"The database has version {after}."
    print(text if before == after else f"{text[:-1]} now; it had {before or 'none'}.")  # noqa: T201 - the command's answer
    return 0


def _listen(settings: Settings) -> socket.socket:
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


def _run(app: Any, settings: Settings, listener: socket.socket, ready: Callable[[str], None]) -> None:  # noqa: ANN401 - an ASGI application
    config = uvicorn.Config(
        app,
        lifespan="off",
        access_log=False,
        server_header=False,
        log_config=None,
        log_level=settings.log_level,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=5,
        backlog=2_048,
    )
    server = uvicorn.Server(config)
    host, port = listener.getsockname()[:2]
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def run() -> None:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started and not serving.done():
            await asyncio.sleep(0.005)
        if server.started:
            ready(address)
        await serving

    # Whoever waits for the interpreter's lock gets it soon: the lane and the loop hand work to each other.
    sys.setswitchinterval(0.0005)
    asyncio_run = asyncio.Runner(loop_factory=_loop_factory())
    with asyncio_run as runner, contextlib.suppress(KeyboardInterrupt):
        runner.run(run())


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop  # noqa: PLC0415 - not there on Windows
    except ModuleNotFoundError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


def _greet(address: str, password: str | None) -> None:
    print(f"Creditclock listens on {address} (API reference: {address}/docs). Ctrl-C stops it.", flush=True)  # noqa: T201
    if password:
        print(f"First start: sign in as {OPERATOR} with the password {password} - it is not shown again.", flush=True)  # noqa: T201


def _log(settings: Settings) -> None:
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )
