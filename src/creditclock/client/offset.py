"""How far the server's clock is ahead of this machine's, known between two bounds.

The server says at which of its instants an answer was true (`as_of`). That moment lies somewhere between
the sending of the request and the arrival of the answer, so each answer bounds the difference of the two clocks;
several answers bound it more narrowly. Ends that the server has computed are waited for with it:
the probable moment of an end lies in the middle, a lease counts as over when it may be over.
"""

from typing import Final, NamedTuple

DRIFT: Final = 2_000
"""Two clocks may drift apart by one part in this many (500 ppm)."""


class Offset(NamedTuple):
    """Server time less local time in ms: at least `low`, at most `high`, as known `at` a local moment."""

    low: int
    high: int
    at: int


def seen(as_of: int, sent: int, answered: int) -> Offset:
    """What one answer tells. All moments are whole ms, rounded down."""
    return Offset(as_of - answered - 1, as_of + 1 - sent, answered)


def narrowed(known: Offset, new: Offset) -> Offset:
    """What both tell together. If they exclude each other, one of the clocks was set: the new one stands."""
    slack = max(0, new.at - known.at) // DRIFT + 1
    low, high = max(known.low - slack, new.low), min(known.high + slack, new.high)
    return Offset(low, high, new.at) if low <= high else new


def probable(instant: int, offset: Offset) -> int:
    """The local moment of a server instant; wrong by half the distance of the bounds at most."""
    return instant - (offset.low + offset.high) // 2


def earliest(instant: int, offset: Offset) -> int:
    """The first local moment at which a server instant may have come."""
    return instant - offset.high
