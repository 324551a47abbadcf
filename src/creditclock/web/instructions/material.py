"""Material: what an instruction needs that is made before the lane: labels, hashes, verified passwords, reports."""

import base64
import binascii
from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

import msgspec

from creditclock.commands.instructions.accounts import HIDDEN
from creditclock.commands.instructions.clocks import LEASE
from creditclock.commands.instructions.credits import SELF_SUPPLY
from creditclock.commands.instructions.masters import OPEN_ENROLMENT
from creditclock.commands.instructions.tokens import CLIENT, SESSION
from creditclock.contract import Refusal, logins
from creditclock.contract.instructions import Instruct
from creditclock.contract.instructions.accounts import AccountLogin, CreateAccount, EditAccount
from creditclock.contract.instructions.clocks import StartClockTimer
from creditclock.contract.instructions.credits import SupplyCredits
from creditclock.contract.instructions.masters import (
    AcquireMaster,
    CreateMaster,
    InspectCToken,
    MasterAccountLogin,
    MasterEditAccount,
)
from creditclock.contract.instructions.reports import IssueReport
from creditclock.contract.instructions.tokens import RequestClientID, RequestSessionToken
from creditclock.domain.passwords import check_mixed, check_password
from creditclock.domain.rows import SessionToken
from creditclock.settings import Settings
from creditclock.web.instructions.signing import account_signing_in, master_named, master_signing_in
from creditclock.web.instructions.visitors import Visitors, new_label
from creditclock.web.server import Server
from creditclock.web.turns import Turn

Material = dict[str, str]
DETAILS: Final = 16_384
LOG: Final = 65_536
"""How many bytes the details and the log of a report have at most."""


class Made(NamedTuple):
    """The material, the command without its secrets, and the master that the command names, if it does."""

    material: Material
    command: Instruct[Any]
    master: int | None = None


class Where(NamedTuple):
    """The master that an instruction works in, 0 where there is none, where it came from, and its session token."""

    master: int
    source: str
    session: SessionToken | None

    @property
    def is_chief(self) -> bool:
        """Whether a master has signed in in the session."""
        return self.session is not None and self.session.logged_in > 0


