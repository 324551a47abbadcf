"""The yardstick: `pgbench` TPC-B on the PostgreSQL server that Creditclock was measured on, in the same run."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import psycopg

from tests.postgres import OWNER, PostgresServer

SCALE = 10
CLIENTS = 64
THREADS = 2
MODES = ("simple", "prepared")


def find_pgbench(postgres: PostgresServer) -> Path | None:
    """The program as PostgreSQL's package ships it, else the system's."""
    try:
        return postgres.binary("pgbench")
    except FileNotFoundError:
        installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"))
        found = shutil.which("pgbench") or (installed[-1] if installed else None)
        return Path(found) if found else None


def postgres_version(postgres: PostgresServer) -> str:
    """What the server says about itself."""
    with psycopg.connect(postgres.url()) as connection:
        return str(connection.info.parameter_status("server_version"))


def measure_tpcb(postgres: PostgresServer, program: Path, seconds: float) -> dict[str, float]:
    """Transactions per second at 64 clients by the mode of the protocol."""
    url = postgres.create_database()
    name = url.partition("?")[0].rpartition("/")[2]
    environment = os.environ | {"PGHOST": str(postgres.folder), "PGUSER": OWNER, "PGDATABASE": name}

    def call(*arguments: str) -> str:
        command = [str(program), *arguments]
        return subprocess.run(command, check=True, env=environment, capture_output=True, text=True).stdout

    call("--initialize", "--quiet", "--scale", str(SCALE))
    speeds: dict[str, float] = {}
    for mode in MODES:
        load = ("--client", str(CLIENTS), "--jobs", str(THREADS), "--time", str(max(1, round(seconds))))
        found = re.search(r"tps = ([0-9.]+)", call(*load, "--protocol", mode))
        assert found
        speeds[mode] = float(found[1])
    postgres.drop_database(url)
    return speeds
