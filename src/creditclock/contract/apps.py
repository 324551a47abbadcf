"""Apps: the client programs of a master, and their keys."""

from typing import Literal

import msgspec

from creditclock.contract.operation import CHIEFS, Command, Scope, operation
from creditclock.contract.pages import Page
from creditclock.contract.tokens import Done
from creditclock.contract.values import PAGE, AppId, Cursor, Instant, Limit, Name

AppKind = Literal["secret", "publishable"]


class App(msgspec.Struct, frozen=True, kw_only=True):
    """A client program. `key` is there once, in the answer that made the app."""

    id: AppId
    name: str
    kind: AppKind
    scopes: list[Scope]
    created_at: Instant
    key: str | None = None


@operation("app.create", "POST /v1/apps", by=CHIEFS, status=201, shows_secret=True)
class CreateApp(Command[App], frozen=True, kw_only=True):
    """Make an app; its key is shown once.

    A secret key acts for the business within `scopes`: keep it on your own machines.
    A publishable key may ship inside a product: it can only sign customers in and run their own sessions.
    """

    name: Name
    kind: AppKind
    scopes: list[Scope] | None = None


@operation("app.list", "GET /v1/apps", by=CHIEFS)
class ListApps(Command[Page[App]], frozen=True, kw_only=True):
    """List the apps, oldest first."""

    limit: Limit = PAGE
    cursor: Cursor | None = None


@operation("app.get", "GET /v1/apps/{app}", by=CHIEFS)
class GetApp(Command[App], frozen=True, kw_only=True):
    """Show an app, without its key."""

    app: AppId


@operation("app.remove", "DELETE /v1/apps/{app}", by=CHIEFS)
class RemoveApp(Command[Done], frozen=True, kw_only=True):
    """Remove an app; its key stops working at once, and so do the tokens that customers got through it."""

    app: AppId
