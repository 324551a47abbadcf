"""Pauses and their limits (design section 4, Pause)."""

from typing import Final

from creditclock.contract.errors import Refusal
from creditclock.domain.drafts import Draft
from creditclock.domain.rows import Session, Tariff
from creditclock.domain.stretches import end_stretch

MAX_PAUSE_MS: Final = 30 * 86_400_000
"""No pause lasts longer, whatever the tariff says."""


def pause_session(draft: Draft, session: Session, tariff: Tariff) -> None:
    """Pause a running session where the draft is settled; refuses `no_pauses_left`."""
    at = draft.settled_at
    length = _length(session, tariff)
    total = end_stretch(draft, session, at)
    draft.put_session(
        session._replace(
            state="paused",
            lease_until=None,
            since=at,
            elapsed=total.elapsed,
            burned=total.burned,
            segments=total.segments,
            pauses=session.pauses + 1,
            pause_until=at + length,
            after_pause=tariff.after_pause,
        )
    )


def resume_session(draft: Draft, session: Session) -> None:
    """Let a paused session run where the draft is settled, for one lease."""
    at = draft.settled_at
    total = end_stretch(draft, session, at)
    draft.put_session(
        session._replace(
            state="running",
            lease_until=at + session.lease_ms,
            since=at,
            segments=total.segments,
            paused_ms=session.paused_ms + at - session.since,
            pause_until=None,
        )
    )


def _length(session: Session, tariff: Tariff) -> int:
    if tariff.pause_count is not None and session.pauses >= tariff.pause_count:
        raise Refusal(
            "no_pauses_left",
            f"All {tariff.pause_count} pauses of this session are used. Go on or stop it.",
            pauses=session.pauses,
        )
    longest = min(MAX_PAUSE_MS, tariff.pause_each_ms or MAX_PAUSE_MS)
    if tariff.pause_total_ms is None:
        return longest
    left_ms = tariff.pause_total_ms - session.paused_ms
    if left_ms <= 0:
        raise Refusal(
            "no_pauses_left",
            "The time that this session may pause is used up. Go on or stop it.",
            pauses=session.pauses,
            paused_ms=session.paused_ms,
        )
    return min(longest, left_ms)
