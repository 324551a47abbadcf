"""Records of the instruction set: transfers, invoices, conversions and runs of the timer."""

from typing import Literal

import msgspec

from creditclock.contract.instructions.instruction import Instruct, Needs, instruction
from creditclock.contract.instructions.values import Date, Number


class TransferRecordData(msgspec.Struct, frozen=True, kw_only=True):
    """A movement of credits as the wallet saw it, with the e-mails of both sides."""

    id: int
    transfer_sheet: int
    reference: str
    create_date: Date
    write_date: Date
    transfer_type: Literal["supply", "payment", "transfer", "incoming"]
    transfer_from: str | None
    transfer_to: str | None
    credits: int


class InvoiceRecordData(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice of a supply or payment; `seller` is the number of who was paid."""

    id: int
    invoice_sheet: int
    transfer_record: int | None
    reference: str
    create_date: Date
    write_date: Date
    credits: int
    currency: str
    cost: float
    seller: int | None
    notes: str | None


class ConversionRecordData(msgspec.Struct, frozen=True, kw_only=True):
    """Credits that became minutes, or the other way round."""

    id: int
    conversion_sheet: int
    reference: str
    create_date: Date
    write_date: Date
    conversion_type: Literal["credits2clock", "clock2credits"]
    minutes: float
    credits: int


class TimeRecordData(msgspec.Struct, frozen=True, kw_only=True):
    """A run of the timer: minutes spent and paused; while it runs `time_stop` is now, and there is no `time_spent`."""

    id: int
    time_sheet: int
    reference: str
    create_date: Date
    write_date: Date
    time_start: Date
    time_stop: Date
    time_spent: float | None
    time_pending: float
    pending_count: int


class TransferRecordShown(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer record; `transfer_record` is its number."""

    failed: Literal[False] = False
    transfer_sheet: int
    transfer_record: int
    record_data: TransferRecordData


class TransferRecordUnlinked(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of a transfer record that is hidden and of its sheet."""

    failed: Literal[False] = False
    transfer_sheet: int
    transfer_record: int


class InvoiceRecordShown(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice record; `invoice_record` is its number."""

    failed: Literal[False] = False
    invoice_sheet: int
    invoice_record: int
    record_data: InvoiceRecordData


class InvoiceRecordUnlinked(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of an invoice record that is hidden and of its sheet."""

    failed: Literal[False] = False
    invoice_sheet: int
    invoice_record: int


class ConversionRecordShown(msgspec.Struct, frozen=True, kw_only=True):
    """A conversion record; `conversion_record` is its number."""

    failed: Literal[False] = False
    conversion_sheet: int
    conversion_record: int
    record_data: ConversionRecordData


class ConversionRecordUnlinked(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of a conversion record that is hidden and of its sheet."""

    failed: Literal[False] = False
    conversion_sheet: int
    conversion_record: int


class TimeRecordShown(msgspec.Struct, frozen=True, kw_only=True):
    """A time record; `time_record` is its number."""

    failed: Literal[False] = False
    time_sheet: int
    time_record: int
    record_data: TimeRecordData


class TimeRecordUnlinked(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of a time record that is hidden and of its sheet."""

    failed: Literal[False] = False
    time_sheet: int
    time_record: int


@instruction(
    "action=view view=transfer transfer=record",
    Needs.ACCOUNT,
    uses=("wallet.records",),
    after=("AccountLogin", "SupplyCredits"),
    looks=True,
)
class ViewTransferRecord(Instruct[TransferRecordShown], frozen=True, kw_only=True):
    """Show a record of the transfer sheet in use."""

    record_id: Number


@instruction("action=unlink unlink=transfer transfer=record", Needs.ACCOUNT, after=("AccountLogin", "SupplyCredits"))
class UnlinkTransferRecord(Instruct[TransferRecordUnlinked], frozen=True, kw_only=True):
    """Hide a record of the transfer sheet in use; the books keep it."""

    record_id: Number


@instruction(
    "action=view view=invoice invoice=record",
    Needs.ACCOUNT,
    uses=("wallet.records",),
    after=("AccountLogin", "SupplyCredits"),
    looks=True,
)
class ViewInvoiceRecord(Instruct[InvoiceRecordShown], frozen=True, kw_only=True):
    """Show a record of the invoice sheet in use."""

    record_id: Number


@instruction("action=unlink unlink=invoice invoice=record", Needs.ACCOUNT, after=("AccountLogin", "SupplyCredits"))
class UnlinkInvoiceRecord(Instruct[InvoiceRecordUnlinked], frozen=True, kw_only=True):
    """Hide a record of the invoice sheet in use; the books keep it."""

    record_id: Number


@instruction(
    "action=view view=conversion conversion=record",
    Needs.ACCOUNT,
    uses=("clock.records",),
    after=("AccountLogin", "ConvertCreditsToClock"),
    looks=True,
)
class ViewConversionRecord(Instruct[ConversionRecordShown], frozen=True, kw_only=True):
    """Show a record of the conversion sheet in use."""

    record_id: Number


@instruction(
    "action=unlink unlink=conversion conversion=record", Needs.ACCOUNT, after=("AccountLogin", "ConvertCreditsToClock")
)
class UnlinkConversionRecord(Instruct[ConversionRecordUnlinked], frozen=True, kw_only=True):
    """Hide a record of the conversion sheet in use; the books keep it."""

    record_id: Number


@instruction(
    "action=view view=time time=record",
    Needs.ACCOUNT,
    uses=("clock.records",),
    after=("AccountLogin", "StopClockTimer"),
    looks=True,
)
class ViewTimeRecord(Instruct[TimeRecordShown], frozen=True, kw_only=True):
    """Show a record of the time sheet in use."""

    record_id: Number


@instruction("action=unlink unlink=time time=record", Needs.ACCOUNT, after=("AccountLogin", "StopClockTimer"))
class UnlinkTimeRecord(Instruct[TimeRecordUnlinked], frozen=True, kw_only=True):
    """Hide a record of the time sheet in use; the books keep it."""

    record_id: Number
