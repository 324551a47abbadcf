"""Settlements: what burned is taken from the lots (design section 4, the formulas)."""

from collections.abc import Sequence

from creditclock.domain.drafts import Draft
from creditclock.domain.lots import take
from creditclock.domain.parts import ceil_div, split
from creditclock.domain.rows import Session
from creditclock.domain.stretches import adjust


def settle_draft(draft: Draft, at: int) -> None:
    """Take from the lots what burned up to `at`.

    Nothing else may be due in between: the burn rate and the lots are those of the last settlement. A lot that
    starts at `at` pays nothing of it. The total since ever is rounded up once; what a drained clock can't pay is
    taken off its sessions.
    """
    since = draft.settled_at
    if at <= since:
        return
    joined = draft.joined()
    draft.settled_at = at
    if not joined:
        return
    used = draft.ahead + _rate(joined) * (at - since)
    if used <= 0:
        draft.ahead = used
        return
    ms = ceil_div(used, 1000)
    missing = take(draft, "use", ms, since, joined[0].id if len(joined) == 1 else None)
    over = used - (ms - missing) * 1000
    draft.ahead = min(0, over)
    if over > 0:
        spread(draft, joined, -over)


def charge(draft: Draft, session: Session, kind: str, burn: int) -> int:
    """Burn `burn` ≥ 0 thousandths more for a session where the draft is settled, at most what is there.

    Answers how much that was. What is left of a paid millisecond counts as there.
    """
    burn = min(burn, draft.balance() * 1000 - draft.ahead)
    used = draft.ahead + burn
    ms = max(0, ceil_div(used, 1000))
    take(draft, kind, ms, draft.settled_at, session.id)
    draft.ahead = used - ms * 1000
    return burn


def forfeit(draft: Draft) -> None:
    """Count the rest of a paid millisecond as burned: everything else on the clock has expired.

    It falls to the sessions that burn the clock in proportion to their rates, else to the other running ones,
    else to the paused ones; on a clock without open sessions the burn of the ended ones is rounded up.
    """
    rest = -draft.ahead
    draft.ahead = 0
    running = [session for session in draft.sessions if session.state == "running"]
    sharers = draft.joined() or running or draft.sessions
    if sharers:
        spread(draft, sharers, rest)
    else:
        draft.rest = 0


def spread(draft: Draft, sessions: Sequence[Session], burn: int) -> None:
    """Spread a correction of the exact burn over sessions in proportion to their rates by largest remainder."""
    sign = -1 if burn < 0 else 1
    parts = split(abs(burn), [session.burn_rate for session in sessions])
    for session, part in zip(list(sessions), parts, strict=True):
        adjust(draft, session, sign * part)


def _rate(sessions: Sequence[Session]) -> int:
    return sessions[0].burn_rate if len(sessions) == 1 else sum(session.burn_rate for session in sessions)
