"""Sessions: start, renew, pause, resume, stop, take over, end (design section 4)."""

from typing import Final, NamedTuple

from creditclock.commands.effects import caught_up, owner_of, save, watched
from creditclock.commands.handling import Tx, handles
from creditclock.commands.owners import check_customer, check_own
from creditclock.contract import Refusal
from creditclock.contract.events import SessionTold
from creditclock.contract.operation import DESK
from creditclock.contract.sessions import (
    EndSession,
    PauseSession,
    RenewSession,
    ResumeSession,
    Session,
    StartSession,
    StopSession,
    TakeOverSession,
)
from creditclock.domain import readings, sessions
from creditclock.domain.drafts import Effects, State
from creditclock.domain.rows import Clock, Customer, Note, Tariff
from creditclock.domain.rows import Session as SessionRow
from creditclock.queries.sessions import Readings, show_session
from creditclock.queries.source import ident, named, sure
from creditclock.queries.tariffs import newest_of
from creditclock.storage.relations import REVIVALS

MOST_REVIVALS: Final = 3
"""So many starts may continue one session, each the one before."""


@handles(StartSession)
def start_session(tx: Tx, command: StartSession) -> Session:
    """The clock runs from now on."""
    return start(tx, command)


def start(tx: Tx, command: StartSession, *, though_empty: bool = False) -> Session:
    """A session that has just started; on an empty clock, `though_empty`, one that has just ended."""
    clock = named(tx, Clock, command.clock)
    check_own(tx, clock.customer, command.clock)
    if clock.customer is not None:
        check_customer(sure(tx, Customer, clock.customer))
    state = caught_up(tx, clock)
    tariff = newest_of(tx, clock.tariff)
    revived = _revived(tx, clock, command.revives)
    rate = tariff.burn_rate if command.burn_rate is None else command.burn_rate
    if rate != tariff.burn_rate and not (tx.caller.role in DESK or "session.rate" in tx.caller.scopes):
        raise Refusal("forbidden", "Another burn rate needs a key with the scope `session.rate`. Leave it out.")
    number = tx.new_id()
    fresh = SessionRow(
        master=tx.master,
        id=number,
        clock=clock.id,
        tariff=tariff.id,
        holder=tx.caller.holder,
        state="running",
        seq=1,
        burn_rate=rate,
        lease_ms=tariff.lease_ms if command.lease_ms is None else command.lease_ms,
        lease_until=None,
        started_at=tx.now,
        since=tx.now,
        elapsed=0,
        burned=0,
        minimum_ms=0 if revived else tariff.minimum_ms,
        increment_ms=tariff.increment_ms,
        held=0,
        pauses=0,
        paused_ms=0,
        pause_until=None,
        after_pause=tariff.after_pause,
        revives=revived.id if revived else None,
        segments=0,
        ended_at=None,
        reason=None,
        used=None,
        end_no=None,
    )
    tx.begins(REVIVALS, number)
    is_empty = though_empty and readings.balance(state, tx.now) == 0
    effects = (sessions.start_empty if is_empty else sessions.start)(state, fresh, tx.now)
    state = save(tx, state.clock, effects)
    if command.note is not None:
        tx.put(Note(tx.master, number, command.note))
    if is_empty:
        tx.subject = ident(tx, "ses", number)
        return _show(tx, state, sure(tx, SessionRow, number))
    return _tell(tx, state, number, "session.started")


def _revived(tx: Tx, clock: Clock, identifier: str | None) -> SessionRow | None:
    """The lapsed session that a start continues. Raises a Refusal `not_revivable` for any other."""
    if identifier is None:
        return None
    lapsed = named(tx, SessionRow, identifier)
    check_own(tx, sure(tx, Clock, lapsed.clock).customer, identifier)
    detail = None
    if lapsed.clock != clock.id:
        detail = "That session belongs to another clock. Leave `revives` out."
    elif lapsed.reason != "lease_lapsed" or lapsed.ended_at is None:
        detail = "Only a session whose lease lapsed can be continued. Leave `revives` out."
    elif tx.range(REVIVALS, lapsed.id):
        detail = "That session was continued before. Leave `revives` out."
    elif tx.now >= (_first_lapse(tx, lapsed) or 0) + sure(tx, Tariff, lapsed.tariff).revive_ms:
        detail = "That session, or the first one that it continues, lapsed too long ago. Leave `revives` out."
    if detail:
        raise Refusal("not_revivable", detail, session=identifier)
    return lapsed


def _first_lapse(tx: Tx, lapsed: SessionRow) -> int | None:
    """When the first of the sessions that continue each other lapsed; None if there are more than a few."""
    for _ in range(MOST_REVIVALS):
        if lapsed.revives is None:
            return lapsed.ended_at
        lapsed = sure(tx, SessionRow, lapsed.revives)
    return None


class _Held(NamedTuple):
    """A session that its holder names, with its clock's state."""

    state: State
    session: SessionRow


