"""Records: what the sheets of the instruction set keep of credits and time that move, whoever moves them."""

from collections.abc import Iterable
from typing import Final, Literal

from creditclock.commands.handling import Tx
from creditclock.commands.instructions.filing import RECORD, SheetKind, open_sheet, place
from creditclock.commands.instructions.numbers import Kind, next_no
from creditclock.domain.rows import (
    Clock,
    ClockProfile,
    Customer,
    Master,
    Numbering,
    Sheet,
    SheetRecord,
    Wallet,
    WalletProfile,
)
from creditclock.queries.source import sure
from creditclock.storage.relations import SHEETS, TIME_RECORD
from creditclock.storage.working_set import Place

BUSINESS: Final = 0
"""Stands for the business itself where a record names a customer."""
_PAYERS: Final = {"pay": "payment"}
"""The type of the payer's record, by what moved; of anything else it is a transfer."""
_NUMBERED: Final[tuple[Kind, ...]] = (
    "transfer", "invoice", "conversion", "transfer_record", "invoice_record", "conversion_record"
)  # fmt: skip
"""What movements number."""
_INVOICED: Final = frozenset({"top_up", "pay"})


def foresee(tx: Tx, wallets: Iterable[Wallet], clock: Clock | None = None) -> None:
    """Ask at once for what a movement between wallets, or between a wallet and its clock, will look at."""
    wallets = list(wallets)
    places: list[Place] = [(Customer, None, wallet.customer) for wallet in wallets]
    for wallet in wallets:
        if wallet.kept:
            places += [(WalletProfile, None, wallet.id), (Sheet, SHEETS, wallet.id)]
    if clock is not None and clock.kept:
        places += [(ClockProfile, None, clock.id), (Sheet, SHEETS, clock.id)]
    if any(wallet.kept for wallet in wallets):
        places += [(Numbering, None, kind) for kind in _NUMBERED]
    tx.want(places)


def keep_credits(tx: Tx, wallet: Wallet, kind: str, entry: int, amount: int, other: int) -> None:
    """Keep what came to a wallet (or below zero: left it) on its active sheets; `other` is the customer beyond.

    Nothing for a wallet that the instruction set doesn't know.
    """
    if not wallet.kept:
        return
    profile = sure(tx, WalletProfile, wallet.id)
    payer, payee = (other, wallet.customer) if amount > 0 else (wallet.customer, other)
    paper, moved = tx.paper, whole(tx, abs(amount))
    written = "incoming" if amount > 0 else paper.written or _PAYERS.get(kind, "transfer")
    sheet, transfer = _record(tx, "transfer", (profile.transfer_sheet, wallet.id), entry, written)
    _keep(tx, transfer._replace(credits=moved, payer=payer, payee=payee))
    profile = profile._replace(transfer_sheet=sheet.id, written_at=tx.now)
    if kind in _INVOICED and paper.invoice:
        sheet, invoice = _record(tx, "invoice", (profile.invoice_sheet, wallet.id), entry, written)
        seller = BUSINESS if kind == "top_up" else payee
        currency = paper.currency or sure(tx, Master, 0).currency
        said = invoice._replace(credits=moved, payee=seller, currency=currency, cost=paper.cost, transfer=transfer.no)
        _keep(tx, said)
        profile = profile._replace(invoice_sheet=sheet.id)
    tx.put(profile)


def keep_time(
    tx: Tx, clock: Clock, kind: Literal["credits2clock", "clock2credits"], entry: int, ms: int, amount: int
) -> None:
    """Keep a conversion on the active sheet of a clock, and that its wallet has changed."""
    if not clock.kept:
        return
    profile = sure(tx, ClockProfile, clock.id)
    wallet = sure(tx, WalletProfile, profile.wallet)
    tx.put(wallet._replace(written_at=tx.now))
    sheet, record = _record(tx, "conversion", (profile.conversion_sheet, clock.id), entry, kind)
    _keep(tx, record._replace(ms=ms, credits=whole(tx, amount)))
    tx.put(profile._replace(conversion_sheet=sheet.id, written_at=tx.now))


def keep_timer(tx: Tx, profile: ClockProfile, session: int) -> ClockProfile:
    """Keep a use of a clock on its active time sheet; gives the profile with that sheet."""
    sheet, record = _record(tx, "time", (profile.time_sheet, profile.id), None, "timer")
    tx.begins(TIME_RECORD, session)
    _keep(tx, record._replace(session=session))
    return profile._replace(time_sheet=sheet.id)


def whole(tx: Tx, amount: int) -> int:
    """Minor units as whole credits."""
    return amount // 10 ** sure(tx, Master, 0).exponent


def minor(tx: Tx, number: int) -> int:
    """Whole credits as minor units."""
    return number * 10 ** sure(tx, Master, 0).exponent


def kept(tx: Tx, kind: SheetKind) -> SheetRecord | None:
    """The first record of a kind that this command has made."""
    return next((record for record in tx.kept if record.kind == kind), None)


def _keep(tx: Tx, record: SheetRecord) -> None:
    tx.put(record)
    tx.kept.append(record)


def _record(
    tx: Tx, kind: SheetKind, sheet: tuple[int | None, int], entry: int | None, written: str
) -> tuple[Sheet, SheetRecord]:
    """A record on a sheet, or where its owner has none in use, on a new one of that owner."""
    number, owner = sheet
    where = place(tx, open_sheet(tx, kind, owner) if number is None else sure(tx, Sheet, number))
    numbered, reference = RECORD[kind]
    record = SheetRecord(
        master=tx.master,
        kind=kind,
        no=next_no(tx, numbered),
        sheet=where.id,
        reference=reference,
        type=written,
        entry=entry,
        session=None,
        credits=None,
        ms=None,
        payer=None,
        payee=None,
        currency=None,
        cost=None,
        transfer=None,
        created_at=tx.now,
        written_at=tx.now,
        unlinked_at=None,
    )
    return where, record
