"""Ends of sessions and what they are charged (design section 4, Sessions)."""

from creditclock.domain.drafts import Draft, Move
from creditclock.domain.parts import ceil_div
from creditclock.domain.rows import Segment, Session
from creditclock.domain.settlements import charge
from creditclock.domain.stretches import elapsed, end_stretch


def end_session(draft: Draft, session: Session, reason: str) -> None:
    """End an open session where the draft is settled.

    What is held of its minimum charge becomes used, its begun increment is charged as far as there is time, and
    its burn joins that of the ended ones: it used what that raises their total by, rounded up.
    """
    at = draft.settled_at
    total = end_stretch(draft, session, at)
    use_held(draft, session)
    extra = charge(draft, session, "use", increment(session, total.elapsed)) if session.increment_ms else 0
    segments = total.segments
    if extra:
        segments += 1
        rate = session.burn_rate
        draft.segments.append(Segment(session.master, session.id, segments, "increment", at, at, rate, extra))
    burned = total.burned + extra
    ended_burn = draft.rest + burned
    draft.ended_count += 1
    ended = session._replace(
        state="ended",
        lease_until=None,
        elapsed=total.elapsed,
        burned=burned,
        held=0,
        paused_ms=session.paused_ms + (at - session.since if session.state == "paused" else 0),
        pause_until=None,
        segments=segments,
        ended_at=at,
        reason=reason,
        used=ceil_div(ended_burn, 1000) - ceil_div(draft.rest, 1000),
        end_no=draft.ended_count,
    )
    draft.rest = ended_burn % 1000
    draft.sessions = [other for other in draft.sessions if other.id != session.id]
    draft.changed_sessions[session.id] = ended
    draft.ended.append(ended)


def increment(session: Session, ran: int) -> int:
    """The exact burn that its begun increment adds to a session that ends after `ran` ms of running."""
    step = session.increment_ms
    if not step:
        return 0
    least = max(session.minimum_ms, ran)
    return (max(least, ceil_div(ran, step) * step) - least) * session.burn_rate


def begun(session: Session, at: int) -> int:
    """The exact burn that an open session's begun increment is still going to take, however soon after `at` it ends.

    A running session that has just completed an increment begins the next one; one inside its minimum charge can run
    until that is burned, whatever is left on the clock, so that the increment counts in which it will be burned.
    """
    step = session.increment_ms
    if not step:
        return 0
    ran = elapsed(session, at)
    reached = max(session.minimum_ms, ran + 1 if session.state == "running" else ran)
    return (ceil_div(reached, step) * step - max(session.minimum_ms, ran)) * session.burn_rate


def use_held(draft: Draft, session: Session) -> None:
    """Turn what is held of a session's minimum charge into used; the caller sets `held` to 0."""
    if session.held:
        draft.moves.append(Move(draft.settled_at, "minimum_used", session.held, None, session.id))
