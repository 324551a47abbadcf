"""Sessions on the test clock: every rule of design section 4 that can be seen from outside."""

import pytest

from creditclock.contract.instants import parsed, shown
from tests.api import Json
from tests.server import PASSWORD, Server, Shop

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def end_of(shop: Shop, session: Json) -> tuple[str, int, int]:
    """Why a session ended, after how many ms, and what it used."""
    found = shop.session(session["id"])
    assert found["state"] == "ended", found
    return found["reason"], parsed(found["ended_at"]) - parsed(found["started_at"]), found["used_ms"]


def advance(shop: Shop, ms: int) -> int:
    return shop.server.advance(ms)


def paid(shop: Shop, session: Json) -> int:
    """A look at the bill: its parts add up to what was used. Gives that."""
    bill = shop.key.get(f"/v1/sessions/{session['id']}/explain").ok()
    assert sum(segment["burned"] for segment in bill["segments"]) == bill["burned"]
    for segment in bill["segments"]:
        length = parsed(segment["until_at"]) - parsed(segment["from_at"])
        assert length >= 0
        if segment["kind"] == "run":
            assert segment["burned"] == length * segment["burn_rate"]
    for before, after in zip(bill["segments"], bill["segments"][1:], strict=False):
        assert before["until_at"] <= after["from_at"]
    assert len(bill["lines"]) == len(bill["segments"]) + 1
    assert bill["used_ms"] == bill["session"]["used_ms"]
    assert abs(bill["used_ms"] * 1000 - bill["burned"]) < 1000
    return bill["used_ms"]


def test_start_answers_with_lease_and_what_is_left(timed: Shop) -> None:
    customer = timed.customer(ms=10 * MINUTE)
    session = timed.start(customer.clock)
    now = timed.server.now
    assert session["started_at"] == session["as_of"] == shown(now)
    assert session["lease_until"] == shown(now + MINUTE)
    assert session["due_at"] == shown(now + 10 * MINUTE)
    assert (session["state"], session["seq"], session["burn_rate"]) == ("running", 1, 1_000)
    assert (session["left_ms"], session["elapsed_ms"], session["used_ms"]) == (10 * MINUTE, 0, 0)
    assert session["max_loss_ms"] == MINUTE
    assert session["holder"] == timed.key.get("/v1/who").ok()["id"]
    clock = timed.clock(customer.clock)
    assert clock["state"] == "running"
    assert clock["sessions"] == [session]


def test_running_clock_is_arithmetic(test_clock_server: Server) -> None:
    timed = test_clock_server.new_shop()
    customer = timed.customer(ms=10 * MINUTE)
    timed.start(customer.clock)
    before = timed.lane
    for passed in (1, 998, 1, 29_000):
        advance(timed, passed)
    clock = timed.clock(customer.clock)
    assert (clock["balance_ms"], clock["left_ms"]) == (570_000, 570_000)
    assert clock["lots"][0]["left_ms"] == 570_000
    assert timed.records("clocks", customer.clock)[-1]["kind"] == "grant"
    assert timed.lane == before


def test_stop_charges_what_was_used(timed: Shop) -> None:
    customer = timed.customer(ms=10 * MINUTE)
    session = timed.start(customer.clock)
    advance(timed, 12_345)
    stopped = timed.act("stop", session)
    assert (stopped["state"], stopped["reason"], stopped["used_ms"]) == ("ended", "stopped", 12_345)
    assert (stopped["max_loss_ms"], stopped["lease_until"], stopped["due_at"]) == (0, None, None)
    assert timed.clock(customer.clock)["balance_ms"] == 10 * MINUTE - 12_345
    use = timed.records("clocks", customer.clock)[-1]
    assert (use["kind"], use["ms"], use["session"]) == ("use", -12_345, session["id"])
    advance(timed, HOUR)
    assert timed.session(session["id"])["used_ms"] == 12_345 == paid(timed, session)


def test_session_that_was_stopped_at_once_costs_nothing(timed: Shop) -> None:
    customer = timed.customer(ms=1_000)
    session = timed.start(customer.clock)
    assert timed.act("stop", session)["used_ms"] == 0
    assert [record["kind"] for record in timed.records("clocks", customer.clock)] == ["grant"]


