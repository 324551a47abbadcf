"""Webhooks: how they are shown, and what became of their deliveries."""

from typing import cast

from creditclock.contract.instants import shown
from creditclock.contract.pages import Page
from creditclock.contract.values import identify
from creditclock.contract.webhooks import (
    MOST_PENDING,
    Delivery,
    DeliveryState,
    GetWebhook,
    ListDeliveries,
    ListWebhooks,
    Webhook,
)
from creditclock.domain.access import Caller
from creditclock.domain.rows import Delivery as DeliveryRow
from creditclock.domain.rows import Webhook as WebhookRow
from creditclock.queries.asking import after, answers, page
from creditclock.queries.source import Source, named, not_found
from creditclock.storage import deliveries
from creditclock.storage.deliveries import Waiting
from creditclock.storage.snapshot import Snapshot


def webhook_named(source: Source, identifier: str) -> WebhookRow:
    """The webhook that an id names. Raises a Refusal `not_found`, also for one that was removed."""
    webhook = named(source, WebhookRow, identifier)
    if webhook.removed_at is not None:
        raise not_found(identifier)
    return webhook


def show_webhook(webhook: WebhookRow, now: int, waiting: Waiting | None = None, secret: str | None = None) -> Webhook:
    """A webhook; `secret` only in the answer that made it."""
    is_enabled = webhook.state == "enabled"
    return Webhook(
        id=identify("whk", webhook.master, webhook.id),
        url=webhook.url,
        events=webhook.kinds.split(),
        state="enabled" if is_enabled else "disabled",
        reason=webhook.reason,
        failing_since=_shown(webhook.failing_since),
        next_attempt_at=_shown(waiting.next_at) if waiting and is_enabled else None,
        pending=waiting.number if waiting else None,
        old_secret_until=_shown(webhook.old_until) if webhook.old_until and webhook.old_until > now else None,
        created_at=shown(webhook.created_at),
        secret=secret,
    )


@answers(GetWebhook)
def get_webhook(snapshot: Snapshot, query: GetWebhook, _caller: Caller) -> Webhook:
    """A webhook and how it fares."""
    return _show(snapshot, webhook_named(snapshot, query.webhook))


@answers(ListWebhooks)
def list_webhooks(snapshot: Snapshot, query: ListWebhooks, _caller: Caller) -> Page[Webhook]:
    """The webhooks, oldest first."""
    found = deliveries.webhooks(snapshot, after(query.cursor), query.limit)
    return page(found, query.limit, lambda webhook: webhook.id, lambda webhook: _show(snapshot, webhook))


@answers(ListDeliveries)
def list_deliveries(snapshot: Snapshot, query: ListDeliveries, _caller: Caller) -> Page[Delivery]:
    """What a webhook was told or will be, newest event first."""
    webhook = webhook_named(snapshot, query.webhook)
    found = deliveries.deliveries(snapshot, webhook.id, after(query.cursor), query.limit, query.state)
    return page(found, query.limit, lambda pair: pair[0].event, lambda pair: _show_delivery(*pair))


def _show(snapshot: Snapshot, webhook: WebhookRow) -> Webhook:
    return show_webhook(webhook, snapshot.now, deliveries.waiting(snapshot, webhook, MOST_PENDING))


def _show_delivery(row: DeliveryRow, kind: str) -> Delivery:
    return Delivery(
        event=identify("evt", row.master, row.event),
        type=kind,
        subject=row.subject,
        state=cast("DeliveryState", row.state),
        attempts=row.attempts,
        next_attempt_at=_shown(row.next_at),
        first_attempt_at=_shown(row.first_at),
        last_attempt_at=_shown(row.tried_at),
        status=row.status,
        problem=row.problem,
    )


def _shown(instant: int | None) -> str | None:
    return None if instant is None else shown(instant)
