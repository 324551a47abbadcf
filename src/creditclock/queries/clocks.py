"""Clocks: how they are shown."""

from typing import cast

from creditclock.contract.clocks import (
    Clock,
    ClockRecord,
    ClockRecordKind,
    ClockState,
    GetClock,
    ListClockRecords,
    ListClocks,
    Lot,
    LotKind,
)
from creditclock.contract.instants import shown
from creditclock.contract.pages import Page
from creditclock.domain import readings
from creditclock.domain.access import Caller
from creditclock.domain.clocks import settle
from creditclock.domain.drafts import State
from creditclock.domain.rows import Clock as ClockRow
from creditclock.domain.rows import Lot as LotRow
from creditclock.domain.rows import Posting
from creditclock.queries.asking import after, answers, check_own, page
from creditclock.queries.sessions import Readings, show_session
from creditclock.queries.source import Source, ident, named
from creditclock.queries.states import current_state
from creditclock.storage import lists
from creditclock.storage.fetching import Need
from creditclock.storage.snapshot import Snapshot


def show_clock(source: Source, state: State) -> Clock:
    """A caught-up clock with its lots and open sessions."""
    now = source.now
    clock = state.clock
    read = Readings(state, now)
    return Clock(
        id=ident(source, "clk", clock.id),
        customer=None if clock.customer is None else ident(source, "cus", clock.customer),
        wallet=None if clock.wallet is None else ident(source, "wal", clock.wallet),
        tariff=ident(source, "trf", clock.tariff),
        state=state_shown(state),
        balance_ms=readings.balance(state, now),
        left_ms=read.left_ms,
        burn_rate=readings.burn_rate(state, now),
        due_at=None if read.due_at is None else shown(read.due_at),
        as_of=shown(now),
        parallel=clock.parallel,
        lots=[_show_lot(source, lot) for lot in settled_lots(state, now)],
        sessions=[show_session(source, session, read) for session in state.sessions],
    )


def settled_lots(state: State, now: int) -> tuple[LotRow, ...]:
    """The lots as if the clock were settled now."""
    if not any(session.state == "running" for session in state.sessions):
        return state.lots
    return settle(state, now).state.lots


def state_shown(state: State) -> ClockState:
    """Whether a clock runs, is paused, or is idle."""
    states = {session.state for session in state.sessions}
    return "running" if "running" in states else "paused" if states else "idle"


def _show_lot(source: Source, lot: LotRow) -> Lot:
    return Lot(
        id=ident(source, "lot", lot.id),
        kind=cast("LotKind", lot.kind),
        left_ms=lot.left_ms,
        bought_ms=lot.bought_ms,
        amount_paid=lot.amount_paid,
        priority=lot.priority,
        starts_at=shown(lot.starts_at),
        expires_at=None if lot.expires_at is None else shown(lot.expires_at),
    )


@answers(GetClock)
def get_clock(snapshot: Snapshot, query: GetClock, caller: Caller) -> Clock:
    """A clock as it stands now."""
    clock = named(snapshot, ClockRow, query.clock)
    check_own(caller, clock.customer, query.clock)
    return show_clock(snapshot, current_state(snapshot, clock))


@answers(ListClocks)
def list_clocks(snapshot: Snapshot, query: ListClocks, caller: Caller) -> Page[Clock]:
    """The clocks of the business, or of the customer who asks."""
    customer = caller.id if caller.kind == "customer" else None
    found = lists.clocks(snapshot, after(query.cursor), query.limit, customer, only_open=query.state == "open")
    snapshot.bring([Need(snapshot.master, ClockRow, None, clock.id) for clock in found])
    return page(
        found,
        query.limit,
        lambda clock: clock.id,
        lambda clock: show_clock(snapshot, current_state(snapshot, clock)),
    )


@answers(ListClockRecords)
def list_records(snapshot: Snapshot, query: ListClockRecords, caller: Caller) -> Page[ClockRecord]:
    """A clock's statement, newest first."""
    clock = named(snapshot, ClockRow, query.clock)
    check_own(caller, clock.customer, query.clock)
    entries = lists.postings(snapshot, clock.id, after(query.cursor), query.limit)
    notes = lists.notes(snapshot, [entry[0].entry for entry in entries])
    amounts = {} if clock.wallet is None else lists.amounts(snapshot, clock.wallet, entries)

    def show(entry: list[Posting]) -> ClockRecord:
        last = entry[-1]
        return ClockRecord(
            id=ident(snapshot, "rec", last.entry),
            at=shown(last.at),
            recorded_at=shown(last.recorded_at),
            kind=cast("ClockRecordKind", last.kind),
            ms=sum(part.amount if part.credit == clock.id else -part.amount for part in entry),
            balance_ms=(last.credit_balance if last.credit == clock.id else last.debit_balance) or 0,
            session=None if last.session is None else ident(snapshot, "ses", last.session),
            amount=amounts.get(last.entry),
            note=notes.get(last.entry),
        )

    return page(entries, query.limit, lambda entry: entry[0].id, show)
