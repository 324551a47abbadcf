"""The commands of the server: `serve`, `demo`, `check` and `db upgrade`. They need the extra `creditclock[server]`."""

import argparse
import importlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Final, Literal

from creditclock.cli.failure import Failure
from creditclock.cli.progress import Progress
from creditclock.cli.subparsers import Subparsers
from creditclock.cli.verbs import show
from creditclock.contract import Refusal

Overrides = dict[str, str | bool]
_NOT_SETTINGS: Final = frozenset(
    {
        "run",
        "url",
        "profile",
        "token_file",
        "json",
        "quiet",
        "login",
        "ask",
        "number",
        "remove_second_factor",
        "old_file",
        "old_zone",
        "dry_run",
    }
)


def add_server(subparsers: Subparsers) -> argparse.ArgumentParser:
    """Add the four commands; gives the options that name a database."""
    database = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    database.add_argument(
        "--database", metavar="URL", help="sqlite:///FILE or postgresql://…; by default creditclock.db in the folder"
    )
    database.add_argument("--data", metavar="FOLDER", help="the folder of the database and the keys")
    serve = subparsers.add_parser(
        "serve",
        help="run the server",
        description="Run the server. What isn't said here comes from CREDITCLOCK_… variables, then from the settings.",
        epilog="example: creditclock serve --database sqlite:///time.db --listen 127.0.0.1:8400",
        parents=[database],
        argument_default=argparse.SUPPRESS,
    )
    serve.set_defaults(run=partial(_run, "serve"))
    demo = subparsers.add_parser(
        "demo",
        help="run a server with a made-up business, to look around",
        description="Run a server with a made-up business, whose customers' clocks run, to look around. "
        "It goes on where it was. Its passwords are known to everybody, so only this machine can reach it.",
    )
    demo.add_argument(
        "--data",
        metavar="FOLDER",
        default="demo",
        help="where its database lies, by default demo in the working folder; remove it to begin anew",
    )
    demo.add_argument(
        "--listen", metavar="HOST:PORT", default="127.0.0.1:8400", help="a loopback address, by default 127.0.0.1:8400"
    )
    demo.add_argument("--still", action="store_true", help="let no guests come and go by themselves")
    _add_quiet(demo)
    demo.set_defaults(run=_demo)
    serve.add_argument("--listen", metavar="HOST:PORT", help="by default 127.0.0.1:8400")
    _add_serving(serve)
    _add_edge(serve)
    check = subparsers.add_parser(
        "check",
        help="prove that the books are right",
        description="Prove that the books of a database balance and that nobody changed its journal.",
        parents=[database],
    )
    _add_quiet(check)
    check.add_argument(
        "--keys", metavar="FILE", help="the installation's keys; by default creditclock.keys by the data"
    )
    check.add_argument(
        "--heads", metavar="FILE", help="write the last seal of each journal: keep it where nobody can change it"
    )
    check.add_argument("--since", metavar="FILE", help="compare with the seals that --heads wrote on an earlier day")
    check.set_defaults(run=_check)
    _add_db(subparsers, database)
    return database


def _add_serving(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--test-clock", action="store_true", help="time stands still until it is moved: for tests only")
    parser.add_argument(
        "--keys", metavar="FILE", help="the installation's keys; by default creditclock.keys by the data"
    )
    parser.add_argument(
        "--instruction-set",
        choices=("off", "on", "open"),
        help="serve the protocol of the EWallet Credit Clock suit; open lets anybody enrol: for tests and demos",
    )
    parser.add_argument(
        "--webhook-addresses",
        choices=("public", "any"),
        help="whether webhooks may only have addresses on the Internet, by default, or any, and http",
    )


def _add_edge(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tls-cert", metavar="FILE", help="serve HTTPS with this certificate and its chain (PEM)")
    parser.add_argument("--tls-key", metavar="FILE", help="the certificate's key, which nobody else may read")
    parser.add_argument(
        "--proxies", metavar="LIST", help="addresses or networks of proxies whose X-Forwarded-For says who asks"
    )
    parser.add_argument("--hosts", metavar="LIST", help="the names by which the server is reached; no others then")


def _add_db(subparsers: Subparsers, database: argparse.ArgumentParser) -> None:
    parser = subparsers.add_parser("db", help="take care of the database", description="Take care of the database.")
    parser.set_defaults(run=partial(show, parser))
    verbs = parser.add_subparsers(metavar="VERB", title="verbs")
    upgrade = verbs.add_parser(
        "upgrade",
        help="bring the database to this version",
        description="Bring the database to the schema of this version. Stop the server first, and keep a copy.",
        parents=[database],
    )
    _add_quiet(upgrade)
    upgrade.set_defaults(run=partial(_run_watched, "upgrade"))


def _demo(arguments: argparse.Namespace) -> int:
    from creditclock.cli.demo import run

    try:
        return run(_server, arguments)
    except Refusal as refusal:
        raise Failure(refusal.detail) from refusal


def _run(name: Literal["serve"], arguments: argparse.Namespace) -> int:
    command: Callable[[Overrides], int] = getattr(_server(), name)
    try:
        return command(overrides_of(arguments))
    except Refusal as refusal:
        raise Failure(refusal.detail) from refusal


def _check(arguments: argparse.Namespace) -> int:
    _server()
    from creditclock.proof import check

    files = {name: Path(path) for name in ("heads", "since") if (path := vars(arguments).pop(name, None))}
    try:
        return check(overrides_of(arguments), Progress(is_quiet=arguments.quiet), **files)
    except Refusal as refusal:
        raise Failure(refusal.detail) from refusal


def _run_watched(name: Literal["upgrade"], arguments: argparse.Namespace) -> int:
    """Run a command that takes long on a large database."""
    command: Callable[[Overrides, Progress], int] = getattr(_server(), name)
    try:
        return command(overrides_of(arguments), Progress(is_quiet=arguments.quiet))
    except Refusal as refusal:
        raise Failure(refusal.detail) from refusal


def overrides_of(arguments: argparse.Namespace) -> Overrides:
    """The settings that were given as flags."""
    return {key: value for key, value in vars(arguments).items() if key not in _NOT_SETTINGS}


def _add_quiet(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quiet", action="store_true", default=False, help="don't show how far it is")


def _server() -> ModuleType:
    return server_part("creditclock.main")


def server_part(name: str) -> ModuleType:
    """A module that needs the server's libraries. Raises a `Failure` that says how to install them."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name and missing.name.startswith("creditclock"):
            raise
        raise Failure(
            f"This command needs the server, which is not installed here ({missing.name} is missing). "
            "Install it with: pip install 'creditclock[server]'"
        ) from missing
