"""The fixture itself: other tests rely on what it promises."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.postgres import PostgresServer


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


def test_is_version_18(server: PostgresServer) -> None:
    with psycopg.connect(server.url()) as connection:
        assert connection.info.server_version // 10_000 == 18


def test_database_from_template_has_its_rows_and_is_apart(server: PostgresServer) -> None:
    template = server.create_database()
    with psycopg.connect(template) as connection:
        connection.execute("CREATE TABLE t AS SELECT 7 AS n")
    copy = server.create_database(template)
    with psycopg.connect(copy) as connection:
        assert connection.execute("SELECT n FROM t").fetchall() == [(7,)]
        connection.execute("DELETE FROM t")
    with psycopg.connect(template) as connection:
        assert connection.execute("SELECT n FROM t").fetchall() == [(7,)]


def test_dropped_database_is_gone_although_connected(server: PostgresServer) -> None:
    url = server.create_database()
    with psycopg.connect(url, autocommit=True) as connection:
        server.drop_database(url)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def test_killed_owner_leaves_nothing_behind() -> None:
    program = (
        "from tests.postgres import PostgresServer\n"
        "with PostgresServer() as server:\n"
        "    print(server.pid, server.folder, flush=True)\n"
        "    input()\n"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert owner.stdout
    pid, folder = owner.stdout.readline().split()
    owner.send_signal(signal.SIGKILL)
    owner.communicate()
    deadline = time.monotonic() + 20
    while (Path(folder).exists() or _is_alive(int(pid))) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not Path(folder).exists()
    assert not _is_alive(int(pid))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
