"""Retention: what has had its time, found in one snapshot and removed in portions (design section 5, Retention).

Nothing of the books is here. What is here no handler of the lane decides by once it is so old, so that it is removed
beside the lane: see docs/decisions/0030. Each removal asks again for what made its rows due.
"""

from collections.abc import Callable
from functools import cache
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Table, delete, exists, func, insert, or_, select, update

from creditclock.contract import OPERATIONS
from creditclock.domain.answers import KNOWN_MS, WHOLE_MS
from creditclock.storage import schema, visiting
from creditclock.storage.dialect import Connection
from creditclock.storage.portions import LOG_MS, Portion, Terms, first, instants, portion

REFUSED: Final = 0
"""The status of a stored refusal."""


class Kind(NamedTuple):
    """Rows of one kind that are removed when they have had their time, within a master (0 where all go together).

    `due` finds a portion of so many rows, `remove` removes it, `oldest` is the instant of the oldest that is kept.
    """

    name: str
    due: Callable[[Connection, int, Terms, int], Portion | None]
    remove: Callable[[Connection, int, Terms, Portion], None]
    oldest: Callable[[Connection, int], int | None]


@cache
def _moving() -> tuple[str, ...]:
    return tuple(operation.name for operation in OPERATIONS.values() if operation.moves_value)


def horizon(connection: Connection, master: int) -> int:
    """The number up to which events of a master may be gone."""
    return _mark(connection, master)[0]


def masters(connection: Connection, after: int, limit: int) -> list[int]:
    """The numbers of the masters, scope 0 too, in their order."""
    table = schema.lane
    statement = select(table.c.master_id).where(table.c.master_id > after).order_by(table.c.master_id).limit(limit)
    return [row[0] for row in connection.select(statement)]


def _mark(connection: Connection, master: int) -> tuple[int, int]:
    table = schema.horizon
    rows = connection.select(select(table.c.event, table.c.answer_at).where(table.c.master_id == master))
    return (rows[0][0], rows[0][1]) if rows else (0, 0)


def _move_mark(connection: Connection, master: int, **values: int) -> None:
    table = schema.horizon
    own = table.c.master_id == master
    if connection.select(select(table.c.master_id).where(own)):
        connection.run(update(table).where(own).values(**values))
    else:
        connection.run(insert(table).values(master_id=master, **values))


# Stored answers: whole, then as a tombstone where value moved, then gone.


def _answers(connection: Connection, master: int, terms: Terms, limit: int) -> Portion | None:
    table = schema.stored
    since = _mark(connection, master)[1]
    due = or_(table.c.body.is_not(None), _is_nothing(table))
    where = (table.c.master_id == master) & table.c.created_at.between(since, terms.now - WHOLE_MS) & due
    return instants(connection, table.c.created_at, where, limit)


def _cut_answers(connection: Connection, master: int, _terms: Terms, portion: Portion) -> None:
    table = schema.stored
    # The portion ends before the bound, so that nothing that was stored again meanwhile is in it.
    own = (table.c.master_id == master) & table.c.created_at.between(portion.first, portion.last)
    connection.run(delete(table).where(own & _is_nothing(table)))
    connection.run(update(table).where(own & table.c.body.is_not(None)).values(body=None))
    _move_mark(connection, master, answer_at=portion.last)


def _is_nothing(table: Table) -> ColumnElement[bool]:
    """Whether nothing needs to be known of an answer after its first time."""
    return (table.c.status == REFUSED) | table.c.operation.not_in(_moving())


def _oldest_answer(connection: Connection, master: int) -> int | None:
    table = schema.stored
    where = (table.c.master_id == master) & (table.c.created_at >= _mark(connection, master)[1])
    return first(connection, table.c.created_at, table.c.created_at, where & table.c.body.is_not(None))


def _tombstones(connection: Connection, master: int, terms: Terms, limit: int) -> Portion | None:
    table = schema.stored
    where = (table.c.master_id == master) & (table.c.created_at <= terms.now - KNOWN_MS)
    return instants(connection, table.c.created_at, where, limit)


def _remove_tombstones(connection: Connection, master: int, _terms: Terms, portion: Portion) -> None:
    table = schema.stored
    own = (table.c.master_id == master) & table.c.created_at.between(portion.first, portion.last)
    connection.run(delete(table).where(own))


def _oldest_tombstone(connection: Connection, master: int) -> int | None:
    table = schema.stored
    return first(connection, table.c.created_at, table.c.created_at, table.c.master_id == master)


# Events, in their order, up to the first that is young or that a webhook is still to be told.


