"""Exports: the rows that are kept of a customer, oldest first, in pages that are each found by an index."""

from typing import Final

from sqlalchemy import literal_column, select

from creditclock.contract.values import number_of
from creditclock.domain import rows
from creditclock.storage import schema
from creditclock.storage.erasure import first_since
from creditclock.storage.snapshot import Snapshot

WINDOW: Final = 5_000
"""So many numbers of events, or of the journal, are looked at for a page."""


def postings(snapshot: Snapshot, account: int, after: int, limit: int) -> list[rows.Posting]:
    """What moved on an account."""
    table = schema.posting
    found = [
        row
        for side in (table.c.debit, table.c.credit)
        for row in snapshot.connection.select(
            select(table)
            .where(table.c.master_id == snapshot.master, side == account, side >= literal_column("100"))
            .where(table.c.id > after)
            .order_by(table.c.id)
            .limit(limit)
        )
    ]
    return sorted(map(rows.Posting._make, found), key=lambda posting: posting.id)[:limit]


def lots(snapshot: Snapshot, numbers: list[int]) -> list[rows.Lot]:
    """Lots by their numbers."""
    table = schema.lot
    statement = select(table).where(table.c.master_id == snapshot.master, table.c.id.in_(numbers)).order_by(table.c.id)
    return [rows.Lot._make(row) for row in snapshot.connection.select(statement)] if numbers else []


def sessions(snapshot: Snapshot, clock: int, after: int, limit: int) -> list[rows.Session]:
    """The sessions of a clock."""
    table = schema.session
    statement = (
        select(table)
        .where(table.c.master_id == snapshot.master, table.c.clock == clock, table.c.id > after)
        .order_by(table.c.id)
        .limit(limit)
    )
    return [rows.Session._make(row) for row in snapshot.connection.select(statement)]


def tokens(snapshot: Snapshot, customer: int, after: int, limit: int) -> list[rows.Token]:
    """The tokens of a customer, those that ended too."""
    table = schema.token
    own = (table.c.master_id == snapshot.master) & (table.c.principal == customer) & (table.c.id > after)
    statement = select(table).where(own).order_by(table.c.id).limit(limit)
    return [rows.Token._make(row) for row in snapshot.connection.select(statement)]


def answers(snapshot: Snapshot, caller: str, after: int, limit: int) -> list[rows.Stored]:
    """The answers that are kept for a caller and its programs, from the place `after` on."""
    table = schema.stored
    own = (table.c.caller == caller) | table.c.caller.between(f"{caller} ", f"{caller} ~")
    statement = (
        select(table)
        .where(table.c.master_id == snapshot.master, own)
        .order_by(table.c.caller, table.c.key)
        .offset(after)
        .limit(limit)
    )
    return [rows.Stored._make(row) for row in snapshot.connection.select(statement)]


def events(snapshot: Snapshot, customer: int, after: int, limit: int) -> list[rows.Event]:
    """The events of a customer among the next `WINDOW` numbers of its master's."""
    table = schema.event
    own = (table.c.master_id == snapshot.master) & (table.c.customer == customer)
    window = (table.c.no > after) & (table.c.no <= after + WINDOW)
    statement = select(table).where(own, window).order_by(table.c.no).limit(limit)
    return [rows.Event._make(row) for row in snapshot.connection.select(statement)]


def journal(snapshot: Snapshot, caller: str, ids: frozenset[str], after: int, limit: int) -> list[rows.Journal]:
    """What a customer did, or what was done to what is its own, among the next `WINDOW` numbers of the journal."""
    table = schema.journal
    mine = (table.c.caller == caller) | table.c.subject.in_(sorted(ids)) | table.c.subject.startswith("ses_")
    window = (table.c.no > after) & (table.c.no <= after + WINDOW)
    statement = select(table).where(table.c.master_id == snapshot.master, window, mine).order_by(table.c.no)
    found = [rows.Journal._make(row) for row in snapshot.connection.select(statement)]
    started = {number_of(row.subject) for row in found if row.subject.startswith("ses_")}
    own = _own_sessions(snapshot, started, {number_of(each) for each in ids if each.startswith("clk_")})
    return [
        row
        for row in found
        if row.caller == caller or row.subject in ids or (row.subject[:4] == "ses_" and number_of(row.subject) in own)
    ][:limit]


def contacts(snapshot: Snapshot, customer: int, after: int, limit: int) -> list[rows.Contact]:
    """The contacts of a customer, those that it unlinked too."""
    table = schema.contact
    own = (table.c.master_id == snapshot.master) & (table.c.customer == customer) & (table.c.id > after)
    statement = select(table).where(own).order_by(table.c.id).limit(limit)
    return [rows.Contact._make(row) for row in snapshot.connection.select(statement)]


def attendances(snapshot: Snapshot, customer: int, after: int, limit: int) -> list[rows.Attendance]:
    """When a customer logged in, then when it logged out, from the place `after` on."""
    table = schema.attendance
    own = (table.c.master_id == snapshot.master) & (table.c.principal == customer)
    statement = select(table).where(own).order_by(table.c.kind, table.c.no).offset(after).limit(limit)
    return [rows.Attendance._make(row) for row in snapshot.connection.select(statement)]


def supply_requests(snapshot: Snapshot, customer: int, after: int, limit: int) -> list[rows.SupplyRequest]:
    """The requests for credits of a customer."""
    table = schema.supply_request
    own = (table.c.master_id == snapshot.master) & (table.c.customer == customer) & (table.c.id > after)
    statement = select(table).where(own).order_by(table.c.id).limit(limit)
    return [rows.SupplyRequest._make(row) for row in snapshot.connection.select(statement)]


def _own_sessions(snapshot: Snapshot, numbers: set[int], clocks: set[int]) -> set[int]:
    """Those of some sessions that are on some clocks."""
    table = schema.session
    statement = select(table.c.id).where(
        table.c.master_id == snapshot.master, table.c.id.in_(sorted(numbers)), table.c.clock.in_(sorted(clocks))
    )
    return {row[0] for row in snapshot.connection.select(statement)} if numbers and clocks else set()


def journal_before(snapshot: Snapshot, since: int) -> int:
    """The last number of the journal before an instant."""
    return first_since(snapshot.connection, snapshot.master, since) - 1
