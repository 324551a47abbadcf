"""The clock, exactly: each rule of design section 4 worked out by hand."""

import pytest

from creditclock.contract.errors import Refusal
from creditclock.domain import clocks, readings, sessions
from creditclock.domain.drafts import Effects, State
from creditclock.domain.forecasts import Forecast
from creditclock.domain.instants import extend_lease
from creditclock.domain.rows import Lot, Session, Tariff
from tests.domain import examples


def a_clock(*lots: Lot, parallel: int = 1) -> State:
    state = examples.state(parallel=parallel)
    for lot in lots:
        state = clocks.add_lot(state, lot, 0).state
    return state


def running(*rows: Session, lots: tuple[Lot, ...] = (), ms: int = 1_000) -> State:
    state = a_clock(*(lots or (examples.lot(ms=ms),)), parallel=10)
    for row in rows:
        state = sessions.start(state, row, 0).state
    return state


def after(state: State, at: int) -> Effects:
    return clocks.catch_up(state, at, over=True)


def ends(effects: Effects) -> list[tuple[int, str | None, int | None, int | None]]:
    return [(row.id, row.reason, row.ended_at, row.used) for row in effects.ended]


def moves(effects: Effects) -> list[tuple[int, str, int]]:
    return [(move.at, move.kind, move.ms) for move in effects.moves]


def test_an_idle_clock_has_nothing_to_come() -> None:
    state = a_clock(examples.lot())
    assert state.clock.check_at is None
    assert clocks.catch_up(state, 10**12) == Effects(state)
    assert Forecast(state, 0).due_at is None
    assert Forecast(state, 10**12).left_ms == 1_000


def test_a_running_clock_is_arithmetic() -> None:
    state = running(examples.session(burn_rate=1_500))
    assert readings.balance(state, 1) == 998
    assert readings.balance(state, 2) == 997
    assert Forecast(state, 0).due_at == 667
    assert Forecast(state, 0).left_ms == 666
    assert Forecast(state, 600).left_ms == 66
    assert state.clock.check_at == 667


def test_what_rounding_paid_in_advance_stays_with_the_clock() -> None:
    state = running(examples.session(burn_rate=1_500))
    once = clocks.settle(state, 3)
    assert (once.state.clock.ahead, moves(once)) == (-500, [(3, "use", 5)])
    twice = clocks.settle(clocks.settle(state, 1).state, 3)
    assert twice.state == once.state
    assert moves(twice) == [(3, "use", 3)]


def test_it_stops_exactly_at_zero_however_late_anyone_looks() -> None:
    state = running(examples.session(burn_rate=1_500))
    late = clocks.catch_up(state, 10**9)
    assert ends(late) == [(300, "empty", 667, 1_000)]
    assert late.ended[0].burned == 1_000_000
    assert [(segment.kind, segment.burned) for segment in late.segments] == [("run", 1_000_500), ("dropped", -500)]
    assert late.state.clock.check_at is None
    assert late.state.clock.settled_at == 667


def test_a_due_session_ends_only_when_its_instant_is_over() -> None:
    state = running(examples.session())
    assert not clocks.catch_up(state, 1_000).ended
    assert clocks.catch_up(state, 1_001).ended
    assert clocks.catch_up(state, 1_000, over=True).ended


def test_a_top_up_at_the_instant_of_empty_saves() -> None:
    state = clocks.catch_up(running(examples.session(burn_rate=1_500)), 667).state
    saved = clocks.add_lot(state, examples.lot(201), 667)
    assert ends(after(saved.state, 10_000)) == [(300, "empty", 667 + 667, 2_000)]


def test_a_lot_that_starts_at_the_instant_of_empty_saves() -> None:
    later = examples.lot(201, 10, priority=0, starts_at=1_000)
    state = running(examples.session(), lots=(examples.lot(), later))
    assert Forecast(state, 0).due_at == 1_010
    assert Forecast(state, 0).left_ms == 1_010
    assert ends(after(state, 5_000)) == [(300, "empty", 1_010, 1_010)]


