"""Contacts of the instruction set: lists of people that an account knows."""

from typing import Literal

import msgspec

from creditclock.contract.instructions.instruction import Instruct, Needs, instruction
from creditclock.contract.instructions.values import Date, Notes, Number, Text


class ContactListData(msgspec.Struct, frozen=True, kw_only=True):
    """A contact list of the account `user`; `records` are its contacts, number and name."""

    id: int
    user: int
    reference: str
    create_date: Date
    write_date: Date
    records: dict[int, str]


class ContactRecordData(msgspec.Struct, frozen=True, kw_only=True):
    """A contact."""

    id: int
    contact_list: int
    reference: str
    create_date: Date
    write_date: Date
    name: str | None
    email: str | None
    phone: str | None
    notes: str | None


class ContactListShown(msgspec.Struct, frozen=True, kw_only=True):
    """A contact list; `contact_list` is its number."""

    failed: Literal[False] = False
    contact_list: int
    list_data: ContactListData


class ContactListUnlinked(msgspec.Struct, frozen=True, kw_only=True):
    """The number of a contact list that is gone."""

    failed: Literal[False] = False
    contact_list: int


class ContactRecordNamed(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of a contact and of its list."""

    failed: Literal[False] = False
    contact_list: int
    contact_record: int


class ContactRecordShown(msgspec.Struct, frozen=True, kw_only=True):
    """A contact; `contact_record` is its number."""

    failed: Literal[False] = False
    contact_list: int
    contact_record: int
    record_data: ContactRecordData


@instruction("action=new new=contact contact=list", Needs.ACCOUNT, after=("AccountLogin",))
class CreateContactList(Instruct[ContactListShown], frozen=True, kw_only=True):
    """Make one more contact list; the one in use stays in use."""

    reference: Text | None = None


@instruction(
    "action=new new=contact contact=record",
    Needs.ACCOUNT,
    after=("AccountLogin",),
    aliases=("AddContactListRecord", "CreateContactRecord"),
)
class AddContactRecord(Instruct[ContactRecordNamed], frozen=True, kw_only=True):
    """Write a contact into the list in use."""

    user_name: Text | None = None
    user_email: Text | None = None
    user_phone: Text | None = None
    notes: Notes | None = None


@instruction("action=switch switch=contact contact=list", Needs.ACCOUNT, after=("AccountLogin", "CreateContactList"))
class SwitchContactList(Instruct[ContactListShown], frozen=True, kw_only=True):
    """Use another contact list of the account."""

    list_id: Number


@instruction("action=view view=contact contact=list", Needs.ACCOUNT, after=("AccountLogin",), looks=True)
class ViewContactList(Instruct[ContactListShown], frozen=True, kw_only=True):
    """Show the contact list in use."""


@instruction(
    "action=view view=contact contact=record", Needs.ACCOUNT, after=("AccountLogin", "AddContactRecord"), looks=True
)
class ViewContactRecord(Instruct[ContactRecordShown], frozen=True, kw_only=True):
    """Show a contact of the list in use."""

    record_id: Number


@instruction("action=unlink unlink=contact contact=list", Needs.ACCOUNT, after=("AccountLogin", "CreateContactList"))
class UnlinkContactList(Instruct[ContactListUnlinked], frozen=True, kw_only=True):
    """Remove a contact list with its contacts."""

    list_id: Number


@instruction("action=unlink unlink=contact contact=record", Needs.ACCOUNT, after=("AccountLogin", "AddContactRecord"))
class UnlinkContactRecord(Instruct[ContactRecordNamed], frozen=True, kw_only=True):
    """Remove a contact of the list in use."""

    record_id: Number
