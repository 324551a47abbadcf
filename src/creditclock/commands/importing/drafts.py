"""Drafts: what an import brings, and the commands that bring it."""

from typing import Any, Final, Literal, get_args

import msgspec

from creditclock.commands.instructions.numbers import Kind
from creditclock.commands.needs import Naming
from creditclock.commands.upkeep import internal
from creditclock.contract import Command, Urgency
from creditclock.contract.tokens import Done
from creditclock.contract.values import CustomerId
from creditclock.domain.rows import Customer, Numbering, Sheet
from creditclock.storage.fetching import Need
from creditclock.storage.relations import LOGIN

RecordKind = Literal["transfer", "invoice", "conversion", "time"]
CHUNK: Final = 200
"""So many records, contacts or logins one command brings at most."""
PIECE: Final = 1_000
"""So many records a sheet holds; what an older one has beyond is on further sheets."""


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """The largest number of each kind in the older installation: those up to it keep their numbers."""

    last: dict[Kind, int]


class SheetDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet or a contact list; `records` is how many it holds."""

    kind: Literal["transfer", "invoice", "conversion", "time", "contact"]
    no: int
    reference: str | None
    created_at: int | None
    written_at: int | None
    records: int


class ClockDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A clock with what is left on it and its sheets, oldest first."""

    no: int
    reference: str | None
    created_at: int | None
    ms: int
    sheets: list[SheetDraft]


class WalletDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A wallet with its credits, its sheets and its clocks, oldest first."""

    no: int
    reference: str | None
    created_at: int | None
    credits: int
    sheets: list[SheetDraft]
    clocks: list[ClockDraft]


class RecordDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A record of a sheet; `payer` and `payee` are numbers of customers here, 0 for the business."""

    no: int
    reference: str | None
    type: str
    credits: int | None = None
    ms: int | None = None
    payer: int | None = None
    payee: int | None = None
    currency: str | None = None
    cost: int | None = None
    transfer: int | None = None
    created_at: int | None = None
    written_at: int | None = None


class ContactDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A contact of a list."""

    no: int
    reference: str | None
    name: str | None
    email: str | None
    phone: str | None
    notes: str | None
    created_at: int | None
    written_at: int | None


class LoginDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A login or logout."""

    no: int
    at: int


class ImportMaster(Command[Done], frozen=True, kw_only=True):
    """Make a business with its owner; `source` is its number in the older installation."""

    source: int
    created_at: int | None
    login: str
    name: str
    zone: str
    customer_limit: int | None
    alias: str | None
    phone: str | None
    company: str | None
    address: str | None
    frozen: bool
    unlinked: bool
    numbers: Numbers


class ImportCustomer(Naming, frozen=True, kw_only=True):
    """Make a customer with its wallets, clocks, sheets and lists, and what the wallets and clocks hold."""

    source: int
    created_at: int | None
    login: str
    name: str | None
    email: str | None
    phone: str | None
    alias: str | None
    removed: bool
    wallets: list[WalletDraft]
    lists: list[SheetDraft]
    numbers: Numbers

    def needs(self, master: int) -> list[Need]:
        """Whoever has the login already, and which numbers are next."""
        return [Need(master, Customer, LOGIN, self.login), *_numberings(master)]


class ImportRecords(Naming, frozen=True, kw_only=True):
    """Put records on a sheet of a customer: the part `part` of those of the older sheet `source`."""

    customer: CustomerId
    kind: RecordKind
    source: int
    part: int
    sheet: int
    numbers: Numbers
    records: list[RecordDraft]

    def needs(self, master: int) -> list[Need]:
        """The sheet, and which numbers are next."""
        return [Need(master, Sheet, None, self.sheet), *_numberings(master)]


class ImportContacts(Naming, frozen=True, kw_only=True):
    """Put contacts on a list of a customer: the part `part` of those of the older list `source`."""

    customer: CustomerId
    kind: Literal["contact"]
    source: int
    part: int
    sheet: int
    numbers: Numbers
    contacts: list[ContactDraft]

    def needs(self, master: int) -> list[Need]:
        """The sheet, and which numbers are next."""
        return [Need(master, Sheet, None, self.sheet), *_numberings(master)]


class ImportLogins(Naming, frozen=True, kw_only=True):
    """Keep logins or logouts: the part `part` of those of the customer, or of the business where it is None."""

    customer: CustomerId | None
    kind: Literal["login", "logout"]
    source: int
    part: int
    numbers: Numbers
    logins: list[LoginDraft]

    def needs(self, master: int) -> list[Need]:
        """Which numbers are next."""
        return _numberings(master)


class FinishImport(Command[Done], frozen=True, kw_only=True):
    """Write down that everything of a business was brought, as far as it fits."""

    source: int


def _numberings(master: int) -> list[Need]:
    return [Need(master, Numbering, None, kind) for kind in get_args(Kind)]


IMPORT_MASTER: Final = internal("import.master", ImportMaster, Urgency.REST)
IMPORT_CUSTOMER: Final = internal("import.customer", ImportCustomer, Urgency.REST)
IMPORT_RECORDS: Final = internal("import.records", ImportRecords, Urgency.REST)
IMPORT_CONTACTS: Final = internal("import.contacts", ImportContacts, Urgency.REST)
IMPORT_LOGINS: Final = internal("import.logins", ImportLogins, Urgency.REST)
FINISH_IMPORT: Final = internal("import.finish", FinishImport, Urgency.REST)
IMPORTS: Final = {
    operation.name: operation
    for operation in (
        IMPORT_MASTER,
        IMPORT_CUSTOMER,
        IMPORT_RECORDS,
        IMPORT_CONTACTS,
        IMPORT_LOGINS,
        FINISH_IMPORT,
    )
}
"""The operations of an import, by name."""
OF_CHUNKS: Final[dict[type[Command[Any]], Any]] = {
    ImportRecords: IMPORT_RECORDS,
    ImportContacts: IMPORT_CONTACTS,
    ImportLogins: IMPORT_LOGINS,
}
"""The operation of each command that brings a chunk."""
