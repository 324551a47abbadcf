"""Apps: the client programs of a master, and their keys."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from creditclock.contract.operation import CHIEFS, Command, Scope, operation
from creditclock.contract.pages import Page
from creditclock.contract.tokens import Done
from creditclock.contract.values import PAGE, AppId, Cursor, GraceMs, Instant, Limit, Name

AppKind = Literal["secret", "publishable"]


class App(msgspec.Struct, frozen=True, kw_only=True):
    """A client program. `key` is there once, in the answer that made it.

    The key stops working at `expires_at`, unless that is null; one that was replaced works on until `old_key_until`.
    """

    id: AppId
    name: str
    kind: AppKind
    scopes: list[Scope]
    created_at: Instant
    expires_at: Instant | None
    old_key_until: Instant | None
    key: str | None = None


@operation("app.create", "POST /v1/apps", by=CHIEFS, status=201, shows_secret=True)
class CreateApp(Command[App], frozen=True, kw_only=True):
    """Make an app; its key is shown once.

    A secret key acts for the business within `scopes`: keep it on your own machines.
    A publishable key may ship inside a product: it can only sign customers in and run their own sessions.
    With `expires_at` it stops working then, and so do the tokens that customers got through it.
    """

    name: Name
    kind: AppKind
    scopes: list[Scope] | None = None
    expires_at: Instant | None = None


@operation("app.list", "GET /v1/apps", by=CHIEFS)
class ListApps(Command[Page[App]], frozen=True, kw_only=True):
    """List the apps, oldest first."""

    limit: Limit = PAGE
    cursor: Cursor | None = None


@operation("app.get", "GET /v1/apps/{app}", by=CHIEFS)
class GetApp(Command[App], frozen=True, kw_only=True):
    """Show an app, without its key."""

    app: AppId


@operation("app.rotate", "POST /v1/apps/{app}/rotate", by=CHIEFS, shows_secret=True)
class RotateKey(Command[App], frozen=True, kw_only=True):
    """Give an app a new key, shown once; the old one works on for `grace_ms`, and then stops.

    Tokens that customers got through the app go on working. `expires_at` is that of the new key; left out it stays as
    it was, null is none. A key that was replaced before and still works stops at once.
    """

    app: AppId
    grace_ms: GraceMs = 0
    expires_at: Instant | UnsetType | None = UNSET


@operation("app.remove", "DELETE /v1/apps/{app}", by=CHIEFS)
class RemoveApp(Command[Done], frozen=True, kw_only=True):
    """Remove an app; its key stops working at once, and so do the tokens that customers got through it."""

    app: AppId
