"""Customers of an older installation: made with all that they have, and what it holds posted as their opening."""

from typing import Final

from creditclock.commands.clocks import buy_time, grant_time, open_clock
from creditclock.commands.customers import remove_customer
from creditclock.commands.handling import Tx, handles
from creditclock.commands.importing.drafts import PIECE, ClockDraft, ImportCustomer, Numbers, SheetDraft, WalletDraft
from creditclock.commands.importing.keeping import kept_no
from creditclock.commands.instructions.filing import BEGUN
from creditclock.commands.instructions.numbers import next_no
from creditclock.commands.instructions.profiles import CLOCK, WALLET, clock_profile, wallet_profile
from creditclock.commands.wallets import open_wallet, top_up
from creditclock.contract import Refusal
from creditclock.contract.clocks import BuyTime, GrantTime
from creditclock.contract.customers import RemoveCustomer
from creditclock.contract.events import CustomerTold
from creditclock.contract.tokens import Done
from creditclock.contract.wallets import TopUp
from creditclock.domain.rows import (
    Clock,
    ClockProfile,
    Credential,
    Customer,
    CustomerProfile,
    Master,
    Person,
    Sheet,
    Tariff,
    Wallet,
    WalletProfile,
)
from creditclock.queries.source import ident, sure
from creditclock.queries.tariffs import newest_of
from creditclock.storage.relations import CLOCKS, CONTACTS, LOGIN, RECORDS, SHEETS, TOKENS, WALLETS

MINUTE_MS: Final = 60_000
NOTE: Final = "Opening balance"
"""The note of what was there before."""


