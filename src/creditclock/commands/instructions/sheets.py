"""Sheets of the instruction set: made, switched to, shown and hidden, the same for each kind."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from creditclock.commands.handling import Tx
from creditclock.commands.instructions.credits import clock_in_use, in_use
from creditclock.commands.instructions.filing import SheetKind, open_sheet, sheets_shown
from creditclock.commands.instructions.handling import Answer, Guest, instructs
from creditclock.commands.instructions.showing import sheet_data
from creditclock.contract import Refusal
from creditclock.contract.instructions import contacts, sheets
from creditclock.domain.rows import ClockProfile, CustomerProfile, Sheet, WalletProfile
from creditclock.queries.source import ident, sure
from creditclock.storage.relations import SHEETS

MOST: Final = 200
"""So many sheets an owner has at once, of all kinds, but for those that begin because one is full."""
Owner = WalletProfile | ClockProfile | CustomerProfile


def _profile(guest: Guest) -> CustomerProfile:
    return guest.profile


class Place(NamedTuple):
    """Where sheets of a kind belong: whose they are, the profile's field of the one in use, and its words."""

    kind: SheetKind
    owner: Callable[[Guest], Owner]
    field: str
    word: str
    data: str
    created: str


PLACES: Final = {
    place.kind: place
    for place in (
        Place("transfer", in_use, "transfer_sheet", "transfer_sheet", "sheet_data", "TransferSheet"),
        Place("invoice", in_use, "invoice_sheet", "invoice_sheet", "sheet_data", "InvoiceSheet"),
        Place("conversion", clock_in_use, "conversion_sheet", "conversion_sheet", "sheet_data", "ConversionSheet"),
        Place("time", clock_in_use, "time_sheet", "time_sheet", "sheet_data", "TimeSheet"),
        Place("contact", _profile, "contact_list", "contact_list", "list_data", "Contact List"),
    )
}
"""The places of all kinds of sheets."""


def sheet_in_use(guest: Guest, place: Place) -> Sheet:
    """The sheet in use. Refuses `not_found` where the owner unlinked it and has no other."""
    number: int | None = getattr(place.owner(guest), place.field)
    if number is None:
        raise Refusal("not_found", f"No {place.word.replace('_', ' ')} is in use. Create one, then switch to it.")
    return sure(guest.tx, Sheet, number)


def use(tx: Tx, owner: Owner, place: Place, sheet: int | None) -> None:
    """Let an owner use another sheet of a kind, or none; the owner has changed in any case."""
    tx.put(owner._replace(**{place.field: sheet, "written_at": tx.now}))  # type: ignore[arg-type]


def _create(place: Place) -> Callable[[Guest, Any], Answer]:
    def create(guest: Guest, command: Any) -> Answer:  # noqa: ANN401 - one of several instructions
        tx, owner = guest.tx, place.owner(guest)
        if len(tx.range(SHEETS, owner.id)) >= MOST:
            raise Refusal("too_many", f"There are {MOST} sheets already. Unlink some first.", limit=MOST)
        sheet = open_sheet(tx, place.kind, owner.id, command.reference or place.created)
        current: int | None = getattr(owner, place.field)
        use(tx, owner, place, sheet.id if current is None else current)
        return _shown(tx, place, sheet)

    return create


def _switch(place: Place) -> Callable[[Guest, Any], Answer]:
    def switch(guest: Guest, command: Any) -> Answer:  # noqa: ANN401 - one of several instructions
        tx, owner = guest.tx, place.owner(guest)
        sheet = _own(tx, place, owner, _number(command))
        use(tx, owner, place, sheet.id)
        return _shown(tx, place, sheet)

    return switch


def _view(place: Place) -> Callable[[Guest, Any], Answer]:
    def view(guest: Guest, _command: Any) -> Answer:  # noqa: ANN401 - one of several instructions
        return _shown(guest.tx, place, sheet_in_use(guest, place))

    return view


def _unlink(place: Place) -> Callable[[Guest, Any], Answer]:
    def unlink(guest: Guest, command: Any) -> Answer:  # noqa: ANN401 - one of several instructions
        tx, owner = guest.tx, place.owner(guest)
        sheet = _own(tx, place, owner, _number(command))
        tx.put(sheet._replace(unlinked_at=tx.now, written_at=tx.now))
        left = sheets_shown(tx, place.kind, owner.id)
        current: int | None = getattr(owner, place.field)
        if current == sheet.id:
            current = left[0].id if left else None
        use(tx, owner, place, current)
        tx.subject = ident(tx, "cus", guest.customer.id)
        return {"failed": False, place.word: sheet.no}

    return unlink


def _number(command: Any) -> int | None:  # noqa: ANN401 - one of several instructions
    """The number of the sheet that is meant; the tutor sends one of them under another name."""
    for name in ("sheet_id", "list_id", "time_list"):
        value = getattr(command, name, None)
        if isinstance(value, int) or (isinstance(value, str) and value.isdecimal() and value.isascii()):
            return int(value)
    return None


def _own(tx: Tx, place: Place, owner: Owner, number: int | None) -> Sheet:
    for sheet in sheets_shown(tx, place.kind, owner.id):
        if sheet.no == number:
            return sheet
    raise Refusal("not_found", f"There is no {place.word.replace('_', ' ')} of this number here. View the list first.")


def _shown(tx: Tx, place: Place, sheet: Sheet) -> Answer:
    tx.subject = tx.caller.name
    return {"failed": False, place.word: sheet.no, place.data: sheet_data(tx, sheet)}


for _kind, _word in (("transfer", "Transfer"), ("invoice", "Invoice"), ("conversion", "Conversion"), ("time", "Time")):
    instructs(getattr(sheets, f"Create{_word}Sheet"))(_create(PLACES[_kind]))  # type: ignore[index]
    instructs(getattr(sheets, f"Switch{_word}Sheet"))(_switch(PLACES[_kind]))  # type: ignore[index]
    instructs(getattr(sheets, f"View{_word}Sheet"))(_view(PLACES[_kind]))  # type: ignore[index]
    instructs(getattr(sheets, f"Unlink{_word}Sheet"))(_unlink(PLACES[_kind]))  # type: ignore[index]
instructs(contacts.CreateContactList)(_create(PLACES["contact"]))
instructs(contacts.SwitchContactList)(_switch(PLACES["contact"]))
instructs(contacts.ViewContactList)(_view(PLACES["contact"]))
instructs(contacts.UnlinkContactList)(_unlink(PLACES["contact"]))
