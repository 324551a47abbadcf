"""Effects: what a decision about a clock changes, as rows, postings and events (design sections 4 and 5)."""

from collections.abc import Iterable
from typing import Final

from creditclock.commands.handling import Tx
from creditclock.commands.postings import Entry
from creditclock.domain import ledger
from creditclock.domain.drafts import Effects, Move, State
from creditclock.domain.rows import Clock, Session
from creditclock.queries.source import ident
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
    return state


def save(tx: Tx, before: Clock, effects: Effects) -> State:
    """Write down what a decision changed, moves `return` aside; gives the state after it."""
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
        _tell_end(tx, session)
    return effects.state


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


def _tell_end(tx: Tx, session: Session) -> None:
    tx.emit(
        "session.ended",
        ident(tx, "ses", session.id),
        at=session.ended_at,
        clock=ident(tx, "clk", session.clock),
        reason=session.reason,
        used_ms=session.used,
    )
