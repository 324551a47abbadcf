"""The meter's decisions, on a made-up server whose clock is ahead by `AHEAD` ms. Times are local ms."""

from dataclasses import replace
from typing import NamedTuple, TypedDict, Unpack

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditclock.client import OutOfTime, Problem, SessionEnded, StaleSeq, Unreachable
from creditclock.client.knowledge import LATEST, Told
from creditclock.client.meter.rules import PERSISTENCE, POLL, begin, happened
from creditclock.client.meter.timing import passed, wake_at
from creditclock.client.meter.words import (
    Action,
    Answered,
    Ask,
    Awakened,
    Continued,
    Do,
    Event,
    Exited,
    Question,
    Refused,
    Say,
    Signalled,
    State,
    Stopped,
    Terms,
    Unanswered,
)
from creditclock.contract.instants import shown
from creditclock.contract.sessions import Session

AHEAD = 1_700_000_000_000
TRIP = 4
LOST = Unreachable("Gone.")


class Wanted(TypedDict, total=False):
    warn: tuple[int, ...]
    can_hold: bool


class Rest(TypedDict, total=False):
    seq: int
    reason: str


class Facts(Rest, total=False):
    left: int
    lease: int
    state: str


def session(
    now: int, left: int = 600_000, lease: int = 60_000, state: str = "running", **more: Unpack[Rest]
) -> Session:
    """A session as the server tells it at a local moment."""
    running = state == "running"
    fields = {
        "id": "ses_0000001000000000004",
        "clock": "clk_0000001000000000003",
        "state": state,
        "seq": 1,
        "burn_rate": 1_000,
        "lease_ms": 60_000,
        "started_at": shown(AHEAD),
        "lease_until": shown(AHEAD + now + lease) if running else None,
        "due_at": shown(AHEAD + now + left) if running else None,
        "left_ms": left,
        "elapsed_ms": 0,
        "used_ms": 0,
        "max_loss_ms": min(left, lease),
        "as_of": shown(AHEAD + now),
    }
    return msgspec.convert(fields | more, Session)


