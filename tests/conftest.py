"""Shared fixtures: real servers on SQLite and on PostgreSQL, each started once and used by many tests.

Everything on them is kept apart by businesses and customers of one's own: `server.new_shop()`, `shop.customer()`.
"""

import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres import PostgresServer
from tests.server import Server, Shop

KINDS = ("sqlite", "postgresql")


class Servers:
    """Starts servers and databases when they are first asked for, and stops them all in the end."""

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self._folders = folders
        self._stack = ExitStack()
        self._postgres: PostgresServer | None = None
        self._kept: dict[tuple[str, bool], Server] = {}
        self._templates: dict[str, Server] = {}

    @property
    def postgres(self) -> PostgresServer:
        if self._postgres is None:
            self._postgres = self._stack.enter_context(PostgresServer())
        return self._postgres

    def folder(self) -> Path:
        return self._folders.mktemp("server")

    def database(self, kind: str) -> str:
        """The URL of a new database."""
        if kind == "postgresql":
            return self.postgres.create_database()
        return f"sqlite:///{self.folder() / 'creditclock.db'}"

    def new(self, kind: str, *, test_clock: bool = False) -> Server:
        """A server of one's own on a new database, not started yet."""
        return Server(self.folder(), self.database(kind), test_clock=test_clock)

    def made(self, kind: str) -> Server:
        """A server in real time on a database that was set up before, not started: much quicker than a new one."""
        if kind not in self._templates:
            with self.new(kind) as first:
                self._templates[kind] = first
        template, folder = self._templates[kind], self.folder()
        if kind == "postgresql":
            return Server(folder, self.postgres.create_database(template.database))
        for file in Path(template.path or "").parent.glob("creditclock.*"):
            shutil.copy2(file, folder)
        return Server(folder)

    def kept(self, kind: str, *, test_clock: bool) -> Server:
        """The server that tests share."""
        if (kind, test_clock) not in self._kept:
            server = self.new(kind, test_clock=test_clock)
            # Tests ask more at once than people do. Where time stands still, older clients are served too.
            opened = 'instruction_set = "open"\n' if test_clock else ""
            (server.folder / "creditclock.toml").write_text(f"rate_per_caller = 0\n{opened}")
            self._kept[kind, test_clock] = self._stack.enter_context(server)
        return self._kept[kind, test_clock]

    def close(self) -> None:
        self._stack.close()


# What an example takes says how busy the machine is; bounds of time that count are measured by `timing.keeps`.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])


def pytest_configure() -> None:
    """What the tests start hears signals, also where whoever started the tests ignores them (nohup, a shell's `&`)."""
    settings.load_profile("tests")
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    found = Servers(tmp_path_factory)
    yield found
    found.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests run on each kind of database; a module whose `ONLY` names one runs on that alone.

    That is for modules of which other ones test on both kinds whatever reaches down to the database.
    """
    own = any("kind" in str(mark.args[0]) for mark in metafunc.definition.iter_markers("parametrize"))
    if "kind" in metafunc.fixturenames and not own:
        module = sys.modules[metafunc.function.__module__]
        only = str(getattr(module, "ONLY", ""))
        metafunc.parametrize("kind", [only] if only else KINDS, indirect=True)


@pytest.fixture
def kind(request: pytest.FixtureRequest) -> str:
    """The kind of database."""
    return request.param


@pytest.fixture
def server(servers: Servers, kind: str) -> Server:
    """A server that runs in real time, shared by many tests."""
    return servers.kept(kind, test_clock=False)


@pytest.fixture
def test_clock_server(servers: Servers, kind: str) -> Server:
    """A server whose time stands still until `advance`; others may have moved it before."""
    return servers.kept(kind, test_clock=True)


@pytest.fixture
def shop(server: Server) -> Shop:
    """A business in real time, shared: add customers, leave the business itself as it is."""
    return server.shop


@pytest.fixture
def timed(test_clock_server: Server) -> Shop:
    """A business on the test clock, shared: add customers, clocks and tariffs."""
    return test_clock_server.shop
