"""Readings: how a clock and its sessions stand at an instant, without changing anything (design section 4).

The state must be caught up to `at` (`clocks.catch_up`).
"""

from creditclock.domain.drafts import NEVER, Draft, State
from creditclock.domain.instants import outlook
from creditclock.domain.parts import ceil_div, split
from creditclock.domain.stretches import burned, elapsed, open_segments

__all__ = [
    "balance",
    "burn_rate",
    "elapsed",
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


def next_check(state: State) -> int | None:
    """The next computed instant of a clock; None if there is none."""
    next_at = outlook(Draft(state)).next_at()
    return None if next_at >= NEVER else next_at


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
