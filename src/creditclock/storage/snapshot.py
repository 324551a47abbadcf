"""Snapshots: rows of one master as of one moment, for queries."""

from collections.abc import Sequence
from typing import Any, TypeVar

from creditclock.domain.rows import Lane
from creditclock.storage.dialect import Ask, Connection
from creditclock.storage.fetching import Need, fetch
from creditclock.storage.relations import RELATIONS, Range
from creditclock.storage.working_set import Miss, WorkingSet

Row = TypeVar("Row", bound=tuple[Any, ...])


class Snapshot:
    """Rows of a master within one transaction, fetched when they are asked for.

    `now` is the given instant, or the master's last one if that is later.
    """

    def __init__(
        self,
        connection: Connection,
        lane: Lane,
        now: int,
        outages: tuple[tuple[int, int], ...],
        sets: dict[int, WorkingSet] | None = None,
    ) -> None:
        self.connection = connection
        self.master = lane.master
        self.lane = lane
        self.frozen_at = lane.frozen_at
        self.now = max(now, lane.at)
        self.outages = outages
        self._sets = sets or {lane.master: WorkingSet(lane)}

    def get(self, kind: type[Row], *key: int | str) -> Row | None:
        """The row with this key, or None."""
        rows = self._sets[self.master]
        try:
            return rows.get(kind, *key)
        except Miss as miss:
            fetch(self.connection, self._sets, [Need(self.master, kind, None, miss.key)])
            return rows.get(kind, *key)

    def range(self, span: Range, parent: int | str) -> list[Any]:
        """The rows of a range, oldest first."""
        rows = self._sets[self.master]
        try:
            return rows.range(span, parent)
        except Miss:
            fetch(self.connection, self._sets, [Need(self.master, span.row, span, parent)])
            return rows.range(span, parent)

    def bring(self, needs: list[Need]) -> None:
        """Fetch rows that will be asked for, in one round trip."""
        fetch(self.connection, self._sets, needs)


def lane_of(connection: Connection, master: int) -> Lane | None:
    """The lane row of a master, None if there is no such master."""
    (rows,) = connection.fetch([Ask(RELATIONS[Lane], None, [(master,)])])
    return Lane._make(rows[0]) if rows else None


def snapshot_of(
    connection: Connection, master: int, now: int, outages: tuple[tuple[int, int], ...], needs: Sequence[Need]
) -> Snapshot | None:
    """A snapshot of a master with the rows that are needed for certain, in one round trip; None for no such master."""
    sets = {master: WorkingSet(Lane(master, 0, 0, 0, 0, 0, 0, None, 0, 0, None))}
    (rows,) = fetch(connection, sets, needs, [Ask(RELATIONS[Lane], None, [(master,)])])
    return Snapshot(connection, Lane._make(rows[0]), now, outages, sets) if rows else None
