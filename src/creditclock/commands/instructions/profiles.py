"""Profiles: what the instruction set keeps of customers, wallets and clocks.

Customers get theirs when they are made, or after their business got a key code; further wallets and clocks when the
instruction set meets them first.
"""

from typing import Final

from creditclock.commands.handling import Tx
from creditclock.commands.instructions.filing import BEGUN, open_sheet
from creditclock.commands.instructions.numbers import next_no
from creditclock.domain.rows import (
    Account,
    Clock,
    ClockProfile,
    Customer,
    CustomerProfile,
    Lot,
    MasterProfile,
    Numbering,
    Person,
    Session,
    Sheet,
    Wallet,
    WalletProfile,
)
from creditclock.queries.source import sure
from creditclock.storage.relations import CLOCKS, LIVE_LOTS, OPEN_SESSIONS, SHEETS, WALLETS
from creditclock.storage.working_set import Place

WALLET: Final = "Credit EWallet"
CLOCK: Final = "Credit Clock"
"""What a wallet and a clock are called unless their owner says otherwise."""


def bring(tx: Tx, customer: int) -> None:
    """Ask at once for what is looked at of a customer: itself, its wallet in use and that one's clocks."""
    first: list[Place] = [(kind, None, customer) for kind in (Customer, CustomerProfile, Person)]
    tx.want([*first, (Wallet, WALLETS, customer), (Clock, CLOCKS, customer), (Sheet, SHEETS, customer)])
    profile = tx.get(CustomerProfile, customer)
    wallets: list[Wallet] = tx.range(WALLETS, customer)
    in_use = profile.wallet if profile else wallets[0].id
    then: list[Place] = [(WalletProfile, None, wallet.id) for wallet in wallets]
    then += [(Account, None, in_use), (Sheet, SHEETS, in_use)]
    for clock in tx.range(CLOCKS, customer):
        then.append((ClockProfile, None, clock.id))
        if clock.wallet == in_use:
            then += [(Account, None, clock.id), (Sheet, SHEETS, clock.id)]
            then += [(Session, OPEN_SESSIONS, clock.id), (Lot, LIVE_LOTS, clock.id)]
    tx.want(then)


def customer_profile(tx: Tx, customer: Customer) -> CustomerProfile:
    """The profile of a customer; one who has none gets one, and so do the wallets and clocks."""
    bring(tx, customer.id)
    return tx.get(CustomerProfile, customer.id) or new_profile(tx, customer)


def new_profile(tx: Tx, customer: Customer) -> CustomerProfile:
    """The profile of a customer who has none.

    Where this command has made the customer, nothing is looked up by its new id: all who are made at once would miss
    the same one, and one after the other.
    """
    tx.want([(Numbering, None, kind) for kind in ("account", "wallet", "clock", *BEGUN)])
    wallets = tx.range(WALLETS, customer.id)
    for wallet in wallets:
        wallet_profile(tx, wallet)
    tx.begins(SHEETS, customer.id)
    contacts = open_sheet(tx, "contact", customer.id)
    profile = CustomerProfile(
        master=tx.master,
        id=customer.id,
        no=next_no(tx, "account"),
        alias=None,
        wallet=wallets[0].id,
        contact_list=contacts.id,
        session=None,
        acknowledged=tx.rows.next_event - 1,
        written_at=tx.now,
        has_left=0,
    )
    tx.put(profile)
    return profile


def has_key_code(tx: Tx) -> bool:
    """Whether clients of the instruction set can acquire the business, so that its customers have numbers."""
    profile = tx.get(MasterProfile, 0)
    return profile is not None and profile.key_code != ""


def wallet_profile(tx: Tx, wallet: Wallet, reference: str = WALLET) -> WalletProfile:
    """The profile of a wallet, with its sheets and those of its clocks."""
    profile = tx.get(WalletProfile, wallet.id) if wallet.kept else None
    if profile is not None:
        return profile
    tx.put(wallet._replace(kept=1))
    tx.begins(SHEETS, wallet.id)
    number = next_no(tx, "wallet")
    clocks = _clocks_of(tx, wallet)
    profile = WalletProfile(
        master=tx.master,
        id=wallet.id,
        no=number,
        customer=wallet.customer,
        reference=reference,
        clock=clocks[0].id if clocks else None,
        transfer_sheet=open_sheet(tx, "transfer", wallet.id).id,
        invoice_sheet=open_sheet(tx, "invoice", wallet.id).id,
        written_at=tx.now,
        unlinked_at=None,
    )
    tx.put(profile)
    for clock in clocks:
        clock_profile(tx, clock)
    return profile


def clock_profile(tx: Tx, clock: Clock, reference: str = CLOCK) -> ClockProfile:
    """The profile of a clock, with its sheets."""
    profile = tx.get(ClockProfile, clock.id) if clock.kept else None
    if profile is not None:
        return profile
    assert clock.wallet is not None
    tx.put(clock._replace(kept=1))
    tx.begins(SHEETS, clock.id)
    profile = ClockProfile(
        master=tx.master,
        id=clock.id,
        no=next_no(tx, "clock"),
        wallet=clock.wallet,
        reference=reference,
        time_sheet=open_sheet(tx, "time", clock.id).id,
        conversion_sheet=open_sheet(tx, "conversion", clock.id).id,
        timer=None,
        visit=None,
        written_at=tx.now,
        unlinked_at=None,
    )
    tx.put(profile)
    return profile


def wallets_shown(tx: Tx, customer: int) -> list[WalletProfile]:
    """The wallets that a customer has not unlinked, oldest first; those made through the API too."""
    found = [wallet_profile(tx, wallet) for wallet in tx.range(WALLETS, customer)]
    return [profile for profile in found if profile.unlinked_at is None]


def clocks_shown(tx: Tx, wallet: WalletProfile) -> list[ClockProfile]:
    """The clocks of a wallet that its owner has not unlinked, oldest first."""
    found = [clock_profile(tx, clock) for clock in _clocks_of(tx, wallet)]
    return [profile for profile in found if profile.unlinked_at is None]


def _clocks_of(tx: Tx, wallet: Wallet | WalletProfile) -> list[Clock]:
    """The clocks that are filled from a wallet, oldest first."""
    return [clock for clock in tx.range(CLOCKS, wallet.customer) if clock.wallet == wallet.id]


def active_clock(tx: Tx, wallet: WalletProfile) -> ClockProfile | None:
    """The active clock of a wallet; None if its owner unlinked it and chose no other."""
    if wallet.clock is None:
        found = clocks_shown(tx, wallet)
        return found[0] if found else None
    return sure(tx, ClockProfile, wallet.clock)
