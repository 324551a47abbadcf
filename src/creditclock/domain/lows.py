"""Lows: when others are told that little is left on a running clock (design section 5, Outbox).

Thresholds are ms of real time that are left. Each is told once while less is left; more time on the clock arms it
again.
"""

from collections.abc import Sequence
from typing import NamedTuple


class Low(NamedTuple):
    """What is to be told: `threshold` now, if it isn't None, and something at `next_at`, if that isn't None.

    `told` is the lowest threshold that was told while so little is left.
    """

    threshold: int | None
    told: int | None
    next_at: int | None


NOTHING = Low(None, None, None)


def low(due_at: int | None, at: int, thresholds: Sequence[int], told: int | None) -> Low:
    """What is to be told at an instant of a clock that will be empty at `due_at` (None: never, or it doesn't run).

    >>> low(400_000, 0, (300_000, 60_000), None)
    Low(threshold=None, told=None, next_at=100000)
    >>> low(400_000, 100_000, (300_000, 60_000), None)
    Low(threshold=300000, told=300000, next_at=340000)
    >>> low(700_000, 200_000, (300_000, 60_000), 300_000)
    Low(threshold=None, told=None, next_at=400000)
    """
    if due_at is None:
        return NOTHING
    left = due_at - at
    reached = min((threshold for threshold in thresholds if left <= threshold), default=None)
    new = reached is not None and (told is None or reached < told)
    later = max((threshold for threshold in thresholds if threshold < left), default=None)
    return Low(reached if new else None, reached, None if later is None else due_at - later)
