"""Clocks: made and changed; time bought, given back and granted (design section 4)."""

from msgspec import UNSET

from creditclock.commands.effects import caught_up, save, tell_clock, watched
from creditclock.commands.handling import Tx, handles
from creditclock.commands.instructions.keeping import foresee, keep_time
from creditclock.commands.owners import check_customer, check_own, first_wallet
from creditclock.commands.postings import Entry
from creditclock.commands.wallets import tell_wallet
from creditclock.contract import Refusal
from creditclock.contract.clocks import (
    BuyTime,
    ChangeClock,
    Clock,
    ClockGranted,
    ClockMoved,
    ClockRecord,
    CreateClock,
    GrantTime,
    ReturnTime,
)
from creditclock.contract.instants import parsed, shown
from creditclock.domain import ledger
from creditclock.domain.clocks import add_lot, give_back
from creditclock.domain.drafts import NEVER, State
from creditclock.domain.rows import Account, Customer, Lot, Master, Tariff, Wallet
from creditclock.domain.rows import Clock as ClockRow
from creditclock.domain.tariffs import amount_for, ms_for
from creditclock.queries.clocks import show_clock
from creditclock.queries.source import ident, named, sure
from creditclock.queries.tariffs import newest_of, newest_tariff
from creditclock.queries.wallets import show_wallet
from creditclock.storage.relations import CLOCKS, LIVE_LOTS, OPEN_SESSIONS

PRIORITY = 100
"""The priority of bought lots."""


@handles(CreateClock)
def create_clock(tx: Tx, command: CreateClock) -> Clock:
    """One more clock for a customer."""
    customer = named(tx, Customer, command.customer)
    check_customer(customer)
    if len(tx.range(CLOCKS, customer.id)) >= CLOCKS.limit:
        raise Refusal("too_many", f"A customer has at most {CLOCKS.limit} clocks.", limit=CLOCKS.limit)
    wallet = first_wallet(tx, customer.id)
    if command.wallet is not None:
        wallet = named(tx, Wallet, command.wallet)
        if wallet.customer != customer.id:
            raise Refusal("invalid", "That wallet belongs to another customer. Name one of this customer's.")
    tariff = newest_of(tx, sure(tx, Master, 0).tariff) if command.tariff is None else newest_tariff(tx, command.tariff)
    clock = open_clock(tx, wallet, tariff, command.parallel)
    tx.subject = ident(tx, "clk", clock.id)
    return show_clock(tx, State(clock, (), ()))


def open_clock(tx: Tx, wallet: Wallet, tariff: Tariff, parallel: int | None = None) -> ClockRow:
    """A new, empty clock of a wallet's customer."""
    clock = ClockRow(
        master=tx.master,
        id=tx.new_id(),
        customer=wallet.customer,
        wallet=wallet.id,
        tariff=tariff.tariff,
        parallel=tariff.parallel if parallel is None else parallel,
        settled_at=tx.now,
        ahead=0,
        rest=0,
        ended_count=0,
        check_at=None,
        created_at=tx.now,
        low_at=None,
        low_ms=None,
        kept=0,
    )
    tx.put(Account(tx.master, clock.id, "clock", "ms", 0, 0, 0))
    tx.put(clock)
    tx.begins(LIVE_LOTS, clock.id)
    tx.begins(OPEN_SESSIONS, clock.id)
    tell_clock(tx, State(clock, (), ()), "clock.created")
    return clock


@handles(ChangeClock)
def change_clock(tx: Tx, command: ChangeClock) -> Clock:
    """Other terms for what starts from now on."""
    clock = named(tx, ClockRow, command.clock)
    state = caught_up(tx, clock)
    changed = state.clock
    if command.tariff is not UNSET:
        changed = changed._replace(tariff=newest_tariff(tx, command.tariff).tariff)
    if command.parallel is not UNSET:
        changed = changed._replace(parallel=command.parallel)
    tx.put(changed)
    tx.subject = command.clock
    state = state._replace(clock=changed)
    tell_clock(tx, state)
    return show_clock(tx, state)


@handles(BuyTime)
def buy_time(tx: Tx, command: BuyTime) -> ClockMoved:
    """Time for credits of the clock's wallet, kept as one lot with what was paid for it."""
    clock, wallet, state = _for_sale(tx, command.clock)
    tariff = newest_of(tx, clock.tariff)
    if (command.amount is None) == (command.ms is None):
        raise Refusal("invalid", "Say what to buy: either `amount` or `ms`.")
    amount = amount_for(command.ms, tariff.price) if command.amount is None and command.ms else command.amount or 0
    ms = command.ms if command.ms is not None else ms_for(amount, tariff.price)
    lot = Lot(
        master=tx.master,
        id=tx.new_id(),
        clock=clock.id,
        kind="paid",
        priority=PRIORITY,
        starts_at=tx.now,
        expires_at=None if tariff.valid_ms is None else tx.now + tariff.valid_ms,
        bought_ms=ms,
        amount_paid=amount,
        left_ms=ms,
    )
    entry = Entry(tx, "buy", note=command.note)
    entry.post(wallet.id, ledger.EXCHANGE_CREDITS, amount, lot=lot.id)
    state = _add(tx, state, lot, entry, ledger.EXCHANGE_TIME)
    keep_time(tx, clock, "credits2clock", entry.id, ms, amount)
    return _moved(tx, state, wallet, entry, ms, -amount, command.note)


