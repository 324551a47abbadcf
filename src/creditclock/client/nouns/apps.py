"""Apps: a method for each operation. Written by `make docs`. Don't edit it."""

from collections.abc import Sequence
from typing import Literal

from creditclock.client.calling import AsyncCaller, Caller
from creditclock.client.lists import AsyncListing, Listing
from creditclock.contract.apps import App, CreateApp, GetApp, ListApps, RemoveApp
from creditclock.contract.tokens import Done


class AppOperations:
    """The operations of apps."""

    def __init__(self, client: Caller) -> None:
        self._client = client

    def create(
        self,
        *,
        name: str,
        kind: Literal["secret", "publishable"],
        scopes: Sequence[Literal["sessions", "session.rate", "customers", "wallets", "clocks"]] | None = None,
        key: str | None = None,
    ) -> App:
        """Make an app; its key is shown once.

        A secret key acts for the business within `scopes`: keep it on your own machines.
        A publishable key may ship inside a product: it can only sign customers in and run their own sessions.

        name: A name for people, on one line.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(
            CreateApp(name=name, kind=kind, scopes=scopes if scopes is None else list(scopes)), key=key
        )

    def list(self, *, limit: int = 100) -> Listing[App]:
        """List the apps, oldest first.

        limit: Items per page.
        """
        return Listing(lambda cursor: self._client.call(ListApps(limit=limit, cursor=cursor)))

    def get(self, app: str) -> App:
        """Show an app, without its key.

        app: Id of an app.
        """
        return self._client.call(GetApp(app=app))

    def remove(self, app: str, *, key: str | None = None) -> Done:
        """Remove an app; its key stops working at once, and so do the tokens that customers got through it.

        app: Id of an app.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(RemoveApp(app=app), key=key)


class AsyncAppOperations:
    """The operations of apps."""

    def __init__(self, client: AsyncCaller) -> None:
        self._client = client

    async def create(
        self,
        *,
        name: str,
        kind: Literal["secret", "publishable"],
        scopes: Sequence[Literal["sessions", "session.rate", "customers", "wallets", "clocks"]] | None = None,
        key: str | None = None,
    ) -> App:
        """Make an app; its key is shown once.

        A secret key acts for the business within `scopes`: keep it on your own machines.
        A publishable key may ship inside a product: it can only sign customers in and run their own sessions.

        name: A name for people, on one line.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(
            CreateApp(name=name, kind=kind, scopes=scopes if scopes is None else list(scopes)), key=key
        )

    def list(self, *, limit: int = 100) -> AsyncListing[App]:
        """List the apps, oldest first.

        limit: Items per page.
        """
        return AsyncListing(lambda cursor: self._client.call(ListApps(limit=limit, cursor=cursor)))

    async def get(self, app: str) -> App:
        """Show an app, without its key.

        app: Id of an app.
        """
        return await self._client.call(GetApp(app=app))

    async def remove(self, app: str, *, key: str | None = None) -> Done:
        """Remove an app; its key stops working at once, and so do the tokens that customers got through it.

        app: Id of an app.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(RemoveApp(app=app), key=key)
