"""Answers that are kept for repeated requests, and for how long (design section 5, Idempotency)."""

from enum import Enum
from typing import Final

WHOLE_MS: Final = 72 * 3_600_000
"""For so long a repeated request gets the same answer again."""
KNOWN_MS: Final = 400 * 86_400_000
"""For so long a request that moved value is known to have been carried out."""


class Kept(Enum):
    """What is kept of an answer."""

    WHOLE = "whole"
    TOMBSTONE = "tombstone"
    NOTHING = "nothing"


def kept_of(age_ms: int, *, moved_value: bool) -> Kept:
    """What is kept of an answer of this age; the bounds are half-open, so that it ends in the very millisecond.

    A refusal moved nothing, whatever was asked for.
    """
    if age_ms < WHOLE_MS:
        return Kept.WHOLE
    return Kept.TOMBSTONE if moved_value and age_ms < KNOWN_MS else Kept.NOTHING
