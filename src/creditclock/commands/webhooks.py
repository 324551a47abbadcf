"""Webhooks: made with a secret, changed, tried, told again, removed."""

from msgspec import UNSET

from creditclock.commands.handling import Tx, handles
from creditclock.contract import Refusal
from creditclock.contract.events import WebhookTest
from creditclock.contract.instants import shown
from creditclock.contract.tokens import Done
from creditclock.contract.values import identify
from creditclock.contract.webhooks import (
    REPLAY_MS,
    WEBHOOKS,
    ChangeWebhook,
    CreateWebhook,
    RemoveWebhook,
    ReplayWebhook,
    RotateSecret,
    TestWebhook,
    Tried,
    Webhook,
)
from creditclock.domain.rows import Delivery, Event
from creditclock.domain.rows import Webhook as WebhookRow
from creditclock.queries.events import PRIVATE, kinds_named
from creditclock.queries.source import named, not_found
from creditclock.queries.webhooks import show_webhook, webhook_named
from creditclock.storage import relations
from creditclock.storage.deliveries import Waiting

SWITCHED_OFF = "It was switched off."


@handles(CreateWebhook)
def create_webhook(tx: Tx, command: CreateWebhook) -> Webhook:
    """A new webhook; its secret was made before and only the salt is kept."""
    there = sum(len(tx.range(relations.WEBHOOKS, state)) for state in ("enabled", "disabled"))
    if there >= WEBHOOKS:
        raise Refusal("too_many", f"There are {WEBHOOKS} webhooks, which is the most. Remove one.", limit=WEBHOOKS)
    webhook = WebhookRow(
        master=tx.master,
        id=tx.new_id(),
        url=command.url,
        kinds=_kinds(command.events or []),
        state="enabled",
        reason=None,
        key=int(tx.material["key"]),
        salt=tx.material["salt"],
        old_key=None,
        old_salt=None,
        old_until=None,
        position=tx.rows.next_event - 1,
        failing_since=None,
        created_at=tx.now,
        enabled_at=tx.now,
        removed_at=None,
        version=1,
    )
    tx.put(webhook)
    tx.subject = identify("whk", tx.master, webhook.id)
    return show_webhook(webhook, tx.now, Waiting(0, None), tx.material["secret"])


@handles(ChangeWebhook)
def change_webhook(tx: Tx, command: ChangeWebhook) -> Webhook:
    """Another address, other events, switched off or on again."""
    webhook = webhook_named(tx, command.webhook)
    if command.url is not UNSET:
        webhook = webhook._replace(url=command.url)
    if command.events is not UNSET:
        webhook = webhook._replace(kinds=_kinds(command.events))
    if command.enabled is True and webhook.state == "disabled":
        webhook = webhook._replace(state="enabled", reason=None, enabled_at=tx.now, failing_since=None)
    if command.enabled is False and webhook.state == "enabled":
        webhook = webhook._replace(state="disabled", reason=SWITCHED_OFF)
    return _changed(tx, webhook)


@handles(RemoveWebhook)
def remove_webhook(tx: Tx, command: RemoveWebhook) -> Done:
    """The end of a webhook."""
    webhook = webhook_named(tx, command.webhook)
    tx.put(webhook._replace(removed_at=tx.now, version=webhook.version + 1))
    tx.subject = command.webhook
    return Done()


@handles(RotateSecret)
def rotate_secret(tx: Tx, command: RotateSecret) -> Webhook:
    """A new secret; the old one signs too for a while."""
    webhook = webhook_named(tx, command.webhook)
    if command.overlap_ms:
        until = tx.now + command.overlap_ms
        webhook = webhook._replace(old_key=webhook.key, old_salt=webhook.salt, old_until=until)
    else:
        webhook = webhook._replace(old_key=None, old_salt=None, old_until=None)
    webhook = webhook._replace(key=int(tx.material["key"]), salt=tx.material["salt"])
    return _changed(tx, webhook, tx.material["secret"])


@handles(ReplayWebhook)
def replay_webhook(tx: Tx, command: ReplayWebhook) -> Webhook:
    """Events that are told again; since when was found before, as the number of an event."""
    webhook = webhook_named(tx, command.webhook)
    if command.event is None:
        return _changed(tx, webhook._replace(position=min(webhook.position, int(tx.material["first"]) - 1)))
    event = named(tx, Event, command.event)
    if event.kind == PRIVATE and event.subject != command.webhook:
        raise not_found(command.event)
    if event.at < tx.now - REPLAY_MS:
        raise Refusal("invalid", f"The event is of {shown(event.at)}; only 7 days are told again.", field="event")
    _send(tx, webhook, event.no, event.subject)
    return _changed(tx, webhook)


@handles(TestWebhook)
def test_webhook(tx: Tx, command: TestWebhook) -> Tried:
    """An event of no meaning on its way to one webhook."""
    webhook = webhook_named(tx, command.webhook)
    if webhook.state == "disabled":
        detail = f"The webhook is disabled: {webhook.reason} Enable it first."
        raise Refusal("webhook_disabled", detail, reason=webhook.reason)
    number = tx.rows.next_event
    tx.emit(PRIVATE, command.webhook, WebhookTest(webhook=command.webhook))
    _send(tx, webhook, number, command.webhook)
    tx.put(webhook._replace(version=webhook.version + 1))
    tx.subject = command.webhook
    return Tried(event=identify("evt", tx.master, number))


def _send(tx: Tx, webhook: WebhookRow, number: int, subject: str) -> None:
    """Let an event be on its way, whether or not it was before."""
    tx.put(Delivery(tx.master, webhook.id, number, subject, "pending", 0, tx.now, None, None, None, None))


def _changed(tx: Tx, webhook: WebhookRow, secret: str | None = None) -> Webhook:
    """Keep a changed webhook."""
    tx.put(webhook._replace(version=webhook.version + 1))
    tx.subject = identify("whk", tx.master, webhook.id)
    return show_webhook(webhook, tx.now, secret=secret)


def _kinds(patterns: list[str]) -> str:
    """The patterns as they are kept. Raises a Refusal `invalid` for one that names no kind."""
    for pattern in patterns:
        try:
            kinds_named(pattern)
        except Refusal as refusal:
            raise Refusal(refusal.code, refusal.detail, field="events") from None
    return " ".join(dict.fromkeys(patterns))
