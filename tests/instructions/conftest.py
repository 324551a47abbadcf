"""Servers with an open instruction set on which time stands still, one for each kind of database."""

from collections.abc import Iterator

import pytest

from tests.conftest import Servers
from tests.instructions.desk import Desk
from tests.instructions.watch import rich_desk
from tests.server import Server

FREE = "rate_per_caller = 0\nrate_per_source = 0\n"
"""Tests ask more at once than people do."""


class Kept:
    """The servers that these tests share; each starts when it is first asked for."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._started: dict[str, Server] = {}

    def of(self, kind: str) -> Server:
        if kind not in self._started:
            server = self._servers.new(kind, test_clock=True)
            (server.folder / "creditclock.toml").write_text(f'{FREE}instruction_set = "open"\n')
            server.start()
            self._started[kind] = server
        return self._started[kind]

    def close(self) -> None:
        for server in self._started.values():
            server.close()


@pytest.fixture(scope="session")
def kept(servers: Servers) -> Iterator[Kept]:
    found = Kept(servers)
    yield found
    found.close()


@pytest.fixture
def open_server(kept: Kept, kind: str) -> Server:
    """On SQLite and on PostgreSQL."""
    return kept.of(kind)


@pytest.fixture
def quick_server(kept: Kept) -> Server:
    """On SQLite alone, for what doesn't depend on the database."""
    return kept.of("sqlite")


@pytest.fixture
def rich(open_server: Server) -> Desk:
    """An account that has something of everything, on SQLite and on PostgreSQL; leave it as it is."""
    return rich_desk(open_server)


@pytest.fixture
def quick(quick_server: Server) -> Desk:
    """The same on SQLite alone."""
    return rich_desk(quick_server)
