"""The `creditclock` command."""

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any, Final, NoReturn

from creditclock import __version__
from creditclock.cli.batch import add_batch
from creditclock.cli.failure import EXIT_CODES, Code, Failure, failure
from creditclock.cli.importing import add_import
from creditclock.cli.installation import add_installation
from creditclock.cli.login import named_token
from creditclock.cli.meter import add_meter
from creditclock.cli.server import add_server
from creditclock.cli.sign import add_sign_in
from creditclock.cli.verbs import add_nouns, show
from creditclock.client.errors import Problem

_INTERRUPTED: Final = 130
_OVERVIEW: Final = """\
Creditclock sells time: credits buy time, and time runs only while the customer is on the clock.

  run a server         creditclock serve                     look around: creditclock demo
  sign in              creditclock sign-in operator
  make a business      creditclock master create --name Cafe --login ann
  make a customer      creditclock customer create --login bob
  sell credits         creditclock wallet top-up WALLET_ID 20.00
  buy time             creditclock clock buy CLOCK_ID --amount 5.00
  run a program on it  creditclock meter --clock CLOCK_ID -- COMMAND
  explain a bill       creditclock session explain SESSION_ID
  prove the books      creditclock check

creditclock --help lists all commands, creditclock help wallet tells about one."""
_EPILOG: Final = f"""\
environment: CREDITCLOCK_URL the server, CREDITCLOCK_TOKEN a token or key, CREDITCLOCK_PROFILE the login to use
{EXIT_CODES}
creditclock help NOUN [VERB] tells more."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and give its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["help"]:
        words = [*words[1:], "--help"]
    if not words:
        print(_OVERVIEW)
        return Code.OK
    try:
        arguments = _parser(words).parse_args(words)
        return _run(arguments)
    except Failure as error:
        return _complain(error)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has enough of it. Nothing may be written when Python closes it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Code.OK


def _run(arguments: argparse.Namespace) -> int:
    try:
        return arguments.run(arguments)
    except Problem as problem:
        raise failure(problem, named_token(arguments)) from problem


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints look like all others."""

    def parse_known_args(self, *words: Any, **options: Any) -> Any:  # noqa: ANN401 - argparse's own
        # What a command doesn't know it refuses itself: otherwise the outermost parser would, and point to its help.
        known, unknown = super().parse_known_args(*words, **options)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return known, unknown

    def error(self, message: str) -> NoReturn:
        print(f"creditclock: {message}\nSee: {self.prog} --help", file=sys.stderr)
        sys.exit(Code.USAGE)


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = _Parser(
        prog="creditclock",
        description="Sell time, and run programs on it.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"creditclock {__version__}")
    _add_shared(parser, None)
    parser.set_defaults(json=False, run=partial(show, parser))
    shared = argparse.ArgumentParser(add_help=False)
    _add_shared(shared, argparse.SUPPRESS)
    subparsers = parser.add_subparsers(metavar="COMMAND", title="commands")
    add_meter(subparsers, shared)
    add_sign_in(subparsers, shared)
    add_batch(subparsers, shared)
    add_nouns(subparsers, words, shared)
    database = add_server(subparsers)
    add_installation(subparsers, database)
    add_import(subparsers, database)
    return parser


def _add_shared(parser: argparse.ArgumentParser, default: str | None) -> None:
    """The options that stand before or after the command."""
    group = parser.add_argument_group("server and caller")
    group.add_argument("--url", default=default, help="the server (http://127.0.0.1:8400)")
    group.add_argument("--profile", metavar="NAME", default=default, help="the login to use, if there are several")
    group.add_argument("--token-file", metavar="FILE", default=default, help="a file that holds a token or key")
    group.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print what the server sent")


def _complain(error: Failure) -> int:
    print(f"creditclock: {error}", file=sys.stderr)
    return error.code


if __name__ == "__main__":
    sys.exit(main())
