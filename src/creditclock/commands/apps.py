"""Apps: made with a key, given another one, removed with their right to call."""

from msgspec import UNSET

from creditclock.commands.handling import Tx, handles
from creditclock.contract import Refusal
from creditclock.contract.apps import App, CreateApp, RemoveApp, RotateKey
from creditclock.contract.events import AppTold
from creditclock.contract.instants import parsed, shown
from creditclock.contract.tokens import Done
from creditclock.domain.plans import limits
from creditclock.domain.rows import App as AppRow
from creditclock.domain.rows import Master
from creditclock.queries.apps import show_app, works
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
        expires_at=_end(tx, command.expires_at),
        old_digest=None,
        old_until=None,
    )
    tx.put(app)
    tx.rows.lane = lane._replace(apps=lane.apps + 1)
    return _told(tx, app, "app.created", tx.material["key"])


@handles(RotateKey)
def rotate_key(tx: Tx, command: RotateKey) -> App:
    """A new key; the old one works on for a while, and the one before that ends."""
    app = named(tx, AppRow, command.app)
    if app.removed_at is not None:
        raise not_found(command.app)
    if command.expires_at is not UNSET:
        app = app._replace(expires_at=_end(tx, command.expires_at))
    elif not works(app, tx.now):
        raise Refusal(
            "invalid",
            f"The app expired at {shown(app.expires_at or 0)}. Say how long the new key works: `expires_at`, or null.",
            field="expires_at",
        )
    old = (app.digest, tx.now + command.grace_ms) if command.grace_ms else (None, None)
    app = app._replace(digest=tx.material["digest"], old_digest=old[0], old_until=old[1])
    tx.put(app)
    tx.end_rights()
    return _told(tx, app, "app.rotated", tx.material["key"])


@handles(RemoveApp)
def remove_app(tx: Tx, command: RemoveApp) -> Done:
    """The end of an app and its key."""
    app = named(tx, AppRow, command.app)
    if app.removed_at is not None:
        raise not_found(command.app)
    tx.put(app._replace(removed_at=tx.now, old_digest=None, old_until=None))
    tx.rows.lane = tx.rows.lane._replace(apps=tx.rows.lane.apps - 1)
    tx.end_rights()
    _told(tx, app, "app.removed")
    return Done()


def _end(tx: Tx, text: str | None) -> int | None:
    """The instant at which a key shall expire. Raises a Refusal `invalid` for one that is over or doesn't exist."""
    if text is None:
        return None
    try:
        ends = parsed(text)
    except ValueError as error:
        raise Refusal("invalid", "`expires_at` is no date that exists. Check it.", field="expires_at") from error
    if ends <= tx.now:
        raise Refusal("invalid", f"`expires_at` is over: it is {shown(tx.now)} now.", field="expires_at")
    return ends


def _told(tx: Tx, app: AppRow, kind: str, key: str | None = None) -> App:
    """Tell the desk what happened to an app, and show it."""
    answer = show_app(app, key)
    tx.subject = answer.id
    told = AppTold(
        name=app.name,
        kind=answer.kind,
        expires_at=answer.expires_at,
        old_key_until=answer.old_key_until,
        by=tx.caller.name,
    )
    tx.emit(kind, answer.id, told)
    return answer