def test_lease_lapses_and_is_charged_to_its_end(timed: Shop) -> None:
    customer = timed.customer(ms=10 * MINUTE)
    session = timed.start(customer.clock)
    advance(timed, 5 * MINUTE)
    assert end_of(timed, session) == ("lease_lapsed", MINUTE, MINUTE)
    assert timed.clock(customer.clock)["balance_ms"] == 9 * MINUTE
    problem = timed.key.post(f"/v1/sessions/{session['id']}/renew", {"seq": 1}).refused(409, "session_ended")
    assert problem["reason"] == "lease_lapsed"
    assert problem["session"]["used_ms"] == MINUTE
    assert timed.act("stop", session)["reason"] == "lease_lapsed"


def test_renewal_gives_a_new_lease_from_now(timed: Shop) -> None:
    customer = timed.customer(ms=10 * MINUTE)
    session = timed.start(customer.clock)
    for _ in range(4):
        advance(timed, 59_999)
        session = timed.act("renew", session)
        assert session["lease_until"] == shown(timed.server.now + MINUTE)
        assert session["seq"] == 1
    advance(timed, MINUTE)
    assert end_of(timed, session) == ("lease_lapsed", 4 * 59_999 + MINUTE, 4 * 59_999 + MINUTE)


def test_instant_that_was_advanced_to_is_over(timed: Shop) -> None:
    customer, other = timed.customer(ms=MINUTE), timed.customer(ms=30_000)
    lapses, empties = timed.start(customer.clock), timed.start(other.clock)
    advance(timed, 29_999)
    assert timed.session(empties["id"])["state"] == "running"
    advance(timed, 1)
    assert end_of(timed, empties) == ("empty", 30_000, 30_000)
    advance(timed, 29_999)
    assert timed.session(lapses["id"])["state"] == "running"
    advance(timed, 1)
    reason, after, used = end_of(timed, lapses)
    assert (after, used) == (MINUTE, MINUTE)
    assert reason in {"lease_lapsed", "empty"}


def test_clock_is_empty_to_the_millisecond(timed: Shop) -> None:
    customer = timed.customer(ms=34_567)
    session = timed.start(customer.clock)
    advance(timed, HOUR)
    assert end_of(timed, session) == ("empty", 34_567, 34_567)
    clock = timed.clock(customer.clock)
    assert (clock["balance_ms"], clock["state"], clock["lots"]) == (0, "idle", [])
    assert timed.records("clocks", customer.clock)[-1]["at"] == timed.session(session["id"])["ended_at"]
    problem = timed.key.post(f"/v1/clocks/{customer.clock}/sessions").refused(402, "insufficient_time")
    assert problem["left_ms"] == 0


