"""Time: the server's clock, watched for steps, and the clock for tests (design sections 4 and 6)."""

import threading
import time
from typing import Final, Protocol

STEP_MS: Final = 2_000
JUMP_MS: Final = 60_000
_MONOTONIC: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""The clock that counts while the machine sleeps, where there is one."""


class Timekeeper(Protocol):
    """Where `now` comes from; `real` says that time passes by itself."""

    real: bool

    def now(self) -> int:
        """The instant, in UTC epoch milliseconds."""
        ...

    def steady(self) -> bool:
        """Whether the clock can be trusted to start sessions."""
        ...

    def jumps(self) -> list[tuple[int, int]]:
        """Steps forward of more than a minute since the last call: intervals that nobody lived through."""
        ...


class WallTime:
    """The machine's clock, compared with the monotonic one at every reading."""

    real = True

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset = _wall_ms() - _monotonic_ms()
        self._steady = True
        self._jumps: list[tuple[int, int]] = []

    def now(self) -> int:
        """The instant; a step against the monotonic clock is noticed here."""
        with self._lock:
            wall = _wall_ms()
            expected = _monotonic_ms() + self._offset
            step = wall - expected
            self._steady = abs(step) <= STEP_MS
            if step > JUMP_MS:
                self._jumps.append((expected, wall))
                self._offset += step
                self._steady = True
            elif abs(step) < STEP_MS // 8:
                self._offset += step // 2
            return wall

    def steady(self) -> bool:
        """Whether the clock agrees with the monotonic one to two seconds."""
        return self._steady

    def jumps(self) -> list[tuple[int, int]]:
        """Steps forward of more than a minute since the last call."""
        with self._lock:
            jumps, self._jumps = self._jumps, []
            return jumps


class TestTime:
    """A clock that stands still until it is moved forward."""

    __test__ = False
    real = False

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
