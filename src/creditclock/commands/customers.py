"""Customers: made, changed, removed, recovered, erased (design section 4)."""

from msgspec import UNSET

from creditclock.commands.clocks import open_clock
from creditclock.commands.effects import caught_up, save, tell_clock, watched
from creditclock.commands.handling import Tx, handles
from creditclock.commands.instructions.profiles import has_key_code, new_profile
from creditclock.commands.owners import check_customer, check_own
from creditclock.commands.postings import Entry
from creditclock.commands.tokens import end_tokens, set_password, tell_password
from creditclock.commands.wallets import open_wallet, tell_wallet
from creditclock.contract import Refusal, logins
from creditclock.contract.customers import (
    ChangeCustomer,
    CreateCustomer,
    Customer,
    RecoverCustomer,
    RemoveCustomer,
    ResetCustomerPassword,
)
from creditclock.contract.events import CustomerTold
from creditclock.contract.operation import DESK
from creditclock.contract.tokens import Done
from creditclock.domain import ledger
from creditclock.domain.clocks import settle
from creditclock.domain.drafts import State
from creditclock.domain.plans import limits
from creditclock.domain.rows import (
    Account,
    Clock,
    Credential,
    CustomerProfile,
    Erasure,
    Lot,
    Master,
    Person,
    Session,
    SupplyRequest,
    Token,
    Wallet,
)
from creditclock.domain.rows import Customer as CustomerRow
from creditclock.domain.sessions import end_with
from creditclock.queries.customers import show_customer
from creditclock.queries.source import ident, named, not_found, sure
from creditclock.queries.tariffs import newest_of
from creditclock.storage.relations import CLOCKS, LIVE_LOTS, LOGIN, OPEN_SESSIONS, SUPPLY_REQUESTS, TOKENS, WALLETS
from creditclock.storage.working_set import Place

RECOVERY_MS = 30 * 86_400_000
"""How long a removed customer, or a business marked for removal, can be recovered."""


@handles(CreateCustomer)
def create_customer(tx: Tx, command: CreateCustomer) -> Customer:
    """A new customer with one wallet and one clock."""
    master = sure(tx, Master, 0)
    lane = tx.rows.lane
    limit = limits(master).customers
    if limit is not None and lane.customers >= limit:
        raise Refusal(
            "customer_limit",
            f"This business may have {limit} customers. Remove some, or ask for a larger plan.",
            limit=limit,
        )
    login = logins.kept(command.login)
    _check_login(tx, login, None)
    tx.rows.lane = lane._replace(customers=lane.customers + 1)
    customer = CustomerRow(tx.master, tx.new_id(), login, None, None, tx.now)
    tx.put(customer)
    tx.put(Person(tx.master, customer.id, command.name, command.email, command.phone))
    for span in (WALLETS, CLOCKS, TOKENS):
        tx.begins(span, customer.id)
    wallet = open_wallet(tx, customer.id)
    open_clock(tx, wallet, newest_of(tx, master.tariff))
    if has_key_code(tx):
        new_profile(tx, customer)
    if command.password is not None:
        tx.put(Credential(tx.master, customer.id, tx.material["password"], 1))
    return tell(tx, customer, "customer.created")


@handles(ChangeCustomer)
def change_customer(tx: Tx, command: ChangeCustomer) -> Customer:
    """Other contact data, or another login."""
    customer = _found(tx, command.customer)
    check_customer(customer)
    login = customer.login if command.login is UNSET else logins.kept(command.login)
    if login != customer.login:
        _check_login(tx, login, customer.id)
        customer = customer._replace(login=login)
        tx.put(customer)
    person = sure(tx, Person, customer.id)
    tx.put(
        person._replace(
            name=person.name if command.name is UNSET else command.name,
            email=person.email if command.email is UNSET else command.email,
            phone=person.phone if command.phone is UNSET else command.phone,
        )
    )
    return tell(tx, customer, "customer.changed")


@handles(ResetCustomerPassword)
def reset_password(tx: Tx, command: ResetCustomerPassword) -> Done:
    """A new password; all tokens end."""
    customer = _found(tx, command.customer)
    check_customer(customer)
    set_password(tx, customer.id, tx.material["password"])
    end_tokens(tx, customer.id, spare=None)
    tx.subject = command.customer
    tell_password(tx, command.customer)
    return Done()


@handles(RemoveCustomer)
def remove_customer(tx: Tx, command: RemoveCustomer) -> Customer:
    """Sessions close, tokens end, the person is hidden; at once means for ever."""
    customer = _found(tx, command.customer)
    if command.at_once and tx.caller.role not in DESK:
        raise Refusal("forbidden", "Only staff may remove a customer at once. Leave `at_once` out.")
    if customer.removed_at is None:
        customer = remove(tx, customer)
    elif not command.at_once and not _sends_away(tx, customer):
        check_customer(customer)
    if command.at_once:
        customer = erase(tx, customer)
    return tell(tx, customer, "customer.removed")


def _sends_away(tx: Tx, customer: CustomerRow) -> bool:
    """Let a customer who has left come back by itself no more; says whether it had left."""
    profile = tx.get(CustomerProfile, customer.id)
    if profile is None or not profile.has_left:
        return False
    tx.put(profile._replace(has_left=0))
    return True


def remove(tx: Tx, customer: CustomerRow) -> CustomerRow:
    """A customer whose sessions are closed and whose tokens have ended; it can be recovered."""
    _foresee(tx, customer)
    for clock in tx.range(CLOCKS, customer.id):
        _close(tx, clock)
    end_tokens(tx, customer.id, spare=None)
    lane = tx.rows.lane
    tx.rows.lane = lane._replace(customers=lane.customers - 1)
    _sends_away(tx, customer)
    removed = customer._replace(removed_at=tx.now)
    tx.put(removed)
    return removed


