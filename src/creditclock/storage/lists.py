"""Lists: pages of rows for queries. Each reads one row more than the page holds, so that the end is known."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, literal_column, select

from creditclock.domain import rows
from creditclock.storage import schema
from creditclock.storage.dialect import Ask, Connection, KeyRow
from creditclock.storage.relations import RELATIONS
from creditclock.storage.snapshot import Snapshot


def customers(snapshot: Snapshot, after: int, limit: int, logins: Sequence[str] | None) -> list[rows.Customer]:
    """The customers that aren't erased, or those of them with one of the logins, oldest first."""
    table = schema.customer
    statement = _of(snapshot, table, after).where(table.c.erased_at.is_(None))
    if logins is not None:
        statement = statement.where(table.c.login.in_(logins))
    return [rows.Customer._make(row) for row in _page(snapshot, statement, limit)]


def clocks(snapshot: Snapshot, after: int, limit: int, customer: int | None, *, only_open: bool) -> list[rows.Clock]:
    """The clocks of a master or a customer, oldest first."""
    table = schema.clock
    statement = _of(snapshot, table, after)
    if customer is not None:
        statement = statement.where(table.c.customer == customer)
    if only_open:
        session = schema.session
        busy = (
            select(session.c.clock)
            .where(session.c.master_id == snapshot.master, session.c.state != "ended")
            .scalar_subquery()
        )
        statement = statement.where(table.c.id.in_(busy))
    return [rows.Clock._make(row) for row in _page(snapshot, statement, limit)]


def apps(snapshot: Snapshot, after: int, limit: int) -> list[rows.App]:
    """The apps that work, oldest first."""
    table = schema.app
    statement = _of(snapshot, table, after).where(table.c.removed_at.is_(None))
    return [rows.App._make(row) for row in _page(snapshot, statement, limit)]


def supply_requests(snapshot: Snapshot, after: int, limit: int, state: str | None) -> list[rows.SupplyRequest]:
    """The requests for credits, or those in one state, oldest first."""
    table = schema.supply_request
    statement = _of(snapshot, table, after)
    if state is not None:
        statement = statement.where(table.c.state == state)
    return [rows.SupplyRequest._make(row) for row in _page(snapshot, statement, limit)]


def issue_reports(snapshot: Snapshot, before: int, limit: int) -> list[rows.IssueReport]:
    """The reports before a number, or all, newest first; there are a thousand at most."""
    table = schema.issue_report
    statement = select(table).where(table.c.master_id == snapshot.master).order_by(table.c.no.desc())
    if before:
        statement = statement.where(table.c.no < before)
    return [rows.IssueReport._make(row) for row in _page(snapshot, statement, limit)]


def tariffs(snapshot: Snapshot, after: int, limit: int) -> list[rows.Tariff]:
    """The newest versions of the tariffs, oldest tariff first."""
    table = schema.tariff
    statement = (
        select(table)
        .where(table.c.master_id == snapshot.master, table.c.newest == 1, table.c.tariff > after)
        .order_by(table.c.tariff)
    )
    return [rows.Tariff._make(row) for row in _page(snapshot, statement, limit)]


def audited(snapshot: Snapshot, before: int, limit: int, operation: str | None) -> list[rows.Journal]:
    """The commands of the journal that an audit shows, all or those of one operation, newest first."""
    table = schema.journal
    index = "ix_journal_audit" if operation is None else "ix_journal_audit_operation"
    statement = (
        # The words of the partial indexes; SQLite would rather read the whole journal backwards.
        select(table)
        .with_hint(table, f"INDEXED BY {index}", "sqlite")
        .where(table.c.master_id == snapshot.master, schema.audited)
        .order_by(table.c.no.desc())
    )
    if operation is not None:
        statement = statement.where(table.c.operation == operation)
    if before:
        statement = statement.where(table.c.no < before)
    return [rows.Journal._make(row) for row in _page(snapshot, statement, limit)]


def plans(snapshot: Snapshot, after: int, limit: int) -> list[rows.Plan]:
    """The plans that weren't removed, oldest first."""
    statement = _of(snapshot, schema.plan, after).where(schema.plan.c.removed_at.is_(None))
    return [rows.Plan._make(row) for row in _page(snapshot, statement, limit)]


def masters(
    connection: Connection, after: int, limit: int, plan: int | None = None
) -> list[tuple[rows.Master, rows.Lane]]:
    """The masters with their lanes, all or those on a plan, oldest first; for the operator only."""
    master, lane = schema.master, schema.lane
    statement = (
        select(master, lane)
        .join(lane, lane.c.master_id == master.c.master_id)
        .where(master.c.master_id > after)
        .order_by(master.c.master_id)
        .limit(limit + 1)
    )
    if plan is not None:
        statement = statement.where(master.c.plan == plan)
    width = len(rows.Master._fields)
    return [(rows.Master._make(row[:width]), rows.Lane._make(row[width:])) for row in connection.select(statement)]


