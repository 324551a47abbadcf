"""A held session's decisions: what to ask the server and when, when to warn, when it is over.

Pure functions: what happened and the time go in, a new `State` comes out. `Holder` keeps the state,
`RunningSession` and `AsyncRunningSession` do what is to be done.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple

import msgspec

from creditclock.client.errors import OutOfTime, Problem, SessionLapsed, SessionOver, StaleSeq, over_by
from creditclock.client.knowledge import (
    LATEST,
    TRY,
    Knowledge,
    Told,
    back_off,
    is_news,
    last_at,
    renewal_at,
)
from creditclock.client.offset import narrowed, seen
from creditclock.contract import instants
from creditclock.contract.sessions import EndReason, Session

Question = Literal["look", "renew", "last"]

SOON: Final = 60_000
"""With less than this left the session is looked at often: a top-up from elsewhere is noticed fast."""
LOOK_SOON: Final = 2_000
LOOK: Final = 10_000
IDLE: Final = 60_000
NOTICED: Final = 1_000
"""What is left may seem to grow by less than this when the offset of the two clocks becomes known better."""

_OVER: Final[dict[EndReason | None, str]] = {
    "empty": "Time is up: nothing is left on the clock. Top up and start again.",
    "expired": "Time is up: the rest of it has expired. Buy more and start again.",
    "lease_lapsed": "The session lapsed because it wasn't renewed in time. Start another one.",
    "pause_limit": "The session ended because its pause lasted too long. Start another one.",
    "stopped": "The session was stopped. Start another one.",
    "ended": "The session was ended from elsewhere. Start another one.",
    "closed": "The session was closed by the business. Ask there.",
}
_TAKEN_OVER: Final = "The session was taken over by another holder: its time is no longer ours. Start another one."


class Terms(NamedTuple):
    """With what is left warnings are due. `chance`, from 0 to 1, keeps many holders from asking in the same moment."""

    warn: tuple[int, ...] = ()
    chance: float = 0.5


class Ask(NamedTuple):
    """Ask the server; its answer is of use for so many ms."""

    question: Question
    within: int


class End(NamedTuple):
    """The session is over for us."""

    kind: type[SessionOver]
    code: str
    detail: str
    session: Session

    @property
    def is_told(self) -> bool:
        """Whether the server said so; otherwise the session may still be open there."""
        return self.code == "stale_seq" or self.session.ended_at is not None

    def problem(self) -> SessionOver:
        """It as an exception, a new one each time it is raised."""
        return self.kind(self.code, self.detail, status=0, data={"session": msgspec.to_builtins(self.session)})


@dataclass(frozen=True, slots=True, kw_only=True)
class State(Knowledge):
    """What the holder of a session knows.

    `warned` is what was left when a warning was given at last, `trouble` what the server said when it didn't renew.
    """

    terms: Terms
    look_at: int = 0
    renew_at: int = 0
    warned: int
    trouble: str | None = None
    end: End | None = None


class Due(NamedTuple):
    """What is to be done now: a warning with what is left, a question; and when to look again."""

    state: State
    warn: int | None
    ask: Ask | None
    wake_at: int


def begin(terms: Terms, told: Told) -> State:
    """What the holder knows when the session has started."""
    session = told.session
    state = State(
        terms=terms,
        session=session,
        seq=session.seq,
        offset=seen(instants.parsed(session.as_of), told.sent, told.answered),
        round_trip=told.answered - told.sent,
        warned=max((session.left_ms, *terms.warn)) + 1,
    )
    return _conformed(_scheduled(state, told.answered))


def learned(state: State, question: Question | None, told: Told) -> State:
    """The server told how the session stands, in answer to a question or to something else that it was asked."""
    session = told.session
    offset = narrowed(state.offset, seen(instants.parsed(session.as_of), told.sent, told.answered))
    state = replace(state, offset=offset, failures=0, trouble=None)
    if question is not None:
        state = replace(state, round_trip=told.answered - told.sent)
    if question == "last" and session.as_of < (session.due_at or ""):
        # Decided a moment too early to be final: ask again.
        state = replace(state, last_asked=None)
    if is_news(state.session, session):
        state = replace(state, session=session)
    left = state.left(told.answered)
    if left > state.warned + NOTICED:
        # After a top-up the same warnings are due again.
        state = replace(state, warned=left + 1)
    return _conformed(_scheduled(state, told.answered))


def refused(state: State, problem: Problem, told: Told | None, now: int) -> State:
    """The server refused a question, and may have told how the session stands."""
    if told is not None:
        state = learned(state, None, told)
    if state.end is not None:
        return state
    if isinstance(problem, SessionOver) and problem.code in {"session_ended", "stale_seq"}:
        detail = _TAKEN_OVER if isinstance(problem, StaleSeq) else problem.detail
        return replace(state, end=End(type(problem), problem.code, detail, state.session))
    if problem.code == "not_found":
        return replace(state, end=End(over_by("closed"), "session_ended", "The session is gone.", state.session))
    if problem.code in {"not_running", "not_paused"} and told is not None:
        return state
    return unanswered(state, problem, now)


def unanswered(state: State, problem: Problem, now: int) -> State:
    """No answer came, or none that helps: ask again a little later."""
    failures = state.failures + 1
    again = now + back_off(failures, state.terms.chance)
    look_at, renew_at = max(state.look_at, again), max(state.renew_at, again)
    return replace(state, failures=failures, trouble=problem.detail, look_at=look_at, renew_at=renew_at)


def over(state: State, now: int, *, asking: bool = False) -> End | None:
    """Whether the session is over: as the server said, or because its time or its lease is over by now."""
    if state.end is not None or not state.runs:
        return state.end
    due, lease_end = state.due, state.lease_end
    if due is not None and now >= due and due <= (lease_end or due):
        answered = state.last_asked == state.session.due_at and not asking
        if answered or now >= due + LATEST:
            return _end(_run_dry(state.session), "empty", OutOfTime)
    elif lease_end is not None and now >= lease_end:
        why = state.trouble or "This computer slept, or the program was stopped, for too long."
        detail = f"The session lapsed because it wasn't renewed in time. {why} Start another one."
        return _end(state.session, "lease_lapsed", SessionLapsed)._replace(detail=detail)
    return None


def due(state: State, now: int) -> Due:
    """What is due at a moment, for a session that isn't over."""
    warn, ask = None, None
    due = state.due if state.runs else None
    if due is not None:
        left = max(0, due - now)
        if any(left <= limit < state.warned for limit in state.terms.warn):
            warn = left
            state = replace(state, warned=left)
        if state.last_asked != state.session.due_at and now >= last_at(state.round_trip, due):
            state = replace(state, last_asked=state.session.due_at)
            ask = Ask("last", max(1, due + LATEST - now))
        elif now >= state.renew_at:
            ask = Ask("renew", _within(state, due, now))
    is_last_asked = due is not None and state.last_asked == state.session.due_at
    if ask is None and now >= state.look_at and not is_last_asked:
        ask = Ask("look", _within(state, due, now) if due is not None else TRY)
    return Due(state, warn, ask, _wake_at(state, now))


