"""Customers: how they are shown."""

from creditclock.contract import logins
from creditclock.contract.customers import Customer, GetCustomer, ListCustomers
from creditclock.contract.instants import shown
from creditclock.contract.pages import Page
from creditclock.domain.access import Caller
from creditclock.domain.rows import Customer as CustomerRow
from creditclock.domain.rows import Person
from creditclock.queries.asking import after, answers, check_own, page
from creditclock.queries.source import Source, ident, named, not_found
from creditclock.storage import lists
from creditclock.storage.relations import CLOCKS, WALLETS
from creditclock.storage.snapshot import Snapshot


def show_customer(source: Source, customer: CustomerRow) -> Customer:
    """A customer with its wallets and clocks."""
    person = source.get(Person, customer.id)
    return Customer(
        id=ident(source, "cus", customer.id),
        login=customer.login,
        state="active" if customer.removed_at is None else "removed",
        name=person.name if person else None,
        email=person.email if person else None,
        phone=person.phone if person else None,
        wallets=[ident(source, "wal", wallet.id) for wallet in source.range(WALLETS, customer.id)],
        clocks=[ident(source, "clk", clock.id) for clock in source.range(CLOCKS, customer.id)],
        created_at=shown(customer.created_at),
        removed_at=None if customer.removed_at is None else shown(customer.removed_at),
    )


@answers(GetCustomer)
def get_customer(snapshot: Snapshot, query: GetCustomer, caller: Caller) -> Customer:
    """A customer; an erased one is there no more."""
    customer = named(snapshot, CustomerRow, query.customer)
    check_own(caller, customer.id, query.customer)
    if customer.erased_at is not None:
        raise not_found(query.customer)
    return show_customer(snapshot, customer)


@answers(ListCustomers)
def list_customers(snapshot: Snapshot, query: ListCustomers, _caller: Caller) -> Page[Customer]:
    """The customers, oldest first."""
    wanted = None if query.login is None else (query.login, logins.spelled(query.login))
    found = lists.customers(snapshot, after(query.cursor), query.limit, wanted)
    return page(found, query.limit, lambda customer: customer.id, lambda customer: show_customer(snapshot, customer))
