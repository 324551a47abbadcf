"""`creditclock keys` and `creditclock operator`: what is done on the server's own machine, without a token."""

import argparse
import os
import sys
from collections.abc import Callable
from functools import partial
from types import ModuleType

from creditclock.cli.call import prompted
from creditclock.cli.failure import Code, Failure
from creditclock.cli.instants import spelled
from creditclock.cli.render import table
from creditclock.cli.server import overrides_of, server_part
from creditclock.cli.subparsers import Subparsers
from creditclock.cli.verbs import show
from creditclock.contract import Refusal

_VARIABLE = "CREDITCLOCK_NEW_PASSWORD"


def add_installation(subparsers: Subparsers, database: argparse.ArgumentParser) -> None:
    """Add both commands; `database` has the options that name the database."""
    _add_keys(subparsers, database)
    _add_operator(subparsers, database)


def _add_keys(subparsers: Subparsers, database: argparse.ArgumentParser) -> None:
    keys = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    keys.add_argument("--keys", metavar="FILE", help="the key file; by default creditclock.keys by the data")
    parser = subparsers.add_parser(
        "keys",
        help="the installation's keys: list, rotate, retire",
        description="The installation's keys, from which secrets of webhooks and second factors are derived.",
    )
    parser.set_defaults(run=partial(show, parser))
    verbs = parser.add_subparsers(metavar="VERB", title="verbs")
    listed = verbs.add_parser(
        "list", help="the keys, and what depends on each", description="List the keys.", parents=[database, keys]
    )
    listed.set_defaults(run=partial(_guarded, _list))
    rotate = verbs.add_parser(
        "rotate",
        help="add a key, from which new secrets are derived",
        description="Add a key, from which new secrets are derived; the others stay. Running servers with this file "
        "use it at once. Copy the file to the other machines that serve this database, and into your backup.",
        parents=[database, keys],
    )
    rotate.set_defaults(run=partial(_guarded, _rotate))
    retire = verbs.add_parser(
        "retire",
        help="take away a key that nothing depends on",
        description="Take a key away for ever; refused while something depends on it.",
        parents=[database, keys],
    )
    retire.add_argument("number", metavar="NUMBER", type=int, help="the key's number, as `keys list` shows it")
    retire.set_defaults(run=partial(_guarded, _retire))


def _add_operator(subparsers: Subparsers, database: argparse.ArgumentParser) -> None:
    parser = subparsers.add_parser(
        "operator",
        help="help an operator who can't sign in any more",
        description="Help an operator who can't sign in any more, on the server's own machine.",
    )
    parser.set_defaults(run=partial(show, parser))
    verbs = parser.add_subparsers(metavar="VERB", title="verbs")
    reset = verbs.add_parser(
        "reset",
        help="a new password for the operator, whose tokens end",
        description="Give the operator a new password, which is shown once, or is the one in the variable "
        f"{_VARIABLE}. The operator's tokens end. Stop the server of a SQLite database first; on PostgreSQL the "
        "servers go on.",
        parents=[database],
    )
    reset.add_argument("--login", metavar="LOGIN", default="operator", help="whose password, by default operator's")
    reset.add_argument("--ask", action="store_true", default=False, help="ask for the new password")
    reset.add_argument(
        "--remove-second-factor",
        action="store_true",
        default=False,
        help="switch the second factor off, for whoever lost the device and the recovery codes",
    )
    reset.set_defaults(run=partial(_guarded, _reset))


def _list(part: ModuleType, arguments: argparse.Namespace) -> None:
    rows = [
        {
            "number": use.number,
            "since": use.since and spelled(use.since),
            "webhooks": use.webhooks,
            "second_factors": use.second_factors,
            "tokens": use.tokens,
            "newest": use.newest,
        }
        for use in part.list_keys(overrides_of(arguments))
    ]
    print("\n".join(table(rows, None)) if rows else "There is no key yet: one is made when it is first needed.")


def _rotate(part: ModuleType, arguments: argparse.Namespace) -> None:
    number = part.rotate_keys(overrides_of(arguments))
    print(f"Key number {number} was added; new secrets are derived from it. Copy the file to wherever it is kept.")


def _retire(part: ModuleType, arguments: argparse.Namespace) -> None:
    part.retire_key(overrides_of(arguments), arguments.number)
    print(f"Key number {arguments.number} was taken away.")


def _reset(part: ModuleType, arguments: argparse.Namespace) -> None:
    login, asks, removes = arguments.login, arguments.ask, arguments.remove_second_factor
    if asks and not sys.stdin.isatty():
        raise Failure(f"--ask needs a terminal. Without one, give the new password as {_VARIABLE}.", Code.USAGE)
    given = prompted("password", is_new=True) if asks else os.environ.get(_VARIABLE) or None
    made = part.reset_operator(overrides_of(arguments), login, given, "remove" if removes else "keep")
    factor = "The second factor is off." if removes else "A second factor stays as it was."
    shown = f" It is {made} - it is not shown again." if made else ""
    print(f"{login} has a new password, and must sign in again.{shown} {factor}")


def _guarded(command: Callable[[ModuleType, argparse.Namespace], None], arguments: argparse.Namespace) -> int:
    """Carry out a command; what it refuses is said in a sentence."""
    part = server_part("creditclock.installation")
    try:
        command(part, arguments)
    except Refusal as refusal:
        raise Failure(refusal.detail) from refusal
    except part.DatabaseProblem as problem:
        print(f"creditclock: {problem}", file=sys.stderr)
        return Code.REFUSED
    return Code.OK
