"""Wording: dates, minutes and credits as the clients of the instruction set read them."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

MINUTE_MS: Final = 60_000
COST_PARTS: Final = 10_000
"""A cost is kept in ten-thousandths of its currency."""


def date(at: int) -> str:
    """An instant as `DD-MM-YYYY HH:MM:SS` in UTC."""
    return _second(at // 1_000)


def minutes(ms: int) -> float:
    """Milliseconds as minutes, exact to the millisecond: 0.00002 minutes are 1 ms."""
    return round(ms / MINUTE_MS, 5)


def cost(parts: int) -> float:
    """A cost as its clients read it."""
    return parts / COST_PARTS


def parts(cost: float) -> int:
    """A cost as it is kept."""
    return round(cost * COST_PARTS)


@lru_cache(maxsize=1_024)
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%d-%m-%Y %H:%M:%S")