def _within(state: State, due: int, now: int) -> int:
    """A question that is under way when the last one is due must not keep it waiting."""
    return max(1, min(TRY, last_at(state.round_trip, due) - now))


def _wake_at(state: State, now: int) -> int:
    moments = [now + IDLE, state.look_at]
    due = state.due if state.runs else None
    if due is not None:
        moments += [state.renew_at, due + LATEST]
        moments += [last_at(state.round_trip, due)] if state.last_asked != state.session.due_at else []
        moments += [state.lease_end] if state.lease_end is not None else []
        moments += [due - limit for limit in state.terms.warn if limit < state.warned]
    return min((moment for moment in moments if moment > now), default=now)


def _scheduled(state: State, now: int) -> State:
    chance = state.terms.chance
    often = LOOK_SOON if state.runs and state.left(now) <= SOON else LOOK
    renew_at = state.renew_at
    if state.lease_end is not None:
        renew_at = renewal_at(state.lease_end, state.session.lease_ms, chance)
    return replace(state, look_at=now + int(often * (0.8 + 0.2 * chance)), renew_at=renew_at)


def _conformed(state: State) -> State:
    session = state.session
    if state.end is not None:
        return state
    if session.state == "ended":
        return replace(state, end=_end(session, session.reason))
    if session.seq != state.seq:
        return replace(state, end=End(StaleSeq, "stale_seq", _TAKEN_OVER, session))
    return state


def _run_dry(session: Session) -> Session:
    """The session when its time was over, by what the server told last: what was left has been used."""
    used_ms = session.used_ms + session.left_ms * session.burn_rate // 1_000
    elapsed_ms = session.elapsed_ms + session.left_ms
    as_of = session.due_at or session.as_of
    return msgspec.structs.replace(session, as_of=as_of, elapsed_ms=elapsed_ms, used_ms=used_ms)


def _end(session: Session, reason: EndReason | None, kind: type[SessionOver] | None = None) -> End:
    if session.state != "ended":
        session = msgspec.structs.replace(session, state="ended", reason=reason, ended_at=None, left_ms=0)
    return End(kind or over_by(reason), "session_ended", _OVER.get(reason, "The session is over."), session)
