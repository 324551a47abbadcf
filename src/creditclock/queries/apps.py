"""Apps: how they are shown."""

from typing import cast

from creditclock.contract.apps import App, GetApp, ListApps
from creditclock.contract.instants import shown
from creditclock.contract.operation import Scope
from creditclock.contract.pages import Page
from creditclock.contract.values import identify
from creditclock.domain.access import Caller
from creditclock.domain.rows import App as AppRow
from creditclock.queries.asking import after, answers, page
from creditclock.queries.source import named, not_found
from creditclock.storage import lists
from creditclock.storage.snapshot import Snapshot


def show_app(app: AppRow, key: str | None = None) -> App:
    """An app; `key` only in the answer that makes it."""
    return App(
        id=identify("app", app.master, app.id),
        name=app.name,
        kind="secret" if app.kind == "secret" else "publishable",
        scopes=cast("list[Scope]", app.scopes.split()),
        created_at=shown(app.created_at),
        expires_at=None if app.expires_at is None else shown(app.expires_at),
        old_key_until=None if app.old_until is None else shown(app.old_until),
        key=key,
    )


def works(app: AppRow, now: int) -> bool:
    """Whether an app is there and its key hasn't expired."""
    return app.removed_at is None and (app.expires_at is None or now < app.expires_at)


@answers(GetApp)
def get_app(snapshot: Snapshot, query: GetApp, _caller: Caller) -> App:
    """An app that works."""
    app = named(snapshot, AppRow, query.app)
    if app.removed_at is not None:
        raise not_found(query.app)
    return show_app(app)


@answers(ListApps)
def list_apps(snapshot: Snapshot, query: ListApps, _caller: Caller) -> Page[App]:
    """The apps that work, oldest first."""
    found = lists.apps(snapshot, after(query.cursor), query.limit)
    return page(found, query.limit, lambda app: app.id, show_app)
