"""States: everything about a clock, brought up to the instant of asking, without writing (design section 4)."""

from creditclock.domain.clocks import catch_up
from creditclock.domain.drafts import Effects, State
from creditclock.domain.lots import burn_order
from creditclock.domain.rows import Clock
from creditclock.domain.sessions import end_with
from creditclock.queries.source import Source
from creditclock.storage.relations import LIVE_LOTS, OPEN_SESSIONS


def state_of(source: Source, clock: Clock) -> State:
    """A clock with its lots and open sessions, as they are remembered."""
    return State(clock, burn_order(source.range(LIVE_LOTS, clock.id)), tuple(source.range(OPEN_SESSIONS, clock.id)))


def steps_to_now(source: Source, state: State, *, over: bool = False) -> list[Effects]:
    """What happened to a clock by computation up to now, in order; a freeze of the master ends its sessions."""
    steps: list[Effects] = []
    frozen_at = source.frozen_at
    if frozen_at is not None and state.sessions:
        steps.append(catch_up(state, frozen_at, outages=source.outages))
        for session in steps[-1].state.sessions:
            steps.append(end_with(steps[-1].state, session.id, "closed", frozen_at))
        state = steps[-1].state
    last = catch_up(state, source.now, over=over, outages=source.outages)
    return [*steps, last]


def current_state(source: Source, clock: Clock) -> State:
    """A clock as it stands now, whether or not what happened to it by computation is written."""
    state = state_of(source, clock)
    if source.frozen_at is None and (clock.check_at is None or source.now < clock.check_at):
        return state
    return steps_to_now(source, state)[-1].state
