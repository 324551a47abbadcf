"""`python -m tests.fuzz`: requests made from the API's own document, by everybody, against a real server.

Ends with `creditclock check`. Prints VOID and gives 1 if an answer isn't as the document says, if something failed on
the server's side, or if the books are off.
"""

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from creditclock.web.openapi import document
from tests.fuzz.run import Plan, Tally, chosen, fuzz
from tests.fuzz.world import ROLES, World
from tests.postgres import PostgresServer
from tests.server import Server
from tests.stopping import stoppable

MOST_SHOWN = 10
TELL_EVERY_S = 1


def main() -> int:
    options = _options()
    plan = Plan(options.role or ROLES, chosen(options.operation or []), options.examples, options.seconds, options.seed)
    with ExitStack() as stack:
        url = stack.enter_context(PostgresServer()).create_database() if options.database == "postgres" else None
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cc-fuzz-")))
        with Server(folder, url) as server:
            tallies = fuzz(World(server), document(), plan, _Teller())
        books, faults = server.check(), server.log.count("Traceback")
    print(file=sys.stderr)
    _print_table(tallies)
    failures = [failure for tally in tallies for failure in tally.failures]
    for failure in failures[:MOST_SHOWN]:
        print(f"\n{failure.operation} as {failure.role}\n{failure.text}\nagain: {failure.again}")
    if len(failures) > MOST_SHOWN:
        print(f"\nand {len(failures) - MOST_SHOWN} more")
    if books:
        print(f"\nthe books are off\n{books}")
    if faults:
        print(f"\nthe server logged {faults} faults")
    right = not failures and not books and not faults
    print(
        f"\nseed {options.seed}: {'every answer is as the document says, and the books are right' if right else 'VOID'}"
    )
    return 0 if right else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--seconds", type=float, default=120, help="for how long at most (120)")
    parser.add_argument("--examples", type=int, default=10, help="cases of each operation for each role and sort (10)")
    parser.add_argument("--seed", type=int, default=1, help="what chance begins with (1)")
    parser.add_argument("--role", action="append", choices=ROLES, help="only this role; may be repeated")
    parser.add_argument("--operation", action="append", metavar="NAME", help="only this one, such as wallet.pay")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    return parser.parse_args()


class _Teller:
    """Shows progress on stderr, not too often."""

    def __init__(self) -> None:
        self._told = 0.0

    def __call__(self, tally: Tally) -> None:
        if time.monotonic() - self._told < TELL_EVERY_S:
            return
        self._told = time.monotonic()
        line = f"{tally.role}: {len(tally.operations)} operations, {tally.cases} cases, {len(tally.failures)} failures"
        print(f"\r{line:70}", end="", file=sys.stderr, flush=True)


def _print_table(tallies: list[Tally]) -> None:
    print(f"{'role':12} {'operations':>10} {'cases':>7} {'failures':>8}  statuses")
    for tally in tallies:
        statuses = ", ".join(f"{status} × {times}" for status, times in sorted(tally.statuses.items()))
        print(f"{tally.role:12} {len(tally.operations):10} {tally.cases:7} {len(tally.failures):8}  {statuses}")


if __name__ == "__main__":
    sys.exit(stoppable(main))