@pytest.mark.parametrize("burn_rate", [1, 333, 999, 1_001, 1_500, 3_333, 10_000])
def test_burn_rate_is_exact(timed: Shop, burn_rate: int) -> None:
    customer = timed.customer(ms=10_007)
    session = timed.start(customer.clock, burn_rate=burn_rate, lease_ms=DAY)
    passes = -(-10_007 * 1_000 // burn_rate)
    assert session["due_at"] == shown(timed.server.now + passes)
    if passes < HOUR:
        advance(timed, passes - 1)
        assert timed.session(session["id"])["state"] == "running"
        advance(timed, 1)
        assert end_of(timed, session) == ("empty", passes, 10_007)
    else:
        advance(timed, 1_234)
        assert timed.act("stop", session)["used_ms"] == -(-1_234 * burn_rate // 1_000)
    paid(timed, session)


def test_cutting_a_session_loses_no_part_of_a_millisecond(timed: Shop) -> None:
    whole, cut = timed.customer(ms=MINUTE), timed.customer(ms=MINUTE)
    one = timed.start(whole.clock, burn_rate=333)
    for _ in range(40):
        part = timed.start(cut.clock, burn_rate=333)
        advance(timed, 7)
        timed.act("stop", part)
    timed.act("stop", one)
    assert timed.clock(cut.clock)["balance_ms"] == timed.clock(whole.clock)["balance_ms"] == MINUTE - 94


def test_max_loss_is_the_rest_of_the_lease_at_most_what_is_left(timed: Shop) -> None:
    customer = timed.customer(ms=100_000)
    session = timed.start(customer.clock, burn_rate=1_500, lease_ms=40_000)
    assert session["max_loss_ms"] == 60_000
    advance(timed, 10_000)
    assert timed.session(session["id"])["max_loss_ms"] == 45_000
    assert timed.act("renew", session)["max_loss_ms"] == 60_000
    advance(timed, 39_999)
    session = timed.act("renew", session)
    assert session["max_loss_ms"] == 25_001
    assert timed.act("pause", session)["max_loss_ms"] == 0
    there = timed.clock(customer.clock)["balance_ms"]
    session = timed.act("resume", session)
    assert session["max_loss_ms"] == there
    advance(timed, HOUR)
    assert timed.clock(customer.clock)["balance_ms"] == 0


def test_seq_fences_a_former_holder(timed: Shop) -> None:
    customer = timed.customer(ms=10 * MINUTE, password=PASSWORD)
    session = timed.start(customer.clock)
    advance(timed, 30_000)
    taken = timed.signed_in(customer).post(f"/v1/sessions/{session['id']}/take-over", {"lease_ms": 10_000}).ok()
    assert (taken["seq"], taken["holder"], taken["used_ms"]) == (2, customer.id, 30_000)
    assert taken["lease_until"] == shown(timed.server.now + 10_000)
    before = timed.lane
    for verb in ("renew", "pause", "resume", "stop"):
        for seq in (1, 3, 2**53 - 1):
            problem = timed.key.post(f"/v1/sessions/{session['id']}/{verb}", {"seq": seq}).refused(409, "stale_seq")
            assert problem["seq"] == 2
            assert problem["session"]["state"] == "running"
    assert timed.lane == before
    advance(timed, 5_000)
    assert timed.act("stop", taken)["used_ms"] == 35_000
    assert paid(timed, session) == 35_000


def test_take_over_of_a_paused_session_leaves_it_paused(timed: Shop) -> None:
    customer = timed.customer(ms=10 * MINUTE)
    session = timed.act("pause", timed.start(customer.clock))
    taken = timed.key.post(f"/v1/sessions/{session['id']}/take-over").ok()
    assert (taken["state"], taken["seq"], taken["lease_until"]) == ("paused", 2, None)
    timed.key.post(f"/v1/sessions/{session['id']}/resume", {"seq": 1}).refused(409, "stale_seq")
    assert timed.act("resume", taken)["state"] == "running"


def test_ended_session_is_taken_over_by_nobody(timed: Shop) -> None:
    customer = timed.customer(ms=10 * MINUTE)
    session = timed.start(customer.clock)
    timed.act("stop", session)
    for verb in ("take-over", "pause", "resume", "renew"):
        body = {} if verb == "take-over" else {"seq": 1}
        timed.key.post(f"/v1/sessions/{session['id']}/{verb}", body).refused(409, "session_ended")
    timed.key.post(f"/v1/sessions/{session['id']}/stop", {"seq": 2}).refused(409, "stale_seq")


def test_end_needs_no_seq_and_is_final(timed: Shop) -> None:
    customer = timed.customer(ms=10 * MINUTE)
    session = timed.start(customer.clock)
    advance(timed, 1_000)
    ended = timed.key.post(f"/v1/sessions/{session['id']}/end").ok()
    assert (ended["reason"], ended["used_ms"]) == ("ended", 1_000)
    advance(timed, 1_000)
    again = timed.key.post(f"/v1/sessions/{session['id']}/end").ok()
    assert {**again, "as_of": ended["as_of"]} == ended


def test_paused_time_costs_nothing(timed: Shop) -> None:
    customer = timed.customer(ms=10 * MINUTE)
    session = timed.start(customer.clock)
    advance(timed, 10_000)
    paused = timed.act("pause", session)
    assert (paused["state"], paused["lease_until"], paused["due_at"]) == ("paused", None, None)
    assert paused["paused_at"] == shown(timed.server.now)
    assert timed.clock(customer.clock)["state"] == "paused"
    advance(timed, 3 * HOUR)
    assert timed.act("renew", paused)["state"] == "paused"
    timed.key.post(f"/v1/sessions/{session['id']}/pause", {"seq": 1}).refused(409, "not_running")
    resumed = timed.act("resume", paused)
    assert resumed["lease_until"] == shown(timed.server.now + MINUTE)
    problem = timed.key.post(f"/v1/sessions/{session['id']}/resume", {"seq": 1}).refused(409, "not_paused")
    assert problem["session"]["state"] == "running"
    advance(timed, 5_000)
    stopped = timed.act("stop", resumed)
    assert (stopped["elapsed_ms"], stopped["used_ms"]) == (15_000, 15_000)
    assert paid(timed, session) == 15_000


def test_paused_session_may_be_stopped(timed: Shop) -> None:
    customer = timed.customer(ms=10 * MINUTE)
    session = timed.start(customer.clock)
    advance(timed, 10_000)
    timed.act("pause", session)
    advance(timed, HOUR)
    stopped = timed.act("stop", session)
    assert (stopped["reason"], stopped["used_ms"], stopped["elapsed_ms"]) == ("stopped", 10_000, 10_000)


def test_pause_keeps_its_place(timed: Shop) -> None:
    customer = timed.customer(ms=10 * MINUTE)
    timed.act("pause", timed.start(customer.clock))
    problem = timed.key.post(f"/v1/clocks/{customer.clock}/sessions").refused(409, "parallel_limit")
    assert (problem["parallel"], problem["open"]) == (1, 1)


def test_resume_needs_time(timed: Shop) -> None:
    customer = timed.customer(ms=MINUTE)
    timed.owner.patch(f"/v1/clocks/{customer.clock}", {"parallel": 2}).ok()
    paused = timed.act("pause", timed.start(customer.clock))
    timed.start(customer.clock)
    advance(timed, 2 * MINUTE)
    timed.key.post(f"/v1/sessions/{paused['id']}/resume", {"seq": 1}).refused(402, "insufficient_time")
    assert timed.session(paused["id"])["state"] == "paused"
    timed.key.post(f"/v1/clocks/{customer.clock}/grant", {"ms": 1}).ok()
    session = timed.act("resume", paused)
    advance(timed, 1)
    assert end_of(timed, session)[0] == "empty"


def test_number_of_pauses_is_limited(timed: Shop) -> None:
    clock = timed.clock_with(timed.customer(), ms=HOUR, pause_count=2)
    session = timed.start(clock)
    for _ in range(2):
        timed.act("pause", session)
        timed.act("resume", session)
    problem = timed.key.post(f"/v1/sessions/{session['id']}/pause", {"seq": 1}).refused(409, "no_pauses_left")
    assert problem["pauses"] == 2
    assert timed.session(session["id"])["state"] == "running"
    none = timed.start(timed.clock_with(timed.customer(), ms=HOUR, pause_count=0))
    timed.key.post(f"/v1/sessions/{none['id']}/pause", {"seq": 1}).refused(409, "no_pauses_left")


@pytest.mark.parametrize("after_pause", ["stop", "resume"])
def test_too_long_pause_ends(timed: Shop, after_pause: str) -> None:
    clock = timed.clock_with(timed.customer(), ms=HOUR, pause_each_ms=20_000, after_pause=after_pause)
    session = timed.start(clock)
    advance(timed, 1_000)
    paused = timed.act("pause", session)
    assert paused["pause_until"] == shown(timed.server.now + 20_000)
    advance(timed, 19_999)
    assert timed.session(session["id"])["state"] == "paused"
    advance(timed, 1 + 10_000)
    found = timed.session(session["id"])
    if after_pause == "stop":
        assert end_of(timed, session) == ("pause_limit", 21_000, 1_000)
    else:
        assert (found["state"], found["used_ms"]) == ("running", 11_000)
        advance(timed, 50_000)
        assert end_of(timed, session) == ("lease_lapsed", 81_000, 61_000)
    paid(timed, session)


def test_pauses_are_limited_in_all(timed: Shop) -> None:
    clock = timed.clock_with(timed.customer(), ms=HOUR, pause_total_ms=30_000)
    session = timed.start(clock)
    timed.act("pause", session)
    advance(timed, 20_000)
    timed.act("resume", session)
    paused = timed.act("pause", session)
    assert paused["pause_until"] == shown(timed.server.now + 10_000)
    advance(timed, 9_999)
    timed.act("resume", session)
    paused = timed.act("pause", session)
    assert paused["pause_until"] == shown(timed.server.now + 1)
    advance(timed, 1)
    assert end_of(timed, session)[0] == "pause_limit"


def test_used_up_pauses_are_refused(timed: Shop) -> None:
    clock = timed.clock_with(timed.customer(), ms=HOUR, pause_total_ms=5_000, after_pause="resume")
    session = timed.start(clock)
    timed.act("pause", session)
    advance(timed, 5_000)
    assert timed.session(session["id"])["state"] == "running"
    problem = timed.key.post(f"/v1/sessions/{session['id']}/pause", {"seq": 1}).refused(409, "no_pauses_left")
    assert problem["paused_ms"] == 5_000


def test_no_pause_lasts_longer_than_30_days(timed: Shop) -> None:
    customer = timed.customer(ms=HOUR)
    paused = timed.act("pause", timed.start(customer.clock))
    assert paused["pause_until"] == shown(timed.server.now + 30 * DAY)


def test_places_are_limited(timed: Shop) -> None:
    customer = timed.customer(ms=HOUR)
    timed.owner.patch(f"/v1/clocks/{customer.clock}", {"parallel": 3}).ok()
    sessions = [timed.start(customer.clock) for _ in range(3)]
    before = timed.lane
    problem = timed.key.post(f"/v1/clocks/{customer.clock}/sessions").refused(409, "parallel_limit")
    assert (problem["parallel"], problem["open"]) == (3, 3)
    assert timed.lane == before
    timed.act("stop", sessions[1])
    timed.start(customer.clock)
    timed.key.post(f"/v1/clocks/{customer.clock}/sessions").refused(409, "parallel_limit")


def test_lapsed_lease_gives_its_place_free(timed: Shop) -> None:
    customer = timed.customer(ms=HOUR)
    first = timed.start(customer.clock)
    advance(timed, MINUTE)
    timed.start(customer.clock)
    assert end_of(timed, first) == ("lease_lapsed", MINUTE, MINUTE)


def test_sessions_of_a_clock_share_it_exactly(timed: Shop) -> None:
    customer = timed.customer(ms=100_003)
    timed.owner.patch(f"/v1/clocks/{customer.clock}", {"parallel": 4}).ok()
    sessions = [timed.start(customer.clock, burn_rate=rate, lease_ms=DAY) for rate in (1_000, 333, 1_777)]
    assert timed.clock(customer.clock)["burn_rate"] == 3_110
    due_ms = -(-100_003 * 1_000 // 3_110)
    assert {timed.session(session["id"])["due_at"] for session in sessions} == {shown(timed.server.now + due_ms)}
    advance(timed, 10_001)
    clock = timed.clock(customer.clock)
    parts = [session["used_ms"] for session in clock["sessions"]]
    assert sum(parts) == 100_003 - clock["balance_ms"] == -(-10_001 * 3_110 // 1_000)
    stopped = timed.act("stop", sessions[0])
    assert stopped["used_ms"] in {10_001, 10_002}
    advance(timed, DAY)
    ends = [end_of(timed, session) for session in sessions]
    assert sum(used for _, _, used in ends) == 100_003
    assert [reason for reason, _, _ in ends] == ["stopped", "empty", "empty"]
    assert timed.clock(customer.clock)["balance_ms"] == 0
    for session in sessions:
        paid(timed, session)


def test_minimum_charge_is_held_first_and_used_up_at_the_end(timed: Shop) -> None:
    clock = timed.clock_with(timed.customer(), ms=100_000, minimum_ms=30_000)
    session = timed.start(clock)
    assert timed.clock(clock)["balance_ms"] == 70_000
    assert session["max_loss_ms"] >= 30_000
    advance(timed, 1_000)
    assert timed.session(session["id"])["used_ms"] == 1_000
    assert timed.act("stop", session)["used_ms"] == 30_000
    assert timed.clock(clock)["balance_ms"] == 70_000
    assert paid(timed, session) == 30_000
    kinds = [(record["kind"], record["ms"]) for record in timed.records("clocks", clock)]
    assert kinds == [("grant", 100_000), ("minimum", -30_000)]


def test_minimum_charge_burns_first_then_the_clock(timed: Shop) -> None:
    clock = timed.clock_with(timed.customer(), ms=100_000, minimum_ms=30_000)
    session = timed.start(clock, lease_ms=HOUR)
    advance(timed, 30_000)
    assert timed.clock(clock)["balance_ms"] == 70_000
    advance(timed, 5_000)
    assert timed.clock(clock)["balance_ms"] == 65_000
    advance(timed, HOUR)
    assert end_of(timed, session) == ("empty", 100_000, 100_000)
    assert paid(timed, session) == 100_000


def test_start_must_afford_its_minimum(timed: Shop) -> None:
    clock = timed.clock_with(timed.customer(), ms=29_999, minimum_ms=30_000)
    problem = timed.key.post(f"/v1/clocks/{clock}/sessions").refused(402, "insufficient_time")
    assert (problem["left_ms"], problem["missing_ms"]) == (29_999, 1)
    timed.key.post(f"/v1/clocks/{clock}/grant", {"ms": 1}).ok()
    session = timed.start(clock)
    assert timed.clock(clock)["balance_ms"] == 0
    advance(timed, 30_000)
    assert end_of(timed, session) == ("empty", 30_000, 30_000)


def test_begun_increment_counts(timed: Shop) -> None:
    clock = timed.clock_with(timed.customer(), ms=100_000, increment_ms=15_000)
    session = timed.start(clock)
    advance(timed, 15_001)
    assert timed.act("stop", session)["used_ms"] == 30_000
    assert paid(timed, session) == 30_000
    session = timed.start(clock)
    advance(timed, 15_000)
    assert timed.act("stop", session)["used_ms"] == 15_000
    session = timed.start(clock, lease_ms=HOUR)
    advance(timed, 54_999)
    assert timed.session(session["id"])["state"] == "running"
    assert timed.act("stop", session)["used_ms"] == 55_000
    assert timed.clock(clock)["balance_ms"] == 0


def test_lapsed_session_is_continued_within_its_window(timed: Shop) -> None:
    clock = timed.clock_with(timed.customer(), ms=HOUR, minimum_ms=40_000, revive_ms=5 * MINUTE)
    lapsed = timed.start(clock)
    advance(timed, 3 * MINUTE)
    revived = timed.start(clock, revives=lapsed["id"])
    assert revived["revives"] == lapsed["id"]
    advance(timed, 1_000)
    assert timed.act("stop", revived)["used_ms"] == 1_000
    assert end_of(timed, lapsed) == ("lease_lapsed", MINUTE, MINUTE)
    path = f"/v1/clocks/{clock}/sessions"
    timed.key.post(path, {"revives": lapsed["id"]}).refused(409, "not_revivable")
    timed.key.post(path, {"revives": revived["id"]}).refused(409, "not_revivable")
    late = timed.start(clock)
    advance(timed, MINUTE + 5 * MINUTE + 1)
    timed.key.post(path, {"revives": late["id"]}).refused(409, "not_revivable")
    elsewhere = timed.clock_with(timed.customer(), ms=HOUR)
    timed.key.post(f"/v1/clocks/{elsewhere}/sessions", {"revives": lapsed["id"]}).refused(409, "not_revivable")


def test_lapses_in_a_row_are_no_pauses(timed: Shop) -> None:
    clock = timed.clock_with(timed.customer(), ms=HOUR, minimum_ms=5_000, revive_ms=5 * MINUTE, lease_ms=MINUTE)
    path = f"/v1/clocks/{clock}/sessions"
    session = timed.start(clock)
    advance(timed, 3 * MINUTE)
    session = timed.start(clock, revives=session["id"])
    # It lapsed 3 min ago, the first one 6 min ago.
    advance(timed, 4 * MINUTE)
    problem = timed.key.post(path, {"revives": session["id"]}).refused(409, "not_revivable")
    assert "the first one that it continues" in problem["detail"]
    session = timed.start(clock)
    for _ in range(3):
        advance(timed, MINUTE + 1)
        session = timed.start(clock, revives=session["id"])
    advance(timed, MINUTE + 1)
    timed.key.post(path, {"revives": session["id"]}).refused(409, "not_revivable")


def test_late_top_up_revives_nothing(timed: Shop) -> None:
    customer = timed.customer(credits=1_000, ms=20_000)
    session = timed.start(customer.clock)
    advance(timed, 20_000)
    timed.key.post(f"/v1/clocks/{customer.clock}/buy", {"amount": 100}).ok()
    advance(timed, 1_000)
    assert end_of(timed, session) == ("empty", 20_000, 20_000)
    assert timed.clock(customer.clock)["balance_ms"] == MINUTE


def test_time_bought_before_the_end_saves_a_session(timed: Shop) -> None:
    customer = timed.customer(credits=1_000, ms=20_000)
    session = timed.start(customer.clock)
    advance(timed, 19_999)
    moved = timed.key.post(f"/v1/clocks/{customer.clock}/buy", {"amount": 100}).ok()
    assert moved["clock"]["balance_ms"] == 60_001
    assert moved["clock"]["due_at"] == shown(timed.server.now + 60_001)
    assert moved["clock"]["sessions"][0]["id"] == session["id"]
    advance(timed, 40_000)
    timed.act("renew", session)
    advance(timed, 20_001)
    assert end_of(timed, session) == ("empty", 80_000, 80_000)


def test_time_given_back_while_running_shortens_the_run(timed: Shop) -> None:
    customer = timed.customer(credits=100)
    timed.key.post(f"/v1/clocks/{customer.clock}/buy", {"amount": 100}).ok()
    session = timed.start(customer.clock)
    advance(timed, 10_000)
    path = f"/v1/clocks/{customer.clock}/return"
    assert timed.key.post(path, {"ms": 50_001}).refused(409, "not_refundable")["refundable_ms"] == 50_000
    moved = timed.key.post(path, {"ms": 30_000}).ok()
    assert (moved["wallet"]["balance"], moved["clock"]["balance_ms"]) == (50, 20_000)
    advance(timed, HOUR)
    assert end_of(timed, session) == ("empty", 30_000, 30_000)


def test_a_begun_increment_is_paid_however_early_the_rest_is_given_back(timed: Shop) -> None:
    customer = timed.customer(credits=12_000)
    clock = timed.clock_with(customer, increment_ms=HOUR)
    timed.key.post(f"/v1/clocks/{clock}/buy", {"ms": 2 * HOUR}).ok()
    session = timed.start(clock, lease_ms=HOUR)
    advance(timed, MINUTE)
    path = f"/v1/clocks/{clock}/return"
    problem = timed.key.post(path, {"ms": 2 * HOUR - MINUTE}).refused(409, "not_refundable")
    assert (problem["refundable_ms"], problem["kept_ms"]) == (HOUR, HOUR - MINUTE)
    assert "stop them first" in problem["detail"]
    timed.key.post(path, {"ms": HOUR}).ok()
    assert timed.act("stop", session)["used_ms"] == HOUR
    assert timed.balance(customer.wallet) == 6_000


def test_all_time_given_back_while_running_ends_the_session(timed: Shop) -> None:
    customer = timed.customer(credits=100)
    timed.key.post(f"/v1/clocks/{customer.clock}/buy", {"amount": 100}).ok()
    session = timed.start(customer.clock)
    advance(timed, 12_000)
    timed.key.post(f"/v1/clocks/{customer.clock}/return", {"ms": 48_000}).ok()
    advance(timed, 1)
    assert end_of(timed, session) == ("empty", 12_000, 12_000)


def test_time_expires_and_ends_the_session(timed: Shop) -> None:
    customer = timed.customer()
    body = {"ms": HOUR, "expires_at": shown(timed.server.now + 30_000)}
    timed.key.post(f"/v1/clocks/{customer.clock}/grant", body).ok()
    session = timed.start(customer.clock)
    assert timed.session(session["id"])["left_ms"] <= 30_000
    advance(timed, 30_000)
    assert end_of(timed, session) == ("expired", 30_000, 30_000)
    kinds = [(record["kind"], record["ms"]) for record in timed.records("clocks", customer.clock)]
    assert kinds == [("grant", HOUR), ("use", -30_000), ("expired", -(HOUR - 30_000))]
    assert timed.clock(customer.clock)["balance_ms"] == 0


def test_bought_time_expires_by_its_tariff(timed: Shop) -> None:
    customer = timed.customer(credits=1_000)
    clock = timed.clock_with(customer, valid_ms=HOUR)
    lot = timed.key.post(f"/v1/clocks/{clock}/buy", {"amount": 100}).ok()["clock"]["lots"][0]
    assert lot["expires_at"] == shown(timed.server.now + HOUR)
    advance(timed, HOUR)
    assert timed.clock(clock)["balance_ms"] == 0
    timed.key.post(f"/v1/clocks/{clock}/return", {"ms": 1}).refused(409, "not_refundable")
    timed.key.post(f"/v1/clocks/{clock}/sessions").refused(402, "insufficient_time")


def test_lots_burn_in_their_order(timed: Shop) -> None:
    customer = timed.customer(credits=100)
    path = f"/v1/clocks/{customer.clock}"
    timed.key.post(f"{path}/buy", {"ms": 10_000}).ok()
    for ms, more in (
        (1_000, {"kind": "promotional"}),
        (2_000, {"priority": 1}),
        (3_000, {"expires_at": shown(timed.server.now + DAY)}),
        (4_000, {"starts_at": shown(timed.server.now + 5_000), "priority": 0}),
    ):
        timed.key.post(f"{path}/grant", {"ms": ms, **more}).ok()
    lots = timed.clock(customer.clock)["lots"]
    assert [lot["bought_ms"] for lot in lots] == [4_000, 2_000, 3_000, 1_000, 10_000]
    assert timed.clock(customer.clock)["balance_ms"] == 16_000
    session = timed.start(customer.clock)
    advance(timed, 4_000)
    assert [lot["left_ms"] for lot in timed.clock(customer.clock)["lots"]] == [4_000, 1_000, 1_000, 10_000]
    advance(timed, 2_000)
    assert [lot["left_ms"] for lot in timed.clock(customer.clock)["lots"]] == [3_000, 1_000, 10_000]
    advance(timed, HOUR)
    assert end_of(timed, session) == ("empty", 20_000, 20_000)
    bill = timed.key.get(f"/v1/sessions/{session['id']}/explain").ok()
    assert sum(part["ms"] for part in bill["paid"]) == 20_000


def test_start_at_a_lots_start_may_use_it(timed: Shop) -> None:
    customer = timed.customer()
    body = {"ms": 1_000, "starts_at": shown(timed.server.now + 5_000)}
    timed.key.post(f"/v1/clocks/{customer.clock}/grant", body).ok()
    timed.key.post(f"/v1/clocks/{customer.clock}/sessions").refused(402, "insufficient_time")
    advance(timed, 5_000)
    session = timed.start(customer.clock)
    advance(timed, 1_000)
    assert end_of(timed, session) == ("empty", 1_000, 1_000)


def test_terms_of_a_running_session_stay_as_they_were(timed: Shop) -> None:
    customer = timed.customer(credits=1_000)
    tariff = timed.new_tariff(price=6_000, burn_rate=1_000)
    made = timed.key.post(f"/v1/customers/{customer.id}/clocks", {"tariff": tariff}).ok(201)
    timed.key.post(f"/v1/clocks/{made['id']}/buy", {"amount": 500}).ok()
    session = timed.start(made["id"])
    changed = timed.owner.patch(f"/v1/tariffs/{tariff}", {"burn_rate": 2_000, "price": 12_000, "lease_ms": 5_000}).ok()
    assert (changed["id"], changed["version"]) == (tariff, 2)
    renewed = timed.act("renew", session)
    assert (renewed["burn_rate"], renewed["lease_ms"]) == (1_000, MINUTE)
    advance(timed, 10_000)
    timed.act("stop", session)
    assert timed.clock(made["id"])["balance_ms"] == 290_000
    second = timed.start(made["id"])
    assert (second["burn_rate"], second["lease_ms"]) == (2_000, 5_000)
    bought = timed.key.post(f"/v1/clocks/{made['id']}/buy", {"amount": 100}).ok()
    assert bought["record"]["ms"] == 30_000


def test_running_clocks_are_listed(timed: Shop) -> None:
    customer = timed.customer(ms=HOUR)
    session = timed.start(customer.clock)
    busy = [clock["id"] for clock in timed.key.get("/v1/clocks", state="open", limit=1_000).ok()["items"]]
    assert customer.clock in busy
    timed.act("stop", session)
    busy = [clock["id"] for clock in timed.key.get("/v1/clocks", state="open", limit=1_000).ok()["items"]]
    assert customer.clock not in busy


def test_reading_a_clock_late_changes_nothing(timed: Shop) -> None:
    """An end is the same whether or not anybody looked, and whether or not somebody wrote it down."""
    looked, left_alone = timed.customer(ms=50_000), timed.customer(ms=50_000)
    sessions = [timed.start(customer.clock) for customer in (looked, left_alone)]
    for _ in range(12):
        advance(timed, 5_000)
        timed.clock(looked.clock)
        timed.session(sessions[0]["id"])
    assert [end_of(timed, session) for session in sessions] == [("empty", 50_000, 50_000)] * 2
    assert timed.records("clocks", looked.clock)[-1]["ms"] == timed.records("clocks", left_alone.clock)[-1]["ms"]
