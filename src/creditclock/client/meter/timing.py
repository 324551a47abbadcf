"""What follows from the passing of time: questions, warnings, the end at zero, at the lease's or the grace's end."""

from dataclasses import replace
from typing import Final

from creditclock.client.durations import rounded, spelled
from creditclock.client.knowledge import LATEST, TRY, last_at
from creditclock.client.meter.rules import ended
from creditclock.client.meter.words import (
    CANNOT_GO_ON,
    OUT_OF_TIME,
    Action,
    Ask,
    Do,
    Ending,
    Question,
    Say,
    State,
    Step,
)

PATIENT_TRY: Final = 1_500
IDLE: Final = 60_000


def passed(state: State, now: int) -> Step:
    """What is due at a moment."""
    actions: list[Action] = []
    if state.program != "gone" and state.ending is None:
        state, actions = _ends(state, now)
    if state.ending is not None and state.ending.kill_at is not None and now >= state.ending.kill_at:
        state = replace(state, ending=Ending(state.ending.code, None))
        actions.append(Do("kill"))
    if state.program != "gone" and state.ending is None:
        state = _questions(state, now, actions)
    return _wish(state, now, actions), actions


def wake_at(state: State, now: int) -> int:
    """The next moment at which `passed` has something to do."""
    moments = [now + IDLE]
    if state.ending is not None:
        moments += [state.ending.kill_at] if state.ending.kill_at is not None else []
    elif state.program != "gone":
        moments += [] if "poll" in state.asking else [state.poll_at]
        moments += [*_running_moments(state, now)] if state.runs else []
    if state.wish is not None:
        moments += [state.wish_until] if now < state.wish_until else []
        moments += [] if state.wish in state.asking else [state.wish_at]
    return max(now, min(moments))


def _running_moments(state: State, now: int) -> list[int]:
    moments = [] if "renew" in state.asking else [state.renew_at]
    if state.lease_end is not None:
        moments.append(state.lease_end)
    if state.due is not None:
        moments.append(last_at(state.round_trip, state.due) if state.last_asked != state.session.due_at else state.due)
        if now >= state.due:
            moments.append(state.due + LATEST)
            moments = [moment for moment in moments if moment > now]
        moments += [state.due - limit for limit in state.terms.warn if limit < state.warned]
    return moments


def _ends(state: State, now: int) -> Step:
    if not state.runs:
        return state, []
    due, lease_end = state.due, state.lease_end
    if due is not None and now >= due and (due <= (lease_end or due)):
        answered = state.last_asked == state.session.due_at and "last" not in state.asking
        if answered or now >= due + LATEST:
            return ended(state, OUT_OF_TIME, "Time is up: nothing is left on the clock.", now)
    elif lease_end is not None and now >= lease_end:
        why = (
            "The server can't be reached, and without it the session is over now."
            if state.failures
            else "The session lapsed: this computer slept, or the meter was stopped, for too long."
        )
        return ended(state, CANNOT_GO_ON, why, now)
    return state, []


def _questions(state: State, now: int, actions: list[Action]) -> State:
    due = state.due if state.runs else None
    if due is not None:
        left = due - now
        crossed = [limit for limit in state.terms.warn if left <= limit < state.warned]
        if crossed:
            actions.append(Say(f"{rounded(max(0, left))} left."))
        state = replace(state, warned=min(state.warned, left) if crossed else state.warned)
        if state.last_asked != state.session.due_at and now >= last_at(state.round_trip, due):
            within = max(1, due + LATEST - now)
            state = _asking(replace(state, last_asked=state.session.due_at), "last", within, actions)
        if now >= state.renew_at and "renew" not in state.asking:
            state = _asking(state, "renew", TRY, actions)
    if now >= state.poll_at and "poll" not in state.asking:
        state = _asking(state, "poll", TRY, actions)
    return state


def _wish(state: State, now: int, actions: list[Action]) -> State:
    if state.wish is None:
        return state
    if now >= state.wish_until and state.wish_until:
        if state.wish == "stop":
            actions.append(Say(f"The server could not be told that the program ended. {_may_cost(state)}", loud=True))
            return replace(state, wish=None)
        if state.wish == "pause":
            actions += [Say(f"The server could not be told of the pause. {_may_cost(state)}", loud=True), Do("suspend")]
        state = replace(state, wish_until=0)
    if state.wish is not None and state.wish not in state.asking and now >= state.wish_at:
        state = _asking(state, state.wish, PATIENT_TRY, actions)
    return state


def _may_cost(state: State) -> str:
    return f"The clock may lose up to {spelled(state.session.max_loss_ms)} more than was told at last."


def _asking(state: State, question: Question, within: int, actions: list[Action]) -> State:
    actions.append(Ask(question, within))
    return replace(state, asking=state.asking | {question})
