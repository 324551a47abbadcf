"""Sheets: a method for each instruction. Written by `make docs`. Don't edit it."""

from creditclock.contract.instructions.sheets import (
    ConversionSheetShown,
    ConversionSheetUnlinked,
    CreateConversionSheet,
    CreateInvoiceSheet,
    CreateTimeSheet,
    CreateTransferSheet,
    InvoiceSheetShown,
    InvoiceSheetUnlinked,
    SwitchConversionSheet,
    SwitchInvoiceSheet,
    SwitchTimeSheet,
    SwitchTransferSheet,
    TimeSheetShown,
    TimeSheetUnlinked,
    TransferSheetShown,
    TransferSheetUnlinked,
    UnlinkConversionSheet,
    UnlinkInvoiceSheet,
    UnlinkTimeSheet,
    UnlinkTransferSheet,
    ViewConversionSheet,
    ViewInvoiceSheet,
    ViewTimeSheet,
    ViewTransferSheet,
)
from creditclock.instructions.calling import Caller


class SheetInstructions(Caller):
    """Sheets."""

    def create_transfer_sheet(self, *, reference: str | None = None) -> TransferSheetShown:
        """Make one more transfer sheet of the wallet in use; the sheet in use stays in use.

        Gives TransferSheetShown: A transfer sheet; `transfer_sheet` is its number. It has `transfer_sheet`,
        `sheet_data`.

        CreateTransferSheet needs tokens, an acquired master, and an account that is logged in and not marked for
        removal. It usually comes after `account_login`.

        reference: A text on one line.
        """
        return self.call(CreateTransferSheet(reference=reference))

    def switch_transfer_sheet(self, sheet_id: int) -> TransferSheetShown:
        """Use another transfer sheet of the wallet in use.

        Gives TransferSheetShown: A transfer sheet; `transfer_sheet` is its number. It has `transfer_sheet`,
        `sheet_data`.

        SwitchTransferSheet needs tokens, an acquired master, and an account that is logged in and not marked for
        removal. It usually comes after `account_login`, `create_transfer_sheet`.

        sheet_id: The number of a thing, as answered before.
        """
        return self.call(SwitchTransferSheet(sheet_id=sheet_id))

    def view_transfer_sheet(self) -> TransferSheetShown:
        """Show the transfer sheet in use; it lists the newest 1 000 records.

        Gives TransferSheetShown: A transfer sheet; `transfer_sheet` is its number. It has `transfer_sheet`,
        `sheet_data`.

        ViewTransferSheet needs tokens, an acquired master, and an account that is logged in and not marked for removal.
        It usually comes after `account_login`.
        """
        return self.call(ViewTransferSheet())

    def unlink_transfer_sheet(self, list_id: int) -> TransferSheetUnlinked:
        """Put a transfer sheet away.

        Gives TransferSheetUnlinked: The number of a transfer sheet that is gone. It has `transfer_sheet`.

        UnlinkTransferSheet needs tokens, an acquired master, and an account that is logged in and not marked for
        removal. It usually comes after `account_login`, `create_transfer_sheet`.

        list_id: The number of a thing, as answered before.
        """
        return self.call(UnlinkTransferSheet(list_id=list_id))

    def create_invoice_sheet(self, *, reference: str | None = None) -> InvoiceSheetShown:
        """Make one more invoice sheet of the wallet in use; the sheet in use stays in use.

        Gives InvoiceSheetShown: An invoice sheet; `invoice_sheet` is its number. It has `invoice_sheet`, `sheet_data`.

        CreateInvoiceSheet needs tokens, an acquired master, and an account that is logged in and not marked for
        removal. It usually comes after `account_login`.

        reference: A text on one line.
        """
        return self.call(CreateInvoiceSheet(reference=reference))

    def switch_invoice_sheet(self, sheet_id: int) -> InvoiceSheetShown:
        """Use another invoice sheet of the wallet in use.

        Gives InvoiceSheetShown: An invoice sheet; `invoice_sheet` is its number. It has `invoice_sheet`, `sheet_data`.

        SwitchInvoiceSheet needs tokens, an acquired master, and an account that is logged in and not marked for
        removal. It usually comes after `account_login`, `create_invoice_sheet`.

        sheet_id: The number of a thing, as answered before.
        """
        return self.call(SwitchInvoiceSheet(sheet_id=sheet_id))

    def view_invoice_sheet(self) -> InvoiceSheetShown:
        """Show the invoice sheet in use; it lists the newest 1 000 records.

        Gives InvoiceSheetShown: An invoice sheet; `invoice_sheet` is its number. It has `invoice_sheet`, `sheet_data`.

        ViewInvoiceSheet needs tokens, an acquired master, and an account that is logged in and not marked for removal.
        It usually comes after `account_login`.
        """
        return self.call(ViewInvoiceSheet())

    def unlink_invoice_sheet(self, list_id: int) -> InvoiceSheetUnlinked:
        """Put an invoice sheet away.

        Gives InvoiceSheetUnlinked: The number of an invoice sheet that is gone. It has `invoice_sheet`.

        UnlinkInvoiceSheet needs tokens, an acquired master, and an account that is logged in and not marked for
        removal. It usually comes after `account_login`, `create_invoice_sheet`.

        list_id: The number of a thing, as answered before.
        """
        return self.call(UnlinkInvoiceSheet(list_id=list_id))

    def create_conversion_sheet(self, *, reference: str | None = None) -> ConversionSheetShown:
        """Make one more conversion sheet of the clock in use; the sheet in use stays in use.

        Gives ConversionSheetShown: A conversion sheet; `conversion_sheet` is its number. It has `conversion_sheet`,
        `sheet_data`.

        CreateConversionSheet needs tokens, an acquired master, and an account that is logged in and not marked for
        removal. It usually comes after `account_login`.

        reference: A text on one line.
        """
        return self.call(CreateConversionSheet(reference=reference))

    def switch_conversion_sheet(self, sheet_id: int) -> ConversionSheetShown:
        """Use another conversion sheet of the clock in use.

        Gives ConversionSheetShown: A conversion sheet; `conversion_sheet` is its number. It has `conversion_sheet`,
        `sheet_data`.

        SwitchConversionSheet needs tokens, an acquired master, and an account that is logged in and not marked for
        removal. It usually comes after `account_login`, `create_conversion_sheet`.

        sheet_id: The number of a thing, as answered before.
        """
        return self.call(SwitchConversionSheet(sheet_id=sheet_id))

    def view_conversion_sheet(self) -> ConversionSheetShown:
        """Show the conversion sheet in use; it lists the newest 1 000 records.

        Gives ConversionSheetShown: A conversion sheet; `conversion_sheet` is its number. It has `conversion_sheet`,
        `sheet_data`.

        ViewConversionSheet needs tokens, an acquired master, and an account that is logged in and not marked for
        removal. It usually comes after `account_login`.
        """
        return self.call(ViewConversionSheet())

    def unlink_conversion_sheet(self, list_id: int) -> ConversionSheetUnlinked:
        """Put a conversion sheet away.

        Gives ConversionSheetUnlinked: The number of a conversion sheet that is gone. It has `conversion_sheet`.

        UnlinkConversionSheet needs tokens, an acquired master, and an account that is logged in and not marked for
        removal. It usually comes after `account_login`, `create_conversion_sheet`.

        list_id: The number of a thing, as answered before.
        """
        return self.call(UnlinkConversionSheet(list_id=list_id))

    def create_time_sheet(self, *, reference: str | None = None) -> TimeSheetShown:
        """Make one more time sheet of the clock in use; the sheet in use stays in use.

        Gives TimeSheetShown: A time sheet; `time_sheet` is its number. It has `time_sheet`, `sheet_data`.

        CreateTimeSheet needs tokens, an acquired master, and an account that is logged in and not marked for removal.
        It usually comes after `account_login`.

        reference: A text on one line.
        """
        return self.call(CreateTimeSheet(reference=reference))

    def switch_time_sheet(self, sheet_id: int) -> TimeSheetShown:
        """Use another time sheet of the clock in use.

        Gives TimeSheetShown: A time sheet; `time_sheet` is its number. It has `time_sheet`, `sheet_data`.

        SwitchTimeSheet needs tokens, an acquired master, and an account that is logged in and not marked for removal.
        It usually comes after `account_login`, `create_time_sheet`.

        sheet_id: The number of a thing, as answered before.
        """
        return self.call(SwitchTimeSheet(sheet_id=sheet_id))

    def view_time_sheet(self) -> TimeSheetShown:
        """Show the time sheet in use; it lists the newest 1 000 records.

        Gives TimeSheetShown: A time sheet; `time_sheet` is its number. It has `time_sheet`, `sheet_data`.

        ViewTimeSheet needs tokens, an acquired master, and an account that is logged in and not marked for removal. It
        usually comes after `account_login`.
        """
        return self.call(ViewTimeSheet())

    def unlink_time_sheet(
        self, *, list_id: int | str | None = None, time_list: int | str | None = None
    ) -> TimeSheetUnlinked:
        """Put a time sheet away; `time_list` is taken for a `list_id` that is no number.

        Gives TimeSheetUnlinked: The number of a time sheet that is gone. It has `time_sheet`.

        UnlinkTimeSheet needs tokens, an acquired master, and an account that is logged in and not marked for removal.
        It usually comes after `account_login`, `create_time_sheet`.

        list_id: The number of a thing, as answered before.
        time_list: The number of a thing, as answered before.
        """
        return self.call(UnlinkTimeSheet(list_id=list_id, time_list=time_list))
