"""Credits of the instruction set: supply, payments, transfers, conversions, and wallets."""

from typing import Final

from creditclock.commands import clocks, supply_requests, wallets
from creditclock.commands.handling import Paper, Tx
from creditclock.commands.instructions.filing import SheetKind
from creditclock.commands.instructions.handling import LEVEL, Answer, Guest, instructs
from creditclock.commands.instructions.keeping import kept, minor
from creditclock.commands.instructions.profiles import (
    active_clock,
    clocks_shown,
    customer_profile,
    wallet_profile,
    wallets_shown,
)
from creditclock.commands.instructions.showing import SYSTEM_CORE, credits_in, minutes_on, wallet_data
from creditclock.commands.instructions.tokens import mail_of
from creditclock.contract import Refusal, logins
from creditclock.contract.clocks import BuyTime, CreateClock, ReturnTime
from creditclock.contract.instructions.credits import (
    ConvertClockToCredits,
    ConvertCreditsToClock,
    CreateCreditEWallet,
    PayCredits,
    SupplyCredits,
    SwitchCreditEWallet,
    TransferCredits,
    UnlinkCreditEWallet,
    ViewCreditEWallet,
)
from creditclock.contract.instructions.wording import MINUTE_MS, parts
from creditclock.contract.values import number_of
from creditclock.contract.wallets import CreateWallet, Pay, TopUp, Transfer
from creditclock.domain.rows import Account, ClockProfile, Customer, Wallet, WalletProfile
from creditclock.queries.source import ident, sure
from creditclock.storage.relations import LOGIN, OPEN_SESSIONS, SUPPLY_REQUESTS

SELF_SUPPLY: Final = "self_supply"
"""What the material says where customers may supply themselves."""


@instructs(SupplyCredits)
def supply_credits(guest: Guest, command: SupplyCredits) -> Answer:
    """Credits into the wallet, or a request for them where only the master supplies."""
    tx, wallet = guest.tx, in_use(guest)
    amount = minor(tx, command.credits)
    cost = parts(command.cost)
    currency = command.currency or "RON"
    if SELF_SUPPLY not in tx.material:
        asked = supply_requests.Wanted(wallet.id, amount, currency, cost, command.notes)
        request = supply_requests.ask(tx, guest.customer, asked)
        text = f"The credits were requested: the master must approve request {request} first."
        return {"failed": True, "warning": text, "level": LEVEL, "details": "supply_requested"}
    tx.paper = Paper(currency, cost)
    wallets.top_up(tx, TopUp(wallet=ident(tx, "wal", wallet.id), amount=amount, note=command.notes))
    return {
        "failed": False,
        "ewallet_credits": credits_in(tx, wallet.id),
        "supplied_credits": command.credits,
        "transfer_record": _record(guest, "transfer"),
        "invoice_record": _record(guest, "invoice"),
    }


@instructs(PayCredits)
def pay_credits(guest: Guest, command: PayCredits) -> Answer:
    """A payment to another account of the master, or to the master itself; both sides get an invoice."""
    tx, wallet = guest.tx, in_use(guest)
    payee = _payee(guest, command.pay)
    tx.paper = Paper(command.currency or "RON", parts(command.cost))
    wallets.pay(
        tx,
        Pay(
            wallet=ident(tx, "wal", wallet.id),
            amount=minor(tx, command.credits),
            to_wallet=payee,
            note=command.notes,
        ),
    )
    return {
        "failed": False,
        "paid": command.pay,
        "ewallet_credits": credits_in(tx, wallet.id),
        "spent_credits": command.credits,
        "invoice_record": _record(guest, "invoice"),
        "transfer_record": _record(guest, "transfer"),
    }


@instructs(TransferCredits)
def transfer_credits(guest: Guest, command: TransferCredits) -> Answer:
    """A transfer to another account of the master, or to the master itself; nobody gets an invoice."""
    tx, wallet = guest.tx, in_use(guest)
    payee = _payee(guest, command.transfer_to)
    amount, own = minor(tx, command.credits), ident(tx, "wal", wallet.id)
    tx.paper = Paper(written="transfer", invoice=False)
    if payee is None:
        wallets.pay(tx, Pay(wallet=own, amount=amount))
    else:
        wallets.transfer(tx, Transfer(wallet=own, amount=amount, to_wallet=payee))
    return {
        "failed": False,
        "transfered_to": command.transfer_to,
        "ewallet_credits": credits_in(tx, wallet.id),
        "transfered_credits": command.credits,
        "transfer_record": _record(guest, "transfer"),
    }


@instructs(ConvertCreditsToClock)
def convert_to_clock(guest: Guest, command: ConvertCreditsToClock) -> Answer:
    """Minutes on the clock for credits."""
    tx, wallet, clock = guest.tx, in_use(guest), clock_in_use(guest)
    clocks.buy_time(
        tx,
        BuyTime(clock=ident(tx, "clk", clock.id), amount=minor(tx, command.credits), note=command.notes or None),
    )
    return {
        "failed": False,
        "conversion_record": _record(guest, "conversion"),
        "ewallet_credits": credits_in(tx, wallet.id),
        "credit_clock": minutes_on(tx, clock.id),
        "converted_credits": command.credits,
    }


@instructs(ConvertClockToCredits)
def convert_to_credits(guest: Guest, command: ConvertClockToCredits) -> Answer:
    """Whole minutes of the clock back for credits; a part of a minute stays on the clock."""
    tx, wallet, clock = guest.tx, in_use(guest), clock_in_use(guest)
    minutes = int(command.minutes)
    if minutes < 1:
        raise Refusal("invalid", "Only whole minutes are converted: send 1 or more.")
    wanted = ReturnTime(clock=ident(tx, "clk", clock.id), ms=minutes * MINUTE_MS, note=command.notes or None)
    clocks.return_time(tx, wanted)
    return {
        "failed": False,
        "conversion_record": _record(guest, "conversion"),
        "ewallet_credits": credits_in(tx, wallet.id),
        "credit_clock": minutes_on(tx, clock.id),
        "converted_minutes": float(minutes),
    }