class _Opening:
    """A customer who is being made: the sheets so far, by kind, with their numbers from before and of now."""

    def __init__(self, tx: Tx, customer: Customer, tariff: Tariff, numbers: Numbers) -> None:
        self.tx = tx
        self.customer = customer
        self.tariff = tariff
        self.numbers = numbers
        self.sheets: dict[str, list[tuple[int, int]]] = {}

    def open_sheets(self, owner: int, drafts: list[SheetDraft], kind: str) -> int | None:
        """Open the sheets of a kind; gives the number of the active one: the first, or the last of its pieces."""
        active: int | None = None
        for draft in drafts:
            if draft.kind == kind:
                pieces = [self._sheet(owner, draft, piece) for piece in range(max(1, -(-draft.records // PIECE)))]
                self.sheets.setdefault(kind, []).append((draft.no, pieces[0]))
                active = pieces[-1] if active is None else active
        return active

    def _sheet(self, owner: int, draft: SheetDraft, piece: int) -> int:
        tx = self.tx
        sheet = Sheet(
            master=tx.master,
            id=tx.new_id(),
            kind=draft.kind,
            no=next_no(tx, draft.kind) if piece else kept_no(tx, draft.kind, draft.no, self.numbers),
            owner=owner,
            reference=draft.reference or BEGUN[draft.kind],
            records=0,
            created_at=tx.now if draft.created_at is None else draft.created_at,
            written_at=tx.now if draft.written_at is None else draft.written_at,
            unlinked_at=None,
        )
        tx.put(sheet)
        tx.begins(CONTACTS if draft.kind == "contact" else RECORDS, sheet.id)
        return sheet.id


@handles(ImportCustomer)
def import_customer(tx: Tx, command: ImportCustomer) -> Done:
    """A customer as it was. Raises a Refusal `login_taken`."""
    if tx.range(LOGIN, command.login):
        raise Refusal("login_taken", "This login is taken in this business. Choose another one.")
    tariff = newest_of(tx, sure(tx, Master, 0).tariff)
    created_at = tx.now if command.created_at is None else command.created_at
    customer = Customer(tx.master, tx.new_id(), command.login, None, None, created_at)
    tx.rows.lane = tx.rows.lane._replace(customers=tx.rows.lane.customers + 1)
    tx.put(customer)
    tx.put(Person(tx.master, customer.id, command.name, command.email, command.phone))
    if tx.material.get("password"):
        tx.put(Credential(tx.master, customer.id, tx.material["password"], 1))
    for span in (WALLETS, CLOCKS, TOKENS, SHEETS):
        tx.begins(span, customer.id)
    opening = _Opening(tx, customer, tariff, command.numbers)
    wallets = [_open_wallet(opening, draft) for draft in command.wallets] or [_new_wallet(opening)]
    _profile(opening, command, wallets[0].id)
    subject = ident(tx, "cus", customer.id)
    tx.emit("customer.created", subject, CustomerTold(state="active"), customer=customer.id)
    if command.removed:
        remove_customer(tx, RemoveCustomer(customer=subject))
        tx.put(sure(tx, CustomerProfile, customer.id)._replace(has_left=1))
    tx.subject = subject
    tx.detail = {"sheets": opening.sheets}
    return Done()


def _profile(opening: _Opening, command: ImportCustomer, wallet: int) -> None:
    tx, customer = opening.tx, opening.customer
    tx.put(
        CustomerProfile(
            master=tx.master,
            id=customer.id,
            no=kept_no(tx, "account", command.source, command.numbers),
            alias=command.alias,
            wallet=wallet,
            contact_list=opening.open_sheets(customer.id, command.lists, "contact"),
            session=None,
            acknowledged=tx.rows.next_event - 1,
            written_at=tx.now,
            has_left=0,
        )
    )


def _new_wallet(opening: _Opening) -> Wallet:
    """The wallet and clock of somebody who had none."""
    tx = opening.tx
    wallet = open_wallet(tx, opening.customer.id)
    open_clock(tx, wallet, opening.tariff)
    wallet_profile(tx, wallet)
    return wallet


def _open_wallet(opening: _Opening, draft: WalletDraft) -> Wallet:
    """A wallet with its clocks; what moves on it is kept on its sheets from after its opening on."""
    tx = opening.tx
    wallet = open_wallet(tx, opening.customer.id)
    if draft.credits:
        top_up(tx, TopUp(wallet=ident(tx, "wal", wallet.id), amount=draft.credits, note=NOTE))
    wallet = wallet._replace(kept=1, created_at=tx.now if draft.created_at is None else draft.created_at)
    tx.begins(SHEETS, wallet.id)
    profile = WalletProfile(
        master=tx.master,
        id=wallet.id,
        no=kept_no(tx, "wallet", draft.no, opening.numbers),
        customer=opening.customer.id,
        reference=draft.reference or WALLET,
        clock=None,
        transfer_sheet=opening.open_sheets(wallet.id, draft.sheets, "transfer"),
        invoice_sheet=opening.open_sheets(wallet.id, draft.sheets, "invoice"),
        written_at=tx.now,
        unlinked_at=None,
    )
    clocks = [_open_clock(opening, wallet, one) for one in draft.clocks]
    if not tx.range(CLOCKS, opening.customer.id):
        clock = open_clock(tx, wallet, opening.tariff)
        clocks = [clock_profile(tx, clock).id]
    tx.put(wallet)
    tx.put(profile._replace(clock=clocks[0] if clocks else None))
    return wallet


def _open_clock(opening: _Opening, wallet: Wallet, draft: ClockDraft) -> int:
    tx = opening.tx
    number = open_clock(tx, wallet, opening.tariff).id
    _fill(tx, wallet, number, draft.ms)
    clock = sure(tx, Clock, number)
    created_at = tx.now if draft.created_at is None else draft.created_at
    tx.put(clock._replace(kept=1, created_at=created_at))
    tx.begins(SHEETS, number)
    tx.put(
        ClockProfile(
            master=tx.master,
            id=number,
            no=kept_no(tx, "clock", draft.no, opening.numbers),
            wallet=wallet.id,
            reference=draft.reference or CLOCK,
            time_sheet=opening.open_sheets(number, draft.sheets, "time"),
            conversion_sheet=opening.open_sheets(number, draft.sheets, "conversion"),
            timer=None,
            visit=None,
            written_at=tx.now,
            unlinked_at=None,
        )
    )
    return number


def _fill(tx: Tx, wallet: Wallet, clock: int, ms: int) -> None:
    """Whole minutes were bought for a credit each, and can be given back; the rest of a minute is granted."""
    named = ident(tx, "clk", clock)
    minutes, rest = divmod(ms, MINUTE_MS)
    if minutes:
        top_up(tx, TopUp(wallet=ident(tx, "wal", wallet.id), amount=minutes, note=NOTE))
        buy_time(tx, BuyTime(clock=named, amount=minutes, note=NOTE))
    if rest:
        grant_time(tx, GrantTime(clock=named, ms=rest, note=NOTE))
