"""Apps: a method for each operation. Written by `make docs`. Don't edit it."""

from collections.abc import Sequence
from typing import Literal

from msgspec import UNSET, UnsetType

from creditclock.client.calling import AsyncCaller, Caller
from creditclock.client.lists import AsyncListing, Listing
from creditclock.contract.apps import App, CreateApp, GetApp, ListApps, RemoveApp, RotateKey
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
        expires_at: str | None = None,
        key: str | None = None,
    ) -> App:
        """Make an app; its key is shown once.

        A secret key acts for the business within `scopes`: keep it on your own machines.
        A publishable key may ship inside a product: it can only sign customers in and run their own sessions.
        With `expires_at` it stops working then, and so do the tokens that customers got through it.

        name: A name for people, on one line, without characters that nobody sees.
        expires_at: An instant in UTC, RFC 3339.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(
            CreateApp(name=name, kind=kind, scopes=scopes if scopes is None else list(scopes), expires_at=expires_at),
            key=key,
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

    def rotate(
        self, app: str, *, grace_ms: int = 0, expires_at: str | UnsetType | None = UNSET, key: str | None = None
    ) -> App:
        """Give an app a new key, shown once; the old one works on for `grace_ms`, and then stops.

        Tokens that customers got through the app go on working. `expires_at` is that of the new key; left out it stays
        as
        it was, null is none. A key that was replaced before and still works stops at once.

        app: Id of an app.
        grace_ms: How long the old key works on, in milliseconds, at most 7 d.
        expires_at: An instant in UTC, RFC 3339.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(RotateKey(app=app, grace_ms=grace_ms, expires_at=expires_at), key=key)

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
        expires_at: str | None = None,
        key: str | None = None,
    ) -> App:
        """Make an app; its key is shown once.

        A secret key acts for the business within `scopes`: keep it on your own machines.
        A publishable key may ship inside a product: it can only sign customers in and run their own sessions.
        With `expires_at` it stops working then, and so do the tokens that customers got through it.

        name: A name for people, on one line, without characters that nobody sees.
        expires_at: An instant in UTC, RFC 3339.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(
            CreateApp(name=name, kind=kind, scopes=scopes if scopes is None else list(scopes), expires_at=expires_at),
            key=key,
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

    async def rotate(
        self, app: str, *, grace_ms: int = 0, expires_at: str | UnsetType | None = UNSET, key: str | None = None
    ) -> App:
        """Give an app a new key, shown once; the old one works on for `grace_ms`, and then stops.

        Tokens that customers got through the app go on working. `expires_at` is that of the new key; left out it stays
        as
        it was, null is none. A key that was replaced before and still works stops at once.

        app: Id of an app.
        grace_ms: How long the old key works on, in milliseconds, at most 7 d.
        expires_at: An instant in UTC, RFC 3339.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(RotateKey(app=app, grace_ms=grace_ms, expires_at=expires_at), key=key)

    async def remove(self, app: str, *, key: str | None = None) -> Done:
        """Remove an app; its key stops working at once, and so do the tokens that customers got through it.

        app: Id of an app.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(RemoveApp(app=app), key=key)
