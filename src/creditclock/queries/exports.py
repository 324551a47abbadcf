"""Exports: everything that is kept of a customer, page by page, kind after kind."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from creditclock.contract import Refusal
from creditclock.contract.customers import ExportCustomer, Exported
from creditclock.contract.instants import shown
from creditclock.contract.pages import Page
from creditclock.contract.values import identify
from creditclock.domain import rows
from creditclock.domain.access import Caller
from creditclock.domain.ledger import FIRST_ID
from creditclock.queries.asking import answers, check_own
from creditclock.queries.clocks import show_clock
from creditclock.queries.customers import show_customer
from creditclock.queries.events import event_json
from creditclock.queries.export_parts import (
    Part,
    Place,
    Subject,
    attendances,
    contacts,
    item,
    next_stage,
    onward,
    profile,
    requests,
)
from creditclock.queries.source import ident, named, not_found
from creditclock.queries.states import current_state
from creditclock.queries.wallets import show_wallet
from creditclock.storage import exports, lists
from creditclock.storage.relations import CLOCKS, WALLETS
from creditclock.storage.snapshot import Snapshot

_LOTS_OF: Final = frozenset({"buy", "grant"})
"""The kinds of postings that make a lot."""
_WIDTHS: Final = (1, 14, 14)


@answers(ExportCustomer)
def export_customer(snapshot: Snapshot, query: ExportCustomer, caller: Caller) -> Page[Exported]:
    """One page of what is kept of a customer; an erased one is there no more."""
    customer = named(snapshot, rows.Customer, query.customer)
    check_own(caller, customer.id, query.customer)
    if customer.erased_at is not None:
        raise not_found(query.customer)
    subject = Subject(
        customer,
        query.customer,
        tuple(wallet.id for wallet in snapshot.range(WALLETS, customer.id)),
        tuple(clock.id for clock in snapshot.range(CLOCKS, customer.id)),
    )
    place = _place(query.cursor)
    part = _STAGES[place.stage](snapshot, subject, place, query.limit)
    return Page(items=part.items, next=_cursor(part.next) if part.next.stage < len(_STAGES) else None)


def _place(cursor: str | None) -> Place:
    """The place that a cursor stands for. Raises a Refusal `invalid` for one of nobody's."""
    if cursor is None:
        return Place(0, 0, 0)
    stage, account, position = (int(part or "0", 16) for part in (cursor[:1], cursor[1:15], cursor[15:]))
    if len(cursor) != sum(_WIDTHS) or stage >= len(_STAGES) or max(account, position) >= 1 << 53:
        raise Refusal("invalid", "No page was answered with this `cursor`. Give `next` of the page before.")
    return Place(stage, account, position)


def _cursor(place: Place) -> str:
    return "".join(f"{number:0{width}x}" for number, width in zip(place, _WIDTHS, strict=True))


def _account(accounts: tuple[int, ...], place: Place) -> tuple[int, int] | None:
    """The account that is exported at a place, and after which number."""
    number = next((account for account in accounts if account >= place.account), None)
    return None if number is None else (number, place.position if number == place.account else 0)


def _onward_in(place: Place, account: int, found: Sequence[Any], limit: int) -> Place:
    if len(found) == limit:
        return Place(place.stage, account, found[-1].id)
    return Place(place.stage, account + 1, 0)


def _customer(snapshot: Snapshot, subject: Subject, place: Place, _limit: int) -> Part:
    return Part([item("customer", show_customer(snapshot, subject.row))], next_stage(place).next)


def _wallets(snapshot: Snapshot, subject: Subject, place: Place, limit: int) -> Part:
    there = {wallet.id: wallet for wallet in snapshot.range(WALLETS, subject.row.id)}
    found = [number for number in subject.wallets if number > place.position][:limit]
    items = [item("wallet", show_wallet(snapshot, there[number])) for number in found]
    return Part(items, onward(place, found, limit, found[-1] if found else 0))


def _clocks(snapshot: Snapshot, subject: Subject, place: Place, limit: int) -> Part:
    there = {clock.id: clock for clock in snapshot.range(CLOCKS, subject.row.id)}
    found = [number for number in subject.clocks if number > place.position][:limit]
    items = [item("clock", show_clock(snapshot, current_state(snapshot, there[number]))) for number in found]
    return Part(items, onward(place, found, limit, found[-1] if found else 0))


def _postings(snapshot: Snapshot, subject: Subject, place: Place, limit: int) -> Part:
    at = _account(tuple(sorted((*subject.wallets, *subject.clocks))), place)
    if at is None:
        return next_stage(place)
    account, after = at
    found = exports.postings(snapshot, account, after, limit)
    entries = [posting.entry for posting in found]
    notes, references = lists.notes(snapshot, entries), lists.references(snapshot, entries)
    kind = "wal" if account in subject.wallets else "clk"
    items = [item("posting", _posting(snapshot, row, account, kind, notes, references)) for row in found]
    if kind == "clk":
        made = sorted({row.lot for row in found if row.lot is not None and row.kind in _LOTS_OF})
        items += [item("lot", _lot(snapshot, lot)) for lot in exports.lots(snapshot, made)]
    return Part(items, _onward_in(place, account, found, limit))


