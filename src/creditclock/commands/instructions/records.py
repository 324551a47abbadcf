"""Records of the instruction set: lines of sheets, shown and hidden; the books keep every one."""

from collections.abc import Callable
from typing import Any

from creditclock.commands.handling import Tx
from creditclock.commands.instructions.filing import SheetKind
from creditclock.commands.instructions.handling import Answer, Guest, instructs
from creditclock.commands.instructions.profiles import customer_profile
from creditclock.commands.instructions.sheets import PLACES, Place, sheet_in_use
from creditclock.commands.instructions.showing import SYSTEM_CORE, sheet_no
from creditclock.contract import Refusal
from creditclock.contract.instructions import records
from creditclock.contract.instructions.wording import cost, date, minutes
from creditclock.domain.rows import Customer, Note, Session, Sheet, SheetRecord
from creditclock.queries.source import sure

Shown = dict[str, Any]


def _view(kind: SheetKind) -> Callable[[Guest, Any], Answer]:
    place = PLACES[kind]

    def view(guest: Guest, command: Any) -> Answer:  # noqa: ANN401 - one of several instructions
        sheet, record = _found(guest, place, command.record_id)
        data = _DATA[kind](guest.tx, record)
        return {"failed": False, place.word: sheet.no, f"{kind}_record": record.no, "record_data": data}

    return view


def _unlink(kind: SheetKind) -> Callable[[Guest, Any], Answer]:
    place = PLACES[kind]

    def unlink(guest: Guest, command: Any) -> Answer:  # noqa: ANN401 - one of several instructions
        tx = guest.tx
        sheet, record = _found(guest, place, command.record_id)
        tx.put(record._replace(unlinked_at=tx.now, written_at=tx.now))
        tx.put(sheet._replace(written_at=tx.now))
        tx.subject = tx.caller.name
        return {"failed": False, place.word: sheet.no, f"{kind}_record": record.no}

    return unlink


def _found(guest: Guest, place: Place, number: int) -> tuple[Sheet, SheetRecord]:
    """A record of the sheet in use. Refuses `not_found` for one that isn't on it, or was unlinked."""
    sheet = sheet_in_use(guest, place)
    record = guest.tx.get(SheetRecord, place.kind, number)
    if record is None or record.sheet != sheet.id or record.unlinked_at is not None:
        raise Refusal("not_found", "There is no record of this number on the sheet in use. View the sheet first.")
    return sheet, record


def transfer_record_data(tx: Tx, record: SheetRecord) -> Shown:
    """A movement of credits; the e-mails of those whose account is gone are none."""
    return _head(tx, record, "transfer_sheet") | {
        "transfer_type": record.type,
        "transfer_from": _mail(tx, record.payer),
        "transfer_to": _mail(tx, record.payee),
        "credits": record.credits or 0,
    }


def invoice_record_data(tx: Tx, record: SheetRecord) -> Shown:
    """An invoice; the seller is named by the number of its account."""
    note = None if record.entry is None else tx.get(Note, record.entry)
    return _head(tx, record, "invoice_sheet") | {
        "transfer_record": record.transfer,
        "credits": record.credits or 0,
        "currency": record.currency or "",
        "cost": cost(record.cost or 0),
        "seller": _number(tx, record.payee),
        "notes": None if note is None else note.text,
    }


def conversion_record_data(tx: Tx, record: SheetRecord) -> Shown:
    """Credits that became minutes, or the other way round."""
    return _head(tx, record, "conversion_sheet") | {
        "conversion_type": record.type,
        "minutes": minutes(record.ms or 0),
        "credits": record.credits or 0,
    }


def time_record_data(tx: Tx, record: SheetRecord) -> Shown:
    """A use of the clock, as it stands now: while it goes on it stops now."""
    if record.session is None:
        begun = record.created_at
        spent = minutes(record.ms or 0)
        return _head(tx, record, "time_sheet") | _times(begun, record.written_at, spent, 0, 0)
    session = sure(tx, Session, record.session)
    changed = session.ended_at or session.since
    spent = None if session.used is None else minutes(session.used)
    head = _head(tx, record._replace(written_at=max(record.written_at, changed)), "time_sheet")
    stop = tx.now if session.ended_at is None else session.ended_at
    return head | _times(session.started_at, stop, spent, session.paused_ms, session.pauses)


def _times(start: int, stop: int, spent: float | None, paused_ms: int, pauses: int) -> Shown:
    return {
        "time_start": date(start),
        "time_stop": date(stop),
        "time_spent": spent,
        "time_pending": minutes(paused_ms),
        "pending_count": pauses,
    }


def _head(tx: Tx, record: SheetRecord, sheet: str) -> Shown:
    return {
        "id": record.no,
        sheet: sheet_no(tx, record.sheet),
        "reference": record.reference,
        "create_date": date(record.created_at),
        "write_date": date(record.written_at),
    }


def _mail(tx: Tx, customer: int | None) -> str | None:
    if not customer:
        return None if customer is None else SYSTEM_CORE
    found = sure(tx, Customer, customer)
    return None if found.erased_at is not None else found.login


def _number(tx: Tx, customer: int | None) -> int | None:
    if not customer:
        return None if customer is None else 1
    return customer_profile(tx, sure(tx, Customer, customer)).no


_DATA: dict[str, Callable[[Tx, SheetRecord], Shown]] = {
    "transfer": transfer_record_data,
    "invoice": invoice_record_data,
    "conversion": conversion_record_data,
    "time": time_record_data,
}
for _kind, _word in (("transfer", "Transfer"), ("invoice", "Invoice"), ("conversion", "Conversion"), ("time", "Time")):
    instructs(getattr(records, f"View{_word}Record"))(_view(_kind))  # type: ignore[arg-type]
    instructs(getattr(records, f"Unlink{_word}Record"))(_unlink(_kind))  # type: ignore[arg-type]
