"""The code blocks of a page, and what comments that readers don't see say about them.

A comment stands on a line of its own before a block:

- `<!-- not run -->`: it is shown only.
- `<!-- another terminal -->`: it runs beside what follows, until the page ends.
- `<!-- seen there -->`: what appears in that terminal.
- `<!-- file: NAME -->`: the reader saves it under that name.
- `<!-- types: PROMPT TEXT -->`: what the reader types when the prompt appears. There may be several.
- `<!-- exit: NUMBER -->`: what its last command gives.

A block of `text` or `json` after one that runs is what that prints; `…` stands for anything.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

RUN = frozenset({"sh", "python"})
SHOWN = frozenset({"text", "json"})
_BLOCK = re.compile(
    r"(?P<before>(?:<!-- [^\n]* -->\n)*)```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


class Block(NamedTuple):
    language: str
    text: str
    remarks: tuple[tuple[str, str], ...] = ()
    prints: tuple["Block", ...] = ()

    def said(self, remark: str) -> tuple[str, ...]:
        """What follows a remark, wherever it was made."""
        return tuple(text for name, text in self.remarks if name == remark)


def blocks_of(path: Path) -> list[Block]:
    """The blocks of a page in order, each with what it prints."""
    found: list[Block] = []
    for block in _read(path):
        if block.language in SHOWN and found and not block.remarks:
            last = found[-1]
            found[-1] = last._replace(prints=(*last.prints, block))
        else:
            found.append(block)
    return found


def _read(path: Path) -> Iterator[Block]:
    for match in _BLOCK.finditer(path.read_text(encoding="utf-8")):
        remarks = re.findall(r"<!-- ([^:\n]*?)(?:: ([^\n]*))? -->", match["before"])
        yield Block(match["language"], match["text"], tuple((name, text) for name, text in remarks))


def check(block: Block, printed: str) -> None:
    """Fail unless a block printed what the page shows."""
    for expected in block.prints:
        if expected.language == "json":
            wanted, got = json.loads(expected.text), _document(printed)
            assert _agrees(wanted, got), f"{got} is not {wanted}"
        else:
            _check_lines(expected.text, printed)


def _check_lines(expected: str, printed: str) -> None:
    """Each line must appear, in order; spaces don't count."""
    rest = _squeezed(printed)
    for line in expected.splitlines():
        pattern = ".*".join(re.escape(part) for part in _squeezed(line).split("…"))
        match = re.search(pattern, rest)
        assert match, f"{line!r} does not appear in {printed}"
        rest = rest[match.end() :]


def _squeezed(text: str) -> str:
    return re.sub(r"[ \t]+", " ", text.replace("\r", "")).strip()


def _document(printed: str) -> Any:  # noqa: ANN401 - JSON
    """The last JSON document among what was printed."""
    for line in reversed(printed.splitlines()):
        if line.lstrip().startswith(("{", "[")):
            return json.loads(line)
    raise AssertionError(f"no JSON document: {printed}")


def _agrees(wanted: Any, got: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether everything that is wanted is there; more may be."""
    if isinstance(wanted, dict):
        members: dict[str, Any] = wanted  # pyright: ignore[reportUnknownVariableType] - JSON
        return all(name in got and _agrees(value, got[name]) for name, value in members.items())
    if isinstance(wanted, list):
        items: list[Any] = wanted  # pyright: ignore[reportUnknownVariableType] - JSON
        return len(items) == len(got) and all(_agrees(*pair) for pair in zip(items, got, strict=True))
    if isinstance(wanted, str):
        pattern = ".*".join(re.escape(part) for part in wanted.split("…"))
        return re.fullmatch(pattern, str(got), re.DOTALL) is not None
    return wanted == got
