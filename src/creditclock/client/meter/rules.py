"""The meter's decisions: when a program on a clock goes on, waits, is warned and ends.

Pure functions: what happened and the time go in, a new `State` and what is to be done come out
(`creditclock.client.meter.run` does it). `timing` has what follows from the passing of time alone.
"""

from dataclasses import replace
from typing import Final

from creditclock.client.durations import rounded, spelled
from creditclock.client.errors import OutOfTime, Problem, SessionOver, StaleSeq
from creditclock.client.knowledge import BACK_OFF, Told, back_off, is_news, renewal_at
from creditclock.client.meter.words import (
    CANNOT_GO_ON,
    OUT_OF_TIME,
    Answered,
    Awakened,
    Continued,
    Do,
    Ending,
    Event,
    Exited,
    Refused,
    Say,
    Signalled,
    State,
    Step,
    Stopped,
    Terms,
    Unanswered,
    Wish,
)
from creditclock.client.offset import narrowed, seen
from creditclock.contract import instants
from creditclock.contract.sessions import Session

POLL: Final = 2_000
"""How often the session is looked at: a pause or a top-up from elsewhere is noticed that fast."""
PERSISTENCE: Final = 5_000
"""How long the server is asked to pause or stop the session before the meter goes on without it."""
NOTICED: Final = 1_000
"""An end that moves by less isn't worth a message."""

_OVER: Final = {
    "empty": (OUT_OF_TIME, "Time is up: nothing is left on the clock."),
    "expired": (OUT_OF_TIME, "Time is up: the rest of it has expired."),
    "lease_lapsed": (CANNOT_GO_ON, "The session lapsed because it wasn't renewed in time."),
    "pause_limit": (CANNOT_GO_ON, "The session ended because its pause lasted too long."),
    "stopped": (CANNOT_GO_ON, "The session was stopped from elsewhere."),
    "ended": (CANNOT_GO_ON, "The session was ended from elsewhere."),
    "closed": (CANNOT_GO_ON, "The session was closed by the business."),
}


def begin(terms: Terms, told: Told) -> State:
    """What the meter knows when its session has started and its program is about to."""
    session = told.session
    state = State(
        terms=terms,
        session=session,
        seq=session.seq,
        offset=seen(instants.parsed(session.as_of), told.sent, told.answered),
        round_trip=told.answered - told.sent,
        poll_at=0,
        renew_at=0,
        warned=session.left_ms,
    )
    return _scheduled(state, told.answered)


def happened(state: State, event: Event, now: int) -> Step:  # noqa: C901, PLR0911 - a table of events
    """What follows from an event."""
    match event:
        case Answered(question, told):
            state = replace(state, asking=state.asking - {question}, failures=0)
            if question in {"poll", "last"}:
                state = replace(state, round_trip=told.answered - told.sent)
            if question == "last" and told.session.as_of < (told.session.due_at or ""):
                # Decided a moment too early to be final: ask again.
                state = replace(state, last_asked=None)
            return _conformed(_learned(state, told), state.session, now)
        case Refused():
            return _refused(state, event, now)
        case Unanswered(question, problem):
            return _failed(replace(state, asking=state.asking - {question}), event, problem, now)
        case Stopped() if state.program == "running" and state.ending is None:
            return _conformed(_wishing(replace(state, program="stopped"), "pause", now), state.session, now)
        case Continued() if state.program == "stopped" and state.ending is None:
            return _wishing(state, "resume", now), [Do("hold")]
        case Continued() if state.program == "held" and state.ending is None:
            return state, [Do("hold")]
        case Awakened():
            return _awakened(state, now)
        case Exited(status, rest):
            return _exited(state, status, now, rest=rest)
        case Signalled(number, stops) if state.ending is None:
            return _signalled(state, number, now, stops=stops)
        case _:
            return state, []


def ended(state: State, code: int | None, text: str, now: int, *, is_ours: bool = True) -> Step:
    """The program's end begins: TERM now, KILL when the grace is over; the server is told if the session is ours."""
    state = replace(state, ending=Ending(code, now + state.terms.grace), wish=None)
    if is_ours and state.session.state != "ended":
        state = _wishing(state, "stop", now)
    return state, [*([Say(text, loud=True)] if text else []), Do("end")]


def _learned(state: State, told: Told) -> State:
    session = told.session
    offset = narrowed(state.offset, seen(instants.parsed(session.as_of), told.sent, told.answered))
    state = replace(state, offset=offset)
    if is_news(state.session, session):
        state = replace(state, session=session)
    return _scheduled(state, told.answered)


def _scheduled(state: State, now: int) -> State:
    spread = state.terms.chance
    renew_at = state.renew_at
    if state.lease_end is not None:
        renew_at = renewal_at(state.lease_end, state.session.lease_ms, spread)
    return replace(state, poll_at=now + int(POLL * (0.8 + 0.2 * spread)), renew_at=renew_at)


