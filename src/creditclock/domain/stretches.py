"""Stretches of a session: run, pause, minimum charge; recorded as segments that add up to its exact burn.

Design section 4, Sessions. A segment is written when its stretch ends; the whole minimum charge stands
in the first segment of kind `minimum`, later stretches inside the minimum burn nothing more.
"""

from typing import NamedTuple

from creditclock.domain.drafts import Draft
from creditclock.domain.rows import Segment, Session


class Total(NamedTuple):
    """Where a session stands when a stretch ends: real running time in ms, exact burn, number of segments."""

    elapsed: int
    burned: int
    segments: int


def elapsed(session: Session, at: int) -> int:
    """Its real running time in ms without pauses, up to `at`."""
    return session.elapsed + at - session.since if session.state == "running" else session.elapsed


def burned(session: Session, at: int) -> int:
    """Its exact burn up to `at` in thousandths of a ms; the minimum charge counts from the start."""
    if session.state != "running":
        return session.burned
    run = session.elapsed + at - session.since - max(session.elapsed, session.minimum_ms)
    return session.burned + session.burn_rate * max(0, run)


def open_segments(session: Session, at: int) -> tuple[Segment, ...]:
    """The segments of the stretch that is still going on, as if it ended at `at`; none for an ended session.

    With the written ones they add up to `burned(session, at)`.
    """
    if session.state == "ended":
        return ()
    return tuple(_segments(session, at))


def end_stretch(draft: Draft, session: Session, at: int) -> Total:
    """Write the segments of the stretch that ends at `at`; the caller saves the total."""
    count = session.segments
    for segment in _segments(session, at):
        draft.segments.append(segment)
        count = segment.no
    return Total(elapsed(session, at), burned(session, at), count)


def adjust(draft: Draft, session: Session, by: int) -> None:
    """Change the exact burn of an open session where the draft is settled, recorded as `dropped`; 0 is nothing.

    A running session begins a new stretch, so that its segments stand in order of time; a pause goes on.
    """
    if not by:
        return
    at = draft.settled_at
    if session.state == "running":
        total = end_stretch(draft, session, at)
        since = at
    else:
        total = Total(session.elapsed, session.burned, session.segments)
        since = session.since
    no = total.segments + 1
    draft.segments.append(Segment(session.master, session.id, no, "dropped", at, at, session.burn_rate, by))
    draft.put_session(session._replace(since=since, elapsed=total.elapsed, burned=total.burned + by, segments=no))


def _segments(session: Session, at: int) -> list[Segment]:
    since, no = session.since, session.segments
    if session.state == "paused":
        return [_segment(session, no + 1, "pause", since, at, 0)] if at > since else []
    segments: list[Segment] = []
    behind = session.minimum_ms - session.elapsed
    if behind > 0:
        until = min(at, since + behind)
        charge = 0 if no else session.minimum_ms * session.burn_rate
        if charge or until > since:
            no += 1
            segments.append(_segment(session, no, "minimum", since, until, charge))
        since = until
    if at > since:
        segments.append(_segment(session, no + 1, "run", since, at, session.burn_rate * (at - since)))
    return segments


def _segment(session: Session, no: int, kind: str, since: int, until: int, burn: int) -> Segment:
    rate = 0 if kind == "pause" else session.burn_rate
    return Segment(session.master, session.id, no, kind, since, until, rate, burn)