@instructs(CreateCreditEWallet)
def create_wallet(guest: Guest, command: CreateCreditEWallet) -> Answer:
    """One more wallet with a clock of its own; the one in use stays in use, if there is one."""
    tx, customer = guest.tx, guest.customer
    owner = ident(tx, "cus", customer.id)
    made = wallets.create_wallet(tx, CreateWallet(customer=owner))
    clocks.create_clock(tx, CreateClock(customer=owner, wallet=made.id))
    wallet = sure(tx, Wallet, number_of(made.id))
    profile = wallet_profile(tx, wallet, command.reference or "Credit EWallet")
    current = sure(tx, WalletProfile, guest.profile.wallet)
    in_use_now = profile.id if current.unlinked_at is not None else current.id
    tx.put(guest.profile._replace(wallet=in_use_now, written_at=tx.now))
    return _shown(guest, profile)


@instructs(SwitchCreditEWallet)
def switch_wallet(guest: Guest, command: SwitchCreditEWallet) -> Answer:
    """Another wallet is in use from now on; nothing else changes."""
    profile = _own_wallet(guest, command.ewallet_id)
    guest.tx.put(guest.profile._replace(wallet=profile.id, written_at=guest.tx.now))
    return _shown(guest, profile)


@instructs(ViewCreditEWallet)
def view_wallet(guest: Guest, _command: ViewCreditEWallet) -> Answer:
    """The wallet in use."""
    return _shown(guest, in_use(guest))


@instructs(UnlinkCreditEWallet)
def unlink_wallet(guest: Guest, command: UnlinkCreditEWallet) -> Answer:
    """A wallet without credits or whole minutes is hidden from its owner; where it was in use, the oldest other is."""
    tx, profile = guest.tx, _own_wallet(guest, command.ewallet_id)
    for clock in clocks_shown(tx, profile):
        check_empty(tx, clock)
    if any(request.wallet == profile.id for request in tx.range(SUPPLY_REQUESTS, guest.customer.id)):
        raise Refusal("invalid", "Credits were requested for this wallet. Wait until the master has decided.")
    if sure(tx, Account, profile.id).balance:
        raise Refusal("invalid", "This wallet holds credits. Transfer, convert or spend them first.")
    tx.put(profile._replace(unlinked_at=tx.now, written_at=tx.now))
    left = wallets_shown(tx, guest.customer.id)
    in_use_now = left[0].id if left and guest.profile.wallet == profile.id else guest.profile.wallet
    tx.put(guest.profile._replace(wallet=in_use_now, written_at=tx.now))
    tx.subject = ident(tx, "wal", profile.id)
    return {"failed": False, "credit_ewallet": profile.no}


def in_use(guest: Guest) -> WalletProfile:
    """The account's wallet in use. Refuses `not_found` where the owner unlinked it and has no other."""
    found = sure(guest.tx, WalletProfile, guest.profile.wallet)
    if found.unlinked_at is not None:
        raise Refusal("not_found", "The account has no wallet in use. Send CreateCreditEWallet, then switch to it.")
    return found


def clock_in_use(guest: Guest) -> ClockProfile:
    """The clock in use of that wallet. Refuses `not_found` where the owner unlinked it and has no other."""
    found = active_clock(guest.tx, in_use(guest))
    if found is None:
        raise Refusal("not_found", "The wallet in use has no clock. Send CreateCreditClock first.")
    return found


def check_empty(tx: Tx, clock: ClockProfile) -> None:
    """Refuse to hide a clock that holds a whole minute, which can be converted, or whose timer runs."""
    if tx.range(OPEN_SESSIONS, clock.id):
        raise Refusal("timer_state", "The timer of this clock is on. Send StopClockTimer first.")
    if minutes_on(tx, clock.id) >= 1:
        raise Refusal("invalid", "There are minutes on this clock. Use them or convert them to credits first.")


def _own_wallet(guest: Guest, number: int) -> WalletProfile:
    for profile in wallets_shown(guest.tx, guest.customer.id):
        if profile.no == number:
            return profile
    raise Refusal("not_found", "The account has no wallet of this number. ViewAccount lists them.")


def _payee(guest: Guest, mail: str) -> str | None:
    """The wallet of an account of the same master; None for the master itself, whatever of its e-mails names it."""
    tx = guest.tx
    # Others may have such a name in other letters: over the API, or since before the master had it.
    if logins.spelled(mail).casefold() in {SYSTEM_CORE, mail_of(tx).casefold()}:
        return None
    found: list[Customer] = tx.range(LOGIN, logins.spelled(mail))
    if found and found[0].removed_at is None:
        profile = customer_profile(tx, found[0])
        shown = [wallet.id for wallet in wallets_shown(tx, profile.id)]
        if shown:
            return ident(tx, "wal", profile.wallet if profile.wallet in shown else shown[0])
    raise Refusal("not_found", "No account of this master has that e-mail, or it has no wallet. Check it.")


def _record(guest: Guest, kind: SheetKind) -> int:
    """The number of the account's own record of what just moved."""
    found = kept(guest.tx, kind)
    assert found is not None
    return found.no


def _shown(guest: Guest, profile: WalletProfile) -> Answer:
    guest.tx.subject = ident(guest.tx, "wal", profile.id)
    return {"failed": False, "ewallet": profile.no, "ewallet_data": wallet_data(guest.tx, profile)}
