"""Carries out an operation that was typed: arguments to command, answer to text."""

import argparse
import contextlib
import re
import sys
from collections.abc import Iterator
from getpass import getpass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from creditclock.cli import amounts
from creditclock.cli.amounts import Money
from creditclock.cli.currency import missing_said, money_for_answer, money_for_input
from creditclock.cli.export import NAME as EXPORT
from creditclock.cli.export import export
from creditclock.cli.failure import Code, Failure, failure
from creditclock.cli.fields import PASSWORDS, Field, is_positional
from creditclock.cli.follow import follow
from creditclock.cli.login import connect
from creditclock.cli.plain import place, plain
from creditclock.cli.progress import Progress
from creditclock.cli.render import MONEY, has_money, render
from creditclock.client.errors import InsufficientCredits, Problem, SecondFactorNeeded, Unauthorized
from creditclock.contract import Command, Operation

if TYPE_CHECKING:
    from creditclock.client import Client

_MOST_ITEMS: Final = 100_000
_LARGEST_PAGE: Final = 1_000
_LIMITS: Final = frozenset({"customer_limit", "seat_limit", "app_limit"})
"""What a business may have at most: fields of `master.change`."""


def call(operation: Operation, fields: list[Field], arguments: argparse.Namespace) -> int:
    """Carry out one operation and print its answer."""
    given: dict[str, Any] = {
        field.name: getattr(arguments, field.place) for field in fields if field.place in arguments
    }
    given |= _passwords(operation, fields, given, from_stdin=getattr(arguments, "password_stdin", False))
    if operation.streams:
        return follow(given, arguments)
    if operation.name == EXPORT:
        return export(given, arguments)
    with connect(arguments) as client:
        try:
            try:
                code = _say(client, operation, fields, given, arguments)
            except SecondFactorNeeded:
                if not sys.stdin.isatty():
                    raise
                given["code"] = prompted("code", is_new=False)
                code = _say(client, operation, fields, given, arguments)
        except Unauthorized:
            raise
        except Problem as problem:
            raise _told(client, operation, fields, given, problem) from problem
    if operation.shows_secret and not given.get("key_code"):
        print("creditclock: Keep the key or secret now, it is shown only once.", file=sys.stderr)
    return code


def _say(
    client: "Client", operation: Operation, fields: list[Field], given: dict[str, Any], arguments: argparse.Namespace
) -> Code:
    """Ask, and print the answer. Instructions that failed are answered as well: they say so in `failed`."""
    money: Money | None = None
    for field in fields:
        if field.kind == "amount" and given.get(field.name) is not None:
            money = money or money_for_input(client, operation, given)
            given[field.name] = _minor_units(given[field.name], money)
    every = getattr(arguments, "all", False)
    if every:
        with Progress(is_quiet=arguments.quiet or arguments.json) as tell:
            body = _all(client, operation, given, tell)
    else:
        body = _once(client, operation, given)
    data = msgspec.json.decode(body)
    if arguments.json:
        print_json(body)
    else:
        if has_money(data):
            money = money or money_for_answer(client, operation, given, data)
        print(render(data, money))
    return Code.REFUSED if data.get("failed") is True else Code.OK


def print_json(body: bytes) -> None:
    """Print what the server sent, indented for people."""
    print((msgspec.json.format(body, indent=2) if sys.stdout.isatty() else body).decode())


def prompted(name: str, *, is_new: bool) -> str:
    """A password, asked for at the terminal; a new one is asked for twice."""
    if not sys.stdin.isatty():
        raise Failure(f"No {name} was given: use --{name.replace(' ', '-')} or --password-stdin.", Code.USAGE)
    password = getpass(f"{name.capitalize()}: ")
    if is_new and getpass(f"{name.capitalize()} again: ") != password:
        raise Failure("The two passwords differ. Nothing was done.", Code.USAGE)
    return password


def _command(operation: Operation, given: dict[str, Any]) -> Command[Any]:
    try:
        return msgspec.convert(given, operation.command)
    except msgspec.ValidationError as error:
        raise Failure(_wrong(str(error)), Code.USAGE) from error


def _wrong(message: str) -> str:
    name, wrong = place(message), plain(message)
    if name in MONEY:
        # The bounds of amounts are in minor units, which nobody typed.
        wrong = "must be more than 0" if "at least" in wrong else "is too large"
    return f"The {name.replace('_', ' ')} {wrong}." if name else f"What was typed {wrong}."


def _passwords(
    operation: Operation, fields: list[Field], given: dict[str, Any], *, from_stdin: bool
) -> Iterator[tuple[str, str]]:
    names = {field.name for field in fields}
    for field in fields:
        if field.name in PASSWORDS and field.name not in given:
            if from_stdin:
                text = sys.stdin.readline().rstrip("\r\n")
                if text or field.name != "code":
                    yield field.name, text
            elif field.is_required:
                # A password that somebody gets is typed twice; one that shows who somebody is, once.
                is_new = field.name == "password" and operation.noun != "second_factor"
                name = field.name.replace("_", " ")
                yield field.name, prompted(f"new {name}" if is_new and "old_password" in names else name, is_new=is_new)


def _minor_units(text: str, money: Money) -> int:
    try:
        return amounts.parsed(text, money)
    except ValueError as error:
        raise Failure(str(error), Code.USAGE) from error


def _told(
    client: "Client", operation: Operation, fields: list[Field], given: dict[str, Any], problem: Problem
) -> Failure:
    """The problem in the words of the command line: flags for fields, decimals for minor units."""
    told = failure(problem)
    text = str(told)
    missing = problem.data.get("missing")
    if isinstance(problem, InsufficientCredits) and isinstance(missing, int):
        with contextlib.suppress(Problem, Failure):
            text = missing_said(client, operation, given, missing)
    flags = {field.name: field.flag for field in fields if not is_positional(field)}
    return Failure(
        re.sub(r"`(\w+)`", lambda found: flags.get(found[1]) or _elsewhere(operation, found[1]), text), told.code
    )


def _elsewhere(operation: Operation, name: str) -> str:
    """A field that isn't an option here: an argument of this operation, or a limit that another command sets."""
    if name in operation.command.__struct_fields__ or name not in _LIMITS:
        return name.upper()
    return f"{name.replace('_', ' ')} (creditclock master change MASTER_ID --{name.replace('_', '-')} NUMBER)"


def _once(client: "Client", operation: Operation, given: dict[str, Any]) -> bytes:
    return client.exchange(_command(operation, given)).body


def _all(client: "Client", operation: Operation, given: dict[str, Any], tell: Progress) -> bytes:
    items: list[Any] = []
    page: dict[str, Any] = {"items": [], "next": given.get("cursor")}
    given = {"limit": _LARGEST_PAGE} | given
    while len(items) < _MOST_ITEMS:
        cursor = {} if page["next"] is None else {"cursor": page["next"]}
        page = msgspec.json.decode(_once(client, operation, given | cursor))
        items += page["items"]
        tell(f"Reading {operation.noun}s" if operation.verb == "list" else "Reading", len(items))
        if page["next"] is None:
            break
    return msgspec.json.encode({"items": items, "next": page["next"]})
