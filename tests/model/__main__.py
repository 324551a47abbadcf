"""`python -m tests.model`: random schedules against a real server, compared with the model."""

import argparse
import sys
import time
from collections import Counter
from contextlib import ExitStack

from tests.model.run import Outcome, run
from tests.postgres import PostgresServer

TELL_EVERY_S = 1


def main() -> int:
    options = _options()
    databases = ["sqlite", "postgres"] if options.database == "both" else [options.database]
    seeds = range(options.seed, options.seed + options.schedules)
    outcomes: list[Outcome] = []
    for database in databases:
        with ExitStack() as stack:
            url = stack.enter_context(PostgresServer()).create_database() if database == "postgres" else None
            teller = _Teller()
            stop = not options.keep_going
            outcomes.append(run(database, url, seeds=seeds, steps=options.steps, stop_early=stop, tell=teller))
            print(file=sys.stderr)
        _print_problems(outcomes[-1])
    _print_table(outcomes)
    seen = sum((outcome.seen for outcome in outcomes), Counter[str]())
    print("seen:", ", ".join(f"{what} {times}" for what, times in seen.most_common()))
    return 0 if all(outcome.right for outcome in outcomes) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.model", description=__doc__)
    parser.add_argument("--schedules", type=int, default=200, help="how many schedules per database (200)")
    parser.add_argument("--seed", type=int, default=1, help="the seed of the first schedule (1)")
    parser.add_argument("--steps", type=int, default=60, help="the steps of a schedule (60)")
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--keep-going", action="store_true", help="play the other schedules after a difference too")
    return parser.parse_args()


class _Teller:
    """Shows progress on stderr, not too often."""

    def __init__(self) -> None:
        self._told = 0.0

    def __call__(self, outcome: Outcome) -> None:
        if time.monotonic() - self._told < TELL_EVERY_S:
            return
        self._told = time.monotonic()
        speed = outcome.steps / max(outcome.seconds, 0.001)
        line = f"{outcome.database}: {outcome.schedules} schedules, {outcome.steps} steps, {speed:.0f} steps/s"
        print(f"\r{line}, {outcome.failures} failed ", end="", file=sys.stderr, flush=True)


def _print_problems(outcome: Outcome) -> None:
    if outcome.first:
        print(f"\n{outcome.database}: {outcome.first}")
        again = f"--database {outcome.database} --seed {outcome.first.seed} --schedules 1"
        print(f"again: python -m tests.model {again}\n")
    if outcome.books is not None:
        print(f"\n{outcome.database}: the books are off\n{outcome.books}\n")


def _print_table(outcomes: list[Outcome]) -> None:
    print(f"{'database':10} {'schedules':>9} {'steps':>8} {'requests':>9} {'seconds':>8} {'steps/s':>8}  result")
    for outcome in outcomes:
        speed = outcome.steps / max(outcome.seconds, 0.001)
        result = "agree" if outcome.right else f"{outcome.failures} differ"
        result += "" if outcome.books is None else ", books off"
        numbers = f"{outcome.schedules:9} {outcome.steps:8} {outcome.requests:9} {outcome.seconds:8.1f} {speed:8.0f}"
        print(f"{outcome.database:10} {numbers}  {result}")


if __name__ == "__main__":
    sys.exit(main())
