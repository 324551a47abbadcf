"""Sweeps: when a clock is empty, if no command comes, over any number of lots that start and expire (design section 4).

One pass over the instants in order of time with what is left of every lot: n lots take n log n steps.
"""

from bisect import bisect_left
from collections.abc import Iterable
from heapq import heappop, heappush
from typing import Final, NamedTuple

from creditclock.domain.drafts import NEVER, State

STARTS: Final = 0
JOINS: Final = 1
EXPIRES: Final = 2

Event = tuple[int, int, int]
"""When, which of `STARTS`, `JOINS` and `EXPIRES`, and what: the place of the lot in burn order, or the rate that joins.

Tuples sort as things happen: at one instant lots start, then lots expire. Those who join there do before the
expiries, as an expiry that leaves nothing ends them too.
"""


class Course(NamedTuple):
    """What is ahead of the lots of a clock, for sweeps over it.

    `there` is what can burn at `at`, in thousandths: the started lots and the rest of a paid millisecond. `amounts` are
    the ms by place in burn order and a 0, `begun` the places that started, `events` what the lots do, in order.
    """

    at: int
    there: int
    amounts: list[int]
    begun: list[int]
    events: list[Event]


def course(state: State) -> Course:
    """What is ahead of the lots of a state."""
    at = state.clock.settled_at
    amounts = [lot.left_ms for lot in state.lots]
    begun: list[int] = []
    events: list[Event] = []
    for place, (_, _, _, _, _, starts_at, expires_at, _, _, _) in enumerate(state.lots):
        if starts_at <= at:
            begun.append(place)
        elif expires_at is None or expires_at >= starts_at:
            events.append((starts_at, STARTS, place))
        else:
            continue
        if expires_at is not None:
            events.append((max(at, expires_at), EXPIRES, place))
    events.sort()
    there = sum([amounts[place] for place in begun]) * 1000 - state.clock.ahead
    return Course(at, there, [*amounts, 0], begun, events)


def lasts(way: Course, joins: Iterable[tuple[int, int]], end: int = NEVER) -> tuple[int, int]:
    """The first ms at which nothing is left and the last at which something is; `end` for both if not before it.

    `joins` says when which rate begins to burn. A lot that starts at the very instant saves, one that expires there
    or a session that joins there changes nothing. An expiry that leaves nothing is the end.
    """
    events = way.events[: bisect_left(way.events, (end,))]
    rate = 0
    for at, joining in joins:
        if at <= way.at:
            rate += joining
        elif at < end:
            events.append((at, JOINS, joining))
    events.sort()
    events.append((end, STARTS, len(way.amounts) - 1))
    return _sweep(way, rate, events)


def _sweep(way: Course, rate: int, events: list[Event]) -> tuple[int, int]:
    """Go through the events, of which the last is the end; the expiry of a lot that is used up changes nothing."""
    at, there, amounts, burning = way.at, way.there, way.amounts.copy(), way.begun.copy()
    for time, what, which in events:
        if rate:
            rest = there - rate * (time - at)
            if rest <= 0:
                due_at = at - -there // rate
                if due_at < time or what != STARTS:
                    return due_at, at + there // rate
                rest = 0
            _take(burning, amounts, there // 1000 - rest // 1000)
            there = rest
        at = time
        if what == STARTS:
            heappush(burning, which)
            there += amounts[which] * 1000
        elif what == JOINS:
            rate += which
        elif amounts[which]:
            there -= amounts[which] * 1000
            amounts[which] = 0
            if not there // 1000:
                if rate:
                    return at, at
                there = 0
    return at, at


def _take(burning: list[int], amounts: list[int], ms: int) -> None:
    """Take `ms`, which must be there, in burn order: `burning` is a heap of places, also of lots that are gone."""
    while ms:
        first = burning[0]
        part = amounts[first]
        if part > ms:
            amounts[first] = part - ms
            return
        ms -= part
        amounts[first] = 0
        heappop(burning)
