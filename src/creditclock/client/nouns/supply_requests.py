"""Supply requests: a method for each operation. Written by `make docs`. Don't edit it."""

from typing import Literal

from creditclock.client.calling import AsyncCaller, Caller
from creditclock.client.lists import AsyncListing, Listing
from creditclock.contract.supply_requests import (
    ApproveSupplyRequest,
    DeclineSupplyRequest,
    ListSupplyRequests,
    SupplyRequest,
)


class SupplyRequestOperations:
    """The operations of supply requests."""

    def __init__(self, client: Caller) -> None:
        self._client = client

    def list(
        self, *, state: Literal["pending", "approved", "declined"] | None = None, limit: int = 100
    ) -> Listing[SupplyRequest]:
        """List the credits that customers asked for, oldest first; `state` keeps those that wait, or were decided so.

        limit: Items per page.
        """
        return Listing(lambda cursor: self._client.call(ListSupplyRequests(state=state, limit=limit, cursor=cursor)))

    def approve(self, supply_request: str, *, key: str | None = None) -> SupplyRequest:
        """Give a customer the credits that it asked for; the wallet is topped up.

        supply_request: Id of a request for credits.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(ApproveSupplyRequest(supply_request=supply_request), key=key)

    def decline(self, supply_request: str, *, key: str | None = None) -> SupplyRequest:
        """Refuse a customer's request for credits; nothing moves.

        supply_request: Id of a request for credits.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(DeclineSupplyRequest(supply_request=supply_request), key=key)


class AsyncSupplyRequestOperations:
    """The operations of supply requests."""

    def __init__(self, client: AsyncCaller) -> None:
        self._client = client

    def list(
        self, *, state: Literal["pending", "approved", "declined"] | None = None, limit: int = 100
    ) -> AsyncListing[SupplyRequest]:
        """List the credits that customers asked for, oldest first; `state` keeps those that wait, or were decided so.

        limit: Items per page.
        """
        return AsyncListing(
            lambda cursor: self._client.call(ListSupplyRequests(state=state, limit=limit, cursor=cursor))
        )

    async def approve(self, supply_request: str, *, key: str | None = None) -> SupplyRequest:
        """Give a customer the credits that it asked for; the wallet is topped up.

        supply_request: Id of a request for credits.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(ApproveSupplyRequest(supply_request=supply_request), key=key)

    async def decline(self, supply_request: str, *, key: str | None = None) -> SupplyRequest:
        """Refuse a customer's request for credits; nothing moves.

        supply_request: Id of a request for credits.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(DeclineSupplyRequest(supply_request=supply_request), key=key)
