"""Forecasts: when a clock is empty and what its sessions can still use up, if no command comes (design section 4)."""

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate
from typing import Final

from creditclock.domain.drafts import NEVER, State
from creditclock.domain.ends import increment
from creditclock.domain.instants import look_ahead
from creditclock.domain.parts import ceil_div
from creditclock.domain.readings import balance
from creditclock.domain.rows import Session
from creditclock.domain.stretches import elapsed
from creditclock.domain.sweeps import Course, course, lasts

_NONE_LATER: Final[tuple[list[int], list[int]]] = ([], [])


class Forecast:
    """What comes of a state that is caught up to `at`, worked out once for all its sessions."""

    def __init__(self, state: State, at: int) -> None:
        self._state = state
        self._at = at
        self._balance = balance(state, at)
        self._reaches: dict[tuple[int, int, int], int] = {}
        self._running = [session for session in state.sessions if session.state == "running"]
        if self._running:
            self._later = _later(state, at)
            self._due_at, self._left_until = self._horizon()
        else:
            self._later = _NONE_LATER
            self._due_at = self._left_until = NEVER

    @property
    def due_at(self) -> int | None:
        """The first ms at which nothing is left if all running sessions go on; None if none runs, or never."""
        return None if self._due_at == NEVER else self._due_at

    @property
    def left_ms(self) -> int:
        """For how many ms of real time the clock lasts if all running sessions go on, rounded down, at most 2^53 − 1.

        If none runs it is what the clock holds. It is for people; `due_at` decides.
        """
        return max(0, self._left_until - self._at) if self._running else self._balance

    def max_loss(self, session: Session) -> int:
        """The most ms that a running session can still use up if its holder is never heard of again; else 0.

        What it burns until its lease ends, with minimum charge and begun increment, at most what is left on the clock
        and held for it.
        """
        if session.state != "running" or session.lease_until is None:
            return 0
        ran = elapsed(session, self._at)
        unburned = max(0, session.minimum_ms - ran)
        until, there = session.lease_until, self._balance
        if self._later[0]:
            until = self._lasts(session, until)
            there += self._later[1][bisect_right(self._later[0], until)]
        ending = max(ran, ran + until - self._at)
        burn = (max(ending, session.minimum_ms) - ran) * session.burn_rate + increment(session, ending)
        return min(there + ceil_div(unburned * session.burn_rate, 1000), ceil_div(burn, 1000))

    def _horizon(self) -> tuple[int, int]:
        """The first ms at which nothing is left and the last at which something is, along the burn plan."""
        state = self._state
        ahead = look_ahead(state.clock.settled_at, state.clock.ahead, state.lots, state.sessions)
        if ahead.due_at < ahead.lot_starts and ahead.due_at <= ahead.changes:
            return ahead.due_at, ahead.left_until
        return lasts(self._course, [self._joins(session) for session in self._running])

    @cached_property
    def _course(self) -> Course:
        return course(self._state)

    def _lasts(self, session: Session, until: int) -> int:
        """Until when a session can run, at most until its lease ends: the others may stop and leave it everything."""
        if self._running == [session]:
            return min(until, self._due_at)
        begins_at, rate = alike = self._joins(session)
        lots = [lot for lot in self._state.lots if lot.starts_at <= begins_at]
        staying = sum([lot.left_ms for lot in lots if lot.expires_at is None or lot.expires_at >= until])
        # What burns is taken rounded up: with one ms more than that the clock holds something all the time.
        if until <= begins_at or (staying - 1) * 1000 >= rate * (until - begins_at):
            return until
        end = max(until, self._last_leases.get(alike, until))
        key = begins_at, rate, end
        if key not in self._reaches:
            self._reaches[key] = lasts(self._course, [alike], end)[0]
        return min(until, self._reaches[key])

    @cached_property
    def _last_leases(self) -> dict[tuple[int, int], int]:
        """The last end of a lease of the sessions that burn alike, which share one sweep."""
        last: dict[tuple[int, int], int] = {}
        for session in self._running:
            alike = self._joins(session)
            last[alike] = max(last.get(alike, 0), session.lease_until or 0)
        return last

    def _joins(self, session: Session) -> tuple[int, int]:
        """From when a running session burns the clock, not before it was last settled, and at which rate."""
        joins_at = session.since + session.minimum_ms - session.elapsed
        return max(joins_at, self._state.clock.settled_at), session.burn_rate


def _later(state: State, at: int) -> tuple[list[int], list[int]]:
    """When lots start after `at`, and how many ms start before each of these and in all."""
    later = [(lot.starts_at, lot.left_ms) for lot in state.lots if lot.starts_at > at]
    if not later:
        return _NONE_LATER
    later.sort()
    return [starts_at for starts_at, _ in later], list(accumulate([ms for _, ms in later], initial=0))
