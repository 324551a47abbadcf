"""What a forecast says, walked the slow way: every instant is begun by the engine itself (quadratic in the lots)."""

from creditclock.domain.clocks import begin_instant
from creditclock.domain.drafts import NEVER, Draft, State
from creditclock.domain.ends import increment
from creditclock.domain.instants import look_ahead, outlook
from creditclock.domain.parts import ceil_div
from creditclock.domain.readings import balance
from creditclock.domain.rows import Session
from creditclock.domain.stretches import elapsed


def walk(state: State) -> tuple[int, int]:
    """The first ms at which nothing is left and the last at which something is, along the burn plan."""
    if not runs(state):
        return NEVER, NEVER
    clock = state.clock
    ahead = look_ahead(clock.settled_at, clock.ahead, state.lots, state.sessions)
    draft: Draft | None = None
    while ahead.due_at >= ahead.lot_starts or ahead.due_at > ahead.changes:
        next_at = min(ahead.lot_starts, ahead.changes)
        if next_at == NEVER:
            return NEVER, NEVER
        draft = draft or Draft(state)
        begin_instant(draft, next_at)
        if draft.ended:
            return next_at, next_at
        ahead = outlook(draft)
    return ahead.due_at, ahead.left_until


def runs(state: State) -> bool:
    return any(session.state == "running" for session in state.sessions)


def due_at(state: State) -> int | None:
    due = walk(state)[0]
    return None if due == NEVER else due


def left(state: State, at: int) -> int:
    if not runs(state):
        return balance(state, at)
    return max(0, walk(state)[1] - at)


def max_loss(state: State, session: Session, at: int) -> int:
    if session.state != "running" or session.lease_until is None:
        return 0
    ran = elapsed(session, at)
    unburned = max(0, session.minimum_ms - ran)
    until = session.lease_until
    if any(lot.starts_at > at for lot in state.lots):
        until = min(until, walk(state._replace(sessions=(session,)))[0])
    there = balance(state, at) + sum([lot.left_ms for lot in state.lots if at < lot.starts_at <= until])
    ending = max(ran, ran + until - at)
    burn = (max(ending, session.minimum_ms) - ran) * session.burn_rate + increment(session, ending)
    return min(there + ceil_div(unburned * session.burn_rate, 1000), ceil_div(burn, 1000))
