"""Callers: who holds the token or key of a request (design section 7)."""

import time
from typing import Any, Final, NamedTuple

from creditclock.contract import Command, Operation, Refusal
from creditclock.contract.instructions.system import RunInstruction
from creditclock.contract.values import master_of, number_of
from creditclock.domain.access import Caller
from creditclock.queries.source import not_found
from creditclock.queries.tokens import caller_of_key, caller_of_token
from creditclock.storage.snapshot import Snapshot, lane_of
from creditclock.web.instructions.naming import masters_named
from creditclock.web.secrets import digest, master_in
from creditclock.web.server import Server

REMEMBER_S: Final = 1.0
"""How long a caller is known without asking the database again; the lane checks exactly, reads may lag by this."""
MOST: Final = 20_000


class Known(NamedTuple):
    """A caller that was looked up, and until when that counts."""

    caller: Caller
    until: float


def caller_of(server: Server, authorization: bytes | None, source: str) -> Caller:
    """The caller of a request by its `Authorization` header.

    Raises a Refusal `unauthorized`, or `too_many_requests` for an unknown one from a source that sent many wrong ones.
    """
    secret = _secret_of(authorization)
    known = server.callers.get(secret)
    if known and known.until > time.monotonic():
        return known.caller
    marked = digest(secret)
    server.wrong_tokens.check(source, marked)
    found = _look_up(server, secret, marked)
    if found is None:
        server.wrong_tokens.wrong(source, marked)
        raise Refusal("unauthorized", "This token or key doesn't work: it is wrong, expired or revoked. Sign in again.")
    server.wrong_tokens.worked(marked)
    caller, lasts_s = found
    if len(server.callers) >= MOST:
        server.callers.clear()
    server.callers[secret] = Known(caller, time.monotonic() + min(REMEMBER_S, lasts_s))
    return caller


def remembered(server: Server, authorization: bytes | None) -> Known | None:
    """A caller that was looked up before, maybe too long ago to count. Raises a Refusal `unauthorized`."""
    return server.callers.get(_secret_of(authorization))


def forget(server: Server, authorization: bytes | None) -> None:
    """Look a caller up anew at its next request: the lane found that rights have ended."""
    if authorization is not None:
        server.callers.pop(authorization.decode("latin-1").partition(" ")[2].strip(), None)


def masters_of(command: Command[Any], caller: Caller) -> tuple[int, ...]:
    """The masters whose rows a request needs, that of its subject first.

    The operator reaches every business by its id, everybody else only their own.
    """
    if isinstance(command, RunInstruction):
        return masters_named(command)
    named = getattr(command, "master", None)
    if not isinstance(named, str):
        return (caller.master,)
    number = master_of(named)
    if number_of(named) != 0 or not number or (caller.kind != "operator" and number != caller.master):
        raise not_found(named)
    return (number, 0) if caller.kind == "operator" else (number,)


def forbidden(operation: Operation, caller: Caller) -> Refusal:
    """The refusal for an operation that the caller may not call."""
    who = f"a {caller.role} key" if caller.kind == "app" else f"the role {caller.role}"
    if caller.role == "secret" and "secret" in operation.by:
        lacking = " and ".join(f"`{scope}`" for scope in operation.scopes if scope not in caller.scopes)
        detail = f"{operation.name} needs {operation.needs}. This key lacks {lacking}: make an app with that."
    elif caller.role == "program":
        detail = (
            "This token came through an app's publishable key: it only runs the customer's own sessions. "
            f"For {operation.name} the customer signs in without that key."
        )
    else:
        detail = f"{operation.name} is not for {who}. It is for: {', '.join(operation.by)}."
    return Refusal("forbidden", detail)


def _secret_of(authorization: bytes | None) -> str:
    if authorization is None:
        raise Refusal("unauthorized", "Send a token as `Authorization: Bearer …`; `POST /v1/sign-in` gives one.")
    scheme, _, secret = authorization.decode("latin-1").partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not secret:
        raise Refusal("unauthorized", "Only `Authorization: Bearer …` is understood here.")
    return secret


def _look_up(server: Server, secret: str, marked: str) -> tuple[Caller, float] | None:
    """Who a token or key belongs to, and for how many seconds yet; None for one that doesn't work."""
    master = master_in(secret)
    if master is None:
        return None
    with server.database.reading() as connection:
        lane = lane_of(connection, master)
        if lane is None:
            return None
        snapshot = Snapshot(connection, lane, server.time.now(), ())
        find = caller_of_token if secret.startswith("cct_") else caller_of_key
        caller = find(snapshot, marked)
    if caller is None:
        return None
    return caller, REMEMBER_S if caller.until is None else (caller.until - snapshot.now) / 1000
