"""Accounts of the instruction set: the customers of a master."""

from typing import Literal

import msgspec

from creditclock.contract.instructions.instruction import Instruct, Needs, instruction
from creditclock.contract.instructions.values import Date, Mail, Secret, Text


class AccountData(msgspec.Struct, frozen=True, kw_only=True):
    """An account, which is a customer of the master `subordonate_of`; `state` is 1 while it is logged in."""

    id: int
    name: str
    create_date: Date
    write_date: Date
    ewallet: int | None
    contact_list: int | None
    email: str
    phone: str | None
    alias: str | None
    state: Literal[0, 1]
    ewallet_archive: dict[int, str]
    contact_list_archive: dict[int, str]
    to_unlink: bool
    to_unlink_timestamp: Date | None
    subordonate_of: int


class SessionData(msgspec.Struct, frozen=True, kw_only=True):
    """A session as its account sees it; `session_account_archive` are all its accounts, e-mail and name."""

    session_user_account: str | None
    session_credit_ewallet: int | None
    session_contact_list: int | None
    session_account_archive: dict[str, str]


class AccountEdits(msgspec.Struct, frozen=True, kw_only=True):
    """What was changed of an account."""

    name: bool
    pass_: bool = msgspec.field(name="pass")
    alias: bool
    email: bool
    phone: bool


class AccountShown(msgspec.Struct, frozen=True, kw_only=True):
    """An account; `account` is its e-mail."""

    failed: Literal[False] = False
    account: str
    account_data: AccountData


class AccountSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session after an account logged in or out or was switched."""

    failed: Literal[False] = False
    account: str
    session_data: SessionData


class AccountEdited(msgspec.Struct, frozen=True, kw_only=True):
    """An account, and what was changed of it."""

    failed: Literal[False] = False
    account: str
    edit: AccountEdits
    account_data: AccountData


class AccountUnlinked(msgspec.Struct, frozen=True, kw_only=True):
    """The e-mail of an account that was removed or marked for removal."""

    failed: Literal[False] = False
    account: str


class RecoveredSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session as its account sees it after it was recovered; of its other accounts nothing is told."""

    session_user_account: str | None
    session_credit_ewallet: int | None
    session_contact_list: int | None
    session_account_archive: dict[str, str] | None


class AccountRecovered(msgspec.Struct, frozen=True, kw_only=True):
    """An account that is not marked for removal, and its session."""

    failed: Literal[False] = False
    account: str
    account_data: AccountData
    session_data: RecoveredSession


class AccountLogins(msgspec.Struct, frozen=True, kw_only=True):
    """When an account logged in, by the number of the record."""

    failed: Literal[False] = False
    account: str
    login_records: dict[int, Date]


class AccountLogouts(msgspec.Struct, frozen=True, kw_only=True):
    """When an account logged out, by the number of the record."""

    failed: Literal[False] = False
    account: str
    logout_records: dict[int, Date]


@instruction("action=new new=account", Needs.ACQUIRED, uses=("customer.create",), after=("AcquireMaster",))
class CreateAccount(Instruct[AccountShown], frozen=True, kw_only=True):
    """Make an account with a wallet, a clock, their sheets and a contact list."""

    user_name: Text
    user_pass: Secret
    user_email: Mail
    user_phone: Text | None = None
    user_alias: Text | None = None


@instruction("action=login", Needs.ACQUIRED, uses=("token.sign_in",), after=("AcquireMaster", "CreateAccount"))
class AccountLogin(Instruct[AccountSession], frozen=True, kw_only=True):
    """Log an account in with its e-mail and password; `user_name` is taken for an e-mail that is missing."""

    user_email: Mail | None = None
    user_pass: Secret
    user_name: Mail | None = None


@instruction("action=logout", Needs.ACQUIRED, uses=("token.sign_out",), after=("AccountLogin",))
class AccountLogout(Instruct[AccountSession], frozen=True, kw_only=True):
    """Log the session's account out; no account is active then."""


@instruction("action=switch switch=account", Needs.ACQUIRED, after=("AccountLogin",), aliases=("SwitchSessionUser",))
class SwitchAccount(Instruct[AccountSession], frozen=True, kw_only=True):
    """Work as another account that logged in in this session."""

    account: Mail


@instruction(
    "action=edit edit=account",
    Needs.ACCOUNT,
    uses=("customer.change", "token.change_password"),
    after=("AccountLogin",),
)
class EditAccount(Instruct[AccountEdited], frozen=True, kw_only=True):
    """Change what is known of the account; what is left out stays."""

    user_name: Text | None = None
    user_pass: Secret | None = None
    user_email: Mail | None = None
    user_alias: Text | None = None
    user_phone: Text | None = None


@instruction("action=view view=account", Needs.ACQUIRED, uses=("customer.get",), after=("AccountLogin",), looks=True)
class ViewAccount(Instruct[AccountShown], frozen=True, kw_only=True):
    """Show the account."""


@instruction("action=unlink unlink=account", Needs.ACCOUNT, uses=("customer.remove",), after=("AccountLogin",))
class UnlinkAccount(Instruct[AccountUnlinked], frozen=True, kw_only=True):
    """Mark the account for removal in 30 days, or remove it at once if that is forced."""

    forced_removal: bool = False


@instruction("action=recover recover=account", Needs.ACQUIRED, uses=("customer.recover",), after=("AccountLogin",))
class RecoverAccount(Instruct[AccountRecovered], frozen=True, kw_only=True):
    """Keep an account that was marked for removal."""


@instruction("action=view view=login", Needs.ACCOUNT, uses=("audit.list",), after=("AccountLogin",), looks=True)
class ViewLoginRecords(Instruct[AccountLogins], frozen=True, kw_only=True):
    """List when the account logged in."""


@instruction("action=view view=logout", Needs.ACCOUNT, uses=("audit.list",), after=("AccountLogin",), looks=True)
class ViewLogoutRecords(Instruct[AccountLogouts], frozen=True, kw_only=True):
    """List when the account logged out."""
