"""Customers: a method for each operation. Written by `make docs`. Don't edit it."""

from msgspec import UNSET, UnsetType

from creditclock.client.calling import AsyncCaller, Caller
from creditclock.client.lists import AsyncListing, Listing
from creditclock.contract.customers import (
    ChangeCustomer,
    CreateCustomer,
    Customer,
    ExportCustomer,
    Exported,
    GetCustomer,
    ListCustomers,
    RecoverCustomer,
    RemoveCustomer,
    ResetCustomerPassword,
)
from creditclock.contract.tokens import Done


class CustomerOperations:
    """The operations of customers."""

    def __init__(self, client: Caller) -> None:
        self._client = client

    def create(
        self,
        *,
        login: str,
        password: str | None = None,
        name: str | None = None,
        email: str | None = None,
        phone: str | None = None,
        key: str | None = None,
    ) -> Customer:
        """Make a customer with one wallet and one clock. Without a password it cannot sign in itself.

        login: A name to sign in with, without spaces, kept in one spelling; it may not look like an id.
        password: At least 8 characters.
        name: A name for people, on one line, without characters that nobody sees.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(
            CreateCustomer(login=login, password=password, name=name, email=email, phone=phone), key=key
        )

    def list(self, *, login: str | None = None, limit: int = 100) -> Listing[Customer]:
        """List the customers, oldest first; `login` finds the one of that login.

        limit: Items per page.
        """
        return Listing(lambda cursor: self._client.call(ListCustomers(login=login, limit=limit, cursor=cursor)))

    def get(self, customer: str) -> Customer:
        """Show a customer.

        customer: Id of a customer.
        """
        return self._client.call(GetCustomer(customer=customer))

    def export(self, customer: str, *, limit: int = 100) -> Listing[Exported]:
        """Export everything that is kept of a customer, oldest first within each kind.

        The person, wallets, clocks, postings with notes, lots, sessions, tokens, answers to repeated requests, events,
        the
        journal, and what the instruction set keeps: profile, contacts, logins and logouts, requests for credits.
        A page may have fewer items than its limit, or none, while there are more: `next` tells.

        customer: Id of a customer.
        limit: Items per page.
        """
        return Listing(lambda cursor: self._client.call(ExportCustomer(customer=customer, limit=limit, cursor=cursor)))

    def change(
        self,
        customer: str,
        *,
        login: str | UnsetType = UNSET,
        name: str | UnsetType | None = UNSET,
        email: str | UnsetType | None = UNSET,
        phone: str | UnsetType | None = UNSET,
        key: str | None = None,
    ) -> Customer:
        """Change what is known of a customer; fields that are left out stay, null clears.

        customer: Id of a customer.
        login: A name to sign in with, without spaces, kept in one spelling; it may not look like an id.
        name: A name for people, on one line, without characters that nobody sees.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(
            ChangeCustomer(customer=customer, login=login, name=name, email=email, phone=phone), key=key
        )

    def remove(self, customer: str, *, at_once: bool = False, key: str | None = None) -> Customer:
        """Remove a customer: sessions close at once, the person is hidden and can be recovered for 30 days.

        With `at_once` there is no way back: what is left is forfeited and the person erased. Only staff may do that.
        `GET /v1/customers/{customer}/export` before gives the person a copy.

        customer: Id of a customer.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(RemoveCustomer(customer=customer, at_once=at_once), key=key)

    def recover(self, customer: str, *, key: str | None = None) -> Customer:
        """Bring a removed customer back, within 30 days.

        customer: Id of a customer.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(RecoverCustomer(customer=customer), key=key)

    def reset_password(self, customer: str, *, password: str, key: str | None = None) -> Done:
        """Give a customer a new password; the customer's tokens end.

        Who knows it can do what the customer may: therefore a secret key needs the scopes for that too.

        customer: Id of a customer.
        password: At least 8 characters.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(ResetCustomerPassword(customer=customer, password=password), key=key)


class AsyncCustomerOperations:
    """The operations of customers."""

    def __init__(self, client: AsyncCaller) -> None:
        self._client = client

    async def create(
        self,
        *,
        login: str,
        password: str | None = None,
        name: str | None = None,
        email: str | None = None,
        phone: str | None = None,
        key: str | None = None,
    ) -> Customer:
        """Make a customer with one wallet and one clock. Without a password it cannot sign in itself.

        login: A name to sign in with, without spaces, kept in one spelling; it may not look like an id.
        password: At least 8 characters.
        name: A name for people, on one line, without characters that nobody sees.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(
            CreateCustomer(login=login, password=password, name=name, email=email, phone=phone), key=key
        )

    def list(self, *, login: str | None = None, limit: int = 100) -> AsyncListing[Customer]:
        """List the customers, oldest first; `login` finds the one of that login.

        limit: Items per page.
        """
        return AsyncListing(lambda cursor: self._client.call(ListCustomers(login=login, limit=limit, cursor=cursor)))

    async def get(self, customer: str) -> Customer:
        """Show a customer.

        customer: Id of a customer.
        """
        return await self._client.call(GetCustomer(customer=customer))

    def export(self, customer: str, *, limit: int = 100) -> AsyncListing[Exported]:
        """Export everything that is kept of a customer, oldest first within each kind.

        The person, wallets, clocks, postings with notes, lots, sessions, tokens, answers to repeated requests, events,
        the
        journal, and what the instruction set keeps: profile, contacts, logins and logouts, requests for credits.
        A page may have fewer items than its limit, or none, while there are more: `next` tells.

        customer: Id of a customer.
        limit: Items per page.
        """
        return AsyncListing(
            lambda cursor: self._client.call(ExportCustomer(customer=customer, limit=limit, cursor=cursor))
        )

    async def change(
        self,
        customer: str,
        *,
        login: str | UnsetType = UNSET,
        name: str | UnsetType | None = UNSET,
        email: str | UnsetType | None = UNSET,
        phone: str | UnsetType | None = UNSET,
        key: str | None = None,
    ) -> Customer:
        """Change what is known of a customer; fields that are left out stay, null clears.

        customer: Id of a customer.
        login: A name to sign in with, without spaces, kept in one spelling; it may not look like an id.
        name: A name for people, on one line, without characters that nobody sees.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(
            ChangeCustomer(customer=customer, login=login, name=name, email=email, phone=phone), key=key
        )

    async def remove(self, customer: str, *, at_once: bool = False, key: str | None = None) -> Customer:
        """Remove a customer: sessions close at once, the person is hidden and can be recovered for 30 days.

        With `at_once` there is no way back: what is left is forfeited and the person erased. Only staff may do that.
        `GET /v1/customers/{customer}/export` before gives the person a copy.

        customer: Id of a customer.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(RemoveCustomer(customer=customer, at_once=at_once), key=key)

    async def recover(self, customer: str, *, key: str | None = None) -> Customer:
        """Bring a removed customer back, within 30 days.

        customer: Id of a customer.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(RecoverCustomer(customer=customer), key=key)

    async def reset_password(self, customer: str, *, password: str, key: str | None = None) -> Done:
        """Give a customer a new password; the customer's tokens end.

        Who knows it can do what the customer may: therefore a secret key needs the scopes for that too.

        customer: Id of a customer.
        password: At least 8 characters.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(ResetCustomerPassword(customer=customer, password=password), key=key)
