"""What goes over the wire for a command, and what comes back: pure functions for any HTTP client.

Fields of the path stand in the URL, the others in the query of a GET and in the JSON body of everything else.
"""

import os
import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import quote, urlencode
from uuid import UUID

import msgspec

from creditclock import __version__
from creditclock.client.errors import Problem, Unauthorized, UnexpectedAnswer, problem
from creditclock.contract import OPERATIONS, Command, Operation

R = TypeVar("R")

BACK_OFF_S: Final = 0.1
LONGEST_WAIT_S: Final = 5.0
_RETRIED: Final = frozenset({429, 502, 503, 504})
_OK: Final = range(200, 300)
_KEY: Final = re.compile(r"[!-~]{1,64}")
_STANDARD_MEMBERS: Final = frozenset({"type", "title", "status", "detail", "code", "instance"})


class Request(NamedTuple):
    """One HTTP request, ready to be sent any number of times."""

    operation: Operation
    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None


class Try(NamedTuple):
    """What one try of a request brought: a status and a body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def operation_of(command: Command[Any]) -> Operation:
    """The operation that a command belongs to. Raises TypeError for what isn't one."""
    operation = _operations().get(type(command))
    if operation is None:
        raise TypeError(
            "A batch or call takes commands such as TopUp(wallet=…, amount=…) from creditclock.contract, "
            f"not {type(command).__name__}."
        )
    return operation


def request(command: Command[Any], *, token: str | None = None, key: str | None = None) -> Request:
    """The HTTP request of a command: send the same request again to retry.

    A write carries an idempotency key, a fresh one unless it is given.
    """
    operation = operation_of(command)
    fields = {name: getattr(command, name) for name in command.__struct_fields__}
    path = operation.path.format_map({name: quote(str(fields.pop(name)), safe="") for name in operation.path_fields})
    said = {name: value for name, value in fields.items() if is_said(operation, name, value)}
    headers = headers_for(token, accept="text/event-stream" if operation.streams else "application/json")
    body = None
    if operation.method == "GET":
        path += f"?{urlencode(said)}" if said else ""
    else:
        if operation.name != "token.sign_in":
            headers["Idempotency-Key"] = checked_key(key)
        if said or operation.method != "DELETE":
            headers["Content-Type"] = "application/json"
            body = msgspec.json.encode(said)
    return Request(operation, operation.method, path, headers, body)


def headers_for(token: str | None, *, accept: str = "application/json") -> dict[str, str]:
    """The headers of every request."""
    headers = {"Accept": accept, "User-Agent": f"creditclock/{__version__}"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    return headers


def checked_key(key: str | None) -> str:
    """A key that can be sent: the given one, or a fresh one. Raises `Problem` for one that can't."""
    if key is None:
        return new_key()
    if not _KEY.fullmatch(key):
        raise Problem("invalid", "An idempotency key has 1 to 64 printable ASCII characters without spaces.")
    return key


def clean_token(token: str | None) -> str | None:
    """A token as it can be sent. Raises `Unauthorized` for what can't be one."""
    # Checked here, because an HTTP library's complaint about a header would show it.
    if token is not None and not (token.isascii() and token.isprintable() and token.strip()):
        raise Unauthorized("unauthorized", "The token isn't one: it holds nothing or characters that no token has.")
    return token and token.strip()


def answer(operation: Operation, got: Try) -> Any:  # noqa: ANN401 - the caller knows the command's answer type
    """What the server answered, as the type that the operation promises; a refusal is raised as its `Problem`."""
    if got.status not in _OK:
        raise refusal(got)
    try:
        return decoder(operation.name).decode(got.body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnexpectedAnswer(
            f"The answer to {operation.name} is not what this version of creditclock knows ({error}). "
            "Check the server's URL and version.",
            status=got.status,
        ) from error


def is_retried(status: int) -> bool:
    """Whether a status means that the same request may succeed a moment later."""
    return status in _RETRIED


def wait_before(tries: int, chance: float, headers: Mapping[str, str] | None = None) -> float:
    """Seconds to wait after so many tries: what the server asks for, or a growing time that no two callers share.

    `chance` is a random number from 0 to 1.
    """
    asked = _retry_after(headers.get("Retry-After") if headers else None)
    if asked is not None:
        return asked + chance * BACK_OFF_S
    return min(LONGEST_WAIT_S, BACK_OFF_S * 2.0**tries) * (0.5 + chance / 2)


def new_key() -> str:
    """A UUIDv7: keys made later sort later, which keeps the server's index compact."""
    nanoseconds = time.time_ns()
    ms, rest = divmod(nanoseconds, 1_000_000)
    fraction = (rest << 12) // 1_000_000
    chance = int.from_bytes(os.urandom(8), "big") >> 2
    return str(UUID(int=(ms & (1 << 48) - 1) << 80 | 7 << 76 | fraction << 64 | 2 << 62 | chance))


def is_said(operation: Operation, name: str, value: object) -> bool:
    """Whether a field is sent: what is left out stays as it is, and null clears."""
    if operation.method == "DELETE":
        # Not everything on the way lets the body of a removal through: it has one only if it must.
        return value != _defaults(operation.name).get(name)
    return value is not msgspec.UNSET and (value is not None or operation.method == "PATCH")


@cache
def _operations() -> dict[type[Command[Any]], Operation]:
    return {operation.command: operation for operation in OPERATIONS.values()}


@cache
def _defaults(name: str) -> dict[str, object]:
    return {field.name: field.default for field in msgspec.structs.fields(OPERATIONS[name].command)}


@cache
def decoder(name: str) -> msgspec.json.Decoder[Any]:
    """What reads the answer to an operation."""
    return msgspec.json.Decoder(OPERATIONS[name].answer)


def refusal(got: Try) -> Problem:
    """The problem that an answer without success is."""
    try:
        told = msgspec.json.decode(got.body, type=dict[str, Any])
        code, detail = str(told["code"]), str(told.get("detail") or told.get("title") or told["code"])
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError):
        return UnexpectedAnswer(
            f"The server answered with the HTTP status {got.status} and no explanation. Check its URL.",
            status=got.status,
        )
    return problem(code, detail, status=got.status, data=further(told))


def further(told: Mapping[str, Any]) -> dict[str, object]:
    """What a problem document tells beside its standard members."""
    return {name: value for name, value in told.items() if name not in _STANDARD_MEMBERS}


def _retry_after(value: str | None) -> float | None:
    if value is None:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None
