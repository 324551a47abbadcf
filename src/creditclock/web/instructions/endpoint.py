"""The endpoint of the instruction set: bodies become instructions, outcomes become answers, always with status 200.

Only what is no HTTP or no answer of ours (too much to do, a lost database) has another status.
"""

import logging
import math
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

import msgspec

from creditclock.commands.batch import FAILED, REFUSED, STALE
from creditclock.commands.instructions.handling import invalid_tokens, refused
from creditclock.commands.job import Job, Outcome
from creditclock.commands.upkeep import KEEP_TIMERS, KeepTimers
from creditclock.contract import Refusal
from creditclock.contract.instructions import INSTRUCTIONS, Instruct, Instruction, Needs, find
from creditclock.logs import Exchange
from creditclock.settings import Settings
from creditclock.storage.dialect import Conflict, Lost, Unusable
from creditclock.web.admission import Admission
from creditclock.web.forwarded import source_in
from creditclock.web.gate import waited
from creditclock.web.instructions import discovery
from creditclock.web.instructions.basic import Basic
from creditclock.web.instructions.bodies import answer_with, body_of, object_in
from creditclock.web.instructions.finishing import finished
from creditclock.web.instructions.material import Made, Maker, Where
from creditclock.web.instructions.needs import check_needs, guessed, masters_of, only_asks
from creditclock.web.instructions.visitors import Visitor, Visitors
from creditclock.web.limits import Buckets, Limits, is_loopback
from creditclock.web.problems import UNEXPECTED, UNREACHABLE, unusable
from creditclock.web.server import Server

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
BANNER: Final = "/ewallet"
NOTHING: Final = {"failed": True, "error": "No instruction set found. Send a JSON object; GET this path explains."}
REPORT_S: Final = 60.0
REPORTS: Final = 30
"""An address may send so many reports at once, and then one in so many seconds: some are kept of others as well."""
TRIES: Final = 6
"""How often tokens are looked up anew because somebody's rights ended meanwhile."""
_FORM: Final = re.compile(r" matching regex .*?(?= - at|\Z)", re.DOTALL)
_PLACEHOLDER: Final = re.compile(r"<[^<>]{1,60} type-[a-z]+[^<>]{0,20}>\Z")
LONGEST_LABEL: Final = 100
log: Final = logging.getLogger("creditclock.web")
_FAULT: Final = Refusal(
    "unexpected",
    "Something went wrong on our side and nothing was changed. Tell the operator if it stays.",
    kind="error",
)
_encode: Final = msgspec.json.Encoder().encode


class _Trip:
    """How far an instruction came: whether it was in the lane, where the timers of its session were kept alive."""

    __slots__ = ("kept",)

    def __init__(self) -> None:
        self.kept = False


