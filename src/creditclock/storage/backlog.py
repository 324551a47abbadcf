"""Backlog: how webhooks stand over all businesses, for whoever watches the installation."""

from typing import NamedTuple

from sqlalchemy import func, select

from creditclock.storage import schema
from creditclock.storage.dialect import Connection


class Backlog(NamedTuple):
    """Numbers of webhooks and of deliveries on their way, and when the oldest of those events happened."""

    enabled: int
    failing: int
    disabled: int
    pending: int
    oldest_at: int | None


def backlog(connection: Connection) -> Backlog:
    """The backlog now. What is on its way is bounded for each webhook, so that this stays quick."""
    webhook, delivery, event = schema.webhook, schema.delivery, schema.event
    failing = webhook.c.failing_since.is_not(None)
    states = connection.select(
        select(webhook.c.state, failing, func.count()).where(webhook.c.removed_at.is_(None)).group_by("state", failing)
    )
    counts = {(row[0], bool(row[1])): row[2] for row in states}
    heads = (
        select(delivery.c.master_id, func.min(delivery.c.event).label("head"), func.count().label("number"))
        .where(delivery.c.state == "pending")
        .group_by(delivery.c.master_id, delivery.c.webhook)
        .subquery()
    )
    pending, oldest_at = connection.select(
        select(func.coalesce(func.sum(heads.c.number), 0), func.min(event.c.at))
        .select_from(heads)
        .join(event, (event.c.master_id == heads.c.master_id) & (event.c.no == heads.c.head), isouter=True)
    )[0]
    return Backlog(
        enabled=counts.get(("enabled", False), 0),
        failing=counts.get(("enabled", True), 0),
        disabled=counts.get(("disabled", False), 0) + counts.get(("disabled", True), 0),
        pending=int(pending),
        oldest_at=oldest_at,
    )
