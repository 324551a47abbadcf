"""The worked examples of docs/concepts.md, computed by the domain."""

from creditclock.domain import sessions
from creditclock.domain.clocks import catch_up, settle
from creditclock.domain.drafts import Draft, State
from creditclock.domain.forecasts import Forecast
from creditclock.domain.lots import refundable, take_returned
from creditclock.domain.tariffs import amount_for, ms_for
from tests.domain.examples import clock, lot, session


def started(left_ms: int, **terms: int) -> State:
    state = State(clock(), (lot(ms=left_ms),), ())
    return sessions.start(state, session(**terms), 0).state


def ended_after(ms: int) -> int | None:
    state = started(3_600_000, minimum_ms=300_000, increment_ms=60_000, lease_ms=3_600_000)
    return sessions.stop(catch_up(state, ms).state, 300, ms).ended[0].used


def test_conversions_at_45_an_hour() -> None:
    assert ms_for(2_000, 4_500) == 1_600_000
    assert amount_for(1_600_001, 4_500) == 2_001
    bought = State(clock(), (lot(ms=1_600_000, amount_paid=2_000),), ())
    draft = Draft(bought)
    assert take_returned(draft, refundable(draft), 400_000) == ((200, 400_000, 500),)


def test_formulas() -> None:
    state = started(60_000, burn_rate=1_500)
    assert Forecast(state, 0).due_at == 40_000
    assert Forecast(state, 10_001).left_ms == 29_999
    settled = settle(state, 10_001)
    assert [move.ms for move in settled.moves] == [15_002]
    assert settled.state.clock.ahead == -500
    assert settled.state.lots[0].left_ms == 44_998
    assert Forecast(settled.state, 0).due_at == 40_000
    assert Forecast(settled.state, 10_001).left_ms == 29_999


def test_largest_loss() -> None:
    state = started(600_000, burn_rate=1_500, lease_ms=60_000)
    assert Forecast(state, 0).max_loss(state.sessions[0]) == 90_000


def test_minimum_and_increment() -> None:
    assert ended_after(130_000) == 300_000
    assert ended_after(430_000) == 480_000


def test_parts_of_several_sessions() -> None:
    state = State(clock(parallel=2), (lot(ms=100_000),), ())
    state = sessions.start(state, session(300, burn_rate=1_500), 0).state
    state = sessions.start(state, session(301, burn_rate=1_500), 0).state
    first = sessions.stop(state, 300, 3)
    second = sessions.stop(first.state, 301, 5)
    assert [ended.used for effects in (first, second) for ended in effects.ended] == [5, 7]
    assert second.state.lots[0].left_ms == 100_000 - 12
