"""`python -m bench.ends`: how late ends are written down when many are due at once.

Sessions are started as fast as the server takes them, with the shortest lease and no renewal, so that they lapse at the
same pace five seconds later. Lateness is `recorded_at` less `at` of the last line of each clock's statement.
"""

import argparse
import json
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from bench.http_load import Listed, Load
from bench.machine import describe_machine
from bench.setting import CONNECTIONS, Place, prepare
from tests.model.server import Server
from tests.postgres import PostgresServer

LEASE_MS = 5_000
SPARE_S = 3


def main() -> int:
    """Measure each database in turn."""
    parser = argparse.ArgumentParser(prog="python -m bench.ends", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    options = parser.parse_args()
    folder = Path(tempfile.gettempdir())
    print("\n".join(describe_machine(folder)))
    databases = ["sqlite", "postgres"] if options.database == "both" else [options.database]
    right = [_measure(database, folder) for database in databases]
    return 0 if all(right) else 1


def _measure(database: str, folder: Path) -> bool:
    """Print the pace and the lateness on one database; whether its books are right."""
    with ExitStack() as stack:
        postgres = stack.enter_context(PostgresServer(fsync=True, folder=folder)) if database == "postgres" else None
        url = postgres.create_database() if postgres else None
        server = stack.enter_context(Server(url, test_clock=False, parent=folder))
        clocks = prepare(server).clocks
        load = Load(server.port, CONNECTIONS)
        body = {"lease_ms": LEASE_MS}
        starts = Listed([clock.caller.request("POST", f"{clock.path}/sessions", body, keyed=True) for clock in clocks])
        result = load.drive(starts)
        time.sleep(LEASE_MS / 1000 + SPARE_S)
        ends = sorted(_ends(load, clocks))
        load.close()
        complaint = server.check()
    late = sorted(recorded - at for at, recorded in ends)
    span = (ends[-1][0] - ends[0][0]) / 1000
    print(
        f"{database}: {len(ends)} of {result.done} sessions ended within {span:.2f} s ({len(ends) / span:.0f}/s); "
        f"written down late by {late[len(late) // 2]} ms (median), {late[int(len(late) * 0.99)]} ms (p99), "
        f"{late[-1]} ms (most)"
    )
    print("the books are right" if complaint is None else f"VOID: the books are off\n{complaint}")
    return complaint is None and len(ends) == result.done


def _ends(load: Load, clocks: list[Place]) -> list[tuple[int, int]]:
    """When each clock's session ended, and when that was written down."""
    source = Listed([clock.caller.request("GET", f"{clock.path}/records?limit=1") for clock in clocks])
    load.drive(source)
    records = [json.loads(body)["items"][0] for body in source.bodies]
    return [(_ms(record["at"]), _ms(record["recorded_at"])) for record in records if record["kind"] == "use"]


def _ms(instant: str) -> int:
    return round(datetime.fromisoformat(instant).timestamp() * 1000)


if __name__ == "__main__":
    sys.exit(main())
