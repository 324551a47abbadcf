"""Tokens of the instruction set: asking for them, asking about them, keeping them alive."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from creditclock.contract.instructions.instruction import Instruct, Needs, instruction
from creditclock.contract.instructions.values import Date

OTHERWISE: Final = "otherwise"
"""Marks what is answered only when something is wrong with a token."""
Why = Annotated[str, Meta(description="What is wrong with the token.", extra={OTHERWISE: True})]
NotValid = Annotated[bool, Meta(description="False: nobody knows the token.", extra={OTHERWISE: True})]


class CTokenData(msgspec.Struct, frozen=True, kw_only=True):
    """A client id: `stoken` is its newest session token, `stokens` are all that live, oldest first."""

    stoken: str | None
    acquired_master: int | None
    create_date: Date
    write_date: Date
    label: str
    active: bool
    unlink: bool
    valid_to: Date
    stokens: list[str]


class STokenData(msgspec.Struct, frozen=True, kw_only=True):
    """A session token; `ctoken` is the client id that asked for it."""

    ctoken: str | None
    worker_id: int
    create_date: Date
    write_date: Date
    label: str
    active: bool
    unlink: bool
    valid_to: Date


class ClientIDGiven(msgspec.Struct, frozen=True, kw_only=True):
    """A new client id."""

    failed: Literal[False] = False
    client_id: str


class SessionTokenGiven(msgspec.Struct, frozen=True, kw_only=True):
    """A new session token."""

    failed: Literal[False] = False
    session_token: str


class CTokenValidity(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a client id works; `reasons` and `details` are there only if it doesn't."""

    failed: Literal[False] = False
    client_id: str
    valid: bool
    registered: bool
    expired: bool
    reasons: Why | UnsetType = UNSET
    details: Why | UnsetType = UNSET


