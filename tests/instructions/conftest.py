"""The shared servers on which time stands still; their instruction set is open."""

import pytest

from tests.conftest import Servers
from tests.instructions.desk import Desk
from tests.instructions.watch import rich_desk
from tests.server import Server

FREE = "rate_per_caller = 0\nrate_per_source = 0\n"
"""Tests ask more at once than people do."""


@pytest.fixture
def open_server(test_clock_server: Server) -> Server:
    """On SQLite and on PostgreSQL."""
    return test_clock_server


@pytest.fixture
def quick_server(servers: Servers) -> Server:
    """On SQLite alone, for what doesn't depend on the database."""
    return servers.kept("sqlite", test_clock=True)


@pytest.fixture
def rich(open_server: Server) -> Desk:
    """An account that has something of everything, on SQLite and on PostgreSQL; leave it as it is."""
    return rich_desk(open_server)


@pytest.fixture
def quick(quick_server: Server) -> Desk:
    """The same on SQLite alone."""
    return rich_desk(quick_server)