def _held(tx: Tx, identifier: str, seq: int | None) -> _Held:
    """The session and its clock as they stand now; refuses another `seq` with the session as it is."""
    session = named(tx, SessionRow, identifier)
    clock = sure(tx, Clock, session.clock)
    if tx.caller.kind == "customer":
        check_own(tx, clock.customer, identifier)
    state = caught_up(tx, clock)
    if session.state != "ended":
        session = sure(tx, SessionRow, session.id)
    if seq is not None and seq != session.seq:
        raise Refusal(
            "stale_seq",
            f"Somebody else holds this session (seq {session.seq}, you gave {seq}). Stop using it, or take it over.",
            seq=session.seq,
            session=_show(tx, state, session),
        )
    return _Held(state, session)


def _check_holder(tx: Tx, session: SessionRow) -> None:
    """Refuse (`forbidden`) a program that runs an open session which its app doesn't hold."""
    if tx.caller.app not in {None, session.holder} and session.state != "ended":
        raise Refusal(
            "forbidden",
            f"This session is held by {session.holder}. A program only runs what its app holds: take it over first.",
        )


def _open(tx: Tx, identifier: str, seq: int | None) -> _Held:
    held = _held(tx, identifier, seq)
    if held.session.state == "ended":
        raise Refusal(
            "session_ended",
            f"This session has ended ({held.session.reason}). Start a new one.",
            reason=held.session.reason,
            session=_show(tx, held.state, held.session),
        )
    return held


def _run(tx: Tx, identifier: str, seq: int) -> _Held:
    held = _open(tx, identifier, seq)
    _check_holder(tx, held.session)
    return held


@handles(RenewSession)
def renew_session(tx: Tx, command: RenewSession) -> Session:
    """A new lease from now on; only the session's row is written."""
    state, session = _run(tx, command.session, command.seq)
    renewed = sessions.renew(session, tx.now)
    if renewed is not session:
        tx.put(renewed)
        others = (renewed if other.id == session.id else other for other in state.sessions)
        state = state._replace(sessions=tuple(others))
    return _show(tx, state, renewed)


@handles(PauseSession)
def pause_session(tx: Tx, command: PauseSession) -> Session:
    """The clock stands still for this session."""
    state, session = _run(tx, command.session, command.seq)
    if session.state == "paused":
        raise Refusal(
            "not_running", "The session is paused already. Resume it first.", session=_show(tx, state, session)
        )
    effects = sessions.pause(state, session.id, sure(tx, Tariff, session.tariff), tx.now)
    return _tell(tx, save(tx, state.clock, effects), session.id, "session.paused")


@handles(ResumeSession)
def resume_session(tx: Tx, command: ResumeSession) -> Session:
    """The clock runs on for this session."""
    state, session = _run(tx, command.session, command.seq)
    if session.state == "running":
        raise Refusal("not_paused", "The session runs already.", session=_show(tx, state, session))
    effects = sessions.resume(state, session.id, tx.now)
    return _tell(tx, save(tx, state.clock, effects), session.id, "session.resumed")


@handles(StopSession)
def stop_session(tx: Tx, command: StopSession) -> Session:
    """The end by its holder; one that ended before is shown as it ended."""
    held = _held(tx, command.session, command.seq)
    _check_holder(tx, held.session)
    return _end(tx, held, sessions.stop(held.state, held.session.id, tx.now) if _is_open(held) else None)


@handles(EndSession)
def end_session(tx: Tx, command: EndSession) -> Session:
    """The end from elsewhere; one that ended before is shown as it ended."""
    held = _held(tx, command.session, None)
    _check_holder(tx, held.session)
    return _end(tx, held, sessions.end_with(held.state, held.session.id, "ended", tx.now) if _is_open(held) else None)


def _is_open(held: _Held) -> bool:
    return held.session.state != "ended"


def _end(tx: Tx, held: _Held, effects: Effects | None) -> Session:
    tx.subject = ident(tx, "ses", held.session.id)
    if effects is None:
        return _show(tx, held.state, held.session)
    state = watched(tx, save(tx, held.state.clock, effects))
    return _show(tx, state, effects.ended[-1])


@handles(TakeOverSession)
def take_over_session(tx: Tx, command: TakeOverSession) -> Session:
    """Another holder, without a gap."""
    state, session = _open(tx, command.session, None)
    lease_ms = session.lease_ms if command.lease_ms is None else command.lease_ms
    effects = sessions.take_over(state, session.id, tx.caller.holder, lease_ms, tx.now)
    return _tell(tx, save(tx, state.clock, effects), session.id, "session.taken_over")


def _tell(tx: Tx, state: State, number: int, event: str) -> Session:
    """Tell others what happened to an open session, and show it."""
    session = sure(tx, SessionRow, number)
    answer = _show(tx, state, session)
    tx.subject = answer.id
    data = SessionTold(
        clock=answer.clock,
        customer=owner_of(tx, state.clock),
        state=answer.state,
        seq=answer.seq,
        burn_rate=answer.burn_rate,
        holder=session.holder,
        left_ms=answer.left_ms,
        lease_until=answer.lease_until,
        due_at=answer.due_at,
    )
    tx.emit(event, answer.id, data, customer=state.clock.customer)
    watched(tx, state)
    return answer


def _show(tx: Tx, state: State, session: SessionRow) -> Session:
    return show_session(tx, session, Readings(state, tx.now))