def _events(connection: Connection, master: int, terms: Terms, limit: int) -> Portion | None:
    table, webhook = schema.event, schema.webhook
    behind = connection.select(
        select(func.min(webhook.c.position)).where(
            webhook.c.master_id == master, webhook.c.state == "enabled", webhook.c.removed_at.is_(None)
        )
    )[0][0]
    where = (table.c.master_id == master) & ~_is_delivered(table)
    if behind is not None:
        where &= table.c.no <= behind
    rows = connection.select(select(table.c.no, table.c.at).where(where).order_by(table.c.no).limit(limit))
    old: list[tuple[int, ...]] = []
    for row in rows:
        if row[1] > terms.now - terms.events_ms:
            break
        old.append(row)
    return portion(old)


def _remove_events(connection: Connection, master: int, terms: Terms, portion: Portion) -> None:
    table = schema.event
    own = (table.c.master_id == master) & table.c.no.between(portion.first, portion.last)
    connection.run(delete(table).where(own & (table.c.at <= terms.now - terms.events_ms) & ~_is_delivered(table)))
    _move_mark(connection, master, event=max(portion.last, horizon(connection, master)))


def _is_delivered(table: Table) -> ColumnElement[bool]:
    """Whether the log of a webhook has an event."""
    log = schema.delivery
    return exists().where(log.c.master_id == table.c.master_id, log.c.event == table.c.no)


def _oldest_event(connection: Connection, master: int) -> int | None:
    table = schema.event
    return first(connection, table.c.at, table.c.no, table.c.master_id == master)


# What needs no master: each has an index by its instant.


def _tokens(connection: Connection, _master: int, terms: Terms, limit: int) -> Portion | None:
    column = schema.token.c.expires_at
    return instants(connection, column, column <= terms.now - LOG_MS, limit)


def _remove_tokens(connection: Connection, _master: int, _terms: Terms, portion: Portion) -> None:
    table = schema.token
    connection.run(delete(table).where(table.c.expires_at.between(portion.first, portion.last)))


def _oldest_token(connection: Connection, _master: int) -> int | None:
    return connection.select(select(func.min(schema.token.c.expires_at)))[0][0]


def _deliveries(connection: Connection, _master: int, terms: Terms, limit: int) -> Portion | None:
    table = schema.delivery
    where = (table.c.tried_at <= terms.now - terms.log_ms) & (table.c.state != "pending")
    return instants(connection, table.c.tried_at, where, limit)


def _remove_deliveries(connection: Connection, _master: int, _terms: Terms, portion: Portion) -> None:
    table = schema.delivery
    where = table.c.tried_at.between(portion.first, portion.last) & (table.c.state != "pending")
    connection.run(delete(table).where(where))


def _oldest_delivery(connection: Connection, _master: int) -> int | None:
    column = schema.delivery.c.tried_at
    return first(connection, column, column, schema.delivery.c.state != "pending")


def _webhooks(connection: Connection, master: int, terms: Terms, limit: int) -> Portion | None:
    """One removed webhook: what its log still has, or itself once that is empty. `first` is its number."""
    table, log = schema.webhook, schema.delivery
    where = (table.c.master_id == master) & (table.c.removed_at <= terms.now - LOG_MS)
    number = first(connection, table.c.id, table.c.id, where)
    if number is None:
        return None
    rows = connection.select(
        select(log.c.event).where(log.c.master_id == master, log.c.webhook == number).order_by(log.c.event).limit(limit)
    )
    return Portion(max(1, len(rows)), number, rows[-1][0] if rows else 0)


def _remove_webhook(connection: Connection, master: int, _terms: Terms, portion: Portion) -> None:
    table, log = schema.webhook, schema.delivery
    if portion.last:
        own = (log.c.master_id == master) & (log.c.webhook == portion.first)
        connection.run(delete(log).where(own & (log.c.event <= portion.last)))
    else:
        connection.run(delete(table).where(table.c.master_id == master, table.c.id == portion.first))


def _oldest_webhook(connection: Connection, master: int) -> int | None:
    column = schema.webhook.c.removed_at
    return first(connection, column, column, (schema.webhook.c.master_id == master) & column.is_not(None))


EVERYWHERE: Final = (
    Kind("tokens", _tokens, _remove_tokens, _oldest_token),
    Kind("deliveries", _deliveries, _remove_deliveries, _oldest_delivery),
    Kind("session_tokens", visiting.sessions, visiting.remove_sessions, visiting.oldest_session),
    Kind("client_tokens", visiting.clients, visiting.remove_clients, visiting.oldest_client),
    Kind("issue_reports", visiting.reports, visiting.remove_reports, visiting.oldest_report),
)
"""Kinds whose rows of all masters go together."""
OF_MASTER: Final = (
    Kind("answers", _answers, _cut_answers, _oldest_answer),
    Kind("tombstones", _tombstones, _remove_tombstones, _oldest_tombstone),
    Kind("webhooks", _webhooks, _remove_webhook, _oldest_webhook),
    Kind("events", _events, _remove_events, _oldest_event),
    Kind("visits", visiting.visits, visiting.remove_visits, visiting.oldest_visit),
)
"""Kinds that are looked at master by master."""
