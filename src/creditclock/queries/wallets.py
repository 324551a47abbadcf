"""Wallets: how they and their statements are shown, and what may be asked of them."""

from typing import cast

from creditclock.contract.instants import shown
from creditclock.contract.pages import Page
from creditclock.contract.wallets import GetWallet, ListWalletRecords, Wallet, WalletRecord, WalletRecordKind
from creditclock.domain.access import Caller
from creditclock.domain.ledger import FIRST_ID
from creditclock.domain.rows import Account, Master, Posting
from creditclock.domain.rows import Wallet as WalletRow
from creditclock.queries.asking import after, answers, check_own, page
from creditclock.queries.source import Source, ident, named, sure
from creditclock.storage import lists
from creditclock.storage.snapshot import Snapshot


def show_wallet(source: Source, wallet: WalletRow) -> Wallet:
    """A wallet as others see it."""
    account = sure(source, Account, wallet.id)
    master = sure(source, Master, 0)
    assert account.balance is not None
    return Wallet(
        id=ident(source, "wal", wallet.id),
        customer=ident(source, "cus", wallet.customer),
        balance=account.balance,
        held=0,
        available=account.balance,
        currency=master.currency,
        exponent=master.exponent,
    )


@answers(GetWallet)
def get_wallet(snapshot: Snapshot, query: GetWallet, caller: Caller) -> Wallet:
    """A wallet as it stands."""
    wallet = named(snapshot, WalletRow, query.wallet)
    check_own(caller, wallet.customer, query.wallet)
    return show_wallet(snapshot, wallet)


@answers(ListWalletRecords)
def list_records(snapshot: Snapshot, query: ListWalletRecords, caller: Caller) -> Page[WalletRecord]:
    """A wallet's statement, newest first."""
    wallet = named(snapshot, WalletRow, query.wallet)
    check_own(caller, wallet.customer, query.wallet)
    entries = lists.postings(snapshot, wallet.id, after(query.cursor), query.limit)
    numbers = [entry[0].entry for entry in entries]
    notes, references = lists.notes(snapshot, numbers), lists.references(snapshot, numbers)

    def show(entry: list[Posting]) -> WalletRecord:
        last = entry[-1]
        gained = last.credit == wallet.id
        other = last.debit if gained else last.credit
        return WalletRecord(
            id=ident(snapshot, "rec", last.entry),
            at=shown(last.at),
            recorded_at=shown(last.recorded_at),
            kind=cast("WalletRecordKind", last.kind),
            amount=sum(part.amount if part.credit == wallet.id else -part.amount for part in entry),
            balance=(last.credit_balance if gained else last.debit_balance) or 0,
            other=ident(snapshot, "wal", other) if other >= FIRST_ID else None,
            note=notes.get(last.entry),
            reference=references.get(last.entry),
        )

    return page(entries, query.limit, lambda entry: entry[0].id, show)
