"""`python -m bench`: commands per second over HTTP against a real `creditclock serve`, durable on disk.

The numbers count only if the books are right afterwards; otherwise it says VOID and exits 1.
"""

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from bench.cases import Cases, Measured
from bench.machine import describe_machine
from bench.report import ratios, table
from bench.setting import CLOCKS_EACH, CUSTOMERS, MASTERS, prepare
from bench.tpcb import find_pgbench, measure_tpcb, postgres_version
from tests.model.server import Server
from tests.postgres import PostgresServer
from tests.stopping import stoppable


def main() -> int:
    """Measure each database in turn."""
    options = _options()
    folder = Path(options.folder or tempfile.gettempdir())
    lines = describe_machine(folder)
    print("\n".join(f"- {line}" if options.markdown else line for line in lines))
    print(f"\n{MASTERS} businesses, {CUSTOMERS} customers, {CUSTOMERS * CLOCKS_EACH} clocks")
    databases = ["sqlite", "postgres"] if options.database == "both" else [options.database]
    right = [_measure(database, folder, options) for database in databases]
    return 0 if all(right) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--seconds", type=float, default=5, help="how long each case is measured (5)")
    parser.add_argument("--connections", type=_numbers, default=[1, 16, 64], help="numbers of connections (1,16,64)")
    parser.add_argument("--paced", action="store_true", help="also latency at half of the highest load")
    parser.add_argument("--no-pgbench", action="store_true", help="leave out the comparison with pgbench")
    parser.add_argument("--markdown", action="store_true", help="print tables for docs/performance.md")
    parser.add_argument("--folder", help="where the data lies while measuring; by default the temporary folder")
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def _measure(database: str, folder: Path, options: argparse.Namespace) -> bool:
    """Print the tables of one database; whether its books are right."""
    print(f"\n{'## ' if options.markdown else ''}{database}\n", flush=True)
    with ExitStack() as stack:
        postgres = stack.enter_context(PostgresServer(fsync=True, folder=folder)) if database == "postgres" else None
        if postgres:
            print(f"PostgreSQL {postgres_version(postgres)}, fsync on, over a Unix socket\n")
        url = postgres.create_database() if postgres else None
        server = stack.enter_context(Server(url, test_clock=False, parent=folder))
        began = time.monotonic()
        cases = Cases(server, prepare(server), options.seconds)
        _tell(f"prepared in {time.monotonic() - began:.1f} s")
        measured: list[Measured] = []
        for one in cases.measure(options.connections, paced=options.paced):
            measured.append(one)
            speed = f"{one.result.per_second:.0f}/s, p99 {one.result.percentile(0.99):.2f} ms"
            _tell(f"{database} {one.case}, {one.connections} connections: {speed}")
        print(table(measured, markdown=options.markdown), flush=True)
        for one in measured:
            if one.result.failed:
                print(f"\n{one.case}, {one.connections} connections: first failure\n{one.result.first_failure}")
        if postgres and not options.no_pgbench:
            _compare(postgres, measured, options.seconds)
        complaint = server.check()
    print("\nthe books are right" if complaint is None else f"\nVOID: the books are off\n{complaint}", flush=True)
    return complaint is None


def _compare(postgres: PostgresServer, measured: list[Measured], seconds: float) -> None:
    program = find_pgbench(postgres)
    if not program:
        print("\npgbench isn't installed here: no comparison")
        return
    print(f"\n{ratios(measured, measure_tpcb(postgres, program, seconds))}", flush=True)


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(stoppable(main))
