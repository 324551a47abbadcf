"""Tariffs: a method for each operation. Written by `make docs`. Don't edit it."""

from typing import Literal

from msgspec import UNSET, UnsetType

from creditclock.client.calling import AsyncCaller, Caller
from creditclock.client.lists import AsyncListing, Listing
from creditclock.contract.tariffs import ChangeTariff, CreateTariff, GetTariff, ListTariffs, Tariff


class TariffOperations:
    """The operations of tariffs."""

    def __init__(self, client: Caller) -> None:
        self._client = client

    def create(  # noqa: PLR0913 - the fields of the operation
        self,
        *,
        name: str,
        price: int,
        burn_rate: int = 1000,
        lease_ms: int = 60000,
        minimum_ms: int = 0,
        increment_ms: int = 0,
        parallel: int = 1,
        pause_count: int | None = None,
        pause_each_ms: int | None = None,
        pause_total_ms: int | None = None,
        after_pause: Literal["resume", "stop"] = "stop",
        revive_ms: int = 300000,
        valid_ms: int | None = None,
        low_ms: tuple[int, ...] = (300000, 60000),
        key: str | None = None,
    ) -> Tariff:
        """Make a tariff. What is left out is as in a new business's first tariff.

        name: A name for people, on one line, without characters that nobody sees.
        price: Minor units for one hour of clock time.
        burn_rate: Per mille of real time: 1000 burns one second per second.
        lease_ms: Length of the lease in milliseconds, 5 s to 24 h.
        minimum_ms: Charged at least, in real time. 0 is none.
        increment_ms: Each begun increment of real time counts when a session ends. 0 is none.
        parallel: How many sessions may be open at once.
        revive_ms: How long after a lapse a start may continue the lapsed session.
        valid_ms: How long bought time is kept. null is for ever.
        low_ms: With so many ms of real time left a running clock is told to be low; [] is never.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(
            CreateTariff(
                name=name,
                price=price,
                burn_rate=burn_rate,
                lease_ms=lease_ms,
                minimum_ms=minimum_ms,
                increment_ms=increment_ms,
                parallel=parallel,
                pause_count=pause_count,
                pause_each_ms=pause_each_ms,
                pause_total_ms=pause_total_ms,
                after_pause=after_pause,
                revive_ms=revive_ms,
                valid_ms=valid_ms,
                low_ms=low_ms,
            ),
            key=key,
        )

    def list(self, *, limit: int = 100) -> Listing[Tariff]:
        """List the tariffs in their newest versions, oldest tariff first.

        limit: Items per page.
        """
        return Listing(lambda cursor: self._client.call(ListTariffs(limit=limit, cursor=cursor)))

    def get(self, tariff: str) -> Tariff:
        """Show a tariff.

        tariff: Id of a tariff.
        """
        return self._client.call(GetTariff(tariff=tariff))

    def change(  # noqa: PLR0913 - the fields of the operation
        self,
        tariff: str,
        *,
        name: str | UnsetType = UNSET,
        price: int | UnsetType = UNSET,
        burn_rate: int | UnsetType = UNSET,
        lease_ms: int | UnsetType = UNSET,
        minimum_ms: int | UnsetType = UNSET,
        increment_ms: int | UnsetType = UNSET,
        parallel: int | UnsetType = UNSET,
        pause_count: int | UnsetType | None = UNSET,
        pause_each_ms: int | UnsetType | None = UNSET,
        pause_total_ms: int | UnsetType | None = UNSET,
        after_pause: Literal["resume", "stop"] | UnsetType = UNSET,
        revive_ms: int | UnsetType = UNSET,
        valid_ms: int | UnsetType | None = UNSET,
        low_ms: tuple[int, ...] | UnsetType = UNSET,
        key: str | None = None,
    ) -> Tariff:
        """Make a new version of a tariff; fields that are left out stay. It counts for later buys and starts.

        tariff: Id of a tariff.
        name: A name for people, on one line, without characters that nobody sees.
        price: Minor units for one hour of clock time.
        burn_rate: Per mille of real time: 1000 burns one second per second.
        lease_ms: Length of the lease in milliseconds, 5 s to 24 h.
        minimum_ms: Charged at least, in real time. 0 is none.
        increment_ms: Each begun increment of real time counts when a session ends. 0 is none.
        parallel: How many sessions may be open at once.
        revive_ms: How long after a lapse a start may continue the lapsed session.
        valid_ms: How long bought time is kept. null is for ever.
        low_ms: With so many ms of real time left a running clock is told to be low; [] is never.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(
            ChangeTariff(
                tariff=tariff,
                name=name,
                price=price,
                burn_rate=burn_rate,
                lease_ms=lease_ms,
                minimum_ms=minimum_ms,
                increment_ms=increment_ms,
                parallel=parallel,
                pause_count=pause_count,
                pause_each_ms=pause_each_ms,
                pause_total_ms=pause_total_ms,
                after_pause=after_pause,
                revive_ms=revive_ms,
                valid_ms=valid_ms,
                low_ms=low_ms,
            ),
            key=key,
        )