def _conformed(state: State, before: Session, now: int) -> Step:  # noqa: PLR0911 - a table of states
    """The program is brought to what the server says: the heart of the meter."""
    session = state.session
    if state.program == "gone" or state.ending is not None:
        return (replace(state, wish=None), []) if session.state == "ended" else (state, [])
    if session.state == "ended":
        return _over(state, session.reason, now)
    if session.seq != state.seq:
        return _taken_over(state, now)
    notes = _extended(before, session)
    match state.program, session.state, state.wish:
        case "stopped", "paused", "pause":
            return replace(state, wish=None), [Say(f"Paused with {spelled(session.left_ms)} left."), Do("suspend")]
        case "stopped", "running", "resume" | None:
            said = Say(f"Resumed with {rounded(state.left(now))} left.")
            return replace(state, program="running", wish=None), [*notes, said, Do("go")]
        case "held", "running", _:
            said = Say(f"Resumed from elsewhere with {rounded(state.left(now))} left.")
            return replace(state, program="running"), [*notes, said, Do("go")]
        case "running", "paused", _ if not state.terms.can_hold:
            text = "The session was paused from elsewhere, but a program can't be paused on this system."
            return ended(state, CANNOT_GO_ON, text, now)
        case "running", "paused", _:
            said = Say(f"Paused from elsewhere with {spelled(session.left_ms)} left: the program waits.")
            return replace(state, program="held"), [*notes, said, Do("hold")]
        case _:
            return replace(state, warned=max(state.warned, state.left(now))) if notes else state, [*notes]


def _extended(before: Session, after: Session) -> list[Say]:
    if before.due_at and after.due_at:
        more = instants.parsed(after.due_at) - instants.parsed(before.due_at)
    elif before.state == after.state == "paused":
        more = after.left_ms - before.left_ms
    else:
        return []
    if more >= NOTICED:
        return [Say(f"The clock was topped up: {rounded(after.left_ms)} left.")]
    if more <= -NOTICED:
        return [Say(f"The clock runs out sooner: {rounded(after.left_ms)} left.")]
    return []


def _over(state: State, reason: str | None, now: int) -> Step:
    code, text = _OVER.get(reason or "", (CANNOT_GO_ON, "The session is over."))
    return ended(state, code, text, now, is_ours=False)


def _taken_over(state: State, now: int) -> Step:
    return ended(state, CANNOT_GO_ON, "The session was taken over by another holder.", now, is_ours=False)


def _refused(state: State, event: Refused, now: int) -> Step:  # noqa: PLR0911 - a table of codes
    before = state.session
    state = replace(state, asking=state.asking - {event.question})
    if event.told is not None:
        state = _learned(state, event.told)
    problem = event.problem
    if state.ending is not None or state.program == "gone":
        # Whatever holds the server back from stopping the session: it is asked again until patience is over.
        state = replace(state, wish_at=now + BACK_OFF)
        over = state.session.state == "ended" or isinstance(problem, SessionOver)
        return (replace(state, wish=None) if over else state), []
    match problem:
        case StaleSeq():
            return _taken_over(state, now)
        case Problem(code="session_ended"):
            return _over(state, state.session.reason, now)
        case OutOfTime() if event.question == "resume":
            return ended(state, OUT_OF_TIME, "Time is up: nothing is left on the clock to go on with.", now)
        case Problem(code="not_found"):
            return ended(state, CANNOT_GO_ON, "The session is gone.", now, is_ours=False)
        case Problem(code="no_pauses_left"):
            said = Say("The tariff allows no more pauses: the program goes on.")
            return replace(state, program="running", wish=None), [said, Do("go")]
        case Problem(code="not_running" | "not_paused"):
            # It was paused or resumed from elsewhere in the same moment: look before doing anything.
            return _conformed(replace(state, poll_at=now, wish_at=now + BACK_OFF), before, now)
        case _:
            return _failed(state, event, problem, now)


def _failed(state: State, event: Refused | Unanswered, problem: Problem, now: int) -> Step:
    failures = state.failures + 1
    again = now + back_off(state.failures, state.terms.chance)
    state = replace(state, failures=failures)
    match event.question:
        case "poll":
            state = replace(state, poll_at=again)
        case "renew":
            state = replace(state, renew_at=again)
        case "pause" | "resume" | "stop":
            state = replace(state, wish_at=again)
        case "last":
            pass
    if failures != 2 or state.ending is not None or state.program == "gone":  # noqa: PLR2004 - once is a hiccup
        return state, []
    ends = [end for end in (state.due, state.lease_end) if end is not None]
    until = f" It can go on for {rounded(max(0, min(ends) - now))}." if ends and state.program == "running" else ""
    return state, [Say(f"{problem.detail}{until}", loud=True)]


def _wishing(state: State, wish: Wish, now: int) -> State:
    return replace(state, wish=wish, wish_at=now, wish_until=now + PERSISTENCE)


def _awakened(state: State, now: int) -> Step:
    if state.ending is None and state.program == "stopped":
        return _wishing(state, "resume", now), []
    return replace(state, poll_at=now), []


def _exited(state: State, status: int, now: int, *, rest: bool) -> Step:
    state = replace(state, program="gone", status=status)
    if state.ending is None:
        # What it leaves behind in the background must not run on unpaid.
        state, actions = ended(state, None, "", now)
        return state, actions if rest else []
    return state, []


def _signalled(state: State, number: int, now: int, *, stops: bool) -> Step:
    if stops:
        return state, [Do("pass", number) if state.program == "running" else Do("suspend")]
    if state.program in {"stopped", "held"}:
        return ended(state, None, "", now)
    return state, [Do("pass", number)]
