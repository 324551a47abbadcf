"""Records: a method for each instruction. Written by `make docs`. Don't edit it."""

from creditclock.contract.instructions.records import (
    ConversionRecordShown,
    ConversionRecordUnlinked,
    InvoiceRecordShown,
    InvoiceRecordUnlinked,
    TimeRecordShown,
    TimeRecordUnlinked,
    TransferRecordShown,
    TransferRecordUnlinked,
    UnlinkConversionRecord,
    UnlinkInvoiceRecord,
    UnlinkTimeRecord,
    UnlinkTransferRecord,
    ViewConversionRecord,
    ViewInvoiceRecord,
    ViewTimeRecord,
    ViewTransferRecord,
)
from creditclock.instructions.calling import Caller


class RecordInstructions(Caller):
    """Records."""

    def view_transfer_record(self, record_id: int) -> TransferRecordShown:
        """Show a record of the transfer sheet in use.

        Gives TransferRecordShown: A transfer record; `transfer_record` is its number. It has `transfer_sheet`,
        `transfer_record`, `record_data`.

        ViewTransferRecord needs tokens, an acquired master, and an account that is logged in and not marked for
        removal. It usually comes after `account_login`, `supply_credits`.

        record_id: The number of a thing, as answered before.
        """
        return self.call(ViewTransferRecord(record_id=record_id))

    def unlink_transfer_record(self, record_id: int) -> TransferRecordUnlinked:
        """Hide a record of the transfer sheet in use; the books keep it.

        Gives TransferRecordUnlinked: The numbers of a transfer record that is hidden and of its sheet. It has
        `transfer_sheet`, `transfer_record`.

        UnlinkTransferRecord needs tokens, an acquired master, and an account that is logged in and not marked for
        removal. It usually comes after `account_login`, `supply_credits`.

        record_id: The number of a thing, as answered before.
        """
        return self.call(UnlinkTransferRecord(record_id=record_id))

    def view_invoice_record(self, record_id: int) -> InvoiceRecordShown:
        """Show a record of the invoice sheet in use.

        Gives InvoiceRecordShown: An invoice record; `invoice_record` is its number. It has `invoice_sheet`,
        `invoice_record`, `record_data`.

        ViewInvoiceRecord needs tokens, an acquired master, and an account that is logged in and not marked for removal.
        It usually comes after `account_login`, `supply_credits`.

        record_id: The number of a thing, as answered before.
        """
        return self.call(ViewInvoiceRecord(record_id=record_id))

    def unlink_invoice_record(self, record_id: int) -> InvoiceRecordUnlinked:
        """Hide a record of the invoice sheet in use; the books keep it.

        Gives InvoiceRecordUnlinked: The numbers of an invoice record that is hidden and of its sheet. It has
        `invoice_sheet`, `invoice_record`.

        UnlinkInvoiceRecord needs tokens, an acquired master, and an account that is logged in and not marked for
        removal. It usually comes after `account_login`, `supply_credits`.

        record_id: The number of a thing, as answered before.
        """
        return self.call(UnlinkInvoiceRecord(record_id=record_id))

    def view_conversion_record(self, record_id: int) -> ConversionRecordShown:
        """Show a record of the conversion sheet in use.

        Gives ConversionRecordShown: A conversion record; `conversion_record` is its number. It has `conversion_sheet`,
        `conversion_record`, `record_data`.

        ViewConversionRecord needs tokens, an acquired master, and an account that is logged in and not marked for
        removal. It usually comes after `account_login`, `convert_credits_to_clock`.

        record_id: The number of a thing, as answered before.
        """
        return self.call(ViewConversionRecord(record_id=record_id))

    def unlink_conversion_record(self, record_id: int) -> ConversionRecordUnlinked:
        """Hide a record of the conversion sheet in use; the books keep it.

        Gives ConversionRecordUnlinked: The numbers of a conversion record that is hidden and of its sheet. It has
        `conversion_sheet`, `conversion_record`.

        UnlinkConversionRecord needs tokens, an acquired master, and an account that is logged in and not marked for
        removal. It usually comes after `account_login`, `convert_credits_to_clock`.

        record_id: The number of a thing, as answered before.
        """
        return self.call(UnlinkConversionRecord(record_id=record_id))

    def view_time_record(self, record_id: int) -> TimeRecordShown:
        """Show a record of the time sheet in use.

        Gives TimeRecordShown: A time record; `time_record` is its number. It has `time_sheet`, `time_record`,
        `record_data`.

        ViewTimeRecord needs tokens, an acquired master, and an account that is logged in and not marked for removal. It
        usually comes after `account_login`, `stop_clock_timer`.

        record_id: The number of a thing, as answered before.
        """
        return self.call(ViewTimeRecord(record_id=record_id))

    def unlink_time_record(self, record_id: int) -> TimeRecordUnlinked:
        """Hide a record of the time sheet in use; the books keep it.

        Gives TimeRecordUnlinked: The numbers of a time record that is hidden and of its sheet. It has `time_sheet`,
        `time_record`.

        UnlinkTimeRecord needs tokens, an acquired master, and an account that is logged in and not marked for removal.
        It usually comes after `account_login`, `stop_clock_timer`.

        record_id: The number of a thing, as answered before.
        """
        return self.call(UnlinkTimeRecord(record_id=record_id))
