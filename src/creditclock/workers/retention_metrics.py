"""Metrics of retention: what was removed, how old what is kept is, and who is still to be forgotten."""

from collections.abc import Mapping
from typing import Final

from creditclock.commands.timekeeping import Timekeeper
from creditclock.measures.counting import Count, Measures, Sample, Spread, one
from creditclock.storage import erasure, retention
from creditclock.storage.database import Database

_HELD_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 1.0)


class RetentionTally:
    """Counts what was removed. One thread changes it."""

    def __init__(self) -> None:
        kinds = (*retention.EVERYWHERE, *retention.OF_MASTER)
        self.removed = {kind.name: Count() for kind in kinds}
        self.forgotten = Count()
        self.held_s = Spread(_HELD_S)
        self.passed_at: int | None = None
        self.oldest: dict[str, int] = {}

    def passed(self, now: int, oldest: Mapping[str, int | None]) -> None:
        """Note that a pass is over, with the instants of the oldest that were kept."""
        self.passed_at = now
        self.oldest = {name: at for name, at in oldest.items() if at is not None}


def measure_retention(measures: Measures, database: Database, timekeeper: Timekeeper, tally: RetentionTally) -> None:
    """Tell how far retention is."""

    def waiting() -> tuple[int, int | None]:
        with database.reading() as connection:
            return erasure.waiting(connection)

    def age() -> list[Sample]:
        first = waiting()[1]
        return one(0 if first is None else max(0, timekeeper.now() - first) / 1_000)

    measures.read(
        "creditclock_retention_removed_total",
        "counter",
        "Rows that had their time and were removed, or cut down to a tombstone (answers), by kind.",
        lambda: [Sample("", {"kind": name}, count.value) for name, count in tally.removed.items()],
    )
    measures.read(
        "creditclock_retention_oldest_timestamp_seconds",
        "gauge",
        "The instant of the oldest row of each kind that the last pass kept; for tokens, when it expired.",
        lambda: [Sample("", {"kind": name}, at / 1_000) for name, at in sorted(tally.oldest.items())],
    )
    measures.read(
        "creditclock_retention_passed_timestamp_seconds",
        "gauge",
        "When this server last finished a pass over everything; missing on servers that don't do it. Worry when the "
        "newest of all servers is hours old: retention falls behind.",
        lambda: one(None if tally.passed_at is None else tally.passed_at / 1_000),
    )
    measures.read(
        "creditclock_retention_step_seconds",
        "histogram",
        "How long steps kept others from writing to a SQLite file. Worry above 0.02 s.",
        tally.held_s.samples,
    )
    measures.read(
        "creditclock_erasures_total",
        "counter",
        "People of whom nothing is left, since this server's start.",
        lambda: one(tally.forgotten.value),
    )
    measures.read(
        "creditclock_erasures_pending",
        "gauge",
        "People who were erased and of whom something is left, the same from every server.",
        lambda: one(waiting()[0]),
    )
    measures.read(
        "creditclock_erasure_oldest_seconds",
        "gauge",
        "How long the first of them waits. Worry above an hour.",
        age,
    )
