"""Records, contacts and logins of an older installation, put where they were, a chunk at a time."""

from creditclock.commands.handling import Tx, handles
from creditclock.commands.importing.drafts import (
    ImportContacts,
    ImportLogins,
    ImportRecords,
    Numbers,
    RecordDraft,
)
from creditclock.commands.importing.keeping import kept_no
from creditclock.commands.instructions.filing import RECORD
from creditclock.contract.tokens import Done
from creditclock.contract.values import identify, number_of
from creditclock.domain.rows import Attendance, Contact, Sheet, SheetRecord
from creditclock.queries.source import sure


@handles(ImportRecords)
def import_records(tx: Tx, command: ImportRecords) -> Done:
    """Lines of statements as they were; the books don't change."""
    sheet = sure(tx, Sheet, command.sheet)
    for draft in command.records:
        tx.put(_record(tx, sheet, draft, command.numbers))
    tx.put(sheet._replace(records=sheet.records + len(command.records)))
    tx.subject = command.customer
    return Done()


def _record(tx: Tx, sheet: Sheet, draft: RecordDraft, numbers: Numbers) -> SheetRecord:
    numbered, reference = RECORD[sheet.kind]  # type: ignore[index] - one of its kinds
    created_at = tx.now if draft.created_at is None else draft.created_at
    known = draft.transfer is not None and draft.transfer <= numbers.last.get("transfer_record", 0)
    return SheetRecord(
        master=tx.master,
        kind=sheet.kind,
        no=kept_no(tx, numbered, draft.no, numbers),
        sheet=sheet.id,
        reference=draft.reference or reference,
        type=draft.type,
        entry=None,
        session=None,
        credits=draft.credits,
        ms=draft.ms,
        payer=draft.payer,
        payee=draft.payee,
        currency=draft.currency,
        cost=draft.cost,
        transfer=draft.transfer if known else None,
        created_at=created_at,
        written_at=created_at if draft.written_at is None else draft.written_at,
        unlinked_at=None,
    )


@handles(ImportContacts)
def import_contacts(tx: Tx, command: ImportContacts) -> Done:
    """Contacts as they were."""
    sheet = sure(tx, Sheet, command.sheet)
    customer = number_of(command.customer)
    for draft in command.contacts:
        created_at = tx.now if draft.created_at is None else draft.created_at
        tx.put(
            Contact(
                master=tx.master,
                id=kept_no(tx, "contact_record", draft.no, command.numbers),
                sheet=sheet.id,
                customer=customer,
                reference=draft.reference or RECORD["contact"][1],
                name=draft.name,
                email=draft.email,
                phone=draft.phone,
                notes=draft.notes,
                created_at=created_at,
                written_at=created_at if draft.written_at is None else draft.written_at,
                unlinked_at=None,
            )
        )
    tx.put(sheet._replace(records=sheet.records + len(command.contacts)))
    tx.subject = command.customer
    return Done()


@handles(ImportLogins)
def import_logins(tx: Tx, command: ImportLogins) -> Done:
    """When somebody came and went."""
    principal = 0 if command.customer is None else number_of(command.customer)
    for draft in command.logins:
        no = kept_no(tx, command.kind, draft.no, command.numbers)
        tx.append(Attendance(tx.master, command.kind, no, principal, draft.at))
    tx.subject = command.customer or identify("mas", tx.master, 0)
    return Done()
