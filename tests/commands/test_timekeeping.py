"""The machine's clock, watched for steps (design section 4, Time)."""

import pytest

from creditclock.commands import timekeeping
from creditclock.commands.timekeeping import DatabaseTime, WallTime


class Machine:
    """A machine whose two clocks the test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall = 1_795_000_000_000
        self.monotonic = 5_000
        monkeypatch.setattr(timekeeping, "_wall_ms", lambda: self.wall)
        monkeypatch.setattr(timekeeping, "monotonic_ms", lambda: self.monotonic)

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


def test_jump_of_more_than_a_minute_is_believed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch)
    time = WallTime()
    before = time.now()
    machine.wall += 61_000
    assert time.now() == before + 61_000
    assert time.steady()
    assert time.steps == 1


def test_small_differences_are_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch)
    time = WallTime()
    for _ in range(100):
        machine.pass_time(1_000)
        machine.wall += 20
        time.now()
    assert time.steady()


def test_database_clock_counts_however_the_machine_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch)
    time = DatabaseTime()
    time.hear(machine.wall + 300_000, machine.monotonic)
    assert time.now() == machine.wall + 300_000
    before = time.now()
    machine.wall -= 86_400_000
    machine.monotonic += 1_000
    assert time.now() == before + 1_000
    time.hear(before + 1_000, machine.monotonic)
    assert time.steady()
    assert time.steps == 0


@pytest.mark.parametrize(("step", "is_steady"), [(-5_000, False), (5_000, False), (90_000, True)])
def test_database_clock_that_steps_is_noticed(monkeypatch: pytest.MonkeyPatch, step: int, *, is_steady: bool) -> None:
    machine = Machine(monkeypatch)
    time = DatabaseTime()
    time.hear(machine.wall, machine.monotonic)
    time.hear(machine.wall + step, machine.monotonic)
    assert time.now() == machine.wall + step
    assert (time.steps, time.steady()) == (1, is_steady)


def test_answer_that_took_long_is_no_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process stood still between the question and the answer; the database's clock did not step."""
    machine = Machine(monkeypatch)
    time = DatabaseTime()
    time.hear(machine.wall, machine.monotonic)
    asked_at, said = machine.monotonic, machine.wall
    machine.pass_time(30_000)
    time.hear(said, asked_at)
    assert time.steady()
    assert time.now() == machine.wall
