"""The machine's clock, watched for steps (design section 4, Time)."""

import pytest

from creditclock.commands import timekeeping
from creditclock.commands.timekeeping import WallTime


class Machine:
    """A machine whose two clocks the test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall = 1_795_000_000_000
        self.monotonic = 5_000
        monkeypatch.setattr(timekeeping, "_wall_ms", lambda: self.wall)
        monkeypatch.setattr(timekeeping, "_monotonic_ms", lambda: self.monotonic)

    def pass_time(self, milliseconds: int) -> None:
        self.wall += milliseconds
        self.monotonic += milliseconds


@pytest.mark.parametrize("step", [-120_000, -3_000, 3_000, 59_000])
def test_clock_that_stepped_is_believed_again_after_an_even_minute(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    machine = Machine(monkeypatch)
    time = WallTime()
    machine.wall += step
    time.now()
    assert not time.steady()
    machine.pass_time(59_000)
    time.now()
    assert not time.steady()
    machine.pass_time(1_000)
    time.now()
    assert time.steady()
    assert time.jumps() == []


def test_jump_of_more_than_a_minute_is_an_interval_that_nobody_lived_through(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch)
    time = WallTime()
    before = time.now()
    machine.wall += 61_000
    assert time.now() == before + 61_000
    assert time.steady()
    assert time.jumps() == [(before, before + 61_000)]


def test_small_differences_are_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch)
    time = WallTime()
    for _ in range(100):
        machine.pass_time(1_000)
        machine.wall += 20
        time.now()
    assert time.steady()
