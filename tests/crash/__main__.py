"""`python -m tests.crash`: kills, freezes and starves a server under load, and looks whether every promise was kept."""

import argparse
import random
import statistics
import sys
import tempfile
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

from bench.machine import describe_machine
from tests.crash.blows import blows_of
from tests.crash.trial import Broken, Trial, run
from tests.postgres import PostgresServer
from tests.server import Server
from tests.stopping import stoppable

KINDS = ("sqlite", "postgresql")


def main() -> int:
    options = _options()
    print(*describe_machine(Path(tempfile.gettempdir())), sep="\n")
    trials: list[tuple[Trial, str]] = []
    for kind in KINDS if options.database == "both" else (options.database,):
        names = [name for name in blows_of(kind) if options.only in name]
        with trial_on(kind, options.seed) as trial:
            try:
                run(trial, names, options.rounds, options.seconds, _tell)
                verdict = "kept"
            except Broken as broken:
                verdict = "BROKEN"
                print(f"\n{kind}, seed {options.seed}, round {trial.rounds}: {broken}", file=sys.stderr)
            except KeyboardInterrupt:
                trials.append((trial, "kept until it was stopped"))
                _print_table(trials)
                raise
            trials.append((trial, verdict))
            print(file=sys.stderr)
    _print_table(trials)
    return 1 if any(verdict == "BROKEN" for _, verdict in trials) else 0


@contextmanager
def trial_on(kind: str, seed: int) -> Generator[Trial]:
    """A trial on a new database; PostgreSQL writes to the disk as in production."""
    with tempfile.TemporaryDirectory(prefix="creditclock-crash-") as name:
        if kind == "sqlite":
            with closing(Server(Path(name))) as server:
                yield Trial(kind, server, None, seed)
            return
        with PostgresServer(fsync=True) as found, closing(Server(Path(name), found.create_database())) as server:
            yield Trial(kind, server, found, seed)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--database", choices=(*KINDS, "both"), default="both")
    parser.add_argument("--rounds", type=int, default=60, help="how many blows per database (60)")
    parser.add_argument("--seconds", type=float, default=1.0, help="how long the load runs before a blow at most (1)")
    parser.add_argument("--seed", type=int, default=random.randrange(10_000), help="what chance begins with")
    parser.add_argument("--only", default="", metavar="WORDS", help="only the blows whose name has these words")
    return parser.parse_args()


def _tell(text: str) -> None:
    print(f"\r{text:100}", end="", file=sys.stderr, flush=True)


def _print_table(trials: list[tuple[Trial, str]]) -> None:
    print(f"{'database':10}  {'blow':28} {'times':>5} {'ready again, p50':>17} {'most':>8}")
    for trial, _ in trials:
        for name, found in trial.ready_s.items():
            middle, most = statistics.median(found), max(found)
            print(f"{trial.kind:10}  {name:28} {len(found):5} {middle:15.2f} s {most:6.2f} s")
    for trial, verdict in trials:
        print(f"{trial.kind}: {trial.rounds} blows, {trial.deeds} requests with keys, promises {verdict}")


if __name__ == "__main__":
    sys.exit(stoppable(main))
