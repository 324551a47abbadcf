"""A verb for every operation of the contract: `creditclock wallet top-up wal_… 12.50`."""

import argparse
from collections.abc import Iterable
from functools import partial

from creditclock.cli.call import call
from creditclock.cli.export import NAME as EXPORT
from creditclock.cli.failure import EXIT_CODES
from creditclock.cli.fields import PASSWORDS, Field, fields_of, is_positional
from creditclock.cli.subparsers import Subparsers
from creditclock.contract import OPERATIONS, Operation

ELSEWHERE = {"batch.run", "token.sign_in", "token.sign_out"}
"""Operations that are commands of their own."""

NOUNS = {
    "app": "your programs and their keys",
    "audit": "who signed in, who changed what somebody may do",
    "clock": "time: buy it, grant it, look at it",
    "customer": "the people who buy time",
    "event": "what happens, as it happens",
    "instruction": "instructions of the system: freeze, clean up, look at sessions",
    "issue-report": "what users of the instruction set's clients report",
    "master": "the businesses that sell time",
    "plan": "what a business may have",
    "second-factor": "codes beside your password",
    "session": "uses of a clock: start, renew, pause, resume, stop, explain",
    "supply-request": "credits that customers ask for: approve or decline",
    "tariff": "price lists",
    "test-clock": "the time of a server for tests",
    "token": "who is signed in, passwords",
    "wallet": "credits: top up, pay, transfer",
    "webhook": "addresses of yours that are told what happens",
}


def add_nouns(subparsers: Subparsers, words: Iterable[str], shared: argparse.ArgumentParser) -> None:
    """Add every noun; those that are among the words get their verbs, which takes a moment each."""
    for noun in sorted({_spelled(operation.noun) for name, operation in OPERATIONS.items() if name not in ELSEWHERE}):
        parser = subparsers.add_parser(
            noun,
            help=NOUNS.get(noun, ""),
            description=NOUNS.get(noun, "").capitalize() + ".",
            epilog=f"creditclock help {noun} VERB tells more.",
        )
        parser.set_defaults(run=partial(show, parser))
        if noun in words:
            verbs = parser.add_subparsers(metavar="VERB", title="verbs")
            for operation in OPERATIONS.values():
                if _spelled(operation.noun) == noun and operation.name not in ELSEWHERE:
                    _add_verb(verbs, operation, shared)


def _add_verb(verbs: Subparsers, operation: Operation, shared: argparse.ArgumentParser) -> None:
    is_whole = operation.name == EXPORT
    fields = [field for field in fields_of(operation) if not (is_whole and field.name in {"limit", "cursor"})]
    parser = verbs.add_parser(
        _spelled(operation.verb),
        help=operation.summary.replace("%", "%%"),
        description=operation.description,
        epilog=f"example: {_example(operation, fields)}\n\n{_who(operation)}\n{EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[shared],
        allow_abbrev=False,
    )
    for field in fields:
        _add_field(parser, field)
    if any(field.name in PASSWORDS for field in fields):
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the passwords from standard input, one a line"
        )
    if _lists(fields):
        parser.add_argument("--all", action="store_true", help="follow the pages, to 100 000 items at most")
    if _lists(fields) or is_whole:
        parser.add_argument("--quiet", action="store_true", help="don't show how many have come so far")
    parser.set_defaults(run=partial(call, operation, fields))


def _add_field(parser: argparse.ArgumentParser, field: Field) -> None:
    if is_positional(field):
        metavar = field.name.upper() + ("_ID" if field.kind == "id" else "")
        parser.add_argument(field.place, type=field.check, metavar=metavar, help=field.help)
        return
    flags = [field.flag]
    if field.name.endswith("_ms"):
        flags.append(field.flag.removesuffix("-ms"))
    metavar = "|".join(field.choices) if field.kind == "choice" else field.kind.upper()
    parser.add_argument(
        *flags,
        dest=field.place,
        type=field.check,
        metavar=metavar,
        default=argparse.SUPPRESS,
        required=field.is_required and field.name not in PASSWORDS,
        help=field.help,
    )
    if field.is_cleared:
        parser.add_argument(
            "--no-" + field.flag[2:].removesuffix("-ms"),
            dest=field.place,
            action="store_const",
            const=None,
            default=argparse.SUPPRESS,
            help=f"clear the {field.name.removesuffix('_ms').replace('_', ' ')}",
        )


def _example(operation: Operation, fields: list[Field]) -> str:
    said = ["creditclock", _spelled(operation.noun), _spelled(operation.verb)]
    shown = [field for field in fields if field.is_required and field.name not in PASSWORDS]
    spare = [field for field in fields if not field.is_required and field.name not in {"limit", "cursor", "note"}]
    if operation.writes:
        shown += spare[:1]
    for field in shown:
        said += [field.example] if is_positional(field) else [field.flag, field.example]
    return " ".join(said)


def _who(operation: Operation) -> str:
    needs = f" (keys need {operation.needs.replace('`', '')})" if operation.needs else ""
    return f"for: {', '.join(operation.by)}{needs}"


def _lists(fields: list[Field]) -> bool:
    return any(field.name == "cursor" for field in fields)


def show(parser: argparse.ArgumentParser, _: argparse.Namespace) -> int:
    """Print the help of a command that was named without a verb."""
    parser.print_help()
    return 0


def _spelled(name: str) -> str:
    return name.replace("_", "-")
