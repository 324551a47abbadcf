"""Carries out an operation that was typed: arguments to command, answer to text."""

import argparse
import sys
from collections.abc import Iterator
from getpass import getpass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from creditclock.cli import amounts
from creditclock.cli.currency import money_for_answer, money_for_input
from creditclock.cli.failure import Code, Failure
from creditclock.cli.fields import PASSWORDS, Field
from creditclock.cli.login import connect
from creditclock.cli.render import has_money, render
from creditclock.contract import Command, Operation

if TYPE_CHECKING:
    from creditclock.client import Client

_MOST_ITEMS: Final = 100_000
_LARGEST_PAGE: Final = 1_000


def call(operation: Operation, fields: list[Field], arguments: argparse.Namespace) -> int:
    """Carry out one operation and print its answer."""
    given: dict[str, Any] = {field.name: getattr(arguments, field.name) for field in fields if field.name in arguments}
    given |= _passwords(fields, given, from_stdin=getattr(arguments, "password_stdin", False))
    with connect(arguments) as client:
        for field in fields:
            if field.kind == "amount" and given.get(field.name) is not None:
                given[field.name] = _minor_units(client, operation, given, field.name)
        if getattr(arguments, "all", False):
            body = _all(client, operation, given)
        else:
            body = client.exchange(_command(operation, given)).body
        if arguments.json:
            print_json(body)
        else:
            data = msgspec.json.decode(body)
            money = money_for_answer(client, operation, given, data) if has_money(data) else None
            print(render(data, money))
    return Code.OK


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
        raise Failure(f"That can't be asked for: {error}.", Code.USAGE) from error


def _passwords(fields: list[Field], given: dict[str, Any], *, from_stdin: bool) -> Iterator[tuple[str, str]]:
    for field in fields:
        if field.name in PASSWORDS and field.name not in given:
            if from_stdin:
                yield field.name, sys.stdin.readline().rstrip("\r\n")
            elif field.is_required:
                is_new = field.name == "password"
                name = "password" if is_new else "old password"
                yield field.name, prompted(f"new {name}" if is_new and len(_old(fields)) else name, is_new=is_new)


def _old(fields: list[Field]) -> list[Field]:
    return [field for field in fields if field.name == "old_password"]


def _minor_units(client: "Client", operation: Operation, given: dict[str, Any], name: str) -> int:
    money = money_for_input(client, operation, given)
    try:
        return amounts.parsed(given[name], money)
    except ValueError as error:
        raise Failure(str(error), Code.USAGE) from error


def _all(client: "Client", operation: Operation, given: dict[str, Any]) -> bytes:
    items: list[Any] = []
    page: dict[str, Any] = {"items": [], "next": given.get("cursor")}
    given = {"limit": _LARGEST_PAGE} | given
    while len(items) < _MOST_ITEMS:
        cursor = {} if page["next"] is None else {"cursor": page["next"]}
        page = msgspec.json.decode(client.exchange(_command(operation, given | cursor)).body)
        items += page["items"]
        if page["next"] is None:
            break
    return msgspec.json.encode({"items": items, "next": page["next"]})
