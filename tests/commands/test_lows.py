"""Running clocks tell when little is left, once per threshold of their tariff, at the exact instant."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from creditclock.contract.instants import parsed
from creditclock.contract.values import master_of
from creditclock.domain.lows import low
from tests.api import Json
from tests.conftest import Servers
from tests.server import Shop
from tests.sse import Follower
from tests.timing import keeps

MINUTE = 60_000


def lows(shop: Shop, clock: str) -> list[tuple[int, int, int]]:
    """Threshold, ms left and instant of each time that a clock was told to be low."""
    found: list[Any] = shop.server.rows(
        "SELECT body, at FROM event WHERE master_id = ? AND kind = 'clock.low' AND subject = ? ORDER BY no",
        master_of(shop.id),
        clock,
    )
    bodies = [(json.loads(body), at) for body, at in found]
    return [(body["threshold_ms"], body["left_ms"], at) for body, at in bodies]


def start(shop: Shop, clock: str, **terms: int) -> Json:
    return shop.key.post(f"/v1/clocks/{clock}/sessions", {"lease_ms": 86_400_000, **terms}).ok(201)


def test_five_minutes_and_one_are_told_at_their_instants(timed: Shop) -> None:
    clock = timed.customer(ms=10 * MINUTE).clock
    began = parsed(start(timed, clock)["started_at"])
    timed.server.advance(5 * MINUTE - 1)
    assert lows(timed, clock) == []
    timed.server.advance(1)
    assert lows(timed, clock) == [(5 * MINUTE, 5 * MINUTE, began + 5 * MINUTE)]
    timed.server.advance(20 * MINUTE)
    assert lows(timed, clock)[1:] == [(MINUTE, MINUTE, began + 9 * MINUTE)]


def test_each_threshold_is_told_once(timed: Shop) -> None:
    clock = timed.customer(ms=10 * MINUTE).clock
    start(timed, clock)
    for _ in range(10 * 6):
        timed.server.advance(MINUTE // 6)
    assert [one[:2] for one in lows(timed, clock)] == [(5 * MINUTE, 5 * MINUTE), (MINUTE, MINUTE)]


def test_start_with_little_is_told_at_once(timed: Shop) -> None:
    clock = timed.customer(ms=30_000).clock
    start(timed, clock)
    assert [one[:2] for one in lows(timed, clock)] == [(MINUTE, 30_000)]


def test_more_time_arms_a_threshold_again(timed: Shop) -> None:
    clock = timed.customer(ms=2 * MINUTE).clock
    start(timed, clock)
    timed.server.advance(MINUTE)
    assert [one[0] for one in lows(timed, clock)] == [5 * MINUTE, MINUTE]
    timed.key.post(f"/v1/clocks/{clock}/grant", {"ms": MINUTE}).ok()
    assert len(lows(timed, clock)) == 2
    timed.server.advance(MINUTE)
    assert [one[0] for one in lows(timed, clock)] == [5 * MINUTE, MINUTE, MINUTE]
    timed.key.post(f"/v1/clocks/{clock}/grant", {"ms": 10 * MINUTE}).ok()
    timed.server.advance(6 * MINUTE)
    assert [one[0] for one in lows(timed, clock)] == [5 * MINUTE, MINUTE, MINUTE, 5 * MINUTE]


def test_pause_is_not_told_again_and_moves_the_instant(timed: Shop) -> None:
    clock = timed.customer(ms=6 * MINUTE).clock
    session = start(timed, clock)
    seq = {"seq": session["seq"]}
    timed.server.advance(2 * MINUTE)
    timed.key.post(f"/v1/sessions/{session['id']}/pause", seq).ok()
    timed.server.advance(30 * MINUTE)
    timed.key.post(f"/v1/sessions/{session['id']}/resume", seq).ok()
    assert [one[0] for one in lows(timed, clock)] == [5 * MINUTE]
    now = timed.server.advance(3 * MINUTE)
    assert lows(timed, clock)[1:] == [(MINUTE, MINUTE, now)]


def test_second_session_brings_the_instant_nearer(timed: Shop) -> None:
    clock = timed.clock_with(timed.customer(), ms=20 * MINUTE, parallel=2)
    start(timed, clock)
    timed.server.advance(5 * MINUTE)
    start(timed, clock)
    now = timed.server.advance(2 * MINUTE + 30_000)
    assert lows(timed, clock) == [(5 * MINUTE, 5 * MINUTE, now)]


def test_tariff_chooses_the_thresholds(timed: Shop) -> None:
    customer = timed.customer()
    clock = timed.clock_with(customer, ms=10 * MINUTE, low_ms=[10_000, 2 * MINUTE, 2 * MINUTE])
    silent = timed.clock_with(customer, ms=10 * MINUTE, low_ms=[])
    tariff = timed.key.get(f"/v1/clocks/{clock}").ok()["tariff"]
    assert timed.owner.get(f"/v1/tariffs/{tariff}").ok()["low_ms"] == [2 * MINUTE, 10_000]
    start(timed, clock)
    start(timed, silent)
    for _ in range(60):
        timed.server.advance(10_000)
    assert [one[0] for one in lows(timed, clock)] == [2 * MINUTE, 10_000]
    assert lows(timed, silent) == []
    for nonsense in ([999], [1_000] * 6, ["x"], [-1]):
        timed.owner.patch(f"/v1/tariffs/{tariff}", {"low_ms": nonsense}).refused(422, "invalid")
    assert timed.owner.patch(f"/v1/tariffs/{tariff}", {"low_ms": [5_000]}).ok()["low_ms"] == [5_000]


def test_warnings_come_in_real_time(servers: Servers) -> None:
    with servers.made("sqlite") as server:

        def late_ms() -> int:
            shop = server.new_shop()
            clock = shop.clock_with(shop.customer(), ms=4_000, low_ms=[3_000, 1_000])
            with Follower(shop.owner, server.port, kinds="clock.low,session.ended") as stream:
                due = parsed(start(shop, clock)["due_at"])
                low_3, low_1, ended = stream.wait_for(3)
            assert [low["data"]["threshold_ms"] for low in (low_3, low_1)] == [3_000, 1_000]
            late = [parsed(low_3["timestamp"]) - (due - 3_000), parsed(low_1["timestamp"]) - (due - 1_000)]
            assert min(late) >= 0
            assert ended["data"]["reason"] == "empty"
            assert parsed(ended["timestamp"]) == due
            return max(late)

        keeps(299, late_ms)


@given(
    st.integers(0, 10**7),
    st.lists(st.integers(1_000, 10**6), max_size=5, unique=True),
    st.integers(1, 10**6),
)
def test_a_clock_left_alone_tells_every_threshold_once_and_in_order(
    left: int, thresholds: list[int], step: int
) -> None:
    """Looked at when asked to, and at any other instants."""
    at, told, heard = 0, None, list[int]()
    for _ in range(100):
        found = low(left, at, thresholds, told)
        told = found.told
        if found.threshold is not None:
            heard.append(found.threshold)
        if found.next_at is None:
            break
        assert found.next_at > at
        at = min(found.next_at, at + step) if len(heard) % 2 else found.next_at
    below = [threshold for threshold in thresholds if threshold < left]
    at_once = [threshold for threshold in thresholds if threshold >= left]
    expected = ([min(at_once)] if at_once else []) + sorted(below, reverse=True)
    assert heard == expected[: len(heard)]
    assert len(heard) == len(expected) or step < 10**5
