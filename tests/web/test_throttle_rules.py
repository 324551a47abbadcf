"""The rules of the throttle, on a clock of its own: waits and memory are bounded, nobody is locked out for ever."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditclock.contract import Refusal
from creditclock.web.throttle import (
    KNOWN_SOURCES,
    LONGEST_S,
    OVERFLOW,
    TERMS,
    TOKENS_AT_ONCE,
    Kind,
    Throttle,
    WrongTokens,
    network_of,
)

HOME, STRANGE = "192.0.2.1", "198.51.100.7"


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def wait(throttle: Throttle, person: str, source: str, kind: Kind = "login") -> int:
    """How many seconds a try must wait; 0 if it may go on."""
    try:
        with throttle.trying(kind, person, source):
            return 0
    except Refusal as refusal:
        seconds = refusal.data["retry_after_s"]
        assert isinstance(seconds, int)
        return seconds


def guess(throttle: Throttle, person: str, source: str, kind: Kind = "login") -> bool:
    """A wrong try, if it is let through."""
    if wait(throttle, person, source, kind):
        return False
    throttle.failed(kind, person, source)
    return True


@given(st.lists(st.floats(0, 300), max_size=60), st.sampled_from(["login", "code", "own"]))
def test_waits_are_bounded_and_what_is_told_is_enough(pauses: list[float], kind: Kind) -> None:
    clock = Clock()
    throttle = Throttle(clock)
    for pause in pauses:
        clock.now += pause
        guess(throttle, "ann", STRANGE, kind)
        told = wait(throttle, "ann", STRANGE, kind)
        assert told <= max(TERMS[kind].longest_s, TERMS["source"].longest_s) + 1
    clock.now += wait(throttle, "ann", STRANGE, kind)
    assert wait(throttle, "ann", STRANGE, kind) == 0


@given(st.lists(st.tuples(st.integers(0, 200), st.floats(0, 30)), max_size=200))
def test_who_signed_in_from_a_place_is_not_kept_out_there(guesses: list[tuple[int, float]]) -> None:
    """Whatever others do, from however many places, and also those who share the place."""
    clock = Clock()
    throttle = Throttle(clock)
    throttle.succeeded("ann", HOME)
    for number, pause in guesses:
        clock.now += pause
        guess(throttle, "ann", f"203.0.113.{number}")
        guess(throttle, f"bob {number}", HOME)
        assert wait(throttle, "ann", HOME) == 0


def test_guesses_from_a_known_place_wait_too() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    throttle.succeeded("ann", HOME)
    assert [guess(throttle, "ann", HOME) for _ in range(6)] == [True] * 5 + [False]
    assert wait(throttle, "ann", STRANGE) == 0


def test_guesses_of_codes_from_a_known_place_are_as_slow_as_elsewhere() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    throttle.succeeded("ann", HOME)
    tried, day = 0, clock.now + 86_400
    while clock.now < day:
        tried += guess(throttle, "ann", HOME, "code")
        clock.now += 10
    assert tried < 120
    assert wait(throttle, "ann", HOME) == 0


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 30)), max_size=200))
def test_few_strangers_keep_nobody_out_from_a_place_that_is_not_known(guesses: list[tuple[int, float]]) -> None:
    """As after a restart, when no place is known: four addresses can't use up the five tries a minute."""
    clock = Clock()
    throttle = Throttle(clock)
    for number, pause in guesses:
        clock.now += pause
        guess(throttle, "ann", f"203.0.113.{number}")
        assert wait(throttle, "ann", HOME) == 0


def test_own_try_of_a_place_comes_later_and_later() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    for number in range(12):
        clock.now += 61
        throttle.failed("login", "ann", f"203.0.113.{number}")
    gaps: list[float] = []
    last = clock.now
    while clock.now < 7_200:
        if clock.now % 55 < 5:
            # Somebody else keeps the person's wait at its longest.
            throttle.failed("login", "ann", STRANGE)
        if guess(throttle, "ann", HOME):
            gaps.append(clock.now - last)
            last = clock.now
        clock.now += 5
    assert gaps[:6] == [0, 60, 120, 240, 480, 900]


@given(st.lists(st.floats(0, 5), max_size=500))
def test_many_strangers_gain_five_tries_a_minute(pauses: list[float]) -> None:
    clock = Clock()
    throttle = Throttle(clock)
    began, tried = clock.now, 0
    for number, pause in enumerate(pauses):
        clock.now += pause
        tried += guess(throttle, "ann", f"10.0.{number // 250}.{number % 250}")
    minutes = (clock.now - began) / 60
    # Twelve tries before the wait is a minute; then one a minute and five in spite of the wait.
    assert tried <= 12 + minutes + 5 * (minutes + 2)


def test_source_that_guesses_others_has_no_try_of_its_own() -> None:
    throttle = Throttle(Clock())
    for number in range(5):
        assert guess(throttle, "ann", f"203.0.113.{number}")
    assert all(guess(throttle, f"victim {number}", STRANGE) for number in range(30))
    assert wait(throttle, "ann", STRANGE) > 0
    assert wait(throttle, "ann", HOME) == 0


def test_networks_of_one_ipv6_site_share_one_try() -> None:
    throttle = Throttle(Clock())
    for number in range(5):
        assert guess(throttle, "ann", f"203.0.113.{number}")
    assert guess(throttle, "ann", "2001:db8:1:1::1")
    assert wait(throttle, "ann", "2001:db8:1:2::1") > 0
    assert wait(throttle, "ann", "2001:db8:2:1::1") == 0