class Instructions:
    """The ASGI application for `/ewallet` and what is below it."""

    def __init__(self, server: Server, limits: Limits, admission: Admission, settings: Settings) -> None:
        self._server = server
        self._limits = limits
        self._admission = admission
        self._visitors = Visitors(server)
        self._maker = Maker(server, settings, self._visitors)
        self._reports = Buckets(1, REPORT_S, REPORTS * REPORT_S)
        self._basic = Basic(server, self._visitors) if settings.instruction_basic else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        exchange: Exchange = scope["exchange"]
        try:
            body = await self._answer(scope, receive)
        except Refusal as refusal:
            exchange.codes.append(refusal.code)
            body = _encode(refused(refusal))
        except (Conflict, Lost) as error:
            log.warning("%s: %s", scope["path"], error)
            body = _encode(refused(UNREACHABLE))
        except Unusable as trouble:
            body = _encode(refused(unusable(trouble)))
        except Exception:
            log.exception("request failed: %s %s", scope["method"], scope["path"])
            exchange.codes.append(UNEXPECTED.code)
            body = _encode(refused(_FAULT))
        await answer_with(send, body, is_head=scope["method"] == "HEAD")

    async def _answer(self, scope: Scope, receive: Receive) -> bytes:
        method, path = scope["method"], scope["path"]
        if method in {"GET", "HEAD"}:
            self._limits.source(source_in(scope))
            self._admission.admit_page(waited(scope))
            if path == BANNER:
                return _encode(discovery.banner())
            with self._admission.bodies.of(None) as held:
                asked = object_in(await body_of(scope, receive, held))
            return _encode(discovery.explained(asked))
        if method != "POST" or path == BANNER:
            raise Refusal("method_not_allowed", "Use POST for instructions, GET to read about them.", kind="error")
        with self._admission.bodies.of(None, LONGEST_BODY) as held:
            body = object_in(await body_of(scope, receive, held))
            if not body:
                return _encode(NOTHING)
            return await self._carry_out(scope, body)

    async def _carry_out(self, scope: Scope, body: dict[str, Any]) -> bytes:
        instruction = find(body)
        exchange: Exchange = scope["exchange"]
        exchange.operation = instruction.operation
        labels = (_label(body, "client_id"), _label(body, "session_token"))
        if only_asks(instruction) and not labels["stoken" in instruction.selector]:
            raise invalid_tokens("There is no token to tell about. Send the client id or session token as a text.")
        trip = _Trip()
        try:
            # A session token that isn't needed may be an old one.
            used = (labels[0], "") if instruction.needs is Needs.CLIENT else labels
            return await self._instruct(scope, instruction, body, used, trip)
        finally:
            if not trip.kept and all(labels):
                await self._keep_timers(labels)

    async def _instruct(
        self, scope: Scope, instruction: Instruction, body: dict[str, Any], labels: tuple[str, str], trip: _Trip
    ) -> bytes:
        source = source_in(scope)
        visitor = await self._find(labels)
        self._admit(scope, instruction, visitor, source)
        allowed = await self._basic.check(scope, source) if self._basic else None
        visitor = await self._checked(instruction, labels)
        command = _command(instruction, body)
        guess = guessed(command, visitor)
        if guess:
            self._server.wrong_tokens.check(source, guess)
        try:
            made = await self._maker.make(command, Where(_acquired(visitor) or 0, source, visitor.session))
            _check_within(allowed, visitor, made)
            answer = await self._sent(instruction, made, labels, trip)
        except Refusal as refusal:
            if guess and refusal.code == "wrong_key_code":
                self._server.wrong_tokens.wrong(source, guess)
            raise
        if guess:
            self._server.wrong_tokens.worked(guess)
        return answer

    def _admit(self, scope: Scope, instruction: Instruction, visitor: Visitor, source: str) -> None:
        """Let an instruction in where limits and the load allow it."""
        if visitor.client is None and visitor.session is None:
            self._limits.source(source)
        else:
            caller = visitor.caller(0)
            scope["exchange"].caller = caller.name
            self._limits.caller(instruction.operation, caller, source)
        if instruction.label == "IssueReport" and not is_loopback(source) and self._reports.take(source):
            raise Refusal("too_many_requests", "Too many reports came from your address. Try again in a minute.")
        self._admission.admit(instruction.operation, _acquired(visitor) or -1, waited(scope))

    async def _find(self, labels: tuple[str, str]) -> Visitor:
        return await self._visitors.find(*labels) if any(labels) else Visitor(None, None, -1)

    async def _checked(self, instruction: Instruction, labels: tuple[str, str]) -> Visitor:
        """The visitor, who has what an instruction needs. Another process may have changed that a moment ago."""
        visitor = await self._find(labels)
        try:
            check_needs(instruction, visitor, self._server.time.now())
        except Refusal:
            if not any(labels):
                raise
            visitor = await self._visitors.find(*labels, fresh=True)
            check_needs(instruction, visitor, self._server.time.now())
        return visitor

    async def _keep_timers(self, labels: tuple[str, str]) -> None:
        """Keep the timers of a session alive for an instruction that didn't work in the acquired master."""
        visitor = await self._find(labels)
        acquired = _acquired(visitor)
        if acquired is not None and visitor.works(self._server.time.now()):
            job = Job(KEEP_TIMERS, KeepTimers(), visitor.caller(acquired), (acquired,), self._server)
            await self._server.carry_out(job)

    async def _sent(self, instruction: Instruction, made: Made, labels: tuple[str, str], trip: _Trip) -> bytes:
        """Send an instruction through the lane, again where the visitor's rights have changed meanwhile."""
        outcome: Outcome | None = None
        masters: tuple[int, ...] = (0,)
        for _ in range(TRIES):
            visitor = await self._checked(instruction, labels)
            masters = masters_of(instruction, visitor, made)
            job = Job(instruction.operation, made.command, visitor.caller(masters[0]), masters, self._server)
            job.material = made.material
            outcome = await self._server.carry_out(job)
            trip.kept = masters[0] == _acquired(visitor)
            if outcome.status != STALE and not _has_expired(outcome):
                break
            await self._visitors.find(*labels, fresh=True)
        if outcome is None or outcome.status == STALE:
            raise Refusal("busy", "Too many tokens end right now. Try again in a second.", retry_after_s=1)
        if instruction.label in _CHANGES_TOKENS:
            self._visitors.forget()
        if outcome.refusal is not None:
            raise outcome.refusal
        if outcome.body is None or outcome.status in {FAILED, REFUSED}:
            raise RuntimeError(instruction.label)
        given = labels[1] if instruction.needs is Needs.SESSION else labels[0]
        done = await finished(self._server, instruction, masters[0], given, outcome.body)
        if done.seen is not None:
            await self._see(instruction, labels, masters, done.seen)
        return done.body

    async def _see(
        self, instruction: Instruction, labels: tuple[str, str], masters: tuple[int, ...], number: int
    ) -> None:
        """Acknowledge events of others that were looked through in vain, so that the next poll begins after them."""
        label = "MasterEventAcknowledge" if instruction.controller == "master" else "EventAcknowledge"
        acknowledge = INSTRUCTIONS[label]
        visitor = await self._visitors.find(*labels)
        command = acknowledge.command(acknowledge=number)  # pyright: ignore[reportCallIssue] - both have this field
        job = Job(acknowledge.operation, command, visitor.caller(masters[0]), masters, self._server)
        await self._server.carry_out(job)