class AsyncTariffOperations:
    """The operations of tariffs."""

    def __init__(self, client: AsyncCaller) -> None:
        self._client = client

    async def create(  # noqa: PLR0913 - the fields of the operation
        self,
        *,
        name: str,
        price: int,
        burn_rate: int = 1000,
        lease_ms: int = 60000,
        minimum_ms: int = 0,
        increment_ms: int = 0,
        parallel: int = 1,
        pause_count: int | None = None,
        pause_each_ms: int | None = None,
        pause_total_ms: int | None = None,
        after_pause: Literal["resume", "stop"] = "stop",
        revive_ms: int = 300000,
        valid_ms: int | None = None,
        low_ms: tuple[int, ...] = (300000, 60000),
        key: str | None = None,
    ) -> Tariff:
        """Make a tariff. What is left out is as in a new business's first tariff.

        name: A name for people, on one line, without characters that nobody sees.
        price: Minor units for one hour of clock time.
        burn_rate: Per mille of real time: 1000 burns one second per second.
        lease_ms: Length of the lease in milliseconds, 5 s to 24 h.
        minimum_ms: Charged at least, in real time. 0 is none.
        increment_ms: Each begun increment of real time counts when a session ends. 0 is none.
        parallel: How many sessions may be open at once.
        revive_ms: How long after a lapse a start may continue the lapsed session.
        valid_ms: How long bought time is kept. null is for ever.
        low_ms: With so many ms of real time left a running clock is told to be low; [] is never.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(
            CreateTariff(
                name=name,
                price=price,
                burn_rate=burn_rate,
                lease_ms=lease_ms,
                minimum_ms=minimum_ms,
                increment_ms=increment_ms,
                parallel=parallel,
                pause_count=pause_count,
                pause_each_ms=pause_each_ms,
                pause_total_ms=pause_total_ms,
                after_pause=after_pause,
                revive_ms=revive_ms,
                valid_ms=valid_ms,
                low_ms=low_ms,
            ),
            key=key,
        )

    def list(self, *, limit: int = 100) -> AsyncListing[Tariff]:
        """List the tariffs in their newest versions, oldest tariff first.

        limit: Items per page.
        """
        return AsyncListing(lambda cursor: self._client.call(ListTariffs(limit=limit, cursor=cursor)))

    async def get(self, tariff: str) -> Tariff:
        """Show a tariff.

        tariff: Id of a tariff.
        """
        return await self._client.call(GetTariff(tariff=tariff))

    async def change(  # noqa: PLR0913 - the fields of the operation
        self,
        tariff: str,
        *,
        name: str | UnsetType = UNSET,
        price: int | UnsetType = UNSET,
        burn_rate: int | UnsetType = UNSET,
        lease_ms: int | UnsetType = UNSET,
        minimum_ms: int | UnsetType = UNSET,
        increment_ms: int | UnsetType = UNSET,
        parallel: int | UnsetType = UNSET,
        pause_count: int | UnsetType | None = UNSET,
        pause_each_ms: int | UnsetType | None = UNSET,
        pause_total_ms: int | UnsetType | None = UNSET,
        after_pause: Literal["resume", "stop"] | UnsetType = UNSET,
        revive_ms: int | UnsetType = UNSET,
        valid_ms: int | UnsetType | None = UNSET,
        low_ms: tuple[int, ...] | UnsetType = UNSET,
        key: str | None = None,
    ) -> Tariff:
        """Make a new version of a tariff; fields that are left out stay. It counts for later buys and starts.

        tariff: Id of a tariff.
        name: A name for people, on one line, without characters that nobody sees.
        price: Minor units for one hour of clock time.
        burn_rate: Per mille of real time: 1000 burns one second per second.
        lease_ms: Length of the lease in milliseconds, 5 s to 24 h.
        minimum_ms: Charged at least, in real time. 0 is none.
        increment_ms: Each begun increment of real time counts when a session ends. 0 is none.
        parallel: How many sessions may be open at once.
        revive_ms: How long after a lapse a start may continue the lapsed session.
        valid_ms: How long bought time is kept. null is for ever.
        low_ms: With so many ms of real time left a running clock is told to be low; [] is never.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(
            ChangeTariff(
                tariff=tariff,
                name=name,
                price=price,
                burn_rate=burn_rate,
                lease_ms=lease_ms,
                minimum_ms=minimum_ms,
                increment_ms=increment_ms,
                parallel=parallel,
                pause_count=pause_count,
                pause_each_ms=pause_each_ms,
                pause_total_ms=pause_total_ms,
                after_pause=after_pause,
                revive_ms=revive_ms,
                valid_ms=valid_ms,
                low_ms=low_ms,
            ),
            key=key,
        )
