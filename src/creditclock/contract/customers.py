"""Customers: the people who buy time from a master."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from creditclock.contract.operation import CHIEFS, DESK, Command, Role, operation
from creditclock.contract.pages import Page
from creditclock.contract.tokens import Done
from creditclock.contract.values import (
    PAGE,
    ClockId,
    Cursor,
    CustomerId,
    Email,
    Instant,
    Limit,
    Login,
    Name,
    Password,
    Phone,
    WalletId,
)

KEEPERS: tuple[Role, ...] = (*DESK, "secret")


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """A customer with the ids of its wallets and clocks, oldest first."""

    id: CustomerId
    login: str
    state: Literal["active", "removed"]
    name: str | None
    email: str | None
    phone: str | None
    wallets: list[WalletId]
    clocks: list[ClockId]
    created_at: Instant
    removed_at: Instant | None = None


@operation("customer.create", "POST /v1/customers", by=KEEPERS, scope="customers", status=201)
class CreateCustomer(Command[Customer], frozen=True, kw_only=True):
    """Make a customer with one wallet and one clock. Without a password it cannot sign in itself."""

    login: Login
    password: Password | None = None
    name: Name | None = None
    email: Email | None = None
    phone: Phone | None = None


@operation("customer.list", "GET /v1/customers", by=KEEPERS, scope="customers")
class ListCustomers(Command[Page[Customer]], frozen=True, kw_only=True):
    """List the customers, oldest first; `login` finds the one of that login."""

    login: str | None = None
    limit: Limit = PAGE
    cursor: Cursor | None = None


@operation("customer.get", "GET /v1/customers/{customer}", by=(*KEEPERS, "customer", "program"), scope="customers")
class GetCustomer(Command[Customer], frozen=True, kw_only=True):
    """Show a customer."""

    customer: CustomerId


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """A row that is kept of a customer: what it is of, and what is in it."""

    kind: Literal[
        "customer", "wallet", "clock", "posting", "lot", "session", "token", "answer", "event", "journal",
        "profile", "contact", "attendance", "supply_request",
    ]  # fmt: skip
    data: dict[str, Any]


@operation("customer.export", "GET /v1/customers/{customer}/export", by=(*CHIEFS, "customer"))
class ExportCustomer(Command[Page[Exported]], frozen=True, kw_only=True):
    """Export everything that is kept of a customer, oldest first within each kind.

    The person, wallets, clocks, postings with notes, lots, sessions, tokens, answers to repeated requests, events, the
    journal, and what the instruction set keeps: profile, contacts, logins and logouts, requests for credits.
    A page may have fewer items than its limit, or none, while there are more: `next` tells.
    """

    customer: CustomerId
    limit: Limit = PAGE
    cursor: Cursor | None = None


@operation("customer.change", "PATCH /v1/customers/{customer}", by=(*KEEPERS, "customer"), scope="customers")
class ChangeCustomer(Command[Customer], frozen=True, kw_only=True):
    """Change what is known of a customer; fields that are left out stay, null clears."""

    customer: CustomerId
    login: Login | UnsetType = UNSET
    name: Name | UnsetType | None = UNSET
    email: Email | UnsetType | None = UNSET
    phone: Phone | UnsetType | None = UNSET


@operation("customer.remove", "DELETE /v1/customers/{customer}", by=KEEPERS, scope="customers")
class RemoveCustomer(Command[Customer], frozen=True, kw_only=True):
    """Remove a customer: sessions close at once, the person is hidden and can be recovered for 30 days.

    With `at_once` there is no way back: what is left is forfeited and the person erased. Only staff may do that.
    `GET /v1/customers/{customer}/export` before gives the person a copy.
    """

    customer: CustomerId
    at_once: bool = False


@operation("customer.recover", "POST /v1/customers/{customer}/recover", by=KEEPERS, scope="customers")
class RecoverCustomer(Command[Customer], frozen=True, kw_only=True):
    """Bring a removed customer back, within 30 days."""

    customer: CustomerId


@operation(
    "customer.reset_password",
    "POST /v1/customers/{customer}/password",
    by=KEEPERS,
    scope=("customers", "wallets", "clocks"),
)
class ResetCustomerPassword(Command[Done], frozen=True, kw_only=True):
    """Give a customer a new password; the customer's tokens end.

    Who knows it can do what the customer may: therefore a secret key needs the scopes for that too.
    """

    customer: CustomerId
    password: Password