class CTokenLink(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a client id has a session token; `valid` and `reason` stand for `linked` if nobody knows the id."""

    failed: Literal[False] = False
    client_id: str
    linked: bool | UnsetType = UNSET
    session_token: str | UnsetType = UNSET
    valid: NotValid | UnsetType = UNSET
    reason: Why | UnsetType = UNSET


class CTokenSession(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a client id has a session, and its number; `reason` is there only if it has none."""

    failed: Literal[False] = False
    client_id: str
    plugged: bool
    session: int | UnsetType = UNSET
    reason: Why | UnsetType = UNSET


class CTokenStatus(msgspec.Struct, frozen=True, kw_only=True):
    """All that is asked about a client id; `acquired` is the e-mail of the master that it acquired."""

    failed: Literal[False] = False
    client_id: str
    valid: bool
    linked: bool
    plugged: bool
    master: bool
    session_token: str | None
    session: int | None
    acquired: str | None


class STokenValidity(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a session token works; `reasons` and `details` are there only if it doesn't."""

    failed: Literal[False] = False
    session_token: str
    valid: bool
    registered: bool
    expired: bool
    reasons: Why | UnsetType = UNSET
    details: Why | UnsetType = UNSET


class STokenLink(msgspec.Struct, frozen=True, kw_only=True):
    """Which client id a session token belongs to; `valid` and `reason` stand for `linked` if nobody knows the token."""

    failed: Literal[False] = False
    session_token: str
    linked: bool | UnsetType = UNSET
    client_id: str | UnsetType = UNSET
    valid: NotValid | UnsetType = UNSET
    reason: Why | UnsetType = UNSET


class STokenSession(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a session token has a session, and its number; `reason` is there only if it has none."""

    failed: Literal[False] = False
    session_token: str
    plugged: bool
    session: int | UnsetType = UNSET
    reason: Why | UnsetType = UNSET


class STokenStatus(msgspec.Struct, frozen=True, kw_only=True):
    """All that is asked about a session token."""

    failed: Literal[False] = False
    session_token: str
    valid: bool
    linked: bool
    plugged: bool
    client_id: str | None
    session: int | None


class CTokenKept(msgspec.Struct, frozen=True, kw_only=True):
    """A client id that works for `extended` minutes from now."""

    failed: Literal[False] = False
    ctoken: str
    extended: int
    time_unit: Literal["minutes"] = "minutes"
    ctoken_data: CTokenData


class STokenKept(msgspec.Struct, frozen=True, kw_only=True):
    """A session token that works for `extended` minutes from now."""

    failed: Literal[False] = False
    stoken: str
    extended: int
    time_unit: Literal["minutes"] = "minutes"
    stoken_data: STokenData


@instruction("action=request request=client_id", Needs.NOTHING)
class RequestClientID(Instruct[ClientIDGiven], frozen=True, kw_only=True):
    """Ask for a client id; everything else begins with it."""


@instruction("action=request request=session_token", Needs.CLIENT, after=("RequestClientID",))
class RequestSessionToken(Instruct[SessionTokenGiven], frozen=True, kw_only=True):
    """Ask for a session token; the client's earlier ones work on until they expire."""


@instruction("action=verify verify=ctoken ctoken=validity", Needs.CLIENT, after=("RequestClientID",), looks=True)
class CheckCTokenValid(Instruct[CTokenValidity], frozen=True, kw_only=True):
    """Tell whether a client id is known and works."""


@instruction(
    "action=verify verify=ctoken ctoken=linked",
    Needs.CLIENT,
    after=("RequestClientID", "RequestSessionToken"),
    looks=True,
)
class CheckCTokenLinked(Instruct[CTokenLink], frozen=True, kw_only=True):
    """Tell which session token a client id has."""


@instruction(
    "action=verify verify=ctoken ctoken=session",
    Needs.CLIENT,
    after=("RequestClientID", "RequestSessionToken"),
    aliases=("ChechCTokenSession",),
    looks=True,
)
class CheckCTokenSession(Instruct[CTokenSession], frozen=True, kw_only=True):
    """Tell which session a client id has."""


@instruction(
    "action=verify verify=ctoken ctoken=status",
    Needs.CLIENT,
    after=("RequestClientID", "RequestSessionToken"),
    aliases=("CheckCTokenState",),
    looks=True,
)
class CheckCTokenStatus(Instruct[CTokenStatus], frozen=True, kw_only=True):
    """Tell how a client id stands: valid, linked, its session, its master."""


@instruction("action=verify verify=stoken stoken=validity", Needs.SESSION, after=("RequestSessionToken",), looks=True)
class CheckSTokenValid(Instruct[STokenValidity], frozen=True, kw_only=True):
    """Tell whether a session token is known and works."""


@instruction("action=verify verify=stoken stoken=linked", Needs.SESSION, after=("RequestSessionToken",), looks=True)
class CheckSTokenLinked(Instruct[STokenLink], frozen=True, kw_only=True):
    """Tell which client id a session token belongs to."""


@instruction(
    "action=verify verify=stoken stoken=session",
    Needs.SESSION,
    after=("RequestSessionToken",),
    aliases=("ChechSTokenSession",),
    looks=True,
)
class CheckSTokenSession(Instruct[STokenSession], frozen=True, kw_only=True):
    """Tell which session a session token has."""


@instruction(
    "action=verify verify=stoken stoken=status",
    Needs.SESSION,
    after=("RequestSessionToken",),
    aliases=("CheckSTokenState",),
    looks=True,
)
class CheckSTokenStatus(Instruct[STokenStatus], frozen=True, kw_only=True):
    """Tell how a session token stands: valid, linked, its session."""


@instruction("action=alive alive=ctoken", Needs.TOKENS, after=("RequestClientID", "RequestSessionToken"), looks=True)
class CTokenKeepAlive(Instruct[CTokenKept], frozen=True, kw_only=True):
    """Let the client id work for 30 minutes from now."""


@instruction("action=alive alive=stoken", Needs.TOKENS, after=("RequestClientID", "RequestSessionToken"), looks=True)
class STokenKeepAlive(Instruct[STokenKept], frozen=True, kw_only=True):
    """Let the session token work for 30 minutes from now."""
