"""Wallets: top up, pay, transfer."""

from creditclock.commands.handling import Tx, handles
from creditclock.commands.instructions.keeping import BUSINESS, foresee, keep_credits
from creditclock.commands.owners import check_customer, check_own, check_payee, first_wallet
from creditclock.commands.postings import Entry
from creditclock.contract import Refusal
from creditclock.contract.events import WalletTold
from creditclock.contract.instants import shown
from creditclock.contract.wallets import (
    CreateWallet,
    Pay,
    TopUp,
    Transfer,
    Wallet,
    WalletMoved,
    WalletRecord,
    WalletRecordKind,
)
from creditclock.domain import ledger
from creditclock.domain.rows import Account, Customer, Reference
from creditclock.domain.rows import Wallet as WalletRow
from creditclock.queries.source import ident, named, sure
from creditclock.queries.wallets import show_wallet
from creditclock.storage.relations import WALLETS


@handles(CreateWallet)
def create_wallet(tx: Tx, command: CreateWallet) -> Wallet:
    """One more wallet for a customer."""
    customer = named(tx, Customer, command.customer)
    check_customer(customer)
    if len(tx.range(WALLETS, customer.id)) >= WALLETS.limit:
        raise Refusal("too_many", f"A customer has at most {WALLETS.limit} wallets.", limit=WALLETS.limit)
    wallet = open_wallet(tx, customer.id)
    tx.subject = ident(tx, "wal", wallet.id)
    return show_wallet(tx, wallet)


def open_wallet(tx: Tx, customer: int) -> WalletRow:
    """A new, empty wallet of a customer."""
    wallet = WalletRow(tx.master, tx.new_id(), customer, tx.now, 0)
    tx.put(Account(tx.master, wallet.id, "wallet", "credit", 0, 0, 0))
    tx.put(wallet)
    tell_wallet(tx, wallet)
    return wallet


def tell_wallet(tx: Tx, wallet: WalletRow, amount: int = 0, entry: Entry | None = None) -> None:
    """Tell others what a wallet holds, and what came to it (or below zero: left it) by an entry."""
    data = WalletTold(
        customer=ident(tx, "cus", wallet.customer),
        balance=sure(tx, Account, wallet.id).balance or 0,
        amount=amount,
        cause=entry.kind if entry else None,
        record=ident(tx, "rec", entry.id) if entry else None,
    )
    kind = "wallet.changed" if entry else "wallet.created"
    tx.emit(kind, ident(tx, "wal", wallet.id), data, customer=wallet.customer)


@handles(TopUp)
def top_up(tx: Tx, command: TopUp) -> WalletMoved:
    """Credits from outside into a wallet; a reference counts once."""
    wallet = named(tx, WalletRow, command.wallet)
    foresee(tx, [wallet])
    check_customer(sure(tx, Customer, wallet.customer))
    if command.reference is not None:
        _use_reference(tx, command.reference)
    entry = Entry(tx, "top_up", note=command.note)
    entry.post(ledger.ISSUED, wallet.id, command.amount)
    if command.reference is not None:
        tx.put(Reference(tx.master, command.reference, entry.id))
    keep_credits(tx, wallet, entry.kind, entry.id, command.amount, BUSINESS)
    return _moved(tx, wallet, entry, command.amount, note=command.note, reference=command.reference)


def _use_reference(tx: Tx, reference: str) -> None:
    used = tx.get(Reference, reference)
    if used:
        record = ident(tx, "rec", used.entry)
        raise Refusal(
            "reference_used",
            "A payment with this reference was credited before. Use each payment's reference once.",
            record=record,
        )


@handles(Pay)
def pay(tx: Tx, command: Pay) -> WalletMoved:
    """Credits from a wallet to the business, or to another wallet of it."""
    wallet = named(tx, WalletRow, command.wallet)
    check_own(tx, wallet.customer, command.wallet)
    foresee(tx, [wallet])
    check_customer(sure(tx, Customer, wallet.customer))
    payee = _payee(tx, command.to_wallet, command.to_customer)
    return _move(tx, "pay", wallet, payee, command.amount, command.note)


@handles(Transfer)
def transfer(tx: Tx, command: Transfer) -> WalletMoved:
    """Credits from a wallet to another customer's."""
    wallet = named(tx, WalletRow, command.wallet)
    check_own(tx, wallet.customer, command.wallet)
    foresee(tx, [wallet])
    check_customer(sure(tx, Customer, wallet.customer))
    payee = _payee(tx, command.to_wallet, command.to_customer)
    if payee is None:
        raise Refusal("invalid", "Name the payee: `to_wallet` or `to_customer`.")
    return _move(tx, "transfer", wallet, payee, command.amount, command.note)


def _payee(tx: Tx, to_wallet: str | None, to_customer: str | None) -> WalletRow | None:
    if to_wallet is not None and to_customer is not None:
        raise Refusal("invalid", "Name one payee: `to_wallet` or `to_customer`, not both.")
    if to_wallet is not None:
        payee, name = named(tx, WalletRow, to_wallet), to_wallet
    elif to_customer is not None:
        payee, name = first_wallet(tx, named(tx, Customer, to_customer).id), to_customer
    else:
        return None
    foresee(tx, [payee])
    check_payee(tx, sure(tx, Customer, payee.customer), name)
    return payee


def _move(
    tx: Tx, kind: WalletRecordKind, wallet: WalletRow, payee: WalletRow | None, amount: int, note: str | None
) -> WalletMoved:
    if payee and payee.id == wallet.id:
        raise Refusal("self_transfer", "Payer and payee are the same wallet. Name another one.")
    entry = Entry(tx, kind, note=note)
    entry.post(wallet.id, payee.id if payee else ledger.REVENUE, amount)
    keep_credits(tx, wallet, kind, entry.id, -amount, payee.customer if payee else BUSINESS)
    if payee:
        keep_credits(tx, payee, kind, entry.id, amount, wallet.customer)
        tell_wallet(tx, payee, amount, entry)
    other = ident(tx, "wal", payee.id) if payee else None
    return _moved(tx, wallet, entry, -amount, note=note, other=other)


def _moved(
    tx: Tx,
    wallet: WalletRow,
    entry: Entry,
    amount: int,
    *,
    note: str | None,
    reference: str | None = None,
    other: str | None = None,
) -> WalletMoved:
    record = record_of(tx, wallet, entry, amount, note=note, reference=reference, other=other)
    tx.subject = ident(tx, "wal", wallet.id)
    tell_wallet(tx, wallet, amount, entry)
    return WalletMoved(wallet=show_wallet(tx, wallet), record=record)


def record_of(
    tx: Tx,
    wallet: WalletRow,
    entry: Entry,
    amount: int,
    *,
    note: str | None = None,
    reference: str | None = None,
    other: str | None = None,
) -> WalletRecord:
    """The line of a wallet's statement that an entry makes."""
    balance = sure(tx, Account, wallet.id).balance
    assert balance is not None
    at = shown(entry.at)
    return WalletRecord(
        id=ident(tx, "rec", entry.id),
        at=at,
        recorded_at=at if tx.recorded_at == entry.at else shown(tx.recorded_at),
        kind=entry.kind,  # pyright: ignore[reportArgumentType] - callers name one of its kinds
        amount=amount,
        balance=balance,
        other=other,
        note=note,
        reference=reference,
    )
