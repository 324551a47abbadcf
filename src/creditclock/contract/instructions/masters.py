"""Masters of the instruction set: making and acquiring one, and what a master does itself."""

from typing import Literal

import msgspec

from creditclock.contract.instructions.accounts import AccountData
from creditclock.contract.instructions.instruction import Instruct, Needs, instruction
from creditclock.contract.instructions.tokens import CTokenData
from creditclock.contract.instructions.values import Date, Label, Mail, Number, Secret, Text


class MasterData(msgspec.Struct, frozen=True, kw_only=True):
    """A master, which is a business; `subordonate_pool` are its accounts, id and e-mail."""

    id: int
    name: str
    create_date: Date
    write_date: Date
    email: str
    phone: str | None
    alias: str | None
    key_code: str | None
    account_limit: int | None
    company: str | None
    address: str | None
    subordonate_pool: dict[int, str]
    acquired_ctokens: int
    active: bool


class MasterSessionData(msgspec.Struct, frozen=True, kw_only=True):
    """A session as a master sees it; `master` is the e-mail of the one that is logged in."""

    id: int
    master: str | None
    create_date: Date
    write_date: Date
    expiration_date: Date


class MasterEdits(msgspec.Struct, frozen=True, kw_only=True):
    """What was changed of a master."""

    name: bool
    pass_: bool = msgspec.field(name="pass")
    alias: bool
    email: bool
    phone: bool
    company: bool
    address: bool
    key: bool


class MasterShown(msgspec.Struct, frozen=True, kw_only=True):
    """A master; `account` is its e-mail."""

    failed: Literal[False] = False
    account: str
    account_data: MasterData


class MasterAcquired(msgspec.Struct, frozen=True, kw_only=True):
    """The client id and the e-mail of the master that it works under."""

    failed: Literal[False] = False
    client_id: str
    master: str


class MasterReleased(msgspec.Struct, frozen=True, kw_only=True):
    """The client id without a master; `released` is the e-mail of the one it had."""

    failed: Literal[False] = False
    client_id: str
    released: str
    ctoken_data: CTokenData


class MasterSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session after a master logged in or out."""

    failed: Literal[False] = False
    account: str
    session_data: MasterSessionData


class MasterEdited(msgspec.Struct, frozen=True, kw_only=True):
    """A master, and what was changed of it."""

    failed: Literal[False] = False
    account: str
    edit: MasterEdits
    account_data: MasterData


class MasterUnlinked(msgspec.Struct, frozen=True, kw_only=True):
    """The e-mail of a master that was removed or marked for removal."""

    failed: Literal[False] = False
    account: str


class MasterRecovered(msgspec.Struct, frozen=True, kw_only=True):
    """A master that is no longer marked for removal, and its session."""

    failed: Literal[False] = False
    account: str
    account_data: MasterData
    session_data: MasterSessionData


class CTokensInspected(msgspec.Struct, frozen=True, kw_only=True):
    """A master, and the client ids that acquired it."""

    failed: Literal[False] = False
    account: str
    account_data: MasterData
    ctokens: list[str]


class CTokenInspected(msgspec.Struct, frozen=True, kw_only=True):
    """A client id that acquired the master."""

    failed: Literal[False] = False
    account: str
    ctoken: str
    ctoken_data: CTokenData


class SubPoolInspected(msgspec.Struct, frozen=True, kw_only=True):
    """The accounts of a master, id and e-mail."""

    failed: Literal[False] = False
    account: str
    subpool: dict[int, str]


class SubordonateInspected(msgspec.Struct, frozen=True, kw_only=True):
    """An account of a master."""

    failed: Literal[False] = False
    account: str
    subordonate: AccountData


class MasterLogins(msgspec.Struct, frozen=True, kw_only=True):
    """When a master logged in, by the number of the record."""

    failed: Literal[False] = False
    account: str
    login_records: dict[int, Date]


class MasterLogouts(msgspec.Struct, frozen=True, kw_only=True):
    """When a master logged out, by the number of the record."""

    failed: Literal[False] = False
    account: str
    logout_records: dict[int, Date]


@instruction(
    "action=new new=master master=account",
    Needs.TOKENS,
    uses=("master.create",),
    after=("RequestClientID", "RequestSessionToken"),
    aliases=("NewMaster",),
)
class CreateMaster(Instruct[MasterShown], frozen=True, kw_only=True):
    """Make a master; who knows its `key` can acquire it."""

    user_name: Text
    user_pass: Secret
    user_email: Mail
    user_phone: Text | None = None
    user_alias: Text | None = None
    company: Text | None = None
    address: Text | None = None
    key: Secret | None = None


@instruction(
    "action=acquire acquire=master",
    Needs.TOKENS,
    after=("RequestClientID", "RequestSessionToken", "CreateMaster"),
)
class AcquireMaster(Instruct[MasterAcquired], frozen=True, kw_only=True):
    """Work under a master from now on, named by its e-mail; takes its key code."""

    master: Mail | None = None
    key: Secret | None = None


@instruction("action=release release=master", Needs.TOKENS, after=("AcquireMaster",))
class ReleaseMaster(Instruct[MasterReleased], frozen=True, kw_only=True):
    """Work under no master any more; takes its key code. The session's accounts are logged out."""

    key: Secret


