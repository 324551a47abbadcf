"""What the instruction set leaves that has had its time: tokens that were ended, visits, reports.

A token that was ended is known for a day, so that its end can still be told; nothing in the lane looks for it by then.
"""

from typing import Final

from sqlalchemy import ColumnElement, Table, delete, exists, func, select

from creditclock.storage import schema
from creditclock.storage.dialect import Connection
from creditclock.storage.portions import DAY_MS, Portion, Terms, first, instants

ENDED_MS: Final = DAY_MS
REPORT_MS: Final = 90 * DAY_MS


def sessions(connection: Connection, _master: int, terms: Terms, limit: int) -> Portion | None:
    """Session tokens that were ended a day ago."""
    column = schema.session_token.c.removed_at
    return instants(connection, column, _of_tokens(schema.session_token) & (column <= terms.now - ENDED_MS), limit)


def remove_sessions(connection: Connection, _master: int, _terms: Terms, portion: Portion) -> None:
    """Remove a portion of them."""
    table = schema.session_token
    connection.run(delete(table).where(_of_tokens(table), table.c.removed_at.between(portion.first, portion.last)))


def oldest_session(connection: Connection, _master: int) -> int | None:
    """When the oldest that is kept was ended."""
    return _first_end(connection, schema.session_token)


def clients(connection: Connection, _master: int, terms: Terms, limit: int) -> Portion | None:
    """Client ids that were ended a day ago and have no session token any more."""
    table, session = schema.client_token, schema.session_token
    column = table.c.removed_at
    has_none = ~exists().where(session.c.master_id == table.c.master_id, session.c.client == table.c.id)
    return instants(connection, column, _of_tokens(table) & (column <= terms.now - ENDED_MS) & has_none, limit)


def remove_clients(connection: Connection, _master: int, _terms: Terms, portion: Portion) -> None:
    """Remove a portion of them."""
    table, session = schema.client_token, schema.session_token
    has_none = ~exists().where(session.c.master_id == table.c.master_id, session.c.client == table.c.id)
    connection.run(
        delete(table).where(_of_tokens(table), table.c.removed_at.between(portion.first, portion.last), has_none)
    )


def oldest_client(connection: Connection, _master: int) -> int | None:
    """When the oldest that is kept was ended."""
    return _first_end(connection, schema.client_token)


def _of_tokens(table: Table) -> ColumnElement[bool]:
    return table.c.master_id == 0


def _first_end(connection: Connection, table: Table) -> int | None:
    column = table.c.removed_at
    return first(connection, column, column, _of_tokens(table) & column.is_not(None))


def visits(connection: Connection, master: int, terms: Terms, limit: int) -> Portion | None:
    """What session tokens did in a master that are there no more; named by their numbers."""
    table, session = schema.visit, schema.session_token
    is_gone = ~exists().where(session.c.master_id == 0, session.c.id == table.c.id)
    where = (table.c.master_id == master) & (table.c.written_at <= terms.now - ENDED_MS) & is_gone
    return instants(connection, table.c.id, where, limit)


def remove_visits(connection: Connection, master: int, _terms: Terms, portion: Portion) -> None:
    """Remove a portion of them."""
    table, session = schema.visit, schema.session_token
    is_gone = ~exists().where(session.c.master_id == 0, session.c.id == table.c.id)
    own = (table.c.master_id == master) & table.c.id.between(portion.first, portion.last)
    connection.run(delete(table).where(own, is_gone))


def oldest_visit(connection: Connection, master: int) -> int | None:
    """When the oldest that is kept was written last."""
    table = schema.visit
    return connection.select(select(func.min(table.c.written_at)).where(table.c.master_id == master))[0][0]


def reports(connection: Connection, _master: int, terms: Terms, limit: int) -> Portion | None:
    """Issue reports of 90 days ago; there are a thousand at most."""
    table = schema.issue_report
    return instants(connection, table.c.at, (table.c.master_id == 0) & (table.c.at <= terms.now - REPORT_MS), limit)


def remove_reports(connection: Connection, _master: int, _terms: Terms, portion: Portion) -> None:
    """Remove a portion of them."""
    table = schema.issue_report
    connection.run(delete(table).where(table.c.master_id == 0, table.c.at.between(portion.first, portion.last)))


def oldest_report(connection: Connection, _master: int) -> int | None:
    """When the oldest that is kept came."""
    column = schema.issue_report.c.at
    return first(connection, column, column, schema.issue_report.c.master_id == 0)
