"""Sheets of the instruction set: the pages on which records are kept, those of wallets and those of clocks."""

from typing import Literal

import msgspec

from creditclock.contract.instructions.instruction import Instruct, Needs, instruction
from creditclock.contract.instructions.values import Date, Number, Text


class WalletSheetData(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet of the wallet `ewallet`; `records` are its records, number and name."""

    id: int
    ewallet: int
    reference: str
    create_date: Date
    write_date: Date
    records: dict[int, str]


class ClockSheetData(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet of the clock `clock`; `records` are its records, number and name."""

    id: int
    clock: int
    reference: str
    create_date: Date
    write_date: Date
    records: dict[int, str]


class TransferSheetShown(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer sheet; `transfer_sheet` is its number."""

    failed: Literal[False] = False
    transfer_sheet: int
    sheet_data: WalletSheetData


class TransferSheetUnlinked(msgspec.Struct, frozen=True, kw_only=True):
    """The number of a transfer sheet that is gone."""

    failed: Literal[False] = False
    transfer_sheet: int


class InvoiceSheetShown(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice sheet; `invoice_sheet` is its number."""

    failed: Literal[False] = False
    invoice_sheet: int
    sheet_data: WalletSheetData


class InvoiceSheetUnlinked(msgspec.Struct, frozen=True, kw_only=True):
    """The number of an invoice sheet that is gone."""

    failed: Literal[False] = False
    invoice_sheet: int


class ConversionSheetShown(msgspec.Struct, frozen=True, kw_only=True):
    """A conversion sheet; `conversion_sheet` is its number."""

    failed: Literal[False] = False
    conversion_sheet: int
    sheet_data: ClockSheetData


class ConversionSheetUnlinked(msgspec.Struct, frozen=True, kw_only=True):
    """The number of a conversion sheet that is gone."""

    failed: Literal[False] = False
    conversion_sheet: int


class TimeSheetShown(msgspec.Struct, frozen=True, kw_only=True):
    """A time sheet; `time_sheet` is its number."""

    failed: Literal[False] = False
    time_sheet: int
    sheet_data: ClockSheetData


class TimeSheetUnlinked(msgspec.Struct, frozen=True, kw_only=True):
    """The number of a time sheet that is gone."""

    failed: Literal[False] = False
    time_sheet: int


@instruction("action=new new=transfer transfer=list", Needs.ACCOUNT, after=("AccountLogin",))
class CreateTransferSheet(Instruct[TransferSheetShown], frozen=True, kw_only=True):
    """Make one more transfer sheet of the wallet in use; the sheet in use stays in use."""

    reference: Text | None = None


@instruction(
    "action=switch switch=transfer transfer=list", Needs.ACCOUNT, after=("AccountLogin", "CreateTransferSheet")
)
class SwitchTransferSheet(Instruct[TransferSheetShown], frozen=True, kw_only=True):
    """Use another transfer sheet of the wallet in use."""

    sheet_id: Number


@instruction(
    "action=view view=transfer transfer=list",
    Needs.ACCOUNT,
    uses=("wallet.records",),
    after=("AccountLogin",),
    looks=True,
)
class ViewTransferSheet(Instruct[TransferSheetShown], frozen=True, kw_only=True):
    """Show the transfer sheet in use; it lists the newest 1 000 records."""


@instruction(
    "action=unlink unlink=transfer transfer=list", Needs.ACCOUNT, after=("AccountLogin", "CreateTransferSheet")
)
class UnlinkTransferSheet(Instruct[TransferSheetUnlinked], frozen=True, kw_only=True):
    """Put a transfer sheet away."""

    list_id: Number


@instruction("action=new new=invoice invoice=list", Needs.ACCOUNT, after=("AccountLogin",))
class CreateInvoiceSheet(Instruct[InvoiceSheetShown], frozen=True, kw_only=True):
    """Make one more invoice sheet of the wallet in use; the sheet in use stays in use."""

    reference: Text | None = None


@instruction("action=switch switch=invoice invoice=list", Needs.ACCOUNT, after=("AccountLogin", "CreateInvoiceSheet"))
class SwitchInvoiceSheet(Instruct[InvoiceSheetShown], frozen=True, kw_only=True):
    """Use another invoice sheet of the wallet in use."""

    sheet_id: Number


@instruction(
    "action=view view=invoice invoice=list",
    Needs.ACCOUNT,
    uses=("wallet.records",),
    after=("AccountLogin",),
    looks=True,
)
class ViewInvoiceSheet(Instruct[InvoiceSheetShown], frozen=True, kw_only=True):
    """Show the invoice sheet in use; it lists the newest 1 000 records."""


@instruction("action=unlink unlink=invoice invoice=list", Needs.ACCOUNT, after=("AccountLogin", "CreateInvoiceSheet"))
class UnlinkInvoiceSheet(Instruct[InvoiceSheetUnlinked], frozen=True, kw_only=True):
    """Put an invoice sheet away."""

    list_id: Number


@instruction("action=new new=conversion conversion=list", Needs.ACCOUNT, after=("AccountLogin",))
class CreateConversionSheet(Instruct[ConversionSheetShown], frozen=True, kw_only=True):
    """Make one more conversion sheet of the clock in use; the sheet in use stays in use."""

    reference: Text | None = None


@instruction(
    "action=switch switch=conversion conversion=list", Needs.ACCOUNT, after=("AccountLogin", "CreateConversionSheet")
)
class SwitchConversionSheet(Instruct[ConversionSheetShown], frozen=True, kw_only=True):
    """Use another conversion sheet of the clock in use."""

    sheet_id: Number


@instruction(
    "action=view view=conversion conversion=list",
    Needs.ACCOUNT,
    uses=("clock.records",),
    after=("AccountLogin",),
    looks=True,
)
class ViewConversionSheet(Instruct[ConversionSheetShown], frozen=True, kw_only=True):
    """Show the conversion sheet in use; it lists the newest 1 000 records."""


@instruction(
    "action=unlink unlink=conversion conversion=list", Needs.ACCOUNT, after=("AccountLogin", "CreateConversionSheet")
)
class UnlinkConversionSheet(Instruct[ConversionSheetUnlinked], frozen=True, kw_only=True):
    """Put a conversion sheet away."""

    list_id: Number


@instruction("action=new new=time time=list", Needs.ACCOUNT, after=("AccountLogin",))
class CreateTimeSheet(Instruct[TimeSheetShown], frozen=True, kw_only=True):
    """Make one more time sheet of the clock in use; the sheet in use stays in use."""

    reference: Text | None = None


@instruction("action=switch switch=time time=list", Needs.ACCOUNT, after=("AccountLogin", "CreateTimeSheet"))
class SwitchTimeSheet(Instruct[TimeSheetShown], frozen=True, kw_only=True):
    """Use another time sheet of the clock in use."""

    sheet_id: Number


@instruction(
    "action=view view=time time=list", Needs.ACCOUNT, uses=("clock.records",), after=("AccountLogin",), looks=True
)
class ViewTimeSheet(Instruct[TimeSheetShown], frozen=True, kw_only=True):
    """Show the time sheet in use; it lists the newest 1 000 records."""


@instruction("action=unlink unlink=time time=list", Needs.ACCOUNT, after=("AccountLogin", "CreateTimeSheet"))
class UnlinkTimeSheet(Instruct[TimeSheetUnlinked], frozen=True, kw_only=True):
    """Put a time sheet away; `time_list` is taken for a `list_id` that is no number."""

    list_id: Number | Text | None = None
    time_list: Number | Text | None = None