class Maker:
    """Makes the material of instructions."""

    def __init__(self, server: Server, settings: Settings, visitors: Visitors) -> None:
        self._server = server
        self._settings = settings
        self._visitors = visitors

    async def make(self, command: Instruct[Any], where: Where) -> Made:
        """The material of an instruction."""
        make = _MAKERS.get(type(command))
        return Made({}, command) if make is None else await make(self, command, where)

    async def client_id(self, command: RequestClientID, _where: Where) -> Made:
        """A new label."""
        return Made(new_label(self._server, CLIENT, self._server.time.now()), command)

    async def session_token(self, command: RequestSessionToken, _where: Where) -> Made:
        """A new label."""
        return Made(new_label(self._server, SESSION, self._server.time.now()), command)

    async def timer(self, command: StartClockTimer, _where: Where) -> Made:
        """How long the timer's lease is."""
        return Made({LEASE: str(self._settings.timer_lease_ms)}, command)

    async def supply(self, command: SupplyCredits, _where: Where) -> Made:
        """Whether customers supply themselves."""
        return Made({SELF_SUPPLY: "1"} if self._settings.supplies_itself else {}, command)

    async def account_login(self, command: AccountLogin, where: Where) -> Made:
        """The customer whose password fits."""
        material = await account_signing_in(self._server, where.master, command, where.source)
        return Made(material, msgspec.structs.replace(command, user_pass=HIDDEN))

    async def master_login(self, command: MasterAccountLogin, where: Where) -> Made:
        """The master whose owner's password fits."""
        found, material = await master_signing_in(self._server, self._visitors, command, where.source)
        return Made(material, msgspec.structs.replace(command, user_pass=HIDDEN), found)

    async def acquired(self, command: AcquireMaster, _where: Where) -> Made:
        """The master that is named."""
        found = await master_named(self._visitors, command.master or "")
        return Made({"master": str(found)}, command, found)

    async def inspected(self, command: InspectCToken, _where: Where) -> Made:
        """The client id that is named."""
        found = await self._visitors.find(command.ctoken, "")
        return Made({"ctoken": str(found.client.id if found.client else 0)}, command)

    async def report(self, command: IssueReport, where: Where) -> Made:
        """What is kept of a report."""
        return Made(_report(command.issue, where.source), msgspec.structs.replace(command, issue={}))

    async def new(self, command: CreateAccount | CreateMaster, where: Where) -> Made:
        """The hash of a first password; what would be refused anyway isn't worth the work."""
        if isinstance(command, CreateMaster) and not (self._settings.enrolment_is_open or where.is_chief):
            raise Refusal(
                "forbidden", "Only a master that is logged in, or the operator, makes masters here. Ask them."
            )
        _check(command.user_pass, [command.user_email, command.user_name])
        material = {"password": await self._server.passwords.hash(command.user_pass, Turn(where.master))}
        if self._settings.enrolment_is_open and isinstance(command, CreateMaster):
            material[OPEN_ENROLMENT] = "1"
        return Made(material, msgspec.structs.replace(command, user_pass=HIDDEN))

    async def edited(self, command: EditAccount | MasterEditAccount, where: Where) -> Made:
        """The hash of another password; one that is easy to guess isn't set, but the rest may be changed."""
        open_ = self._settings.enrolment_is_open and isinstance(command, MasterEditAccount)
        material = {OPEN_ENROLMENT: "1"} if open_ else {}
        if not command.user_pass:
            return Made(material, command)
        blank = msgspec.structs.replace(command, user_pass=None)
        try:
            _check(command.user_pass, [command.user_email or "", command.user_name or ""])
        except Refusal as refusal:
            return Made(material | {"weak": refusal.detail}, blank)
        material["password"] = await self._server.passwords.hash(command.user_pass, Turn(where.master))
        return Made(material, blank)


def _check(password: str, names: list[str]) -> None:
    check_mixed(password)
    check_password(password, [*names, *(logins.spelled(name) for name in names)])


def _report(issue: dict[str, Any], source: str) -> Material:
    """What is kept of a report. Refuses `invalid` for one that is too large."""
    details = msgspec.json.encode(issue.get("details"))
    log = issue.get("log")
    text = log if isinstance(log, str) else ""
    if len(details) > DETAILS or len(text) > LOG * 4 // 3 + 4:
        raise Refusal("body_too_large", f"A report has {DETAILS} bytes of details and {LOG} of log at most. Send less.")
    try:
        text = base64.b64decode(text, validate=True).decode(errors="replace")
    except (ValueError, binascii.Error):
        text = f"(no base64) {text}"
    return {
        "source": source or "unknown",
        "contact": _line(issue.get("email"), 254),
        "name": _line(issue.get("name"), 200),
        "details": details.decode(),
        "log": text.replace("\x00", "\ufffd"),
    }


def _line(value: object, most: int) -> str:
    text = value if isinstance(value, str) else ""
    return "".join(letter for letter in text if letter.isprintable())[:most]


_MAKERS: Final[dict[type[Any], Callable[[Maker, Any, Where], Awaitable[Made]]]] = {
    AccountLogin: Maker.account_login,
    AcquireMaster: Maker.acquired,
    CreateAccount: Maker.new,
    CreateMaster: Maker.new,
    EditAccount: Maker.edited,
    InspectCToken: Maker.inspected,
    IssueReport: Maker.report,
    MasterAccountLogin: Maker.master_login,
    MasterEditAccount: Maker.edited,
    RequestClientID: Maker.client_id,
    RequestSessionToken: Maker.session_token,
    StartClockTimer: Maker.timer,
    SupplyCredits: Maker.supply,
}
"""What makes the material of those instructions that need some."""
