from hypothesis import given
from hypothesis import strategies as st

from creditclock.domain.parts import split


def test_the_largest_remainder_gets_the_rest_and_then_the_first() -> None:
    assert split(10, [1, 1, 1]) == [4, 3, 3]
    assert split(5, [3, 5]) == [2, 3]
    assert split(1, [1, 2]) == [0, 1]
    assert split(3, []) == []
    assert split(3, [0, 0]) == [3, 0]


@given(total=st.integers(0, 10**18), weights=st.lists(st.integers(0, 10**15), min_size=1, max_size=20))
def test_parts_add_up_and_are_fair(total: int, weights: list[int]) -> None:
    parts = split(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    if whole:
        for part, weight in zip(parts, weights, strict=True):
            assert total * weight // whole <= part <= -(-total * weight // whole)
