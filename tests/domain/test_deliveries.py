"""When an event that was not taken is tried again."""

from hypothesis import given
from hypothesis import strategies as st

from creditclock.domain.deliveries import DELAYS_MS, LATER_MS, MOST_WAIT_MS, PATIENCE_MS, next_try, tells

NOW = 1_795_000_000_000


@given(st.integers(1, 60), st.integers(0, 2 * PATIENCE_MS), st.none() | st.integers(0, 10**15), st.integers(0, 999))
def test_next_try_lies_ahead_and_within_three_days(tries: int, since: int, asked: int | None, jitter: int) -> None:
    at = next_try(tries, NOW, NOW + since, asked, jitter)
    if since >= PATIENCE_MS:
        assert at is None
        return
    assert at is not None
    assert NOW + since < at <= NOW + PATIENCE_MS
    assert at - NOW - since <= max(LATER_MS, MOST_WAIT_MS)
    if at < NOW + PATIENCE_MS and asked is not None:
        assert at - NOW - since >= min(asked, MOST_WAIT_MS)


@given(st.integers(0, 999))
def test_waits_grow(jitter: int) -> None:
    waits = [(next_try(tries, NOW, NOW, None, jitter) or 0) - NOW for tries in range(1, 15)]
    assert waits[:9] == list(DELAYS_MS)
    assert waits == sorted(waits)


def test_all_tries_happen_within_three_days() -> None:
    tries, at = 1, NOW
    while (following := next_try(tries, NOW, at, None, 500)) is not None:
        tries, at = tries + 1, following
    assert at == NOW + PATIENCE_MS
    assert 13 <= tries <= 16


def test_patterns_tell_kinds() -> None:
    assert tells("", "anything.happened")
    assert tells("session", "session.ended")
    assert not tells("session.*", "sessions.ended")
    assert not tells("session.ended", "session.started")