def test_try_for_two_counts_for_both_and_goes_on_for_whom_it_may() -> None:
    throttle = Throttle(Clock())
    for _ in range(5):
        assert guess(throttle, "staff ann", STRANGE)
    with throttle.trying("login", "customer ann", STRANGE, "staff ann") as turns:
        assert turns.may == ("customer ann",)
        assert turns.refusal
        assert turns.refusal.code == "too_many_requests"
    for _ in range(4):
        throttle.failed("login", "customer ann", STRANGE, "staff ann")
    throttle.succeeded("customer ann", STRANGE)
    assert wait(throttle, "staff ann", STRANGE) > 0
    # Nine guesses are nine failures of the source.
    assert sum(guess(throttle, f"victim {number}", STRANGE) for number in range(30)) == 21


def test_success_forgets_own_failures_but_not_those_of_the_source() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    assert all(guess(throttle, f"victim {number}", HOME) for number in range(30))
    throttle.succeeded("mallory", HOME)
    assert wait(throttle, "another victim", HOME) > 0
    for _ in range(4):
        guess(throttle, "ann", STRANGE)
    throttle.succeeded("ann", STRANGE)
    assert all(guess(throttle, "ann", STRANGE) for _ in range(5))


def test_success_does_not_forgive_strangers() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    throttle.succeeded("ann", HOME)
    assert [guess(throttle, "ann", STRANGE) for _ in range(6)].count(True) == 5
    throttle.succeeded("ann", HOME)
    assert wait(throttle, "ann", STRANGE) > 0


def test_codes_are_guessed_slower_than_passwords() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    tried, day = 0, clock.now + 86_400
    while clock.now < day:
        tried += guess(throttle, "ann", f"203.0.113.{tried}", "code")
        clock.now += 10
    assert tried < 120


def test_all_is_forgotten_in_time() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    for _ in range(5):
        guess(throttle, "ann", STRANGE)
    clock.now += TERMS["login"].forget_s
    assert all(guess(throttle, "ann", STRANGE) for _ in range(5))


def test_flood_evicts_nobody_and_memory_is_bounded() -> None:
    clock = Clock()
    most = 200
    throttle = Throttle(clock, most)
    for _ in range(9):
        clock.now += wait(throttle, "ann", STRANGE)
        guess(throttle, "ann", STRANGE)
    held = wait(throttle, "ann", STRANGE)
    assert held > 1
    for number in range(10_000):
        guess(throttle, f"bob {number}", f"10.{number % 200}.{number // 200}.1")
        throttle.succeeded(f"bob {number}", f"10.0.{number % 250}.1")
    assert wait(throttle, "ann", STRANGE) == held
    assert throttle.size <= len(TERMS) * (most + OVERFLOW) + most * KNOWN_SOURCES
    clock.now += TERMS["login"].forget_s + 1
    guess(throttle, "after it", HOME)
    assert guess(throttle, "after it", HOME)


def test_flood_of_one_persons_places_keeps_the_last_ones() -> None:
    throttle = Throttle(Clock())
    for number in range(20):
        throttle.succeeded("ann", f"192.0.2.{number}")
    assert throttle.size == KNOWN_SOURCES


def test_that_somebody_is_held_back_is_told_once_in_a_while() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    told: list[int | None] = []
    for _ in range(2_000):
        if not guess(throttle, "ann", STRANGE):
            told.append(throttle.to_tell("login", "ann", STRANGE))
        clock.now += 1
    counts = [count for count in told if count is not None]
    assert 2 <= len(counts) <= 3
    assert counts[0] >= 5
    assert counts == sorted(counts)
    assert throttle.to_tell("login", "bob", STRANGE) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("", "unknown:thing", False),
    ],
)
def test_one_source_is_an_address_or_a_network(one: str, other: str, *, same: bool) -> None:
    assert (network_of(one) == network_of(other)) == same


def refused(tokens: WrongTokens, source: str, digest: str) -> bool:
    try:
        tokens.check(source, digest)
    except Refusal as refusal:
        return refusal.code == "too_many_requests"
    return False


@given(st.lists(st.floats(0, 5), min_size=1, max_size=400))
def test_wrong_tokens_are_bounded_by_time(pauses: list[float]) -> None:
    clock = Clock()
    tokens = WrongTokens(clock)
    began, let_through = clock.now, 0
    for number, pause in enumerate(pauses):
        clock.now += pause
        if not refused(tokens, STRANGE, str(number)):
            let_through += 1
            tokens.wrong(STRANGE, str(number))
    assert let_through <= TOKENS_AT_ONCE + 5 * (clock.now - began) + 1
    clock.now += 1
    assert not refused(tokens, STRANGE, "next")


def test_what_worked_works_on_whatever_its_source_sends() -> None:
    tokens = WrongTokens(Clock(), most=1_000)
    tokens.worked("good")
    for number in range(500):
        tokens.wrong(STRANGE, str(number))
    assert refused(tokens, STRANGE, "new")
    assert not refused(tokens, STRANGE, "good")
    assert not refused(tokens, HOME, "new")
    tokens.wrong(STRANGE, "good")
    assert refused(tokens, STRANGE, "good")
    for number in range(5_000):
        tokens.wrong(f"source {number}", str(number))
        tokens.worked(f"token {number}")
    assert tokens.size <= 2_000


def test_longest_wait_is_a_minute_for_passwords() -> None:
    assert TERMS["login"].longest_s == TERMS["source"].longest_s == LONGEST_S == 60
