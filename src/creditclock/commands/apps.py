"""Apps: made with a key, removed with their right to call."""

from creditclock.commands.handling import Tx, handles
from creditclock.contract import Refusal
from creditclock.contract.apps import App, CreateApp, RemoveApp
from creditclock.contract.tokens import Done
from creditclock.contract.values import identify
from creditclock.domain.rows import App as AppRow
from creditclock.queries.apps import show_app
from creditclock.queries.source import named, not_found


@handles(CreateApp)
def create_app(tx: Tx, command: CreateApp) -> App:
    """A new app; its key was made before and only its digest is kept."""
    if command.kind == "publishable" and command.scopes:
        raise Refusal("invalid", "A publishable key has no scopes: it only signs customers in. Leave `scopes` out.")
    scopes = ["sessions"] if command.scopes is None else sorted(set(command.scopes))
    app = AppRow(
        master=tx.master,
        id=tx.new_id(),
        name=command.name,
        kind=command.kind,
        scopes=" ".join(scopes) if command.kind == "secret" else "",
        digest=tx.material["digest"],
        created_at=tx.now,
        removed_at=None,
    )
    tx.put(app)
    tx.subject = identify("app", tx.master, app.id)
    return show_app(app, key=tx.material["key"])


@handles(RemoveApp)
def remove_app(tx: Tx, command: RemoveApp) -> Done:
    """The end of an app and its key."""
    app = named(tx, AppRow, command.app)
    if app.removed_at is not None:
        raise not_found(command.app)
    tx.put(app._replace(removed_at=tx.now))
    tx.end_rights()
    tx.subject = command.app
    return Done()
