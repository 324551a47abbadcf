"""The model itself: what it says must hold before it may judge the server."""

from copy import deepcopy
from dataclasses import replace

import pytest

from tests.model.schedule import CLOCKS, Schedule
from tests.model.walk import Clock
from tests.model.world import Step, World


def new_world(schedule: Schedule) -> World:
    world = World(1_700_000_000_000, schedule.tariffs)
    for _ in range(CLOCKS):
        world.add_clock(0, 1)
    return world


def adds_up(clock: Clock) -> bool:
    exact = clock.rest + sum(session.burned for session in clock.open)
    return -1000 < clock.owed <= 0 and (exact - clock.owed) % 1000 == 0


@pytest.mark.parametrize("seed", range(40))
def test_the_model_is_sound(seed: int) -> None:
    schedule = Schedule(seed)
    world = new_world(schedule)
    steps = schedule.beginning()
    for number in range(80):
        step = steps[number] if number < len(steps) else schedule.step(world)
        if world.refusals(step):
            continue
        cut = deepcopy(world)
        foreseen = [clock.outlook()[0] for clock in world.clocks]
        bounds = loss_bounds(world)
        world.carry_out(step)
        assert step.verb != "advance" or all(
            session.used <= bounds[session.label] for session in world.sessions.values() if session.label in bounds
        )
        assert all(adds_up(clock) for clock in world.clocks)
        if step.verb == "advance" and step.number("ms") > 1:
            first = schedule.chance.randint(1, step.number("ms") - 1)
            for part in (first, step.number("ms") - first):
                cut.carry_out(replace(step, values={"ms": part}))
            assert cut == world
        for clock, due_at in zip(world.clocks, foreseen, strict=True):
            assert step.verb != "advance" or due_at is None or due_at > world.now or ended_by(clock, due_at)


def loss_bounds(world: World) -> dict[int, int]:
    """What each running session may have used at most when it ends without another word; rounding may add 1."""
    return {
        session.label: clock.shares()[session.label] + clock.max_loss(session) + 1
        for clock in world.clocks
        for session in clock.running
    }


def ended_by(clock: Clock, due_at: int) -> bool:
    """Whether something ended at that instant, or one that ended or went on before has changed it."""
    return any(session.ended_at is not None and session.ended_at <= due_at for session in clock.sessions)


def test_steps_are_readable() -> None:
    assert str(Step("renew", 1, 7, {"stale": None})) == "renew     session 7"