@instruction(
    "action=login",
    Needs.TOKENS,
    controller="master",
    uses=("token.sign_in",),
    after=("RequestClientID", "RequestSessionToken", "CreateMaster"),
)
class MasterAccountLogin(Instruct[MasterSession], frozen=True, kw_only=True):
    """Log a master in with its e-mail and password."""

    user_email: Mail
    user_pass: Secret


@instruction(
    "action=logout", Needs.MASTER, controller="master", uses=("token.sign_out",), after=("MasterAccountLogin",)
)
class MasterAccountLogout(Instruct[MasterSession], frozen=True, kw_only=True):
    """Log the master out of this session."""


@instruction(
    "action=view view=account",
    Needs.MASTER,
    controller="master",
    uses=("master.get",),
    after=("MasterAccountLogin",),
    looks=True,
)
class MasterViewAccount(Instruct[MasterShown], frozen=True, kw_only=True):
    """Show the master, its key code and its accounts."""


@instruction(
    "action=edit edit=account",
    Needs.MASTER,
    controller="master",
    uses=("master.change", "token.change_password"),
    after=("MasterAccountLogin",),
)
class MasterEditAccount(Instruct[MasterEdited], frozen=True, kw_only=True):
    """Change what is known of the master; what is left out stays."""

    user_name: Text | None = None
    user_pass: Secret | None = None
    user_alias: Text | None = None
    user_email: Mail | None = None
    user_phone: Text | None = None
    company: Text | None = None
    address: Text | None = None
    key: Secret | None = None


@instruction("action=unlink unlink=account", Needs.MASTER, controller="master", after=("MasterAccountLogin",))
class MasterUnlinkAccount(Instruct[MasterUnlinked], frozen=True, kw_only=True):
    """Mark the master for removal in 30 days, or remove it at once if that is forced."""

    forced_removal: bool = False


@instruction(
    "action=recover recover=account", Needs.FLAGGED_MASTER, controller="master", after=("MasterUnlinkAccount",)
)
class MasterRecoverAccount(Instruct[MasterRecovered], frozen=True, kw_only=True):
    """Keep a master that was marked for removal."""


@instruction(
    "action=inspect inspect=ctokens",
    Needs.ACTIVE_MASTER,
    controller="master",
    after=("MasterAccountLogin",),
    aliases=("MasterInspectCTokens",),
    looks=True,
)
class InspectCTokens(Instruct[CTokensInspected], frozen=True, kw_only=True):
    """List the client ids that acquired the master."""


@instruction(
    "action=inspect inspect=ctoken",
    Needs.ACTIVE_MASTER,
    controller="master",
    after=("InspectCTokens",),
    aliases=("MasterInspectCToken",),
    looks=True,
)
class InspectCToken(Instruct[CTokenInspected], frozen=True, kw_only=True):
    """Show a client id that acquired the master."""

    ctoken: Label


@instruction(
    "action=inspect inspect=subpool",
    Needs.MASTER,
    controller="master",
    uses=("customer.list",),
    after=("MasterAccountLogin",),
    aliases=("MasterInspectSubPool",),
    looks=True,
)
class InspectSubPool(Instruct[SubPoolInspected], frozen=True, kw_only=True):
    """List the accounts of the master."""


@instruction(
    "action=inspect inspect=subordonate",
    Needs.MASTER,
    controller="master",
    uses=("customer.get",),
    after=("InspectSubPool",),
    aliases=("MasterInspectSubordonate",),
    looks=True,
)
class InspectSubordonate(Instruct[SubordonateInspected], frozen=True, kw_only=True):
    """Show an account of the master."""

    subordonate: Number


@instruction(
    "action=view view=login",
    Needs.MASTER,
    controller="master",
    uses=("audit.list",),
    after=("MasterAccountLogin",),
    looks=True,
)
class MasterViewLogin(Instruct[MasterLogins], frozen=True, kw_only=True):
    """List when the master logged in."""


@instruction(
    "action=view view=logout",
    Needs.MASTER,
    controller="master",
    uses=("audit.list",),
    after=("MasterAccountLogin",),
    looks=True,
)
class MasterViewLogout(Instruct[MasterLogouts], frozen=True, kw_only=True):
    """List when the master logged out."""
