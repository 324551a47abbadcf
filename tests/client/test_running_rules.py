"""A held session's decisions, on a made-up server whose clock is ahead by `AHEAD` ms. Times are local ms."""

from typing import TypedDict, Unpack

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from creditclock import OutOfTime, Problem, SessionEnded, SessionLapsed, StaleSeq, Unreachable
from creditclock.client.knowledge import LATEST, Told
from creditclock.client.running.rules import State, Terms, begin, due, learned, over, refused, unanswered
from creditclock.contract.instants import shown
from creditclock.contract.sessions import Session

AHEAD = 1_700_000_000_000
TRIP = 4
LOST = Unreachable("Gone.")
TERMS = Terms((300_000, 60_000), 0.5)


class Facts(TypedDict, total=False):
    left: int
    lease: int
    state: str
    seq: int
    reason: str


def told(at: int, **facts: Unpack[Facts]) -> Told:
    """The session as the server tells it at a local moment."""
    state = facts.get("state", "running")
    left = facts.get("left", 600_000)
    runs = state == "running"
    fields = {
        "id": "ses_0000001000000000004",
        "clock": "clk_0000001000000000003",
        "state": state,
        "seq": facts.get("seq", 1),
        "burn_rate": 1_000,
        "lease_ms": facts.get("lease", 60_000),
        "started_at": shown(AHEAD),
        "lease_until": shown(AHEAD + at + facts.get("lease", 60_000)) if runs else None,
        "due_at": shown(AHEAD + at + left) if runs else None,
        "left_ms": left,
        "elapsed_ms": 0,
        "used_ms": 0,
        "max_loss_ms": 0,
        "as_of": shown(AHEAD + at),
        "ended_at": shown(AHEAD + at) if state == "ended" else None,
        "reason": facts.get("reason"),
    }
    return Told(msgspec.convert(fields, Session), at - TRIP // 2, at + TRIP // 2)


def asked(state: State, now: int) -> str | None:
    ask = due(state, now).ask
    return ask.question if ask else None


def test_it_renews_before_half_of_the_lease_is_over() -> None:
    state = begin(TERMS, told(0))
    first = next(now for now in range(0, 60_000, 50) if asked(state, now) == "renew")
    assert 15_000 < first < 30_000
    state = learned(state, "renew", told(first, left=600_000 - first))
    assert asked(state, first + 2) is None


def test_it_looks_often_when_little_is_left_and_seldom_otherwise() -> None:
    long, short = begin(TERMS, told(0)), begin(TERMS, told(0, left=30_000))
    assert next(now for now in range(0, 60_000, 50) if asked(long, now)) > 5_000
    assert next(now for now in range(0, 60_000, 50) if asked(short, now) == "look") <= 2_000


def test_warnings_come_once_each_and_again_after_a_top_up() -> None:
    state = begin(TERMS, told(0, left=310_000))
    assert due(state, 9_000).warn is None
    found = due(state, 10_000)
    assert found.warn is not None
    assert abs(found.warn - 300_000) <= TRIP
    assert due(found.state, 10_001).warn is None
    again = learned(found.state, "look", told(12_000, left=600_000))
    assert due(again, 12_002).warn is None
    assert due(again, 312_010).warn is not None


def test_who_starts_with_little_is_warned_at_once() -> None:
    found = due(begin(TERMS, told(0, left=30_000)), 2)
    assert found.warn is not None
    assert due(found.state, 3).warn is None
    assert due(begin(Terms(()), told(0, left=30_000)), 2).warn is None


def test_the_last_question_is_decided_just_after_zero_and_its_answer_awaited() -> None:
    state = begin(TERMS, told(0, left=10_000))
    last = next(now for now in range(9_900, 10_100) if asked(state, now) == "last")
    assert 10_000 - TRIP <= last <= 10_002
    state = due(state, last).state
    assert over(state, 10_000 + LATEST - 5, asking=True) is None
    saved = learned(state, "last", told(10_001, left=5_000))
    assert over(saved, 14_000) is None
    assert over(saved, 15_001 + LATEST) is not None


def test_without_an_answer_it_is_over_at_zero() -> None:
    state = begin(TERMS, told(0, left=10_000))
    state = unanswered(due(state, 10_000).state, LOST, 10_010)
    end = over(state, 10_000 + LATEST + TRIP)
    assert end is not None
    assert isinstance(end.problem(), OutOfTime)
    assert end.problem().reason == "empty"
    assert not end.is_told
    assert (end.session.used_ms, end.session.elapsed_ms, end.session.left_ms) == (10_000, 10_000, 0)
    assert end.session.as_of == state.session.due_at


def test_an_outage_is_survived_until_the_lease_is_over() -> None:
    state = begin(TERMS, told(0))
    now = 0
    while over(state, now) is None:
        now += 100
        if due(state, now).ask:
            state = unanswered(due(state, now).state, LOST, now)
    assert 60_000 - TRIP - 100 <= now <= 60_000
    end = over(state, now)
    assert end is not None
    problem = end.problem()
    assert isinstance(problem, SessionLapsed)
    assert (problem.code, problem.reason) == ("session_ended", "lease_lapsed")
    assert "Gone." in str(problem)


def test_ends_are_of_the_class_that_callers_catch() -> None:
    state = begin(TERMS, told(0))
    for reason, kind in (("empty", OutOfTime), ("expired", OutOfTime), ("lease_lapsed", SessionLapsed)):
        end = learned(state, "look", told(5_000, state="ended", reason=reason)).end
        assert end is not None
        assert type(end.problem()) is kind
        assert end.problem().reason == reason
    for reason in ("stopped", "ended", "closed", "pause_limit"):
        end = learned(state, "look", told(5_000, state="ended", reason=reason)).end
        assert end is not None
        assert type(end.problem()) is SessionEnded
        assert end.is_told
    taken = learned(state, "look", told(5_000, seq=2)).end
    assert taken is not None
    assert isinstance(taken.problem(), StaleSeq)
    gone = refused(state, Problem("not_found", "Gone.", status=404), None, 5_000).end
    assert gone is not None


def test_a_late_answer_changes_nothing() -> None:
    state = begin(TERMS, told(10_000))
    paused = learned(state, None, told(12_000, state="paused"))
    assert learned(paused, "look", told(11_000)).session.state == "paused"
    ended = learned(paused, "look", told(13_000, state="ended", reason="ended"))
    assert learned(ended, "look", told(14_000)).session.state == "ended"


def test_a_pause_from_elsewhere_is_no_end() -> None:
    state = begin(TERMS, told(0))
    problem = Problem("not_running", "Paused.", status=409)
    state = refused(state, problem, told(25_000, state="paused"), 25_000)
    assert over(state, 10_000_000) is None
    assert not state.runs
    assert asked(state, 40_000) == "look"


@given(st.lists(st.tuples(st.integers(1, 90_000), st.booleans(), st.integers(0, 700_000)), max_size=40))
def test_it_never_sleeps_past_what_is_due_and_never_runs_past_its_lease(steps: list[tuple[int, bool, int]]) -> None:
    state, now, until = begin(TERMS, told(0)), 2, 60_000
    for length, answers, left in steps:
        if over(state, now) is not None:
            return
        found = due(state, now)
        assert found.wake_at > now or found.ask is not None
        state = found.state
        now += length
        if over(state, now) is None:
            assert now < until + LATEST + TRIP
        if answers and over(state, now) is None:
            state = learned(state, "renew", told(now, left=left))
            until = now + 60_000
        else:
            state = unanswered(state, LOST, now)
