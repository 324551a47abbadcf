"""Blows: what befalls a server under load. Each says in a few words what it is, and leaves it running again."""

import contextlib
import http.client
import json
import os
import random
import resource
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import psycopg
import urllib3

from tests.crash.load import Load
from tests.crash.shifted import shift
from tests.postgres import PostgresServer
from tests.server import Server

READY_S = 120
STEP_MS = (1_000, 10_000, 120_000)


class Scene(NamedTuple):
    """What a blow may strike; `struck_at` is told when it is over and the server may come back."""

    server: Server
    load: Load
    postgres: PostgresServer | None
    numbers: random.Random
    over: Callable[[], None]


def kill(server: Server, *pids: int) -> None:
    """Kill processes of a server at the same moment, and start it again as whoever watches over it would."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    server.wait()


def kill_all(scene: Scene) -> None:
    kill(scene.server, scene.server.pid, scene.server.writer)
    scene.over()
    scene.server.start()


def kill_web(scene: Scene) -> None:
    kill(scene.server, scene.server.pid)
    scene.over()
    scene.server.start()


def kill_lane(scene: Scene) -> None:
    kill(scene.server, scene.server.writer)
    scene.over()
    scene.server.start()


def kill_after_first_byte(scene: Scene) -> None:
    """The client has one byte of its answer: it doesn't know, but the payment was committed."""
    hands = scene.load.shops[0]
    customer = hands.customer(credits=1)
    key = f"byte-{scene.numbers.getrandbits(64):x}"
    path = f"/v1/wallets/{customer.wallet}/pay"
    connection = http.client.HTTPConnection("127.0.0.1", scene.server.port, timeout=READY_S)
    headers = {"Authorization": f"Bearer {hands.key.token}", "Idempotency-Key": key, "Content-Type": "application/json"}
    connection.request("POST", path, json.dumps({"amount": 1}), headers)
    assert connection.sock.recv(1)
    kill(scene.server, scene.server.pid, scene.server.writer)
    connection.close()
    scene.over()
    scene.server.start()
    again = scene.server.nobody.holding(hands.key.token).post(path, {"amount": 1}, key=key)
    assert (again.status, again.headers.get("idempotent-replayed")) == (200, "true"), again


def stop_lane(scene: Scene) -> None:
    """The process that writes stands still for longer than the shortest lease, as on a machine that sleeps."""
    writer = scene.server.writer
    os.kill(writer, signal.SIGSTOP)
    time.sleep(scene.numbers.choice((0.5, 3, 6)))
    scene.over()
    os.kill(writer, signal.SIGCONT)


def fail_disk(scene: Scene) -> None:
    """The database's files can't grow."""
    writer = scene.server.writer
    limits = resource.prlimit(writer, resource.RLIMIT_FSIZE)
    resource.prlimit(writer, resource.RLIMIT_FSIZE, (4_096, limits[1]))
    time.sleep(1)
    scene.over()
    resource.prlimit(writer, resource.RLIMIT_FSIZE, limits)


def lock_file(scene: Scene) -> None:
    """Somebody holds the file for longer than the server waits."""
    with contextlib.closing(sqlite3.connect(scene.server.path or "", timeout=30, isolation_level=None)) as file:
        file.execute("BEGIN IMMEDIATE")
        time.sleep(3)
        scene.over()
        file.execute("ROLLBACK")


def step_clock(scene: Scene) -> None:
    """The machine's clock is set, and set back."""
    by = scene.numbers.choice(STEP_MS) * scene.numbers.choice((-1, 1))
    shift(scene.server, by)
    time.sleep(1.5)
    shift(scene.server, 0)
    scene.over()


def end_backends(scene: Scene) -> None:
    """PostgreSQL ends all connections of the server, that of the lane among them."""
    with psycopg.connect(scene.server.database, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    scene.over()


def kill_backend(scene: Scene) -> None:
    """One process of PostgreSQL is killed, so that it throws everybody out and recovers."""
    with psycopg.connect(scene.server.database, autocommit=True) as connection:
        pids = connection.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()").fetchall()
    os.kill(scene.numbers.choice(pids)[0], signal.SIGKILL)
    scene.over()


def restart_postgres(scene: Scene) -> None:
    assert scene.postgres
    scene.postgres.restart(scene.numbers.choice(("immediate", "fast")))
    scene.over()


EVERYWHERE: dict[str, Callable[[Scene], None]] = {
    "kill -9 of all": kill_all,
    "kill -9 of the web": kill_web,
    "kill -9 of the lane": kill_lane,
    "kill -9 after the first byte": kill_after_first_byte,
    "lane stands still": stop_lane,
    "machine's clock steps": step_clock,
}
ON_SQLITE = {"disk fails": fail_disk, "file is locked": lock_file}
ON_POSTGRES = {
    "connections ended": end_backends,
    "backend killed": kill_backend,
    "PostgreSQL restarted": restart_postgres,
}


def blows_of(kind: str) -> dict[str, Callable[[Scene], None]]:
    return EVERYWHERE | (ON_SQLITE if kind == "sqlite" else ON_POSTGRES)


def wait_until_ready(server: Server) -> None:
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        with contextlib.suppress(urllib3.exceptions.HTTPError):
            if server.nobody.get("/readyz").status == 200:
                return
        time.sleep(0.02)
    raise AssertionError(f"not ready in {READY_S} s\n{Path(server.folder / 'log').read_text()[-2_000:]}")