LONGEST_BODY: Final = 131_072
_CHANGES_TOKENS: Final = frozenset(
    {
        "AcquireMaster",
        "CTokenKeepAlive",
        "CreateMaster",
        "MasterAccountLogin",
        "MasterAccountLogout",
        "MasterUnlinkAccount",
        "ReleaseMaster",
        "RequestSessionToken",
        "STokenKeepAlive",
    }
)


def _acquired(visitor: Visitor) -> int | None:
    return visitor.client.acquired if visitor.client else None


def _check_within(allowed: int | None, visitor: Visitor, made: Made) -> None:
    """Refuse what works in another master than the one that its authorization is for."""
    active = visitor.session.active if visitor.session else None
    named = (made.master, _acquired(visitor), active)
    if allowed is not None and any(master not in {None, allowed} for master in named):
        raise Refusal("forbidden", "This login and key are of another master. Use that master's.", kind="error")


def _command(instruction: Instruction, body: dict[str, Any]) -> Instruct[Any]:
    """The parameters of an instruction. Refuses `invalid_instruction`; what was sent isn't repeated."""
    try:
        body = {key: value for key, value in body.items() if value is not None and not _is_placeholder(value)}
        command = msgspec.convert(body, instruction.command, strict=False)
        numbers = (getattr(command, name) for name in command.__struct_fields__)
        if all(math.isfinite(number) for number in numbers if isinstance(number, float)):
            return command
        said = "A number is not finite"
    except msgspec.ValidationError as error:
        said = _FORM.sub(" of another form", str(error).replace("$.", ""))
    raise Refusal("invalid_instruction", f"{said}. Correct it; GET this path explains {instruction.label}.")


def _is_placeholder(value: object) -> bool:
    """Whether a value is one that the explanation shows in its place, which the tutor sends along untouched."""
    return isinstance(value, str) and value.startswith("<") and _PLACEHOLDER.match(value) is not None


def _label(body: dict[str, Any], key: str) -> str:
    """A token as it was sent; whatever can't be one is none."""
    value = body.get(key)
    return value if isinstance(value, str) and len(value) <= LONGEST_LABEL else ""


def _has_expired(outcome: Outcome) -> bool:
    return outcome.refusal is not None and outcome.refusal.code == "unauthorized"