def test_a_lot_that_starts_after_the_instant_of_empty_does_not() -> None:
    state = running(examples.session(), lots=(examples.lot(), examples.lot(201, starts_at=1_001)))
    assert Forecast(state, 0).due_at == 1_000
    assert Forecast(state, 0).max_loss(state.sessions[0]) == 1_000
    assert ends(after(state, 5_000)) == [(300, "empty", 1_000, 1_000)]


def test_a_stop_at_the_instant_of_empty_wins() -> None:
    state = clocks.catch_up(running(examples.session()), 1_000).state
    assert ends(sessions.stop(state, 300, 1_000)) == [(300, "stopped", 1_000, 1_000)]


def test_lots_burn_by_priority_expiry_promotional_and_age() -> None:
    rows = (
        examples.lot(201, 10),
        examples.lot(202, 10, kind="granted"),
        examples.lot(203, 10, kind="promotional"),
        examples.lot(204, 10, expires_at=9_000),
        examples.lot(205, 10, expires_at=8_000),
        examples.lot(206, 10, priority=0),
        examples.lot(207, 10, priority=0, starts_at=9_000),
    )
    state = running(examples.session(), lots=rows)
    order = [move.lot for move in clocks.settle(state, 60).moves]
    assert order == [206, 205, 204, 203, 201, 202]


def test_an_expiry_takes_the_rest_and_the_session_goes_on() -> None:
    state = running(examples.session(), lots=(examples.lot(), examples.lot(201, expires_at=400)))
    assert Forecast(state, 0).due_at == 1_400
    effects = after(state, 400)
    assert moves(effects) == [(400, "use", 400), (400, "expired", 600)]
    assert not effects.ended


def test_an_expiry_that_leaves_nothing_ends_what_runs() -> None:
    state = running(examples.session(burn_rate=1_500), lots=(examples.lot(expires_at=301),))
    assert Forecast(state, 0).due_at == 301
    effects = clocks.catch_up(state, 301)
    assert moves(effects) == [(301, "use", 452), (301, "expired", 548)]
    assert ends(effects) == [(300, "expired", 301, 452)]
    assert (effects.state.clock.ahead, effects.state.clock.rest) == (0, 0)


def test_a_lot_drained_at_its_expiry_ends_empty() -> None:
    effects = after(running(examples.session(), lots=(examples.lot(expires_at=1_000),)), 1_000)
    assert ends(effects) == [(300, "empty", 1_000, 1_000)]


def test_an_idle_clock_loses_what_expires() -> None:
    state = a_clock(examples.lot(expires_at=700))
    assert state.clock.check_at == 700
    assert not clocks.catch_up(state, 699).moves
    assert moves(clocks.catch_up(state, 700)) == [(700, "expired", 1_000)]
    assert clocks.catch_up(state, 700).state.lots == ()


def test_a_lapse_is_charged_until_the_end_of_the_lease() -> None:
    state = running(examples.session(lease_ms=300))
    assert Forecast(state, 100).max_loss(state.sessions[0]) == 200
    assert ends(after(state, 900)) == [(300, "lease_lapsed", 300, 300)]


def test_a_lease_that_ends_in_an_outage_is_extended() -> None:
    outages = ((250, 600), (650, 800))
    assert [extend_lease(at, 100, outages) for at in (249, 250, 599, 600, 650, 799, 800)] == [
        249,
        900,
        900,
        600,
        900,
        900,
        800,
    ]
    state = running(examples.session(lease_ms=300))
    effects = clocks.catch_up(state, 950, over=True, outages=((300, 600),))
    assert ends(effects) == [(300, "lease_lapsed", 900, 900)]
    assert [row.id for row in effects.sessions] == [300]


def test_a_renewal_changes_the_session_only_and_check_at_moves_lazily() -> None:
    state = running(examples.session(lease_ms=300))
    renewed = sessions.renew(state.sessions[0], 200)
    assert renewed.lease_until == 500
    state = state._replace(sessions=(renewed,))
    assert state.clock.check_at == 300
    effects = clocks.catch_up(state, 400)
    assert effects.state.clock.check_at == 500
    assert not effects.moves
    assert not effects.sessions


