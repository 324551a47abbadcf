import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditclock.client.durations import parsed, rounded, spelled


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("1h30m", 5_400_000),
        ("90s", 90_000),
        ("250ms", 250),
        ("2h", 7_200_000),
        ("00:45:00", 2_700_000),
        ("1:30", 5_400_000),
        ("0:00:01.5", 1_500),
        ("1d2h3m4s5ms", 93_784_005),
        ("1.5h", 5_400_000),
        (" 1H 30M ", 5_400_000),
        ("0s", 0),
    ],
)
def test_durations_are_read(text: str, ms: int) -> None:
    assert parsed(text) == ms


@pytest.mark.parametrize(
    "text", ["", "5", "h", "1x", "30m1h", "1h1h", "-5s", "1:60", "1:2", "0.5ms", "1.h", "1h 5", "٣s"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parsed(text)


@given(st.integers(0, 2**53))
def test_durations_are_written_as_they_are_read(ms: int) -> None:
    assert parsed(spelled(ms)) == ms


@given(st.integers(1, 2**53))
def test_a_glance_shows_zero_only_when_nothing_is_left(ms: int) -> None:
    assert 0 <= parsed(rounded(ms)) - ms < 1_000
    assert rounded(ms) != "0s"
