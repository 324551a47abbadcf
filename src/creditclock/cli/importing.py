"""`creditclock import`: what an older installation holds, brought into the database of this one."""

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import Any, Final

from creditclock.cli.failure import Code, Failure
from creditclock.cli.progress import Progress
from creditclock.cli.render import table
from creditclock.cli.server import overrides_of, server_part
from creditclock.cli.subparsers import Subparsers
from creditclock.cli.verbs import show
from creditclock.cli.visible import visible
from creditclock.contract import Refusal

_MINUTE_MS: Final = 60_000


def add_import(subparsers: Subparsers, database: argparse.ArgumentParser) -> None:
    """Add the command; `database` has the options that name the database."""
    parser = subparsers.add_parser(
        "import",
        help="bring in what an older installation holds",
        description="Bring in what an older installation holds, on the server's own machine.",
    )
    parser.set_defaults(run=partial(show, parser))
    verbs = parser.add_subparsers(metavar="VERB", title="verbs")
    ewallet = verbs.add_parser(
        "ewallet",
        help="the data of an EWallet Credit Clock server",
        description="Bring in the data of an EWallet Credit Clock server: its masters become businesses, their "
        "accounts customers, who sign in with the passwords they have. The old file is only read. What doesn't fit is "
        "left out and said. An import that was interrupted goes on when it is run again; nothing is brought twice. "
        "Stop the server of a SQLite database first; on PostgreSQL the servers go on.",
        epilog="exit codes: 0 everything fits, 1 something doesn't, or the command was refused",
        parents=[database],
    )
    ewallet.add_argument("old_file", metavar="FILE", help="data/ewallet.db of the old server, or a copy of it")
    ewallet.add_argument("--dry-run", action="store_true", default=False, help="only say what would be brought")
    ewallet.add_argument(
        "--zone",
        dest="old_zone",
        metavar="ZONE",
        default="UTC",
        help="the time zone of the old server's machine, such as Europe/Bucharest; by default UTC",
    )
    ewallet.add_argument("--quiet", action="store_true", default=False, help="don't show how far it is")
    ewallet.set_defaults(run=_import)


def _import(arguments: argparse.Namespace) -> int:
    part = server_part("creditclock.ewallet.importing")
    try:
        findings = part.import_file(
            overrides_of(arguments),
            Path(arguments.old_file),
            arguments.old_zone,
            Progress(is_quiet=arguments.quiet),
            dry_run=arguments.dry_run,
        )
    except Refusal as refusal:
        raise Failure(refusal.detail) from refusal
    except part.DatabaseProblem as problem:
        print(f"creditclock: {problem}", file=sys.stderr)
        return Code.REFUSED
    _report(findings, is_dry=arguments.dry_run)
    return Code.OK if findings.fits else Code.REFUSED


def _report(findings: Any, *, is_dry: bool) -> None:  # noqa: ANN401 - of a module that needs the server
    _section("Left out:", findings.left_out)
    _section("Changed:", findings.changed)
    _section("Remarks:", findings.remarks)
    if findings.beyond:
        print(f"{findings.beyond} more of these.\n")
    rows = findings.table()
    if is_dry:
        rows = [{"to_move" if name == "moved" else name: value for name, value in row.items()} for row in rows]
    print("\n".join(table(rows, None)))
    verb = "would be" if is_dry else "were"
    print(f"{findings.credits} credits and {findings.ms / _MINUTE_MS:.2f} minutes {verb} opened.")
    print("Everything fits." if findings.fits else "Not everything fits: see above.")
    if is_dry:
        print("Nothing was written.")


def _section(head: str, lines: list[str]) -> None:
    if lines:
        print(head)
        for line in lines:
            print(f"  {visible(line)}")
        print()