def test_a_lease_that_ends_at_a_start_keeps_no_place() -> None:
    state = a_clock(examples.lot())
    state = sessions.start(state, examples.session(300, lease_ms=50), 0).state
    with pytest.raises(Refusal) as refused:
        sessions.start(clocks.catch_up(state, 49).state, examples.session(301), 49)
    assert (refused.value.code, refused.value.data) == ("parallel_limit", {"parallel": 1, "open": 1})
    effects = sessions.start(clocks.catch_up(state, 50).state, examples.session(301), 50)
    assert ends(effects) == [(300, "lease_lapsed", 50, 50)]
    assert [row.id for row in effects.state.sessions] == [301]


def test_only_as_many_lapse_for_a_start_as_it_needs() -> None:
    state = a_clock(examples.lot(), parallel=2)
    for number in (300, 301):
        state = sessions.start(state, examples.session(number, lease_ms=50), 0).state
    effects = sessions.start(clocks.catch_up(state, 50).state, examples.session(302), 50)
    assert [row.id for row in effects.ended] == [300]


def test_a_start_needs_a_millisecond() -> None:
    state = after(running(examples.session()), 1_000).state
    with pytest.raises(Refusal) as refused:
        sessions.start(state, examples.session(301), 1_000)
    assert (refused.value.code, refused.value.data) == ("insufficient_time", {"left_ms": 0, "missing_ms": 1})


def test_the_minimum_is_held_burns_first_and_is_used_up_at_an_early_end() -> None:
    state = a_clock(examples.lot())
    effects = sessions.start(state, examples.session(burn_rate=1_500, minimum_ms=100), 0)
    row = effects.state.sessions[0]
    assert moves(effects) == [(0, "minimum", 150)]
    assert (row.held, row.burned) == (150, 150_000)
    assert effects.state.clock.check_at == 100
    assert readings.burn_rate(effects.state, 99) == 0
    assert readings.shares(effects.state, 33) == {300: 50}
    assert Forecast(effects.state, 0).due_at == 100 + 567
    stopped = sessions.stop(effects.state, 300, 33)
    assert moves(stopped) == [(33, "minimum_used", 150)]
    assert ends(stopped) == [(300, "stopped", 33, 150)]


def test_a_session_joins_when_its_minimum_is_burned_and_pauses_shift_that() -> None:
    state = sessions.start(a_clock(examples.lot()), examples.session(minimum_ms=100), 0).state
    state = sessions.pause(state, 300, examples.tariff(), 40).state
    state = sessions.resume(state, 300, 70).state
    assert state.clock.check_at == 130
    effects = clocks.catch_up(state, 130)
    assert moves(effects) == [(130, "minimum_used", 100)]
    stopped = sessions.stop(effects.state, 300, 150)
    assert ends(stopped) == [(300, "stopped", 150, 120)]
    burns = [(segment.kind, segment.from_at, segment.until_at, segment.burned) for segment in stopped.segments]
    assert burns == [("minimum", 70, 130, 0), ("run", 130, 150, 20_000)]


def test_a_minimum_that_costs_too_much_is_refused() -> None:
    state = a_clock(examples.lot(ms=149))
    with pytest.raises(Refusal) as refused:
        sessions.start(state, examples.session(burn_rate=1_500, minimum_ms=100), 0)
    assert refused.value.data == {"left_ms": 149, "missing_ms": 1}


def test_a_session_inside_its_minimum_outlives_an_empty_clock() -> None:
    state = sessions.start(a_clock(examples.lot(ms=100)), examples.session(minimum_ms=100), 0).state
    assert readings.balance(state, 0) == 0
    assert Forecast(state, 0).left_ms == 100
    assert Forecast(state, 40).max_loss(state.sessions[0]) == 60
    assert ends(after(state, 500)) == [(300, "empty", 100, 100)]


@pytest.mark.parametrize(
    ("ran", "used"),
    [(0, 0), (1, 60), (60, 60), (61, 120), (119, 120), (120, 120)],
)
def test_each_begun_increment_counts(ran: int, used: int) -> None:
    state = running(examples.session(increment_ms=60))
    assert sessions.stop(state, 300, ran).ended[0].used == used


def test_minimum_and_increment_together() -> None:
    for ran, used in ((1, 100), (100, 120), (120, 120), (121, 180)):
        state = clocks.catch_up(running(examples.session(minimum_ms=100, increment_ms=60)), ran).state
        assert sessions.stop(state, 300, ran).ended[0].used == used