@handles(ReturnTime)
def return_time(tx: Tx, command: ReturnTime) -> ClockMoved:
    """Bought time back for what was paid for it, latest bought first."""
    clock, wallet, state = _for_sale(tx, command.clock)
    effects, refunds = give_back(state, command.ms, tx.now)
    state = save(tx, state.clock, effects)
    entry = Entry(tx, "return", note=command.note)
    amount = 0
    for lot, ms, part in refunds:
        entry.post(clock.id, ledger.EXCHANGE_TIME, ms, lot=lot)
        if part:
            entry.post(ledger.EXCHANGE_CREDITS, wallet.id, part, lot=lot)
        amount += part
    keep_time(tx, clock, "clock2credits", entry.id, command.ms, amount)
    return _moved(tx, state, wallet, entry, -command.ms, amount, command.note)


@handles(GrantTime)
def grant_time(tx: Tx, command: GrantTime) -> ClockGranted:
    """Time for nothing, with its own priority, start and expiry."""
    clock = named(tx, ClockRow, command.clock)
    if clock.customer is not None:
        check_customer(sure(tx, Customer, clock.customer))
    state = caught_up(tx, clock)
    starts_at, expires_at = _span(tx, command)
    lot = Lot(
        master=tx.master,
        id=tx.new_id(),
        clock=clock.id,
        kind=command.kind,
        priority=command.priority,
        starts_at=starts_at,
        expires_at=expires_at,
        bought_ms=command.ms,
        amount_paid=0,
        left_ms=command.ms,
    )
    entry = Entry(tx, "grant", note=command.note)
    state = _add(tx, state, lot, entry, ledger.GRANTED)
    tx.subject = command.clock
    tell_clock(tx, state)
    watched(tx, state)
    record = _record(tx, state, entry, command.ms, None, command.note)
    return ClockGranted(clock=show_clock(tx, state), record=record)


def _span(tx: Tx, command: GrantTime) -> tuple[int, int | None]:
    starts_at = tx.now if command.starts_at is None else instant(command.starts_at, "starts_at")
    expires_at = None if command.expires_at is None else instant(command.expires_at, "expires_at")
    if starts_at < tx.now:
        raise Refusal("invalid", f"`starts_at` lies in the past: it is {shown(tx.now)} now. Leave it out.")
    if expires_at is not None and expires_at <= starts_at:
        raise Refusal("invalid", f"`expires_at` must lie after {shown(starts_at)}.")
    return starts_at, expires_at


def instant(text: str, field: str) -> int:
    """The epoch milliseconds of a field. Raises a Refusal `invalid` for a date that doesn't exist."""
    try:
        at = parsed(text)
    except ValueError as error:
        raise Refusal("invalid", f"`{field}` is no date that exists. Check it.") from error
    if not 0 <= at <= NEVER:
        raise Refusal("invalid", f"`{field}` is out of range. Check it.")
    return at


def _for_sale(tx: Tx, identifier: str) -> tuple[ClockRow, Wallet, State]:
    """A clock that its customer may trade time of, its wallet, and its state now."""
    clock = named(tx, ClockRow, identifier)
    check_own(tx, clock.customer, identifier)
    if clock.wallet is None or clock.customer is None:
        raise Refusal("invalid", "This clock has no wallet to pay from. Grant it time instead.")
    wallet = sure(tx, Wallet, clock.wallet)
    foresee(tx, [wallet], clock)
    check_customer(sure(tx, Customer, clock.customer))
    return clock, wallet, caught_up(tx, clock)


def _add(tx: Tx, state: State, lot: Lot, entry: Entry, payer: int) -> State:
    if len(tx.range(LIVE_LOTS, lot.clock)) >= LIVE_LOTS.limit:
        raise Refusal("too_many", f"A clock holds at most {LIVE_LOTS.limit} lots. Use some of them up first.")
    state = save(tx, state.clock, add_lot(state, lot, tx.now))
    entry.post(payer, lot.clock, lot.bought_ms, lot=lot.id)
    return state


def _moved(tx: Tx, state: State, wallet: Wallet, entry: Entry, ms: int, amount: int, note: str | None) -> ClockMoved:
    tx.subject = ident(tx, "clk", state.clock.id)
    tx.detail = {"ms": ms, "amount": amount}
    shown_wallet = show_wallet(tx, wallet)
    tell_clock(tx, state)
    tell_wallet(tx, wallet, amount, entry)
    watched(tx, state)
    record = _record(tx, state, entry, ms, amount, note)
    return ClockMoved(clock=show_clock(tx, state), wallet=shown_wallet, record=record)


def _record(tx: Tx, state: State, entry: Entry, ms: int, amount: int | None, note: str | None) -> ClockRecord:
    held = sure(tx, Account, state.clock.id).balance
    assert held is not None
    return ClockRecord(
        id=ident(tx, "rec", entry.id),
        at=shown(entry.at),
        recorded_at=shown(tx.recorded_at),
        kind=entry.kind,  # pyright: ignore[reportArgumentType] - callers name one of its kinds
        ms=ms,
        balance_ms=held,
        amount=amount,
        note=note,
    )
