"""Clocks: what happens to them by computation, and the changes of their time (design section 4).

All functions take a state and answer effects; none has another effect. A state must be caught up to an instant
before anything is decided at it. Instants never go back.
"""

from bisect import insort

from creditclock.contract.errors import Refusal
from creditclock.domain.drafts import Draft, Effects, State
from creditclock.domain.ends import begun, end_session, use_held
from creditclock.domain.instants import extend_lease, outlook
from creditclock.domain.lots import burn_key, refundable, take_expired, take_returned
from creditclock.domain.parts import ceil_div
from creditclock.domain.pauses import resume_session
from creditclock.domain.rows import Lot, Session
from creditclock.domain.runs import run_lots
from creditclock.domain.settlements import forfeit, settle_draft

Outages = tuple[tuple[int, int], ...]
"""Intervals [from, until) in which the server was down, sorted."""


def catch_up(state: State, now: int, *, over: bool = False, outages: Outages = ()) -> Effects:
    """Apply every computed instant before `now`, in order of time, each at its own instant.

    At `now` itself lots start, lots expire and minimum charges end, as these come before commands; limits of pauses,
    ends of leases and the empty clock come after them and are applied only if `over` says that `now` is over.
    Each instant uses up a lot's start, a lot, a minimum, a limit, an outage or a session, so their number is bounded.
    """
    check_at = state.clock.check_at
    if check_at is None or now < check_at:
        return Effects(state)
    draft = Draft(state)
    run_lots(draft, now)
    next_at = outlook(draft).next_at()
    while next_at <= now:
        begin_instant(draft, next_at)
        if next_at == now and not over:
            next_at = outlook(draft).next_at()
            break
        _end_instant(draft, next_at, outages)
        run_lots(draft, now)
        next_at = outlook(draft).next_at()
    return draft.close(next_at)


def settle(state: State, at: int) -> Effects:
    """Take from the lots what burned up to `at`; the state must be caught up to `at`."""
    draft = Draft(state)
    settle_draft(draft, at)
    return finish(draft)


def add_lot(state: State, lot: Lot, at: int) -> Effects:
    """Add a lot to a clock; what burned up to `at` is paid by the other lots."""
    draft = Draft(state)
    settle_draft(draft, at)
    insort(draft.lots, lot, key=burn_key)
    draft.changed_lots[lot.id] = lot
    return finish(draft)


def give_back(state: State, ms: int, at: int) -> tuple[Effects, tuple[tuple[int, int, int], ...]]:
    """Give `ms` back for credits, latest bought lot first: the effects, and lot, ms and amount of each part.

    What the begun increments of open sessions are still going to take stays on the clock: else a return before the
    stop would be cheaper than one after it. Refuses `not_refundable` if less than `ms` is left then, or was paid for
    and has started; `conversion_too_small` if it would give nothing. Running sessions go on until nothing is left.
    """
    draft = Draft(state)
    settle_draft(draft, at)
    lots = refundable(draft)
    kept = _kept(draft)
    there = max(0, min(sum(lot.left_ms for lot in lots), draft.balance() - kept))
    if ms > there:
        why = f" {kept} ms are kept for what open sessions have begun: stop them first." if kept else ""
        raise Refusal(
            "not_refundable",
            f"Only {there} ms of this clock can be given back. Give back at most that.{why}",
            refundable_ms=there,
            kept_ms=kept,
        )
    refunds = take_returned(draft, lots, ms)
    if not any(amount for _, _, amount in refunds):
        raise Refusal("conversion_too_small", f"{ms} ms would give back nothing. Give back more at once.")
    return finish(draft), refunds


def _kept(draft: Draft) -> int:
    """The ms that the begun increments of the open sessions are still going to take."""
    burn = sum(begun(session, draft.settled_at) for session in draft.sessions)
    return ceil_div(draft.ahead + burn, 1000) if burn else 0


def finish(draft: Draft) -> Effects:
    """Close a draft with its next computed instant."""
    return draft.close(outlook(draft).next_at())


def begin_instant(draft: Draft, at: int) -> None:
    """What comes at an instant before commands: lots start, lots expire, minimum charges end.

    A lot has started as soon as the draft is settled at its start. If an expiry leaves nothing, those that
    burn the clock end; a session inside its minimum charge lives on what is held for it.
    """
    settle_draft(draft, at)
    if take_expired(draft) and not draft.balance():
        forfeit(draft)
        for session in draft.joined():
            end_session(draft, session, "expired")
    for session in draft.joined():
        if session.held:
            use_held(draft, session)
            draft.put_session(session._replace(held=0))


def _end_instant(draft: Draft, at: int, outages: Outages) -> None:
    """What comes at an instant after commands: limits of pauses, ends of leases, the empty clock."""
    settle_draft(draft, at)
    for session in list(draft.sessions):
        if session.state == "paused" and session.pause_until is not None and session.pause_until <= at:
            _end_pause(draft, session)
    for session in list(draft.sessions):
        if session.state == "running" and session.lease_until is not None and session.lease_until <= at:
            _end_lease(draft, session, extend_lease(session.lease_until, session.lease_ms, outages))
    if draft.ahead == 0 and not draft.balance():
        for session in draft.joined():
            end_session(draft, session, "empty")


def _end_pause(draft: Draft, session: Session) -> None:
    if session.after_pause == "resume" and draft.balance():
        resume_session(draft, session)
    else:
        end_session(draft, session, "pause_limit")


def _end_lease(draft: Draft, session: Session, lease_until: int) -> None:
    if lease_until > draft.settled_at:
        draft.put_session(session._replace(lease_until=lease_until))
    else:
        end_session(draft, session, "lease_lapsed")
