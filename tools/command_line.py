"""The reference page of the command line, read from its parsers.

The text is laid out here: that of argparse differs from one Python to the next.
"""

import argparse
from collections.abc import Iterable, Iterator
from typing import Any, Final

from creditclock.cli.batch import add_batch
from creditclock.cli.importing import add_import
from creditclock.cli.installation import add_installation
from creditclock.cli.meter import add_meter
from creditclock.cli.server import add_server
from creditclock.cli.sign import add_sign_in
from creditclock.cli.verbs import NOUNS, add_nouns

_HEAD: Final = """\
<!-- Written by `make docs`. Don't edit it. -->

# Command line

`creditclock help` lists the commands, `creditclock help NOUN VERB` tells about one.
Every operation of the API is a verb of its noun: `wallet.top_up` is `creditclock wallet top-up`.

Amounts are written `12.50`, durations `1h30m`, instants `2026-11-20T09:30:00Z` or `2026-11-20 10:30` in local time.
These options stand before or after every command that talks to a server:

| option | meaning |
| --- | --- |
| `--url URL` | the server (http://127.0.0.1:8400), also `CREDITCLOCK_URL` |
| `--profile NAME` | the login to use, if there are several, also `CREDITCLOCK_PROFILE` |
| `--token-file FILE` | a file that holds a token or key; `CREDITCLOCK_TOKEN` is one itself |
| `--json` | print what the server sent |

Exit codes: 0 done, 1 refused, 2 not understood, 3 server unreachable, 4 not signed in.
"""


def command_line() -> str:
    """The page: every command with its arguments and options."""
    root = argparse.ArgumentParser(prog="creditclock", add_help=False)
    subparsers = root.add_subparsers()
    nothing = argparse.ArgumentParser(add_help=False)
    add_meter(subparsers, nothing)
    add_sign_in(subparsers, nothing)
    add_batch(subparsers, nothing)
    database = add_server(subparsers)
    add_installation(subparsers, database)
    add_import(subparsers, database)
    add_nouns(subparsers, NOUNS, nothing)
    found = list(_walk(root))
    lines = [_HEAD, "| command | |", "| --- | --- |"]
    lines += [f"| [`{name}`](#{name.replace(' ', '-')}) | {_first(parser.description)} |" for name, parser in found]
    for name, parser in found:
        lines += _command(name, parser)
    return "\n".join(lines) + "\n"


def _walk(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """The commands that do something, with the words that call them."""
    for child in _children(parser):
        if _children(child):
            yield from _walk(child)
        else:
            yield child.prog.removeprefix("creditclock "), child


def _children(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    choices: list[dict[str, argparse.ArgumentParser]]
    choices = [action.choices for action in _actions(parser) if action.nargs == argparse.PARSER]
    return [child for named in choices for child in named.values()]


def _actions(parser: argparse.ArgumentParser) -> list[Any]:
    # argparse has no other way to read a parser.
    return [action for action in parser._actions if action.dest != "help"]  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]


def _command(name: str, parser: argparse.ArgumentParser) -> Iterator[str]:
    positional = [action for action in _actions(parser) if not action.option_strings]
    options = [action for action in _actions(parser) if action.option_strings]
    words = [_metavar(action) for action in positional if action.help != argparse.SUPPRESS]
    said = " ".join(["creditclock", name, *words, *(_option(action) for action in options if action.required)])
    more = " [options]" if any(not action.required for action in options) else ""
    rest = " -- COMMAND [ARGUMENT …]" if len(words) < len(positional) else ""
    yield from ("", f'<a id="{name.replace(" ", "-")}"></a>', "", f"## {name}", "", f"`{said}{more}{rest}`", "")
    yield from _paragraphs(parser.description)
    rows = [(_shown(action), _text(action)) for action in [*positional, *options] if action.help != argparse.SUPPRESS]
    if rows:
        yield from ("", "| argument | meaning |", "| --- | --- |")
        yield from (f"| {shown} | {text} |" for shown, text in rows)
    epilog = [
        line for line in (parser.epilog or "").splitlines() if not line.startswith(("exit codes: 0 done", "for: "))
    ]
    if any(epilog):
        yield from ("", "```text", *"\n".join(epilog).strip().splitlines(), "```")


def _paragraphs(text: str | None) -> Iterable[str]:
    return ["" if not line.strip() else line.strip() for line in (text or "").splitlines()]


def _first(text: str | None) -> str:
    return (text or "").partition("\n")[0]


def _metavar(action: argparse.Action) -> str:
    return str(action.metavar or action.dest.upper())


def _option(action: argparse.Action) -> str:
    if action.nargs == 0:
        return action.option_strings[0]
    choices = action.choices
    value = "|".join(map(str, choices)) if choices else _metavar(action)
    return f"{action.option_strings[0]} {value}"


def _shown(action: argparse.Action) -> str:
    if not action.option_strings:
        return f"`{_metavar(action)}`"
    names = [f"`{_option(action)}`", *(f"`{name}`" for name in action.option_strings[1:])]
    return " ".join(names).replace("|", r"\|") + (" (required)" if action.required else "")


def _text(action: argparse.Action) -> str:
    return (action.help or "").replace("%%", "%").replace("|", r"\|")
