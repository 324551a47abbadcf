"""Time: the server's clock, watched for steps, and the clock for tests (design sections 4 and 6)."""

import logging
import threading
import time
from typing import Final, NamedTuple, Protocol

STEP_MS: Final = 2_000
JUMP_MS: Final = 60_000
STILL_MS: Final = 60_000
"""A clock that stepped and then goes on evenly for so long is believed again."""
log: Final = logging.getLogger("creditclock.time")
_MONOTONIC: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""The clock that counts while the machine sleeps, where there is one."""


class Timekeeper(Protocol):
    """Where `now` comes from; `real` says that time passes by itself."""

    real: bool
    steps: int
    """How often the clock stepped or jumped so far."""

    def now(self) -> int:
        """The instant, in UTC epoch milliseconds."""
        ...

    def steady(self) -> bool:
        """Whether the clock can be trusted to start sessions."""
        ...

    def jumps(self) -> list[tuple[int, int]]:
        """Steps forward of more than a minute since the last call: intervals that nobody lived through."""
        ...


class _Step(NamedTuple):
    """A step of the clock: when it was seen on the monotonic clock, and how long it is."""

    at: int
    by: int


class WallTime:
    """The machine's clock, compared with the monotonic one at every reading."""

    real = True

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset = _wall_ms() - _monotonic_ms()
        self._stepped: _Step | None = None
        self._jumps: list[tuple[int, int]] = []
        self.steps = 0

    def now(self) -> int:
        """The instant; a step against the monotonic clock is noticed here."""
        with self._lock:
            monotonic, wall = _monotonic_ms(), _wall_ms()
            expected = monotonic + self._offset
            step = wall - expected
            if step > JUMP_MS:
                self._jumps.append((expected, wall))
                self.steps += 1
                self._agree(step)
            elif abs(step) > STEP_MS:
                self._watch(_Step(monotonic, step))
            else:
                self._stepped = None
                if abs(step) < STEP_MS // 8:
                    self._offset += step // 2
            return wall

    def _watch(self, now: "_Step") -> None:
        """A step too small to be an outage: nothing starts until the clock has gone on evenly for a minute."""
        before = self._stepped
        if before is None or abs(before.by - now.by) > STEP_MS // 8:
            log.error("the clock stepped by %d ms: no session starts until it is steady for a minute", now.by)
            self._stepped = now
            self.steps += 1
        elif now.at - before.at >= STILL_MS:
            log.warning("the clock is steady again, %d ms from where it was", now.by)
            self._agree(now.by)

    def _agree(self, step: int) -> None:
        self._offset += step
        self._stepped = None

    def steady(self) -> bool:
        """Whether the clock agrees with the monotonic one to two seconds."""
        return self._stepped is None

    def jumps(self) -> list[tuple[int, int]]:
        """Steps forward of more than a minute since the last call."""
        with self._lock:
            jumps, self._jumps = self._jumps, []
            return jumps


class TestTime:
    """A clock that stands still until it is moved forward."""

    __test__ = False
    real = False
    steps = 0

    def __init__(self, now: int) -> None:
        self._now = now

    def now(self) -> int:
        """The instant that was set."""
        return self._now

    def steady(self) -> bool:
        """Always: nobody else moves this clock."""
        return True

    def jumps(self) -> list[tuple[int, int]]:
        """None: every move is meant."""
        return []

    def move_to(self, instant: int) -> None:
        """Move forward to an instant; never back."""
        assert instant >= self._now
        self._now = instant


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


def _monotonic_ms() -> int:
    return time.clock_gettime_ns(_MONOTONIC) // 1_000_000
