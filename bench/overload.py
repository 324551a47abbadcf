"""`python -m bench.overload`: far more load than the server can carry, and what it still promises.

One business floods the server with reads and payments over hundreds of connections, as fast as answers come and
without waiting when it is told to. Meanwhile sessions of its own are renewed and stopped, and a small business works at
its usual pace. The run is VOID if the books are off after it, or if a promise was broken; then it exits 1.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.machine import describe_machine
from bench.overload_players import CALM_S, Flood, Played, Run, prepare
from bench.tpcb import postgres_version
from tests.model.server import Server
from tests.postgres import PostgresServer
from tests.stopping import stoppable

CONNECTIONS = 400
AFTER_S = 3.0
SUCCESS = 0.99
SUCCESS_ANYWAY = 0.75
"""Of a machine that does other things, which may stand still for as long as commands wait at most."""
LATEST_MS = 2_000.0
GROWTH = 1.15
GROWTH_BYTES = 24_000_000
BACK_MS = 500.0
QUEUE = 4_000
HEADS = ("who", "wanted/s", "done", "refused", "broken", "success", "p50 ms", "p99 ms")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run on each database in turn."""
    parser = argparse.ArgumentParser(prog="python -m bench.overload", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--seconds", type=float, default=12, help="how long the flood lasts (12)")
    parser.add_argument("--connections", type=int, default=CONNECTIONS, help=f"of the flood ({CONNECTIONS})")
    parser.add_argument(
        "--lenient", type=float, default=1.0, help="times that latencies may be higher; for busy machines"
    )
    options = parser.parse_args(arguments)
    folder = Path(tempfile.gettempdir())
    print("\n".join(describe_machine(folder)))
    databases = ["sqlite", "postgres"] if options.database == "both" else [options.database]
    right = [_measure(database, folder, options) for database in databases]
    return 0 if all(right) else 1


def _measure(database: str, folder: Path, options: argparse.Namespace) -> bool:
    """Print the table of one database; whether every promise was kept and the books are right."""
    print(f"\n{database}, {options.connections} connections flood it for {options.seconds:.0f} s", flush=True)
    with ExitStack() as stack:
        postgres = stack.enter_context(PostgresServer(fsync=True, folder=folder)) if database == "postgres" else None
        if postgres:
            print(f"PostgreSQL {postgres_version(postgres)}, fsync on, over a Unix socket")
        url = postgres.create_database() if postgres else None
        server = stack.enter_context(Server(url, test_clock=False, parent=folder))
        setting = prepare(server)
        run = Run(server, setting)
        calm = run.play(None, CALM_S)
        flood = run.play(Flood(setting, options.connections), options.seconds)
        after = run.play(None, AFTER_S)
        run.close()
        complaint = server.check()
        log = server.log
    print(_table(flood), flush=True)
    print(
        f"memory, first and second half: web {flood.memory('web')}, lane {flood.memory('lane')}; queue at most "
        f"{flood.queue}, waiting at most {flood.waiting}; p99 of the small business: {calm.small_p99:.0f} ms before, "
        f"{after.small_p99:.0f} ms after"
    )
    broken = [*promises_broken(flood, after, options.lenient)]
    if '"ERROR"' in log or "Traceback" in log:
        broken.append("the log tells of faults")
    if complaint is not None:
        broken.append(f"the books are off\n{complaint}")
    print("every promise was kept, and the books are right" if not broken else "VOID: " + "; ".join(broken), flush=True)
    return not broken


def promises_broken(flood: Played, after: Played, lenient: float) -> list[str]:
    """What the server promises under any load and did not keep."""
    broken: list[str] = []
    for one in flood.tallies:
        if one.broken:
            broken.append(f"{one.name}: {one.broken} answers that are neither done nor refused ({one.first_broken})")
        if one.is_kept and one.success < (SUCCESS if lenient == 1 else SUCCESS_ANYWAY):
            broken.append(f"{one.name}: only {one.success:.1%} were done")
        if one.is_kept and one.percentile(0.99) > LATEST_MS * lenient:
            broken.append(f"{one.name}: p99 {one.percentile(0.99):.0f} ms")
    for process, (first, second) in flood.halves.items():
        if second > first * GROWTH + GROWTH_BYTES:
            broken.append(f"{process} grew from {first} to {second} bytes")
    if flood.queue > QUEUE:
        broken.append(f"{flood.queue} commands waited")
    if after.small_p99 > BACK_MS * lenient:
        broken.append(f"latency is not back: p99 {after.small_p99:.0f} ms")
    return broken


def _table(flood: Played) -> str:
    texts = [
        HEADS,
        *(
            (
                one.name,
                "all" if one.pace is None else f"{one.pace:.0f}",
                str(one.done),
                str(one.refused),
                str(one.broken),
                f"{one.success:.1%}",
                f"{one.percentile(0.5):.0f}",
                f"{one.percentile(0.99):.0f}",
            )
            for one in flood.tallies
        ),
    ]
    widths = [max(len(row[column]) for row in texts) for column in range(len(HEADS))]
    lines = [[text.rjust(width) for text, width in zip(row, widths, strict=True)] for row in texts]
    return "\n".join("  ".join([row[0].ljust(widths[0]), *line[1:]]) for row, line in zip(texts, lines, strict=True))


if __name__ == "__main__":
    sys.exit(stoppable(main))
