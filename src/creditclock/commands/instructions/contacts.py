"""Contacts of the instruction set: people that an account knows; nothing but its own notes."""

from creditclock.commands.instructions.filing import RECORD, place
from creditclock.commands.instructions.handling import Answer, Guest, instructs
from creditclock.commands.instructions.numbers import next_no
from creditclock.commands.instructions.sheets import PLACES, sheet_in_use
from creditclock.contract import Refusal
from creditclock.contract.instructions.contacts import AddContactRecord, UnlinkContactRecord, ViewContactRecord
from creditclock.contract.instructions.wording import date
from creditclock.domain.rows import Contact, CustomerProfile, Sheet
from creditclock.queries.source import sure


@instructs(AddContactRecord)
def add_contact(guest: Guest, command: AddContactRecord) -> Answer:
    """A contact on the list in use."""
    tx = guest.tx
    sheet = place(tx, sheet_in_use(guest, PLACES["contact"]))
    contact = Contact(
        master=tx.master,
        id=next_no(tx, "contact_record"),
        sheet=sheet.id,
        customer=guest.customer.id,
        reference=RECORD["contact"][1],
        name=command.user_name,
        email=command.user_email,
        phone=command.user_phone,
        notes=command.notes,
        created_at=tx.now,
        written_at=tx.now,
        unlinked_at=None,
    )
    tx.put(contact)
    if guest.profile.contact_list != sheet.id:
        tx.put(sure(tx, CustomerProfile, guest.customer.id)._replace(contact_list=sheet.id, written_at=tx.now))
    tx.subject = tx.caller.name
    return {"failed": False, "contact_record": contact.id, "contact_list": sheet.no}


@instructs(ViewContactRecord)
def view_contact(guest: Guest, command: ViewContactRecord) -> Answer:
    """A contact of the list in use."""
    sheet, contact = _found(guest, command.record_id)
    return {
        "failed": False,
        "contact_list": sheet.no,
        "contact_record": contact.id,
        "record_data": {
            "id": contact.id,
            "contact_list": sheet.no,
            "reference": contact.reference,
            "create_date": date(contact.created_at),
            "write_date": date(contact.written_at),
            "name": contact.name,
            "email": contact.email,
            "phone": contact.phone,
            "notes": contact.notes,
        },
    }


@instructs(UnlinkContactRecord)
def unlink_contact(guest: Guest, command: UnlinkContactRecord) -> Answer:
    """A contact is forgotten: its name, its addresses and what was noted."""
    tx = guest.tx
    sheet, contact = _found(guest, command.record_id)
    gone = contact._replace(name=None, email=None, phone=None, notes=None, unlinked_at=tx.now, written_at=tx.now)
    tx.put(gone)
    tx.put(sheet._replace(written_at=tx.now))
    tx.subject = tx.caller.name
    return {"failed": False, "contact_list": sheet.no, "contact_record": contact.id}


def _found(guest: Guest, number: int) -> tuple[Sheet, Contact]:
    sheet = sheet_in_use(guest, PLACES["contact"])
    contact = guest.tx.get(Contact, number)
    if contact is None or contact.sheet != sheet.id or contact.unlinked_at is not None:
        raise Refusal("not_found", "There is no contact of this number on the list in use. View the list first.")
    return sheet, contact
