from hypothesis import given
from hypothesis import strategies as st

from creditclock.client.offset import earliest, narrowed, probable, seen

AHEAD = 1_000_000
trips = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500), st.integers(0, 5_000)), min_size=1, max_size=20)


@given(trips)
def test_every_answer_narrows_the_bounds_and_never_excludes_the_truth(answers: list[tuple[int, int, int]]) -> None:
    local, offset, width = 0, None, 10**9
    for out, back, pause in answers:
        new = seen(local + out + AHEAD, local, local + out + back)
        offset = new if offset is None else narrowed(offset, new)
        assert offset.low <= AHEAD <= offset.high
        assert offset.high - offset.low <= out + back + 2
        width = offset.high - offset.low
        assert abs(probable(AHEAD + 10_000, offset) - 10_000) <= width // 2 + 1
        assert earliest(AHEAD + 10_000, offset) <= 10_000
        local += out + back + pause


def test_a_clock_that_was_set_is_believed_at_once() -> None:
    before = seen(5_000, 0, 10)
    after = seen(900_000, 1_000, 1_010)
    assert narrowed(before, after) == after