def test_an_increment_takes_at_most_what_is_there() -> None:
    effects = sessions.stop(running(examples.session(increment_ms=600), ms=500), 300, 100)
    assert effects.ended[0].used == 500
    assert [(segment.kind, segment.burned) for segment in effects.segments] == [
        ("run", 100_000),
        ("increment", 400_000),
    ]


def test_several_sessions_add_up() -> None:
    rows = [examples.session(300 + number, burn_rate=333) for number in range(3)]
    state = running(*rows)
    assert readings.shares(state, 1) == {300: 1, 301: 0, 302: 0}
    used: list[int | None] = []
    for row in rows:
        effects = sessions.stop(state, row.id, 1)
        used.append(effects.ended[0].used)
        state = effects.state
    assert used == [1, 0, 0]
    assert state.clock.rest == 999
    assert sum(lot.left_ms for lot in state.lots) == 999


def test_overshoot_is_taken_off_by_rate() -> None:
    rows = [examples.session(300, burn_rate=3_000), examples.session(301, burn_rate=5_000)]
    effects = after(running(*rows, ms=3), 1)
    assert ends(effects) == [(300, "empty", 1, 2), (301, "empty", 1, 1)]
    assert [row.burned for row in effects.ended] == [1_125, 1_875]
    assert effects.state.clock.rest == 0


PAUSES = [
    (examples.tariff(), 30 * 86_400_000),
    (examples.tariff(pause_each_ms=500), 500),
    (examples.tariff(pause_total_ms=400), 400),
    (examples.tariff(pause_each_ms=300, pause_total_ms=400), 300),
]


@pytest.mark.parametrize(("tariff", "length"), PAUSES)
def test_a_pause_ends_by_the_shortest_limit(tariff: Tariff, length: int) -> None:
    state = sessions.pause(running(examples.session()), 300, tariff, 10).state
    row = state.sessions[0]
    assert (row.state, row.lease_until, row.pause_until) == ("paused", None, 10 + length)
    assert Forecast(state, 10).max_loss(row) == 0
    assert ends(after(state, 10 + length)) == [(300, "pause_limit", 10 + length, 10)]


def test_pauses_run_out() -> None:
    tariff = examples.tariff(pause_count=2, pause_total_ms=100)
    state = running(examples.session())
    state = sessions.resume(sessions.pause(state, 300, tariff, 10).state, 300, 50).state
    state = sessions.pause(state, 300, tariff, 60).state
    assert state.sessions[0].pause_until == 120
    state = sessions.resume(state, 300, 70).state
    with pytest.raises(Refusal) as refused:
        sessions.pause(state, 300, tariff, 80)
    assert refused.value.code == "no_pauses_left"


def test_after_the_limit_it_runs_for_one_lease_if_there_is_time() -> None:
    tariff = examples.tariff(pause_each_ms=90, after_pause="resume")
    state = sessions.pause(running(examples.session(lease_ms=200)), 300, tariff, 10).state
    assert ends(after(state, 2_000)) == [(300, "lease_lapsed", 300, 210)]
    state = clocks.give_back(state, 990, 10)[0].state
    assert ends(after(state, 2_000)) == [(300, "pause_limit", 100, 10)]


def test_a_paused_session_never_ends_empty_and_resumes_only_with_time() -> None:
    state = sessions.pause(running(examples.session()), 300, examples.tariff(), 10).state
    state = clocks.give_back(state, 990, 10)[0].state
    assert not after(state, 10_000).ended
    with pytest.raises(Refusal) as refused:
        sessions.resume(state, 300, 20)
    assert refused.value.code == "insufficient_time"
    state = clocks.add_lot(state, examples.lot(201), 20).state
    assert sessions.resume(state, 300, 20).state.sessions[0].lease_until == 60_020


def test_pause_and_resume_refuse_what_is_so_already() -> None:
    state = running(examples.session())
    with pytest.raises(Refusal) as refused:
        sessions.resume(state, 300, 5)
    assert refused.value.code == "not_paused"
    state = sessions.pause(state, 300, examples.tariff(), 5).state
    with pytest.raises(Refusal) as refused:
        sessions.pause(state, 300, examples.tariff(), 5)
    assert refused.value.code == "not_running"
    assert sessions.renew(state.sessions[0], 6) is state.sessions[0]