def postings(snapshot: Snapshot, account: int, before: int, limit: int) -> list[list[rows.Posting]]:
    """The entries of an account, newest first, each with its postings in their order.

    Reads about as many postings as it gives, however many the account has.
    """
    found: dict[int, list[rows.Posting]] = {}
    while len(found) <= limit + 1:
        part = _newest(snapshot, account, before, limit + 2)
        for posting in part:
            found.setdefault(posting.entry, []).append(posting)
        if len(part) < limit + 2:
            break
        before = part[-1].id
    # One entry more than is given shows that the last one given is whole.
    return [entry[::-1] for entry in list(found.values())[: limit + 1]]


def _newest(snapshot: Snapshot, account: int, before: int, limit: int) -> list[rows.Posting]:
    """The newest postings of an account, found by an index for each of its sides."""
    table = schema.posting
    found: list[Any] = []
    for side in (table.c.debit, table.c.credit):
        statement = (
            select(table)
            .where(table.c.master_id == snapshot.master, side == account, side >= literal_column("100"))
            .order_by(table.c.id.desc())
            .limit(limit)
        )
        found += snapshot.connection.select(statement.where(table.c.id < before) if before else statement)
    return sorted(map(rows.Posting._make, found), key=lambda posting: posting.id, reverse=True)[:limit]


def amounts(snapshot: Snapshot, wallet: int, entries: list[list[rows.Posting]]) -> dict[int, int]:
    """What a wallet gained, or below zero gave, in entries of its clock, newest first, by their numbers."""
    if not entries:
        return {}
    table = schema.posting
    numbers = [entry[0].entry for entry in entries]
    statement = select(table.c.entry, table.c.credit, table.c.amount).where(
        table.c.master_id == snapshot.master,
        (table.c.debit == wallet) | (table.c.credit == wallet),
        table.c.entry.in_(numbers),
        # So that only a part of the wallet's index is read: credits follow the time of their lot at once.
        table.c.id.between(min(numbers), entries[0][-1].id + 1),
    )
    found: dict[int, int] = {}
    for entry, credit, amount in snapshot.connection.select(statement):
        found[entry] = found.get(entry, 0) + (amount if credit == wallet else -amount)
    return found


def notes(snapshot: Snapshot, numbers: list[int]) -> dict[int, str]:
    """The notes on entries or sessions, by their numbers."""
    if not numbers:
        return {}
    keys: list[KeyRow] = [(snapshot.master, number) for number in numbers]
    (found,) = snapshot.connection.fetch([Ask(RELATIONS[rows.Note], None, keys)])
    return {note.id: note.text for note in map(rows.Note._make, found)}


def references(snapshot: Snapshot, numbers: list[int]) -> dict[int, str]:
    """The references of top-ups, by the numbers of their entries."""
    table = schema.reference
    statement = select(table.c.entry, table.c.reference).where(
        table.c.master_id == snapshot.master, table.c.entry.in_(numbers)
    )
    return {row[0]: row[1] for row in snapshot.connection.select(statement)}


def segments(snapshot: Snapshot, session: int) -> list[rows.Segment]:
    """The segments of a session in their order."""
    table = schema.segment
    statement = (
        select(table).where(table.c.master_id == snapshot.master, table.c.session == session).order_by(table.c.no)
    )
    return [rows.Segment._make(row) for row in snapshot.connection.select(statement)]


def payments(snapshot: Snapshot, session: rows.Session, until: int) -> list[tuple[rows.Posting, rows.Lot]]:
    """What left a session's clock for use while it was open, with the lots it came from, at most 1 000."""
    table, lot = schema.posting, schema.lot
    statement = (
        select(table, lot)
        .join(lot, (lot.c.master_id == table.c.master_id) & (lot.c.id == table.c.lot))
        .where(
            table.c.master_id == snapshot.master,
            table.c.debit == session.clock,
            table.c.kind.in_(["use", "minimum"]),
            table.c.at >= session.started_at,
            table.c.at <= until,
        )
        .order_by(table.c.id)
        .limit(1_000)
    )
    width = len(rows.Posting._fields)
    return [
        (rows.Posting._make(row[:width]), rows.Lot._make(row[width:])) for row in snapshot.connection.select(statement)
    ]


def _of(snapshot: Snapshot, table: Any, after: int) -> Select[Any]:  # noqa: ANN401 - a table of the schema
    return select(table).where(table.c.master_id == snapshot.master, table.c.id > after).order_by(table.c.id)


def _page(snapshot: Snapshot, statement: Select[Any], limit: int) -> list[Any]:
    return snapshot.connection.select(statement.limit(limit + 1))
