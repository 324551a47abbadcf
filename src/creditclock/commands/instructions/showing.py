"""Showing: accounts, wallets, clocks and sheets as the protocol tells them (its value objects)."""

from typing import Any, Final

from creditclock.commands.effects import caught_up
from creditclock.commands.handling import Tx
from creditclock.commands.instructions.filing import sheets_shown
from creditclock.commands.instructions.keeping import whole
from creditclock.commands.instructions.profiles import active_clock, clocks_shown, wallets_shown
from creditclock.contract.instructions.wording import date, minutes
from creditclock.domain import readings
from creditclock.domain.drafts import State
from creditclock.domain.rows import (
    Account,
    Clock,
    ClockProfile,
    Contact,
    Customer,
    CustomerProfile,
    Person,
    Sheet,
    Visit,
    Wallet,
    WalletProfile,
)
from creditclock.queries.source import sure
from creditclock.storage.relations import CONTACTS, RECORDS

Shown = dict[str, Any]
SYSTEM_CORE: Final = "ewsc.systemcore@alvearesolutions.ro"
"""The e-mail by which old clients name the business itself."""


def account_data(tx: Tx, customer: Customer, profile: CustomerProfile) -> Shown:
    """An account."""
    person = sure(tx, Person, customer.id)
    archive = {wallet.no: wallet.reference for wallet in wallets_shown(tx, customer.id)}
    lists = {sheet.no: sheet.reference for sheet in sheets_shown(tx, "contact", customer.id)}
    removed_at = customer.removed_at
    return {
        "id": profile.no,
        "name": person.name or customer.login,
        "create_date": date(customer.created_at),
        "write_date": date(profile.written_at),
        "ewallet": _wallet_no(tx, profile),
        "contact_list": sheet_no(tx, profile.contact_list),
        "email": customer.login,
        "phone": person.phone,
        "alias": profile.alias,
        "state": 0 if profile.session is None else 1,
        "ewallet_archive": archive,
        "contact_list_archive": lists,
        "to_unlink": removed_at is not None,
        "to_unlink_timestamp": None if removed_at is None else date(removed_at),
        "subordonate_of": tx.master,
    }


def session_data(tx: Tx, visit: Visit) -> Shown:
    """A session as its accounts see it."""
    customer = None if visit.customer is None else sure(tx, Customer, visit.customer)
    profile = None if customer is None else sure(tx, CustomerProfile, customer.id)
    return {
        "session_user_account": None if customer is None else customer.login,
        "session_credit_ewallet": None if profile is None else _wallet_no(tx, profile),
        "session_contact_list": None if profile is None else sheet_no(tx, profile.contact_list),
        "session_account_archive": archive(tx, visit),
    }


def archive(tx: Tx, visit: Visit) -> dict[str, str]:
    """The accounts of a session, e-mail and name."""
    found: dict[str, str] = {}
    numbers = list(map(int, visit.archive.split()))
    tx.want([(kind, None, number) for number in numbers for kind in (Customer, Person)])
    for number in numbers:
        customer = sure(tx, Customer, number)
        found[customer.login] = sure(tx, Person, number).name or customer.login
    return found


def wallet_data(tx: Tx, profile: WalletProfile) -> Shown:
    """A wallet with its clocks and sheets."""
    wallet = sure(tx, Wallet, profile.id)
    owner = sure(tx, CustomerProfile, profile.customer)
    clock = active_clock(tx, profile)
    sheets = {kind: sheets_shown(tx, kind, profile.id) for kind in ("transfer", "invoice")}
    return {
        "id": profile.no,
        "user": owner.no,
        "reference": profile.reference,
        "create_date": date(wallet.created_at),
        "write_date": date(profile.written_at),
        "credits": credits_in(tx, profile.id),
        "clock": None if clock is None else clock.no,
        "clock_archive": {one.no: one.reference for one in clocks_shown(tx, profile)},
        "transfer_sheet": sheet_no(tx, profile.transfer_sheet),
        "transfer_sheet_archive": {sheet.no: sheet.reference for sheet in sheets["transfer"]},
        "invoice_sheet": sheet_no(tx, profile.invoice_sheet),
        "invoice_sheet_archive": {sheet.no: sheet.reference for sheet in sheets["invoice"]},
    }


def clock_data(tx: Tx, profile: ClockProfile) -> Shown:
    """A clock as it stands now, with its sheets."""
    state = caught_up(tx, sure(tx, Clock, profile.id))
    profile = sure(tx, ClockProfile, profile.id)
    sheets = {kind: sheets_shown(tx, kind, profile.id) for kind in ("time", "conversion")}
    return {
        "id": profile.no,
        "ewallet": sure(tx, WalletProfile, profile.wallet).no,
        "reference": profile.reference,
        "create_date": date(state.clock.created_at),
        "write_date": date(max(profile.written_at, state.clock.settled_at)),
        "credit_clock": minutes(readings.balance(state, tx.now)),
        "clock_state": timer_state(state),
        "time_sheet": sheet_no(tx, profile.time_sheet),
        "time_sheet_archive": {sheet.no: sheet.reference for sheet in sheets["time"]},
        "conversion_sheet": sheet_no(tx, profile.conversion_sheet),
        "conversion_sheet_archive": {sheet.no: sheet.reference for sheet in sheets["conversion"]},
    }


def timer_state(state: State) -> str:
    """Whether a clock's timer is inactive, active or pending (paused)."""
    if any(session.state == "running" for session in state.sessions):
        return "active"
    return "pending" if state.sessions else "inactive"


def minutes_on(tx: Tx, clock: int) -> float:
    """The minutes on a clock now."""
    return minutes(readings.balance(caught_up(tx, sure(tx, Clock, clock)), tx.now))


def credits_in(tx: Tx, wallet: int) -> int:
    """The whole credits in a wallet."""
    return whole(tx, sure(tx, Account, wallet).balance or 0)


def sheet_data(tx: Tx, sheet: Sheet) -> Shown:
    """A sheet or contact list with its records, number and name."""
    named, number = _owner(tx, sheet)
    if sheet.kind == "contact":
        contacts: list[Contact] = tx.range(CONTACTS, sheet.id)
        records = {contact.id: contact.reference for contact in contacts}
    else:
        records = {record.no: record.reference for record in tx.range(RECORDS, sheet.id)}
    return {
        "id": sheet.no,
        named: number,
        "reference": sheet.reference,
        "create_date": date(sheet.created_at),
        "write_date": date(sheet.written_at),
        "records": records,
    }


def sheet_no(tx: Tx, sheet: int | None) -> int | None:
    """The number of a sheet."""
    return None if sheet is None else sure(tx, Sheet, sheet).no


def _owner(tx: Tx, sheet: Sheet) -> tuple[str, int]:
    if sheet.kind == "contact":
        return "user", sure(tx, CustomerProfile, sheet.owner).no
    if sheet.kind in {"transfer", "invoice"}:
        return "ewallet", sure(tx, WalletProfile, sheet.owner).no
    return "clock", sure(tx, ClockProfile, sheet.owner).no


def _wallet_no(tx: Tx, profile: CustomerProfile) -> int | None:
    wallet = sure(tx, WalletProfile, profile.wallet)
    return None if wallet.unlinked_at is not None else wallet.no
