"""The engine against the millisecond model, and against itself with other cuts."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.schedules import Play, Step, random_steps

STEPS = st.lists(st.builds(Step, *[st.integers(0, 999)] * 8), min_size=1, max_size=14)


@settings(max_examples=120)
@given(steps=STEPS, parallel=st.integers(1, 4))
def test_the_engine_does_what_living_through_every_millisecond_does(steps: list[Step], parallel: int) -> None:
    Play(parallel=parallel).play(steps)


@pytest.mark.parametrize("seed", range(0, 400, 100))
def test_many_schedules_by_seed(seed: int) -> None:
    for number in range(seed, seed + 100):
        Play(parallel=1 + number % 4).play(random_steps(number))


@settings(max_examples=80)
@given(steps=STEPS, parallel=st.integers(1, 4), cuts=st.integers(0, 10**9), scale=st.sampled_from([0, 997, 60_000]))
def test_cutting_a_stretch_anywhere_changes_nothing(steps: list[Step], parallel: int, cuts: int, scale: int) -> None:
    whole = Play(parallel=parallel, plain=True, scale=scale)
    whole.play(steps)
    cut = Play(parallel=parallel, plain=True, scale=scale, extra=Random(cuts))
    cut.replay(steps, whole.instants)
    assert cut.answers == whole.answers
    assert cut.ended == whole.ended
    assert sorted(cut.segments) == sorted(whole.segments)
    assert cut.state == whole.state
    assert cut.moves == whole.moves
