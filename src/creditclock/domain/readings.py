"""Readings: how a clock and its sessions stand at an instant, without changing anything (design section 4).

The state must be caught up to `at` (`clocks.catch_up`).
"""

from creditclock.domain.clocks import begin_instant
from creditclock.domain.drafts import NEVER, Draft, State
from creditclock.domain.ends import increment
from creditclock.domain.instants import look_ahead, outlook
from creditclock.domain.parts import ceil_div, split
from creditclock.domain.rows import Session
from creditclock.domain.stretches import burned, elapsed, open_segments

__all__ = [
    "balance",
    "burn_rate",
    "due_at",
    "elapsed",
    "left",
    "max_loss",
    "next_check",
    "open_segments",
    "parts",
    "shares",
]


def balance(state: State, at: int) -> int:
    """The ms on the clock, as if it were settled at `at`; a lot that starts later isn't in it."""
    there = sum([lot.left_ms for lot in state.lots if lot.starts_at <= at])
    if not state.sessions:
        return there
    clock = state.clock
    used = clock.ahead + burn_rate(state, at) * (at - clock.settled_at)
    return max(0, there - max(0, ceil_div(used, 1000)))


def burn_rate(state: State, at: int) -> int:
    """R: the sum of the rates of the running sessions that have burned their minimum charge, in per mille."""
    return sum([s.burn_rate for s in state.sessions if s.state == "running" and elapsed(s, at) >= s.minimum_ms])


def due_at(state: State) -> int | None:
    """The first ms at which nothing is left if all running sessions go on; None if none runs, or never."""
    due = _walk(state)[0]
    return None if due == NEVER else due


def next_check(state: State) -> int | None:
    """The next computed instant of a clock; None if there is none."""
    next_at = outlook(Draft(state)).next_at()
    return None if next_at >= NEVER else next_at


def left(state: State, at: int) -> int:
    """For how many ms of real time the clock lasts if all running sessions go on, rounded down, at most 2^53 − 1.

    If none runs it is what the clock holds. It is for people; `due_at` decides.
    """
    if not _runs(state):
        return balance(state, at)
    return max(0, _walk(state)[1] - at)


def shares(state: State, at: int) -> dict[int, int]:
    """What each open session took so far in ms, by id, as if the clock were settled at `at`.

    A session inside its minimum charge counts what it has burned of it, rounded up.
    """
    shown = parts(state, at)
    for session in state.sessions:
        ran = elapsed(session, at)
        if ran < session.minimum_ms:
            shown[session.id] = min(shown[session.id], ceil_div(ran * session.burn_rate, 1000))
    return shown


def parts(state: State, at: int) -> dict[int, int]:
    """What each open session is charged in ms, by id, whole minimum charges included.

    The total that left the clock or is held and isn't part of ended sessions, by largest remainder in
    proportion to their exact burns, ties by id; the parts add up to it exactly.
    """
    sessions, rest = state.sessions, state.clock.rest
    burns = [burned(session, at) for session in sessions]
    total = ceil_div(rest + sum(burns), 1000) - ceil_div(rest, 1000)
    if len(sessions) == 1:
        return {sessions[0].id: total}
    return dict(zip([session.id for session in sessions], split(total, burns), strict=True))


def max_loss(state: State, session: Session, at: int) -> int:
    """The most ms that a running session can still use up if its holder is never heard of again; else 0.

    What it burns until its lease ends, with minimum charge and begun increment, at most what is left on the clock
    and held for it.
    """
    if session.state != "running" or session.lease_until is None:
        return 0
    ran = elapsed(session, at)
    unburned = max(0, session.minimum_ms - ran)
    until = session.lease_until
    if any(lot.starts_at > at for lot in state.lots):
        # The others may stop and leave it everything.
        until = min(until, _walk(state._replace(sessions=(session,)))[0])
    there = balance(state, at) + sum([lot.left_ms for lot in state.lots if at < lot.starts_at <= until])
    ending = max(ran, ran + until - at)
    burn = (max(ending, session.minimum_ms) - ran) * session.burn_rate + increment(session, ending)
    return min(there + ceil_div(unburned * session.burn_rate, 1000), ceil_div(burn, 1000))


def _runs(state: State) -> bool:
    return any(session.state == "running" for session in state.sessions)


def _walk(state: State) -> tuple[int, int]:
    """The first ms at which nothing is left and the last at which something is, along the burn plan."""
    if not _runs(state):
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