def _posting(
    snapshot: Snapshot, row: rows.Posting, account: int, kind: str, notes: dict[int, str], references: dict[int, str]
) -> dict[str, Any]:
    gains = row.credit == account
    other = row.debit if gains else row.credit
    amount = "amount" if row.unit == "credit" else "ms"
    return {
        "account": ident(snapshot, kind, account),
        "record": ident(snapshot, "rec", row.entry),
        "at": shown(row.at),
        "recorded_at": shown(row.recorded_at),
        "kind": row.kind,
        amount: row.amount if gains else -row.amount,
        "balance" if row.unit == "credit" else "balance_ms": row.credit_balance if gains else row.debit_balance,
        "other": ident(snapshot, kind, other) if other >= FIRST_ID else None,
        "lot": None if row.lot is None else ident(snapshot, "lot", row.lot),
        "session": None if row.session is None else ident(snapshot, "ses", row.session),
        "note": notes.get(row.entry),
        "reference": references.get(row.entry),
    }


def _lot(snapshot: Snapshot, lot: rows.Lot) -> dict[str, Any]:
    return {
        "id": ident(snapshot, "lot", lot.id),
        "clock": ident(snapshot, "clk", lot.clock),
        "kind": lot.kind,
        "priority": lot.priority,
        "starts_at": shown(lot.starts_at),
        "expires_at": _at(lot.expires_at),
        "bought_ms": lot.bought_ms,
        "amount_paid": lot.amount_paid,
        "left_ms": lot.left_ms,
    }


def _sessions(snapshot: Snapshot, subject: Subject, place: Place, limit: int) -> Part:
    at = _account(subject.clocks, place)
    if at is None:
        return next_stage(place)
    clock, after = at
    found = exports.sessions(snapshot, clock, after, limit)
    notes = lists.notes(snapshot, [session.id for session in found])
    items = [item("session", _session(snapshot, session, notes.get(session.id))) for session in found]
    return Part(items, _onward_in(place, clock, found, limit))


def _session(snapshot: Snapshot, session: rows.Session, note: str | None) -> dict[str, Any]:
    return {
        "id": ident(snapshot, "ses", session.id),
        "clock": ident(snapshot, "clk", session.clock),
        "holder": session.holder,
        "state": session.state,
        "burn_rate": session.burn_rate,
        "started_at": shown(session.started_at),
        "ended_at": _at(session.ended_at),
        "reason": session.reason,
        "elapsed_ms": session.elapsed,
        "used_ms": session.used,
        "note": note,
    }


def _tokens(snapshot: Snapshot, subject: Subject, place: Place, limit: int) -> Part:
    found = exports.tokens(snapshot, subject.row.id, place.position, limit)
    items = [
        item(
            "token",
            {
                "id": ident(snapshot, "tok", token.id),
                "app": None if token.app is None else ident(snapshot, "app", token.app),
                "created_at": shown(token.created_at),
                "expires_at": shown(token.expires_at),
            },
        )
        for token in found
    ]
    return Part(items, onward(place, found, limit, found[-1].id if found else 0))


def _answers(snapshot: Snapshot, subject: Subject, place: Place, limit: int) -> Part:
    found = exports.answers(snapshot, subject.name, place.position, limit)
    items = [
        item(
            "answer",
            {
                "key": row.key,
                "operation": row.operation,
                "subject": row.subject,
                "at": shown(row.created_at),
                "body": None if row.body is None else msgspec.json.decode(row.body),
            },
        )
        for row in found
    ]
    return Part(items, onward(place, found, limit, place.position + len(found)))


def _events(snapshot: Snapshot, subject: Subject, place: Place, limit: int) -> Part:
    found = exports.events(snapshot, subject.row.id, place.position, limit)
    items = [item("event", msgspec.json.decode(event_json(row))) for row in found]
    upto = found[-1].no if len(found) == limit else place.position + exports.WINDOW
    return Part(items, _windowed(place, upto, snapshot.lane.next_event))


def _journal(snapshot: Snapshot, subject: Subject, place: Place, limit: int) -> Part:
    ids = frozenset(
        identify(prefix, snapshot.master, number)
        for prefix, numbers in (("cus", (subject.row.id,)), ("wal", subject.wallets), ("clk", subject.clocks))
        for number in numbers
    )
    after = place.position or exports.journal_before(snapshot, subject.row.created_at)
    found = exports.journal(snapshot, subject.name, ids, after, limit)
    upto = found[-1].no if len(found) == limit else after + exports.WINDOW
    return Part([item("journal", _journaled(row)) for row in found], _windowed(place, upto, snapshot.lane.next_journal))


def _journaled(row: rows.Journal) -> dict[str, Any]:
    return {
        "no": row.no,
        "at": shown(row.at),
        "operation": row.operation,
        "caller": row.caller,
        "subject": row.subject,
        "detail": msgspec.json.decode(row.detail),
    }


def _windowed(place: Place, upto: int, end: int) -> Place:
    """The place after all numbers up to one; the next stage once `end` isn't ahead."""
    return Place(place.stage, 0, upto) if upto < end - 1 else Place(place.stage + 1, 0, 0)


def _at(at: int | None) -> str | None:
    return None if at is None else shown(at)


_STAGES: Final[tuple[Callable[[Snapshot, Subject, Place, int], Part], ...]] = (
    _customer,
    _wallets,
    _clocks,
    _postings,
    _sessions,
    _tokens,
    _answers,
    _events,
    _journal,
    profile,
    contacts,
    attendances,
    requests,
)
