"""Effects: what a decision about a clock changes, as rows, postings and events (design sections 4 and 5)."""

from collections.abc import Iterable
from typing import Final, cast

from creditclock.commands.handling import Tx
from creditclock.commands.postings import Entry
from creditclock.contract.events import ClockLow, ClockTold, SessionEnd
from creditclock.contract.instants import shown
from creditclock.contract.sessions import EndReason
from creditclock.domain import ledger, readings
from creditclock.domain.drafts import Effects, Move, State
from creditclock.domain.forecasts import Forecast
from creditclock.domain.lows import NOTHING, Low, low
from creditclock.domain.rows import Account, Clock, Session, Tariff
from creditclock.queries.clocks import state_shown
from creditclock.queries.sessions import Readings
from creditclock.queries.source import ident, sure
from creditclock.queries.states import state_of, steps_to_now

_KINDS: Final = {"use": "use", "minimum": "minimum", "minimum_used": "minimum", "expired": "expired"}
_PAYEES: Final = {
    "use": ledger.USED,
    "minimum": ledger.HELD_TIME,
    "minimum_used": ledger.USED,
    "expired": ledger.EXPIRED_TIME,
}


def caught_up(tx: Tx, clock: Clock, *, over: bool = False) -> State:
    """A clock as it stands now; what happened to it by computation is written."""
    state = state_of(tx, clock)
    if tx.frozen_at is None and (clock.check_at is None or tx.now < clock.check_at):
        return state
    for effects in steps_to_now(tx, state, over=over):
        save(tx, state.clock, effects)
        state = effects.state
    return watched(tx, state)


def save(tx: Tx, before: Clock, effects: Effects) -> State:
    """Write down what a decision changed, moves `return` aside; gives the state after it, to be `watched`."""
    for lot in effects.lots:
        tx.put(lot)
    for session in effects.sessions:
        tx.put(session)
    for segment in effects.segments:
        tx.append(segment)
    if effects.state.clock is not before:
        tx.put(effects.state.clock)
    _post(tx, before.id, (move for move in effects.moves if move.kind != "return"))
    for session in effects.ended:
        _tell_end(tx, effects.state, session)
    return effects.state


def watched(tx: Tx, state: State) -> State:
    """The same state with the next instant at which little is left; tells so if that is now."""
    clock = state.clock
    running = [session for session in state.sessions if session.state == "running"]
    if not running:
        found = NOTHING if not state.sessions else Low(None, clock.low_ms, None)
    else:
        forecast = Forecast(state, tx.now)
        thresholds = [int(ms) for ms in sure(tx, Tariff, running[0].tariff).low_ms.split()]
        found = low(forecast.due_at, tx.now, thresholds, clock.low_ms)
        if found.threshold is not None and forecast.due_at is not None:
            data = ClockLow(
                customer=owner_of(tx, clock),
                threshold_ms=found.threshold,
                left_ms=forecast.left_ms,
                balance_ms=readings.balance(state, tx.now),
                burn_rate=readings.burn_rate(state, tx.now),
                due_at=shown(forecast.due_at),
            )
            tx.emit("clock.low", ident(tx, "clk", clock.id), data, customer=clock.customer)
    if (found.next_at, found.told) == (clock.low_at, clock.low_ms):
        return state
    changed = clock._replace(low_at=found.next_at, low_ms=found.told)
    tx.put(changed)
    return state._replace(clock=changed)


def owner_of(tx: Tx, clock: Clock) -> str | None:
    """The id of the customer whose clock it is."""
    return None if clock.customer is None else ident(tx, "cus", clock.customer)


def tell_clock(tx: Tx, state: State, kind: str = "clock.changed") -> None:
    """Tell others how a clock stands."""
    read = Readings(state, tx.now)
    data = ClockTold(
        customer=owner_of(tx, state.clock),
        state=state_shown(state),
        balance_ms=readings.balance(state, tx.now),
        left_ms=read.left_ms,
        burn_rate=readings.burn_rate(state, tx.now),
        due_at=None if read.due_at is None else shown(read.due_at),
    )
    tx.emit(kind, ident(tx, "clk", state.clock.id), data, customer=state.clock.customer)


def _post(tx: Tx, clock: int, moves: Iterable[Move]) -> None:
    """One entry for each instant, kind and session; in it one posting per lot."""
    entry: Entry | None = None
    last: tuple[int, str, int | None] | None = None
    for move in moves:
        this = (move.at, move.kind, move.session)
        if entry is None or this != last:
            entry, last = Entry(tx, _KINDS[move.kind], at=move.at), this
        payer = ledger.HELD_TIME if move.kind == "minimum_used" else clock
        entry.post(payer, _PAYEES[move.kind], move.ms, lot=move.lot, session=move.session)


def _tell_end(tx: Tx, state: State, session: Session) -> None:
    assert session.ended_at is not None
    data = SessionEnd(
        clock=ident(tx, "clk", session.clock),
        customer=owner_of(tx, state.clock),
        reason=cast("EndReason", session.reason),
        started_at=shown(session.started_at),
        ended_at=shown(session.ended_at),
        elapsed_ms=session.elapsed,
        used_ms=session.used or 0,
        balance_ms=sure(tx, Account, session.clock).balance or 0,
        holder=session.holder,
    )
    subject = ident(tx, "ses", session.id)
    tx.emit("session.ended", subject, data, customer=state.clock.customer, at=session.ended_at)
