"""Portions: rows that have had their time, and until when they are kept (design section 5, Retention)."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, select

from creditclock.storage.dialect import Connection

DAY_MS: Final = 86_400_000
LOG_MS: Final = 30 * DAY_MS
"""How long expired tokens, finished deliveries and removed webhooks are kept."""


class Terms(NamedTuple):
    """The instant, and how long events are kept."""

    now: int
    events_ms: int

    @property
    def log_ms(self) -> int:
        """How long finished deliveries are kept: no longer than the events that they are about."""
        return min(LOG_MS, self.events_ms)


class Portion(NamedTuple):
    """Rows that are due: how many, and the first and last of their instants or numbers."""

    rows: int
    first: int
    last: int


def portion(rows: Sequence[tuple[int, ...]]) -> Portion | None:
    return Portion(len(rows), rows[0][0], rows[-1][0]) if rows else None


def instants(
    connection: Connection, column: ColumnElement[int], where: ColumnElement[bool], limit: int
) -> Portion | None:
    return portion(connection.select(select(column).where(where).order_by(column).limit(limit)))


def first(
    connection: Connection, column: ColumnElement[int], order: ColumnElement[int], where: ColumnElement[bool]
) -> int | None:
    found = connection.select(select(column).where(where).order_by(order).limit(1))
    return found[0][0] if found else None
