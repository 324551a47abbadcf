"""Time: the server's clock, watched for steps, and the clock for tests (design sections 4 and 6)."""

import logging
import threading
import time
from typing import Final, NamedTuple, Protocol

STEP_MS: Final = 2_000
JUMP_MS: Final = 60_000
STILL_MS: Final = 60_000
"""A clock that stepped and then goes on evenly for so long is believed again."""
PROMPT_MS: Final = 100
"""An answer of the database that took no longer tells its time well enough."""
log: Final = logging.getLogger("creditclock.time")
_MONOTONIC: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""The clock that counts while the machine sleeps, where there is one."""


class Timekeeper(Protocol):
    """Where `now` comes from; `real` says that time passes by itself."""

    real: bool

    @property
    def steps(self) -> int:
        """How often the clock stepped or jumped so far."""
        ...

    def now(self) -> int:
        """The instant, in UTC epoch milliseconds."""
        ...

    def hear(self, database: int, asked_at: int) -> None:
        """Take in what the database's clock said; it was asked at `asked_at` by `monotonic_ms`."""
        ...

    def steady(self) -> bool:
        """Whether the clock can be trusted to start sessions."""
        ...


class _Step(NamedTuple):
    """A step of the clock: when it was seen on the monotonic clock, and how long it is."""

    at: int
    by: int


class _Watch:
    """Compares a clock with the monotonic one, reading by reading."""

    def __init__(self, offset: int) -> None:
        self._offset = offset
        self._stepped: _Step | None = None
        self.steps = 0

    @property
    def steady(self) -> bool:
        return self._stepped is None

    def look(self, monotonic: int, wall: int, unsure: int = 0) -> None:
        """Take in a reading that was made at `monotonic`, or up to `unsure` ms before."""
        step = wall - monotonic - self._offset
        step = min(0, step + unsure) if step < 0 else step
        if step > JUMP_MS:
            log.error("the clock jumped forward by %d ms: nobody is charged with a lapsed lease for that", step)
            self.steps += 1
            self._agree(step)
        elif abs(step) > STEP_MS:
            self._see(_Step(monotonic, step))
        else:
            self._stepped = None
            if abs(step) < STEP_MS // 8:
                self._offset += step // 2

    def _see(self, now: _Step) -> None:
        """A step back, or one too small for a jump: nothing starts until the clock has gone on evenly for a minute."""
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


class WallTime:
    """The machine's clock, compared with the monotonic one at every reading."""

    real = True

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watch = _Watch(_wall_ms() - monotonic_ms())

    @property
    def steps(self) -> int:
        """How often the clock stepped or jumped so far."""
        return self._watch.steps

    def now(self) -> int:
        """The instant; a step against the monotonic clock is noticed here."""
        with self._lock:
            monotonic, wall = monotonic_ms(), _wall_ms()
            self._watch.look(monotonic, wall)
            return wall

    def hear(self, database: int, asked_at: int) -> None:
        """Nothing to take in: the database has no clock of its own."""

    def steady(self) -> bool:
        """Whether the clock agrees with the monotonic one to two seconds."""
        return self._watch.steady


class DatabaseTime:
    """The database's clock, which all servers on it go by: the monotonic clock and how far it is from it.

    Until the database was heard for the first time it is the machine's.
    """

    real = True

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watch: _Watch | None = None
        self.shift = _wall_ms() - monotonic_ms()
        """How far the database's clock is before the monotonic one of this machine, in ms."""

    @property
    def steps(self) -> int:
        """How often the clock stepped or jumped so far."""
        return self._watch.steps if self._watch else 0

    def now(self) -> int:
        """The instant, as far as the database was heard."""
        return monotonic_ms() + self.shift

    def hear(self, database: int, asked_at: int) -> None:
        """Take in what the database's clock said; it was asked at `asked_at` by `monotonic_ms`.

        An answer that took long says little: it counts only as far as it is certain.
        """
        with self._lock:
            monotonic = monotonic_ms()
            unsure = monotonic - asked_at
            if self._watch is None:
                self._watch = _Watch(database - monotonic)
            self._watch.look(monotonic, database, unsure)
            if unsure <= PROMPT_MS or not database - monotonic <= self.shift <= database - asked_at:
                self.shift = database - monotonic

    def agree(self, shift: int) -> None:
        """Take over how far the database's clock is from this machine's, as another process of it heard."""
        self.shift = shift

    def steady(self) -> bool:
        """Whether the clock agrees with the monotonic one to two seconds."""
        return self._watch is None or self._watch.steady


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

    def hear(self, database: int, asked_at: int) -> None:
        """Nothing to take in: only a call moves this clock."""

    def move_to(self, instant: int) -> None:
        """Move forward to an instant; never back."""
        assert instant >= self._now
        self._now = instant


def monotonic_ms() -> int:
    """The clock that nobody sets, in milliseconds; it is the same in all processes of a machine."""
    return time.clock_gettime_ns(_MONOTONIC) // 1_000_000


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000
