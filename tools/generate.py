"""Writes the generated files; with --check only says which are out of date.

A generated file is a path and a function that gives its text. Nothing in it may depend on the machine or the time.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tools import client, instruction_client, instruction_set
from tools.command_line import command_line
from tools.events import events
from tools.licences import LicenceError, third_party
from tools.reference import openapi, operations, permissions, problem_codes

FILES: Mapping[str, Callable[[], str]] = {
    "THIRD_PARTY.md": third_party,
    "docs/instruction-set.md": instruction_set.page,
    "docs/reference/command-line.md": command_line,
    "docs/reference/events.md": events,
    "docs/reference/operations.md": operations,
    "docs/reference/permissions.md": permissions,
    "docs/reference/problems.md": problem_codes,
    "openapi.json": openapi,
    **client.modules(),
    **instruction_client.modules(),
}


def main(arguments: list[str]) -> int:
    try:
        outdated = list(_outdated())
    except LicenceError as error:
        print(error, file=sys.stderr)
        return 1
    if "--check" in arguments:
        for path, _ in outdated:
            print(f"{path} is out of date: run `make docs`", file=sys.stderr)
        return 1 if outdated else 0
    for path, text in outdated:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        print(f"wrote {path}")
    return 0


def _outdated() -> Iterator[tuple[Path, str]]:
    for name, generate in FILES.items():
        path, text = Path(name), generate()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            yield path, text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
