"""Contacts: a method for each instruction. Written by `make docs`. Don't edit it."""

from creditclock.contract.instructions.contacts import (
    AddContactRecord,
    ContactListShown,
    ContactListUnlinked,
    ContactRecordNamed,
    ContactRecordShown,
    CreateContactList,
    SwitchContactList,
    UnlinkContactList,
    UnlinkContactRecord,
    ViewContactList,
    ViewContactRecord,
)
from creditclock.instructions.calling import Caller


class ContactInstructions(Caller):
    """Contacts."""

    def create_contact_list(self, *, reference: str | None = None) -> ContactListShown:
        """Make one more contact list; the one in use stays in use.

        Gives ContactListShown: A contact list; `contact_list` is its number. It has `contact_list`, `list_data`.

        CreateContactList needs tokens, an acquired master, and an account that is logged in and not marked for removal.
        It usually comes after `account_login`.

        reference: A text on one line.
        """
        return self.call(CreateContactList(reference=reference))

    def add_contact_record(
        self,
        *,
        user_name: str | None = None,
        user_email: str | None = None,
        user_phone: str | None = None,
        notes: str | None = None,
    ) -> ContactRecordNamed:
        """Write a contact into the list in use.

        Gives ContactRecordNamed: The numbers of a contact and of its list. It has `contact_list`, `contact_record`.

        AddContactRecord needs tokens, an acquired master, and an account that is logged in and not marked for removal.
        It usually comes after `account_login`.

        user_name: A text on one line.
        user_email: A text on one line.
        user_phone: A text on one line.
        notes: A text, up to 500 characters.
        """
        return self.call(
            AddContactRecord(user_name=user_name, user_email=user_email, user_phone=user_phone, notes=notes)
        )

    def switch_contact_list(self, list_id: int) -> ContactListShown:
        """Use another contact list of the account.

        Gives ContactListShown: A contact list; `contact_list` is its number. It has `contact_list`, `list_data`.

        SwitchContactList needs tokens, an acquired master, and an account that is logged in and not marked for removal.
        It usually comes after `account_login`, `create_contact_list`.

        list_id: The number of a thing, as answered before.
        """
        return self.call(SwitchContactList(list_id=list_id))

    def view_contact_list(self) -> ContactListShown:
        """Show the contact list in use.

        Gives ContactListShown: A contact list; `contact_list` is its number. It has `contact_list`, `list_data`.

        ViewContactList needs tokens, an acquired master, and an account that is logged in and not marked for removal.
        It usually comes after `account_login`.
        """
        return self.call(ViewContactList())

    def view_contact_record(self, record_id: int) -> ContactRecordShown:
        """Show a contact of the list in use.

        Gives ContactRecordShown: A contact; `contact_record` is its number. It has `contact_list`, `contact_record`,
        `record_data`.

        ViewContactRecord needs tokens, an acquired master, and an account that is logged in and not marked for removal.
        It usually comes after `account_login`, `add_contact_record`.

        record_id: The number of a thing, as answered before.
        """
        return self.call(ViewContactRecord(record_id=record_id))

    def unlink_contact_list(self, list_id: int) -> ContactListUnlinked:
        """Remove a contact list with its contacts.

        Gives ContactListUnlinked: The number of a contact list that is gone. It has `contact_list`.

        UnlinkContactList needs tokens, an acquired master, and an account that is logged in and not marked for removal.
        It usually comes after `account_login`, `create_contact_list`.

        list_id: The number of a thing, as answered before.
        """
        return self.call(UnlinkContactList(list_id=list_id))

    def unlink_contact_record(self, record_id: int) -> ContactRecordNamed:
        """Remove a contact of the list in use.

        Gives ContactRecordNamed: The numbers of a contact and of its list. It has `contact_list`, `contact_record`.

        UnlinkContactRecord needs tokens, an acquired master, and an account that is logged in and not marked for
        removal. It usually comes after `account_login`, `add_contact_record`.

        record_id: The number of a thing, as answered before.
        """
        return self.call(UnlinkContactRecord(record_id=record_id))
