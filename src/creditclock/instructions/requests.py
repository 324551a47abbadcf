"""What goes over the wire for an instruction, and what comes back: pure functions for any HTTP client."""

import base64
import re
from typing import Any, Final, NamedTuple

import msgspec

from creditclock.client.errors import UnexpectedAnswer
from creditclock.client.requests import Request, Try, headers_for, refusal
from creditclock.contract.instructions import INSTRUCTIONS, Instruct, Instruction, Needs
from creditclock.contract.instructions.instruction import PATH
from creditclock.instructions.errors import InstructionRefused

_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_OK: Final = 200
_NOT_FOUND: Final = 404
_NO_CLIENT: Final = frozenset({Needs.NOTHING, Needs.SESSION})
_NO_SESSION: Final = frozenset({Needs.NOTHING, Needs.CLIENT})


class Tokens(NamedTuple):
    """What names a conversation."""

    client_id: str | None = None
    session_token: str | None = None


class Outcome(msgspec.Struct, frozen=True):
    """Whether an instruction was carried out, and if not, why."""

    failed: bool
    error: str | None = None
    warning: str | None = None
    details: object = None


def instruction_of(instruct: Instruct[Any]) -> Instruction:
    """The row of the table that an instruction belongs to. Raises TypeError for what isn't one."""
    found = INSTRUCTIONS.get(type(instruct).__name__)
    if found is None or found.command is not type(instruct):
        raise TypeError(
            "A call takes instructions such as ViewAccount() from creditclock.contract.instructions, "
            f"not {type(instruct).__name__}."
        )
    return found


def request(instruct: Instruct[Any], tokens: Tokens, basic: tuple[str, str] | None = None) -> Request:
    """The HTTP request of an instruction. Raises `InstructionRefused` if a token that it needs is missing."""
    found = instruction_of(instruct)
    body = {
        "controller": found.controller,
        "ctype": found.ctype,
        **{key: value for key, value in found.selector.items() if value is not None},
        **_needed(found, tokens),
        **_said(instruct),
    }
    headers = {**headers_for(None), "Content-Type": "application/json"}
    if basic is not None:
        headers["Authorization"] = f"Basic {base64.b64encode(':'.join(basic).encode()).decode()}"
    return Request(found.operation, "POST", PATH, headers, msgspec.json.encode(body))


def answer(found: Instruction, got: Try) -> Any:  # noqa: ANN401 - the caller knows the instruction's answer type
    """What the server answered, as the type that the table promises.

    Raises `InstructionRefused` for what it didn't carry out, and another `Problem` for what is no answer to it.
    """
    if got.status == _NOT_FOUND:
        raise UnexpectedAnswer(
            f"There is no instruction set at {PATH}. Check the URL, and start the server with --instruction-set on.",
            status=got.status,
        )
    if got.status != _OK:
        raise refusal(got)
    try:
        outcome = msgspec.json.decode(got.body, type=Outcome)
        if not outcome.failed:
            return msgspec.json.decode(got.body, type=found.answer)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnexpectedAnswer(
            f"The answer to {found.label} is not what this version of creditclock knows ({error}). "
            "Check the server's URL and version.",
            status=got.status,
        ) from error
    raise _refused(found.label, outcome)


def _needed(found: Instruction, tokens: Tokens) -> dict[str, str]:
    """The tokens that an instruction needs."""
    needed = {
        **({} if found.needs in _NO_CLIENT else {"client_id": tokens.client_id}),
        **({} if found.needs in _NO_SESSION else {"session_token": tokens.session_token}),
    }
    given = {name: value for name, value in needed.items() if value is not None}
    missing = [name for name in needed if name not in given]
    if missing:
        raise InstructionRefused(
            found.label,
            f"{found.label} needs {found.needs.value}. Call connect() first, or set {' and '.join(missing)}.",
            "invalid_tokens",
        )
    return given


def _said(instruct: Instruct[Any]) -> dict[str, object]:
    """The fields that are sent: what is None is left out."""
    fields = {name: getattr(instruct, name) for name in instruct.__struct_fields__}
    return {name: value for name, value in fields.items() if value is not None}


def _refused(label: str, outcome: Outcome) -> InstructionRefused:
    # Other servers put a copy of the request with its passwords there: only a code is taken.
    has_code = isinstance(outcome.details, str) and _CODE.fullmatch(outcome.details)
    message = outcome.error or outcome.warning or f"{label} was not carried out, and the server doesn't say why."
    return InstructionRefused(label, message, str(outcome.details) if has_code else "refused")
