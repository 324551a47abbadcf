"""Deliveries as the relay and the lists need them: webhooks that are served, and what is on its way to them."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, func, or_, select, true

from creditclock.domain.rows import Delivery, Event, Webhook
from creditclock.storage import schema
from creditclock.storage.dialect import Connection
from creditclock.storage.snapshot import Snapshot

WINDOW: Final = 20_000
"""How many events are looked at in one statement."""


class Served(NamedTuple):
    """A webhook that is enabled, with the number of the last event of its master."""

    webhook: Webhook
    last: int


def is_any_served(connection: Connection) -> bool:
    """Whether there is a webhook that is enabled."""
    table = schema.webhook
    return bool(connection.select(select(table.c.id).where(_SERVED).limit(1)))


def served(connection: Connection, masters: Sequence[int] | None = None) -> list[Served]:
    """The webhooks that are enabled, of these masters or of all."""
    webhook, lane = schema.webhook, schema.lane
    statement = select(webhook, lane.c.next_event).join(lane, lane.c.master_id == webhook.c.master_id).where(_SERVED)
    if masters is not None:
        statement = statement.where(webhook.c.master_id.in_(masters))
    return [Served(Webhook._make(row[:-1]), row[-1] - 1) for row in connection.select(statement)]


def pending(connection: Connection, webhook: Webhook, limit: int) -> list[Delivery]:
    """What is on its way to a webhook, in the order of events."""
    table = schema.delivery
    statement = select(table).where(_pending(webhook)).order_by(table.c.event).limit(limit)
    return [Delivery._make(row) for row in connection.select(statement)]


def event(connection: Connection, master: int, number: int) -> Event | None:
    """One event."""
    table = schema.event
    rows = connection.select(select(table).where(table.c.master_id == master, table.c.no == number))
    return Event._make(rows[0]) if rows else None


def first_since(connection: Connection, master: int, since: int, last: int) -> int:
    """The number from which on no event at or after an instant is missed, looking back from the last one.

    Instants of events nearly rise with their numbers: what was late to be written down is early by its own instant.
    """
    table = schema.event
    found = last + 1
    while last > 0:
        lowest = select(func.min(table.c.no)).where(
            table.c.master_id == master, table.c.no.between(last - WINDOW + 1, last), table.c.at >= since
        )
        number = connection.select(lowest)[0][0]
        if number is None:
            break
        found = number
        last -= WINDOW
    return found


def webhooks(snapshot: Snapshot, after: int, limit: int) -> list[Webhook]:
    """The webhooks that are not removed, oldest first."""
    table = schema.webhook
    statement = (
        select(table)
        .where(table.c.master_id == snapshot.master, table.c.id > after, table.c.removed_at.is_(None))
        .order_by(table.c.id)
        .limit(limit + 1)
    )
    return [Webhook._make(row) for row in snapshot.connection.select(statement)]


def deliveries(
    snapshot: Snapshot, webhook: int, before: int, limit: int, state: str | None
) -> list[tuple[Delivery, str]]:
    """What a webhook was told or will be, newest event first, each with the kind of its event."""
    table, told = schema.delivery, schema.event
    statement = (
        select(table, told.c.kind)
        .join(told, (told.c.master_id == table.c.master_id) & (told.c.no == table.c.event))
        .where(table.c.master_id == snapshot.master, table.c.webhook == webhook)
        .order_by(table.c.event.desc())
        .limit(limit + 1)
    )
    if before:
        statement = statement.where(table.c.event < before)
    if state is not None:
        statement = statement.where(table.c.state == state)
    return [(Delivery._make(row[:-1]), row[-1]) for row in snapshot.connection.select(statement)]


class Waiting(NamedTuple):
    """What a webhook is still to be told: how much, and when the next try is."""

    number: int
    next_at: int | None


def waiting(snapshot: Snapshot, webhook: Webhook, most: int) -> Waiting:
    """What a webhook is still to be told; more than `most` isn't counted."""
    table, told = schema.delivery, schema.event
    on_the_way = snapshot.connection.select(
        select(table.c.subject, table.c.next_at).where(_pending(webhook)).order_by(table.c.event).limit(most)
    )
    heads: dict[str, int] = {}
    for subject, next_at in on_the_way:
        heads.setdefault(subject, next_at)
    events = (
        select(told.c.no)
        .where(told.c.master_id == snapshot.master, told.c.no > webhook.position, _told(webhook.kinds))
        .limit(most - len(on_the_way))
    )
    new = snapshot.connection.select(select(func.count()).select_from(events.subquery()))[0][0]
    if new and not heads:
        return Waiting(new, snapshot.now)
    return Waiting(len(on_the_way) + new, min(heads.values(), default=None))


_SERVED: Final = (schema.webhook.c.state == "enabled") & schema.webhook.c.removed_at.is_(None)


def _pending(webhook: Webhook) -> ColumnElement[bool]:
    table = schema.delivery
    return (table.c.master_id == webhook.master) & (table.c.webhook == webhook.id) & (table.c.state == "pending")


def _told(kinds: str) -> ColumnElement[bool]:
    """The events of these kinds, but those that only one webhook hears of."""
    kind = schema.event.c.kind
    if not kinds:
        wanted: ColumnElement[bool] = true()
    else:
        nouns = [part.partition(".")[0] for part in kinds.split() if "." not in part or part.endswith(".*")]
        wanted = or_(kind.in_(kinds.split()), *(kind.startswith(f"{noun}.", autoescape=True) for noun in nouns))
    return wanted & (kind != "webhook.test")
