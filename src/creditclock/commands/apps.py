"""Apps: made with a key, removed with their right to call."""

from creditclock.commands.handling import Tx, handles
from creditclock.contract import Refusal
from creditclock.contract.apps import App, CreateApp, RemoveApp
from creditclock.contract.tokens import Done
from creditclock.contract.values import identify
from creditclock.domain.plans import limits
from creditclock.domain.rows import App as AppRow
from creditclock.domain.rows import Master
from creditclock.queries.apps import show_app
from creditclock.queries.source import named, not_found, sure


@handles(CreateApp)
def create_app(tx: Tx, command: CreateApp) -> App:
    """A new app; its key was made before and only its digest is kept."""
    if command.kind == "publishable" and command.scopes:
        raise Refusal("invalid", "A publishable key has no scopes: it only signs customers in. Leave `scopes` out.")
    limit, lane = limits(sure(tx, Master, 0)).apps, tx.rows.lane
    if limit is not None and lane.apps >= limit:
        raise Refusal(
            "app_limit",
            f"The limit of this business is {limit} apps. Remove one, or ask for a larger plan.",
            limit=limit,
        )
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
    tx.rows.lane = lane._replace(apps=lane.apps + 1)
    tx.subject = identify("app", tx.master, app.id)
    return show_app(app, key=tx.material["key"])


@handles(RemoveApp)
def remove_app(tx: Tx, command: RemoveApp) -> Done:
    """The end of an app and its key."""
    app = named(tx, AppRow, command.app)
    if app.removed_at is not None:
        raise not_found(command.app)
    tx.put(app._replace(removed_at=tx.now))
    tx.rows.lane = tx.rows.lane._replace(apps=tx.rows.lane.apps - 1)
    tx.end_rights()
    tx.subject = command.app
    return Done()
