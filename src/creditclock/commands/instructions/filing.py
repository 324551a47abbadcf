"""Sheets: named statements of wallets and clocks, and contact lists; opened, and filled with records."""

from typing import Final, Literal

from creditclock.commands.handling import Tx
from creditclock.commands.instructions.numbers import Kind, next_no
from creditclock.domain.rows import Sheet
from creditclock.storage.relations import CONTACTS, RECORDS, SHEETS

SheetKind = Literal["transfer", "invoice", "conversion", "time", "contact"]
FULL: Final = 1_000
"""So many records fit on a sheet; the next one begins a new sheet, which becomes the active one."""
BEGUN: Final[dict[SheetKind, str]] = {
    "transfer": "Transfer Sheet",
    "invoice": "Invoice Sheet",
    "conversion": "ConversionSheet",
    "time": "TimeSheet",
    "contact": "Contact List",
}
"""What the first sheet of a kind is called."""
RECORD: Final[dict[SheetKind, tuple[Kind, str]]] = {
    "transfer": ("transfer_record", "TransferRecord"),
    "invoice": ("invoice_record", "InvoiceRecord"),
    "conversion": ("conversion_record", "ConversionRecord"),
    "time": ("time_record", "TimeRecord"),
    "contact": ("contact_record", "ContactRecord"),
}
"""How the records of a sheet are numbered, and what they are called."""


def open_sheet(tx: Tx, kind: SheetKind, owner: int, reference: str | None = None) -> Sheet:
    """A new, empty sheet of a wallet, a clock or a customer; it isn't the active one yet."""
    sheet = Sheet(
        master=tx.master,
        id=tx.new_id(),
        kind=kind,
        no=next_no(tx, kind),
        owner=owner,
        reference=reference or BEGUN[kind],
        records=0,
        created_at=tx.now,
        written_at=tx.now,
        unlinked_at=None,
    )
    tx.put(sheet)
    tx.begins(CONTACTS if kind == "contact" else RECORDS, sheet.id)
    return sheet


def sheets_shown(tx: Tx, kind: SheetKind, owner: int) -> list[Sheet]:
    """The sheets of a kind that their owner has not unlinked, oldest first."""
    return [sheet for sheet in tx.range(SHEETS, owner) if sheet.kind == kind]


def place(tx: Tx, sheet: Sheet) -> Sheet:
    """The sheet for one more record: this one, or where it is full a new one of the same owner. Counts the record."""
    if sheet.records >= FULL:
        _make_room(tx, sheet)
        sheet = open_sheet(tx, sheet.kind, sheet.owner, sheet.reference)  # type: ignore[arg-type]
    counted = sheet._replace(records=sheet.records + 1, written_at=tx.now)
    tx.put(counted)
    return counted


def _make_room(tx: Tx, sheet: Sheet) -> None:
    """Hide the oldest sheet of an owner who has as many as can be shown."""
    shown = tx.range(SHEETS, sheet.owner)
    if len(shown) >= SHEETS.limit:
        oldest = next(one for one in shown if one.kind == sheet.kind)
        tx.put(oldest._replace(unlinked_at=tx.now))
