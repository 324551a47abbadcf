"""Masters: a method for each operation. Written by `make docs`. Don't edit it."""

from typing import Literal

from msgspec import UNSET, UnsetType

from creditclock.client.calling import AsyncCaller, Caller
from creditclock.client.lists import AsyncListing, Listing
from creditclock.contract.masters import (
    ChangeMaster,
    CreateMaster,
    FreezeMaster,
    GetMaster,
    KeyCode,
    ListMasters,
    Master,
    RemoveMaster,
    ResetOwnerPassword,
    SetKeyCode,
    UnfreezeMaster,
)
from creditclock.contract.tokens import Done


class MasterOperations:
    """The operations of masters."""

    def __init__(self, client: Caller) -> None:
        self._client = client

    def create(  # noqa: PLR0913 - the fields of the operation
        self,
        *,
        name: str,
        login: str,
        password: str,
        plan: str | None = None,
        customer_limit: int | None = None,
        seat_limit: int | None = None,
        app_limit: int | None = None,
        currency: str = "CREDIT",
        exponent: int = 2,
        zone: str = "UTC",
        key: str | None = None,
    ) -> Master:
        """Make a business with the login and password of its owner.

        It starts with a tariff by which one credit buys one minute. A limit that is left out follows its plan.

        name: A name for people, on one line, without characters that nobody sees.
        login: A name to sign in with, without spaces, kept in one spelling; it may not look like an id.
        password: At least 8 characters.
        plan: Id of a plan.
        currency: A code such as EUR, or CREDIT.
        exponent: Decimal places of the currency.
        zone: An IANA time zone such as Europe/Berlin.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(
            CreateMaster(
                name=name,
                login=login,
                password=password,
                plan=plan,
                customer_limit=customer_limit,
                seat_limit=seat_limit,
                app_limit=app_limit,
                currency=currency,
                exponent=exponent,
                zone=zone,
            ),
            key=key,
        )

    def list(self, *, plan: str | None = None, limit: int = 100) -> Listing[Master]:
        """List the businesses, oldest first; with `plan` only those on that plan.

        plan: Id of a plan.
        limit: Items per page.
        """
        return Listing(lambda cursor: self._client.call(ListMasters(plan=plan, limit=limit, cursor=cursor)))

    def get(self, master: str) -> Master:
        """Show a business. Its own people may see it too.

        master: Id of a business.
        """
        return self._client.call(GetMaster(master=master))

    def change(  # noqa: PLR0913 - the fields of the operation
        self,
        master: str,
        *,
        name: str | UnsetType = UNSET,
        zone: str | UnsetType = UNSET,
        tariff: str | UnsetType = UNSET,
        plan: str | UnsetType | None = UNSET,
        customer_limit: int | UnsetType | None = UNSET,
        seat_limit: int | UnsetType | None = UNSET,
        app_limit: int | UnsetType | None = UNSET,
        key: str | None = None,
    ) -> Master:
        """Change a business; fields that are left out stay. Only the operator changes plan and limits.

        A business follows its plan, unless it is given a limit of its own; null takes that away again.
        Lowering a limit below what is there takes nothing away: only new ones are refused.

        master: Id of a business.
        name: A name for people, on one line, without characters that nobody sees.
        zone: An IANA time zone such as Europe/Berlin.
        tariff: Id of a tariff.
        plan: Id of a plan.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(
            ChangeMaster(
                master=master,
                name=name,
                zone=zone,
                tariff=tariff,
                plan=plan,
                customer_limit=customer_limit,
                seat_limit=seat_limit,
                app_limit=app_limit,
            ),
            key=key,
        )

    def freeze(self, master: str, *, key: str | None = None) -> Master:
        """Freeze a business: its running sessions end, starts and money are refused, reads work.

        master: Id of a business.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(FreezeMaster(master=master), key=key)

    def unfreeze(self, master: str, *, key: str | None = None) -> Master:
        """Let a frozen business work again.

        master: Id of a business.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(UnfreezeMaster(master=master), key=key)

    def reset_password(
        self, master: str, *, password: str, second_factor: Literal["keep", "remove"] = "keep", key: str | None = None
    ) -> Done:
        """Give the owner of a business a new password; the owner's tokens end.

        The owner's second factor stays on, and is asked for with the new password, unless `second_factor` is `remove`:
        do that only for an owner who lost it and whom you know.

        master: Id of a business.
        password: At least 8 characters.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(
            ResetOwnerPassword(master=master, password=password, second_factor=second_factor), key=key
        )

    def set_key_code(self, master: str, *, key_code: str | None = None, key: str | None = None) -> KeyCode:
        """Set the code by which clients of the instruction set acquire a business; without one it is made.

        Clients that acquired the business before go on working under it.

        master: Id of a business.
        key_code: 8 to 200 visible ASCII characters.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(SetKeyCode(master=master, key_code=key_code), key=key)

    def remove(self, master: str, *, key: str | None = None) -> Master:
        """Remove a business for ever: nothing runs, nobody signs in, its login is free again.

        Its customers are erased soon after; its books stay.

        master: Id of a business.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(RemoveMaster(master=master), key=key)


class AsyncMasterOperations:
    """The operations of masters."""

    def __init__(self, client: AsyncCaller) -> None:
        self._client = client

    async def create(  # noqa: PLR0913 - the fields of the operation
        self,
        *,
        name: str,
        login: str,
        password: str,
        plan: str | None = None,
        customer_limit: int | None = None,
        seat_limit: int | None = None,
        app_limit: int | None = None,
        currency: str = "CREDIT",
        exponent: int = 2,
        zone: str = "UTC",
        key: str | None = None,
    ) -> Master:
        """Make a business with the login and password of its owner.

        It starts with a tariff by which one credit buys one minute. A limit that is left out follows its plan.

        name: A name for people, on one line, without characters that nobody sees.
        login: A name to sign in with, without spaces, kept in one spelling; it may not look like an id.
        password: At least 8 characters.
        plan: Id of a plan.
        currency: A code such as EUR, or CREDIT.
        exponent: Decimal places of the currency.
        zone: An IANA time zone such as Europe/Berlin.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(
            CreateMaster(
                name=name,
                login=login,
                password=password,
                plan=plan,
                customer_limit=customer_limit,
                seat_limit=seat_limit,
                app_limit=app_limit,
                currency=currency,
                exponent=exponent,
                zone=zone,
            ),
            key=key,
        )

    def list(self, *, plan: str | None = None, limit: int = 100) -> AsyncListing[Master]:
        """List the businesses, oldest first; with `plan` only those on that plan.

        plan: Id of a plan.
        limit: Items per page.
        """
        return AsyncListing(lambda cursor: self._client.call(ListMasters(plan=plan, limit=limit, cursor=cursor)))

    async def get(self, master: str) -> Master:
        """Show a business. Its own people may see it too.

        master: Id of a business.
        """
        return await self._client.call(GetMaster(master=master))

    async def change(  # noqa: PLR0913 - the fields of the operation
        self,
        master: str,
        *,
        name: str | UnsetType = UNSET,
        zone: str | UnsetType = UNSET,
        tariff: str | UnsetType = UNSET,
        plan: str | UnsetType | None = UNSET,
        customer_limit: int | UnsetType | None = UNSET,
        seat_limit: int | UnsetType | None = UNSET,
        app_limit: int | UnsetType | None = UNSET,
        key: str | None = None,
    ) -> Master:
        """Change a business; fields that are left out stay. Only the operator changes plan and limits.

        A business follows its plan, unless it is given a limit of its own; null takes that away again.
        Lowering a limit below what is there takes nothing away: only new ones are refused.

        master: Id of a business.
        name: A name for people, on one line, without characters that nobody sees.
        zone: An IANA time zone such as Europe/Berlin.
        tariff: Id of a tariff.
        plan: Id of a plan.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(
            ChangeMaster(
                master=master,
                name=name,
                zone=zone,
                tariff=tariff,
                plan=plan,
                customer_limit=customer_limit,
                seat_limit=seat_limit,
                app_limit=app_limit,
            ),
            key=key,
        )

    async def freeze(self, master: str, *, key: str | None = None) -> Master:
        """Freeze a business: its running sessions end, starts and money are refused, reads work.

        master: Id of a business.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(FreezeMaster(master=master), key=key)

    async def unfreeze(self, master: str, *, key: str | None = None) -> Master:
        """Let a frozen business work again.

        master: Id of a business.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(UnfreezeMaster(master=master), key=key)

    async def reset_password(
        self, master: str, *, password: str, second_factor: Literal["keep", "remove"] = "keep", key: str | None = None
    ) -> Done:
        """Give the owner of a business a new password; the owner's tokens end.

        The owner's second factor stays on, and is asked for with the new password, unless `second_factor` is `remove`:
        do that only for an owner who lost it and whom you know.

        master: Id of a business.
        password: At least 8 characters.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(
            ResetOwnerPassword(master=master, password=password, second_factor=second_factor), key=key
        )

    async def set_key_code(self, master: str, *, key_code: str | None = None, key: str | None = None) -> KeyCode:
        """Set the code by which clients of the instruction set acquire a business; without one it is made.

        Clients that acquired the business before go on working under it.

        master: Id of a business.
        key_code: 8 to 200 visible ASCII characters.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(SetKeyCode(master=master, key_code=key_code), key=key)

    async def remove(self, master: str, *, key: str | None = None) -> Master:
        """Remove a business for ever: nothing runs, nobody signs in, its login is free again.

        Its customers are erased soon after; its books stay.

        master: Id of a business.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(RemoveMaster(master=master), key=key)