def _foresee(tx: Tx, customer: CustomerRow) -> None:
    """Ask at once for what a customer has: each clock would be a round trip else, and more than a few are refused."""
    number = customer.id
    first: list[Place] = [(kind, None, number) for kind in (Person, Credential, CustomerProfile)]
    spans = [(Clock, CLOCKS), (Wallet, WALLETS), (SupplyRequest, SUPPLY_REQUESTS), (Token, TOKENS)]
    tx.want([*first, *((kind, span, number) for kind, span in spans)])
    wallets, clocks = tx.range(WALLETS, number), tx.range(CLOCKS, number)
    then: list[Place] = [(Account, None, one.id) for one in (*wallets, *clocks)]
    for clock in clocks:
        then += [(Session, OPEN_SESSIONS, clock.id), (Lot, LIVE_LOTS, clock.id)]
    tx.want([*then, *((Account, None, own) for own in _OWN)])


_OWN = (ledger.USED, ledger.HELD_TIME, ledger.EXPIRED_TIME, ledger.EXPIRED_CREDITS)
"""The accounts of a business to which something goes of a customer who is removed."""


def _close(tx: Tx, clock: Clock) -> None:
    """End the open sessions of a clock."""
    state = caught_up(tx, clock)
    for session in state.sessions:
        state = save(tx, state.clock, end_with(state, session.id, "closed", tx.now))
    watched(tx, state)


@handles(RecoverCustomer)
def recover_customer(tx: Tx, command: RecoverCustomer) -> Customer:
    """A removed customer as before; what it had is still there."""
    customer = _found(tx, command.customer)
    if customer.removed_at is None:
        return show_customer(tx, customer)
    if customer.erased_at is not None or tx.now >= customer.removed_at + RECOVERY_MS:
        raise Refusal("recovery_over", "A customer can be recovered for 30 days after it was removed. Make a new one.")
    limit = limits(sure(tx, Master, 0)).customers
    lane = tx.rows.lane
    if limit is not None and lane.customers >= limit:
        raise Refusal("customer_limit", f"This business may have {limit} customers. Remove some first.", limit=limit)
    tx.rows.lane = lane._replace(customers=lane.customers + 1)
    customer = customer._replace(removed_at=None)
    tx.put(customer)
    return tell(tx, customer, "customer.recovered")


def erase(tx: Tx, customer: CustomerRow) -> CustomerRow:
    """Forfeit what a removed customer still had, and forget who it was.

    What may be much (notes, answers, salts, tokens) is forgotten in steps afterwards: `storage.erasure`.
    """
    _foresee(tx, customer)
    for clock in tx.range(CLOCKS, customer.id):
        state = caught_up(tx, clock)
        save(tx, state.clock, settle(state, tx.now))
        _forfeit_time(tx, clock)
    for wallet in tx.range(WALLETS, customer.id):
        balance = sure(tx, Account, wallet.id).balance
        if balance:
            entry = Entry(tx, "expired")
            entry.post(wallet.id, ledger.EXPIRED_CREDITS, balance)
            tell_wallet(tx, wallet, -balance, entry)
    tx.put(sure(tx, Person, customer.id)._replace(name=None, email=None, phone=None))
    credential = tx.get(Credential, customer.id)
    if credential:
        tx.put(credential._replace(password="", version=credential.version + 1))
    profile = tx.get(CustomerProfile, customer.id)
    if profile:
        tx.put(profile._replace(alias=None, session=None, written_at=tx.now))
    for request in tx.range(SUPPLY_REQUESTS, customer.id):
        tx.put(request._replace(state="declined", decided_at=tx.now, notes=None))
    erased = customer._replace(login=ident(tx, "cus", customer.id), erased_at=tx.now)
    tx.put(erased)
    tx.append(Erasure(tx.master, customer.id, tx.now, 0, 0, 0, None))
    return erased


def _forfeit_time(tx: Tx, clock: Clock) -> None:
    lots = tx.range(LIVE_LOTS, clock.id)
    if not lots:
        return
    assert not tx.range(OPEN_SESSIONS, clock.id)
    entry = Entry(tx, "expired")
    for lot in lots:
        entry.post(clock.id, ledger.EXPIRED_TIME, lot.left_ms, lot=lot.id)
        tx.put(lot._replace(left_ms=0))
    current = sure(tx, Clock, clock.id)
    emptied = current._replace(ahead=0, rest=0, settled_at=tx.now, check_at=None)
    tx.put(emptied)
    tell_clock(tx, State(emptied, (), ()))


def _found(tx: Tx, identifier: str) -> CustomerRow:
    customer = named(tx, CustomerRow, identifier)
    check_own(tx, customer.id, identifier)
    if customer.erased_at is not None:
        raise not_found(identifier)
    return customer


def _check_login(tx: Tx, login: str, own: int | None) -> None:
    others = [other for other in tx.range(LOGIN, login) if other.id != own]
    if others:
        raise Refusal("login_taken", "This login is taken in this business. Choose another one.")


def tell(tx: Tx, customer: CustomerRow, event: str) -> Customer:
    """Tell others what happened to a customer, and show it."""
    answer = show_customer(tx, customer)
    tx.subject = answer.id
    tx.emit(event, answer.id, CustomerTold(state=answer.state), customer=customer.id)
    return answer
