"""Clocks: a method for each operation. Written by `make docs`. Don't edit it."""

from typing import Literal

from msgspec import UNSET, UnsetType

from creditclock.client.calling import AsyncCaller, Caller
from creditclock.client.lists import AsyncListing, Listing
from creditclock.contract.clocks import (
    BuyTime,
    ChangeClock,
    Clock,
    ClockGranted,
    ClockMoved,
    ClockRecord,
    CreateClock,
    GetClock,
    GrantTime,
    ListClockRecords,
    ListClocks,
    ReturnTime,
)


class ClockOperations:
    """The operations of clocks."""

    def __init__(self, client: Caller) -> None:
        self._client = client

    def create(
        self,
        customer: str,
        *,
        wallet: str | None = None,
        parallel: int | None = None,
        tariff: str | None = None,
        key: str | None = None,
    ) -> Clock:
        """Give a customer one more clock; it buys from the customer's first wallet unless `wallet` is named.

        customer: Id of a customer.
        wallet: Id of a wallet.
        parallel: How many sessions may be open at once.
        tariff: Id of a tariff.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(
            CreateClock(customer=customer, wallet=wallet, parallel=parallel, tariff=tariff), key=key
        )

    def list(self, *, state: Literal["open"] | None = None, limit: int = 100) -> Listing[Clock]:
        """List clocks, oldest first; customers see their own. `state` `open` keeps those with open sessions.

        limit: Items per page.
        """
        return Listing(lambda cursor: self._client.call(ListClocks(state=state, limit=limit, cursor=cursor)))

    def get(self, clock: str) -> Clock:
        """Show a clock as it stands now.

        clock: Id of a clock.
        """
        return self._client.call(GetClock(clock=clock))

    def change(
        self, clock: str, *, tariff: str | UnsetType = UNSET, parallel: int | UnsetType = UNSET, key: str | None = None
    ) -> Clock:
        """Give a clock another tariff or another number of parallel sessions; open sessions keep their terms.

        clock: Id of a clock.
        tariff: Id of a tariff.
        parallel: How many sessions may be open at once.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(ChangeClock(clock=clock, tariff=tariff, parallel=parallel), key=key)

    def buy(
        self,
        clock: str,
        *,
        amount: int | None = None,
        ms: int | None = None,
        note: str | None = None,
        key: str | None = None,
    ) -> ClockMoved:
        """Buy time with credits of the clock's wallet: for an `amount`, or as many `ms` as named.

        clock: Id of a clock.
        amount: Minor units of the currency.
        ms: Milliseconds, at least 1.
        note: A text for people; it can be erased.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(BuyTime(clock=clock, amount=amount, ms=ms, note=note), key=key)

    def return_(self, clock: str, *, ms: int, note: str | None = None, key: str | None = None) -> ClockMoved:
        """Give bought time back for what was paid for it, latest bought first.

        What the begun increments of open sessions will still take is kept; stop them to have the rest.

        clock: Id of a clock.
        ms: Milliseconds, at least 1.
        note: A text for people; it can be erased.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(ReturnTime(clock=clock, ms=ms, note=note), key=key)

    def grant(  # noqa: PLR0913 - the fields of the operation
        self,
        clock: str,
        *,
        ms: int,
        kind: Literal["promotional", "granted"] = "granted",
        priority: int = 100,
        starts_at: str | None = None,
        expires_at: str | None = None,
        note: str | None = None,
        key: str | None = None,
    ) -> ClockGranted:
        """Give a clock time for nothing; it can't be returned for credits.

        clock: Id of a clock.
        ms: Milliseconds, at least 1.
        priority: Lower burns first.
        starts_at: An instant in UTC, RFC 3339.
        expires_at: An instant in UTC, RFC 3339.
        note: A text for people; it can be erased.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(
            GrantTime(
                clock=clock, ms=ms, kind=kind, priority=priority, starts_at=starts_at, expires_at=expires_at, note=note
            ),
            key=key,
        )

    def records(self, clock: str, *, limit: int = 100) -> Listing[ClockRecord]:
        """The statement of a clock, newest first, down to what is posted.

        clock: Id of a clock.
        limit: Items per page.
        """
        return Listing(lambda cursor: self._client.call(ListClockRecords(clock=clock, limit=limit, cursor=cursor)))


class AsyncClockOperations:
    """The operations of clocks."""

    def __init__(self, client: AsyncCaller) -> None:
        self._client = client

    async def create(
        self,
        customer: str,
        *,
        wallet: str | None = None,
        parallel: int | None = None,
        tariff: str | None = None,
        key: str | None = None,
    ) -> Clock:
        """Give a customer one more clock; it buys from the customer's first wallet unless `wallet` is named.

        customer: Id of a customer.
        wallet: Id of a wallet.
        parallel: How many sessions may be open at once.
        tariff: Id of a tariff.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(
            CreateClock(customer=customer, wallet=wallet, parallel=parallel, tariff=tariff), key=key
        )

    def list(self, *, state: Literal["open"] | None = None, limit: int = 100) -> AsyncListing[Clock]:
        """List clocks, oldest first; customers see their own. `state` `open` keeps those with open sessions.

        limit: Items per page.
        """
        return AsyncListing(lambda cursor: self._client.call(ListClocks(state=state, limit=limit, cursor=cursor)))

    async def get(self, clock: str) -> Clock:
        """Show a clock as it stands now.

        clock: Id of a clock.
        """
        return await self._client.call(GetClock(clock=clock))

    async def change(
        self, clock: str, *, tariff: str | UnsetType = UNSET, parallel: int | UnsetType = UNSET, key: str | None = None
    ) -> Clock:
        """Give a clock another tariff or another number of parallel sessions; open sessions keep their terms.

        clock: Id of a clock.
        tariff: Id of a tariff.
        parallel: How many sessions may be open at once.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(ChangeClock(clock=clock, tariff=tariff, parallel=parallel), key=key)

    async def buy(
        self,
        clock: str,
        *,
        amount: int | None = None,
        ms: int | None = None,
        note: str | None = None,
        key: str | None = None,
    ) -> ClockMoved:
        """Buy time with credits of the clock's wallet: for an `amount`, or as many `ms` as named.

        clock: Id of a clock.
        amount: Minor units of the currency.
        ms: Milliseconds, at least 1.
        note: A text for people; it can be erased.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(BuyTime(clock=clock, amount=amount, ms=ms, note=note), key=key)

    async def return_(self, clock: str, *, ms: int, note: str | None = None, key: str | None = None) -> ClockMoved:
        """Give bought time back for what was paid for it, latest bought first.

        What the begun increments of open sessions will still take is kept; stop them to have the rest.

        clock: Id of a clock.
        ms: Milliseconds, at least 1.
        note: A text for people; it can be erased.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(ReturnTime(clock=clock, ms=ms, note=note), key=key)

    async def grant(  # noqa: PLR0913 - the fields of the operation
        self,
        clock: str,
        *,
        ms: int,
        kind: Literal["promotional", "granted"] = "granted",
        priority: int = 100,
        starts_at: str | None = None,
        expires_at: str | None = None,
        note: str | None = None,
        key: str | None = None,
    ) -> ClockGranted:
        """Give a clock time for nothing; it can't be returned for credits.

        clock: Id of a clock.
        ms: Milliseconds, at least 1.
        priority: Lower burns first.
        starts_at: An instant in UTC, RFC 3339.
        expires_at: An instant in UTC, RFC 3339.
        note: A text for people; it can be erased.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(
            GrantTime(
                clock=clock, ms=ms, kind=kind, priority=priority, starts_at=starts_at, expires_at=expires_at, note=note
            ),
            key=key,
        )

    def records(self, clock: str, *, limit: int = 100) -> AsyncListing[ClockRecord]:
        """The statement of a clock, newest first, down to what is posted.

        clock: Id of a clock.
        limit: Items per page.
        """
        return AsyncListing(lambda cursor: self._client.call(ListClockRecords(clock=clock, limit=limit, cursor=cursor)))