def told(now: int, **more: Unpack[Facts]) -> Told:
    """The same, over a way that takes `TRIP` ms there and back."""
    return Told(session(now, **more), now - TRIP // 2, now + TRIP // 2)


class Run(NamedTuple):
    """A meter at work."""

    state: State
    now: int
    done: tuple[Action, ...] = ()

    def at(self, now: int) -> "Run":
        """Let time pass, step by step as the meter asks to be woken; nothing answers."""
        run = self
        while (woken := max(run.now + 1, wake_at(run.state, run.now))) <= now:
            state, actions = passed(run.state, woken)
            run = Run(state, woken, (*run.done, *actions))
        return run._replace(now=now)

    def after(self, event: Event) -> "Run":
        state, actions = happened(self.state, event, self.now)
        return Run(state, self.now, (*self.done, *actions)).settled()

    def answered(self, question: Question, **more: Unpack[Facts]) -> "Run":
        return self.after(Answered(question, told(self.now - TRIP // 2, **more)))

    def settled(self) -> "Run":
        state, actions = passed(self.state, self.now)
        return Run(state, self.now, (*self.done, *actions))

    def did(self, what: str) -> int:
        return sum(isinstance(action, Do) and action.what == what for action in self.done)

    def asked(self, question: Question) -> int:
        return sum(isinstance(action, Ask) and action.question == question for action in self.done)

    def said(self, text: str) -> bool:
        return any(isinstance(action, Say) and text in action.text for action in self.done)


def started(*, left: int = 600_000, lease: int = 60_000, **terms: Unpack[Wanted]) -> Run:
    return Run(begin(Terms(**terms), told(0, left=left, lease=lease)), TRIP // 2)


def test_at_zero_the_program_gets_term_and_after_the_grace_kill() -> None:
    run = started(left=1_000).at(999)
    assert (run.asked("last"), run.did("end")) == (0, 0)
    run = run.at(1_001)
    assert run.asked("last") == 1
    run = run.after(Refused("last", SessionEnded("session_ended", "Over."), told(1_001, state="ended", reason="empty")))
    assert (run.did("end"), run.did("kill"), run.state.ending and run.state.ending.code) == (1, 0, 124)
    assert run.at(3_000).did("kill") == 0
    assert run.at(3_001).did("kill") == 1


@given(st.integers(1, 60_000), st.integers(0, 100))
def test_without_an_answer_the_program_ends_a_moment_after_zero(left: int, late: int) -> None:
    run = started(left=left, lease=90_000).at(left - 1)
    assert run.did("end") == 0
    run = run.at(left + LATEST + 2)
    assert (run.did("end"), run.state.ending and run.state.ending.code) == (1, 124)
    assert run.at(left + LATEST + 2 + late).did("end") == 1


def test_a_top_up_at_the_last_moment_saves_the_program() -> None:
    run = started(left=1_000).at(1_001).answered("last", left=5_000)
    assert (run.did("end"), run.said("topped up")) == (0, True)
    run = run.at(5_990)
    assert run.did("end") == 0
    assert run.at(6_100).did("end") == 1


def test_an_answer_from_just_before_zero_is_not_final() -> None:
    run = started(left=1_000).at(1_000)
    run = run.after(Answered("last", Told(session(999, left=1), 997, 1_001)))
    assert (run.did("end"), run.asked("last")) == (0, 2)


def test_the_lease_is_renewed_before_half_of_it_is_over() -> None:
    run = started()
    assert run.at(15_000).asked("renew") == 0
    assert run.at(30_000).asked("renew") == 1


def test_without_the_server_the_program_ends_before_the_lease_may_be_over() -> None:
    run = started(lease=10_000)
    while run.now < 9_990:
        run = run.at(run.now + 10)
        for question in run.state.asking:
            run = run.after(Unanswered(question, LOST))
    assert (run.did("end"), run.said("can go on for")) == (0, True)
    run = run.at(10_000)
    assert (run.did("end"), run.state.ending and run.state.ending.code) == (1, 125)
    assert run.state.lease_end is not None
    assert run.state.lease_end <= 10_000
    assert 5 < run.asked("renew") + run.asked("poll") < 40


def test_ctrl_z_pauses_the_session_and_fg_resumes_it_first() -> None:
    run = started().at(1_000).after(Stopped())
    assert (run.asked("pause"), run.did("suspend")) == (1, 0)
    run = run.at(1_004).answered("pause", state="paused", left=599_000)
    assert (run.did("suspend"), run.said("Paused with 9m59s left")) == (1, True)
    run = run.at(90_000).after(Awakened())
    assert (run.asked("resume"), run.did("go")) == (1, 0)
    run = run.at(90_004).answered("resume", left=599_000)
    assert run.did("go") == 1
    assert run.state.program == "running"
    assert run.at(180_000).did("end") == 1  # nobody renews it here: the lease ends


def test_a_program_that_others_continue_waits_until_the_session_runs() -> None:
    run = started().at(1_000).after(Stopped()).answered("pause", state="paused").at(5_000).after(Continued())
    assert (run.did("hold"), run.asked("resume"), run.did("go")) == (1, 1, 0)
    assert run.at(5_004).answered("resume").did("go") == 1


def test_nothing_left_to_resume_with_ends_the_program() -> None:
    run = started().at(1_000).after(Stopped()).answered("pause", state="paused").at(5_000).after(Awakened())
    run = run.after(Refused("resume", OutOfTime("insufficient_time", "Empty.")))
    assert (run.did("end"), run.did("go"), run.state.ending and run.state.ending.code) == (1, 0, 124)


def test_where_no_pauses_are_left_the_program_goes_on() -> None:
    run = started().at(1_000).after(Stopped()).after(Refused("pause", Problem("no_pauses_left", "None.")))
    assert (run.did("go"), run.did("suspend"), run.said("no more pauses")) == (1, 0, True)


def test_a_pause_that_the_server_does_not_hear_of_is_given_up_with_a_price() -> None:
    run = started().at(1_000).after(Stopped())
    while run.now < 1_000 + PERSISTENCE + 100:
        run = run.at(run.now + 100)
        for question in run.state.asking:
            run = run.after(Unanswered(question, LOST))
    assert (run.did("suspend"), run.said("may lose up to 1m00s")) == (1, True)
    assert run.state.wish == "pause"


def test_a_pause_from_elsewhere_holds_the_program_until_it_is_resumed_there() -> None:
    run = started().at(POLL).answered("poll", state="paused", left=598_000)
    assert (run.did("hold"), run.did("suspend"), run.state.program) == (1, 0, "held")
    assert run.after(Continued()).did("hold") == 2
    run = run.at(4_100).answered("poll", left=598_000)
    assert (run.did("go"), run.state.program) == (1, "running")
    unable = started(can_hold=False).at(POLL).answered("poll", state="paused")
    assert (unable.did("hold"), unable.did("end")) == (0, 1)


@pytest.mark.parametrize(
    ("reason", "code"), [("empty", 124), ("expired", 124), ("ended", 125), ("closed", 125), ("lease_lapsed", 125)]
)
def test_an_end_from_elsewhere_ends_the_program(reason: str, code: int) -> None:
    run = started().at(POLL).answered("poll", state="ended", reason=reason)
    assert (run.did("end"), run.asked("stop"), run.state.ending and run.state.ending.code) == (1, 0, code)


def test_a_session_taken_over_is_left_to_its_new_holder() -> None:
    for run in (
        started().at(POLL).answered("poll", seq=2),
        started().at(30_000).after(Refused("renew", StaleSeq("stale_seq", "Held."))),
    ):
        assert (run.did("end"), run.asked("stop"), run.state.ending and run.state.ending.code) == (1, 0, 125)


def test_a_program_that_ends_by_itself_stops_the_session() -> None:
    run = started().at(1_000).after(Exited(7, rest=False))
    assert (run.asked("stop"), run.did("end"), run.state.settled, run.state.status) == (1, 0, False, 7)
    assert run.answered("stop", state="ended", reason="stopped").state.settled
    lost = run
    while not lost.state.settled:
        lost = lost.at(lost.now + 50)
        for question in lost.state.asking:
            lost = lost.after(Unanswered(question, LOST))
    assert lost.now <= 1_000 + PERSISTENCE + 100
    assert lost.said("may lose up to 1m00s")


def test_what_a_program_leaves_behind_is_ended_too() -> None:
    run = started().at(1_000).after(Exited(0, rest=True))
    assert (run.did("end"), run.at(3_001).did("kill")) == (1, 1)


def test_warnings_come_once_and_again_after_a_top_up() -> None:
    run = started(left=10_000, warn=(4_000, 1_000)).at(5_900)
    assert not run.said("s left.")
    run = run.at(6_000)
    assert [action.text for action in run.done if isinstance(action, Say)] == ["4s left."]
    run = run._replace(done=()).answered("poll", left=6_000).at(8_002)
    assert [action.text for action in run.done if isinstance(action, Say)] == [
        "The clock was topped up: 6s left.",
        "4s left.",
    ]


def test_answers_that_overtake_one_another_change_nothing() -> None:
    run = started().at(1_000).after(Stopped())
    late = Told(session(999), 997, 1_003)
    run = run.at(1_004).answered("pause", state="paused")
    run = replace_asking(run, "poll").after(Answered("poll", late))
    assert (run.state.session.state, run.did("go")) == ("paused", 0)


def test_signals_are_passed_on_and_end_a_program_that_waits() -> None:
    run = started().at(1_000).after(Signalled(15))
    assert (run.did("pass"), run.did("end")) == (1, 0)
    waiting = started().at(POLL).answered("poll", state="paused")
    assert waiting.after(Signalled(20, stops=True)).did("suspend") == 1
    waiting = waiting.after(Signalled(2))
    assert (waiting.did("end"), waiting.asked("stop"), waiting.state.ending and waiting.state.ending.code) == (
        1,
        1,
        None,
    )


def replace_asking(run: Run, question: Question) -> Run:
    return run._replace(state=replace(run.state, asking=run.state.asking | {question}))