def test_a_take_over_has_no_gap() -> None:
    effects = sessions.take_over(running(examples.session()), 300, "app_2", 500, 400)
    row = effects.state.sessions[0]
    assert (row.seq, row.holder, row.lease_until, row.since, row.burned) == (2, "app_2", 900, 0, 0)
    assert effects.state.clock.check_at == 900
    assert not effects.moves
    assert ends(after(effects.state, 900)) == [(300, "lease_lapsed", 900, 900)]


def test_time_goes_back_latest_bought_first() -> None:
    rows = (
        examples.lot(201, 1_000, amount_paid=100),
        examples.lot(202, 1_000, amount_paid=333),
        examples.lot(203, 1_000, kind="granted", amount_paid=0),
        examples.lot(204, 1_000, starts_at=10, amount_paid=100),
    )
    state = a_clock(*rows)
    effects, refunds = clocks.give_back(state, 1_010, 0)
    assert refunds == ((202, 1_000, 333), (201, 10, 1))
    assert moves(effects) == [(0, "return", 1_000), (0, "return", 10)]
    with pytest.raises(Refusal) as refused:
        clocks.give_back(state, 2_001, 0)
    assert (refused.value.code, refused.value.data) == ("not_refundable", {"refundable_ms": 2_000, "kept_ms": 0})
    with pytest.raises(Refusal) as refused:
        clocks.give_back(effects.state, 9, 0)
    assert refused.value.code == "conversion_too_small"


def test_a_session_that_is_not_open_is_not_found() -> None:
    with pytest.raises(LookupError):
        sessions.stop(running(), 300, 0)


def test_a_day_without_anyone_looking() -> None:
    """Fifty sessions lapse one after another, twenty lots start and expire: one call, in order of time."""
    rows = [examples.session(300 + number, lease_ms=10_000 + number) for number in range(50)]
    lots = [examples.lot(200 + n, starts_at=n * 1_000, expires_at=n * 1_000 + 5_000) for n in range(20)]
    state = a_clock(*lots, parallel=50)
    for row in rows:
        state = sessions.start(state, row, 0).state
    effects = clocks.catch_up(state, 86_400_000)
    assert [move.at for move in effects.moves] == sorted(move.at for move in effects.moves)
    assert sum(move.ms for move in effects.moves) == 20_000
    assert [row.end_no for row in effects.ended] == list(range(1, 51))
    assert effects.state.lots == ()
    assert effects.state.clock.check_at is None


def test_what_is_left_is_rounded_down_even_if_the_lot_expires_just_then() -> None:
    state = running(examples.session(burn_rate=3_000), lots=(examples.lot(ms=10, expires_at=4),))
    assert (Forecast(state, 0).due_at, Forecast(state, 0).left_ms) == (4, 3)


def test_the_most_that_can_be_lost_includes_a_begun_increment_and_what_starts_meanwhile() -> None:
    increment = examples.session(lease_ms=100, increment_ms=60)
    state = running(increment)
    assert Forecast(state, 10).max_loss(state.sessions[0]) == 110
    state = running(increment, lots=(examples.lot(ms=110), examples.lot(201, 4, starts_at=100)))
    assert Forecast(state, 10).max_loss(state.sessions[0]) == 104


def test_the_most_that_can_be_lost_counts_with_the_others_stopping() -> None:
    rows = [examples.session(300, lease_ms=100), examples.session(301, lease_ms=100)]
    state = running(*rows, lots=(examples.lot(ms=50), examples.lot(201, starts_at=40)))
    assert Forecast(state, 0).due_at == 25
    assert Forecast(state, 10).max_loss(state.sessions[0]) == 90
    state = sessions.stop(state, 301, 10).state
    assert after(state, 10_000).ended[0].used == 100


def test_a_renewal_never_shortens_a_lease() -> None:
    state = running(examples.session(lease_ms=300))
    extended = clocks.catch_up(state, 350, outages=((300, 600),)).state.sessions[0]
    assert extended.lease_until == 900
    assert sessions.renew(extended, 400).lease_until == 900
    assert sessions.renew(extended, 700).lease_until == 1_000
