"""Instants as people and programs read them: RFC 3339 in UTC with milliseconds."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST_MS: Final = 253_402_300_799_999
"""The last millisecond of the year 9999: no instant lies after it."""


def shown(instant: int) -> str:
    """An instant in epoch milliseconds as text.

    >>> shown(1_795_167_000_001)
    '2026-11-20T08:50:00.001Z'
    """
    second, rest = divmod(min(instant, LATEST_MS), 1_000)
    return f"{_second(second)}.{rest:03d}Z"


def parsed(text: str) -> int:
    """The epoch milliseconds of a text that matches `Instant`. Raises ValueError for dates that don't exist."""
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(milliseconds=1)


@lru_cache(maxsize=1_024)
def _second(second: int) -> str:
    return (_EPOCH + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S")
