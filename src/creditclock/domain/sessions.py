"""Sessions: what their holders may do (design section 4, Sessions).

The state must be caught up to `at`; it holds the open sessions only, so a caller answers for an ended one itself.
"""

from creditclock.contract.errors import Refusal
from creditclock.domain.clocks import finish
from creditclock.domain.drafts import Draft, Effects, State
from creditclock.domain.ends import end_session
from creditclock.domain.parts import ceil_div
from creditclock.domain.pauses import pause_session, resume_session
from creditclock.domain.rows import Session, Tariff
from creditclock.domain.settlements import charge, settle_draft


def start(state: State, session: Session, at: int) -> Effects:
    """Start a session from a fresh row; its minimum charge is taken at once and held.

    Takes from the row its id, rates and terms; sets when it began, its lease and what it burned. Refuses
    `parallel_limit` and `insufficient_time`. A session whose lease ends at `at` keeps no place: it ends if its place
    is needed.
    """
    draft = Draft(state)
    settle_draft(draft, at)
    _free_place(draft)
    least = session.minimum_ms * session.burn_rate
    held = _affordable(draft, least)
    draft.sessions.append(session)
    if len(draft.sessions) > 1:
        draft.sessions.sort(key=_by_id)
    charge(draft, session, "minimum", least)
    draft.put_session(
        session._replace(
            state="running",
            started_at=at,
            since=at,
            lease_until=at + session.lease_ms,
            elapsed=0,
            burned=least,
            held=held,
        )
    )
    return finish(draft)


def start_empty(state: State, session: Session, at: int) -> Effects:
    """Start a session on a clock without time: it ends `empty` in the same millisecond, and nothing is charged.

    Refuses `parallel_limit`.
    """
    draft = Draft(state)
    settle_draft(draft, at)
    _free_place(draft)
    began = session._replace(
        state="running",
        started_at=at,
        since=at,
        lease_until=at + session.lease_ms,
        elapsed=0,
        burned=0,
        minimum_ms=0,
        held=0,
    )
    draft.sessions.append(began)
    draft.sessions.sort(key=_by_id)
    draft.put_session(began)
    end_session(draft, began, "empty")
    return finish(draft)


def renew(session: Session, at: int) -> Session:
    """The session with a lease that begins at `at`, never a shorter one; a paused one needs none and stays as it is."""
    if session.lease_until is None:
        return session
    # An outage may have extended it further; a clock's check_at relies on leases that only grow.
    return session._replace(lease_until=max(session.lease_until, at + session.lease_ms))


def pause(state: State, number: int, tariff: Tariff, at: int) -> Effects:
    """Pause session `number` within the limits of its tariff; refuses `not_running` and `no_pauses_left`."""
    draft = Draft(state)
    settle_draft(draft, at)
    session = _find(draft, number)
    if session.state != "running":
        raise Refusal("not_running", "The session is paused. Resume it before you pause it again.")
    pause_session(draft, session, tariff)
    return finish(draft)


def resume(state: State, number: int, at: int) -> Effects:
    """Let the paused session `number` run with a new lease; refuses `not_paused` and `insufficient_time`."""
    draft = Draft(state)
    settle_draft(draft, at)
    session = _find(draft, number)
    if session.state != "paused":
        raise Refusal("not_paused", "The session is running. Only a paused session can be resumed.")
    _affordable(draft, 0)
    resume_session(draft, session)
    return finish(draft)


def stop(state: State, number: int, at: int) -> Effects:
    """End session `number` because its holder stops it."""
    return end_with(state, number, "stopped", at)


def end_with(state: State, number: int, reason: str, at: int) -> Effects:
    """End session `number` for a reason of the contract, such as `ended` or `closed`."""
    draft = Draft(state)
    settle_draft(draft, at)
    end_session(draft, _find(draft, number), reason)
    return finish(draft)


def take_over(state: State, number: int, holder: str, lease_ms: int, at: int) -> Effects:
    """Give session `number` to another holder: `seq` rises, a running one gets a new lease, its burn has no gap."""
    draft = Draft(state)
    session = _find(draft, number)
    lease_until = at + lease_ms if session.state == "running" else None
    draft.put_session(session._replace(holder=holder, seq=session.seq + 1, lease_ms=lease_ms, lease_until=lease_until))
    return finish(draft)


def _find(draft: Draft, number: int) -> Session:
    for session in draft.sessions:
        if session.id == number:
            return session
    raise LookupError(number)


def _by_id(session: Session) -> int:
    return session.id


def _free_place(draft: Draft) -> None:
    parallel = draft.clock.parallel
    if len(draft.sessions) < parallel:
        return
    for session in list(draft.sessions):
        if session.lease_until == draft.settled_at and len(draft.sessions) >= parallel:
            end_session(draft, session, "lease_lapsed")
    if len(draft.sessions) >= parallel:
        raise Refusal(
            "parallel_limit",
            f"{len(draft.sessions)} of {parallel} sessions of this clock are open. Stop one, or raise `parallel`.",
            parallel=parallel,
            open=len(draft.sessions),
        )


def _affordable(draft: Draft, burn: int) -> int:
    """The ms that burning `burn` thousandths takes now; refuses if less is there, or nothing at all."""
    there = draft.balance()
    ms = ceil_div(draft.ahead + burn, 1000)
    missing = max(ms, 1) - there
    if missing > 0:
        raise Refusal(
            "insufficient_time",
            f"{there} ms are left on this clock, {missing} ms are missing. Buy time first.",
            left_ms=there,
            missing_ms=missing,
        )
    return ms
