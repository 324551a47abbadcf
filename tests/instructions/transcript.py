"""Transcripts: instructions and their answers as the protocol has them, written as text, read and compared."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, cast

from tests.api import Json
from tests.instructions.desk import WIRES, looked_at, post
from tests.server import Server

FOLDER = Path(__file__).with_name("transcripts")
NAME = re.compile(r"\$[A-Za-z]\w*(\+30m)?")
DATE = re.compile(r"\d{2}-\d{2}-\d{4} \d{2}:\d{2}:\d{2}\Z")
TOKEN = re.compile(r"(ewsm-uid|ewsm-st):[A-Za-z0-9]{20}:\d+\.\d{2}\Z")
NUMBERS = {"$M", "$N", "$E"}
"""The names of numbers; what begins with `$C` or `$S` is a token, `$list…` a list, all else a text."""

SECRETS = {"client_id", "session_token", "user_pass", "key", "ctoken"}
LONG = 8
"""What is shorter may be a word of a refusal."""


class Step(NamedTuple):
    """A line of a transcript, and the line below it where it is an instruction."""

    place: str
    head: str
    given: str
    expected: str


def steps() -> list[Step]:
    """All steps in their order."""
    return [step for path in sorted(FOLDER.glob("*.txt")) for step in _steps(path)]


def _steps(path: Path) -> Iterator[Step]:
    lines = path.read_text(encoding="utf-8").splitlines()
    numbered = iter([(number, line) for number, line in enumerate(lines, 1) if not line.startswith("#")])
    for number, line in numbered:
        head, _, given = line.partition(" ")
        expected = "" if head == "@" else next(numbered)[1]
        yield Step(f"{path.name}:{number}", head, given, expected)


def written(at: int) -> str:
    """An instant in milliseconds as the protocol writes it."""
    return datetime.fromtimestamp(at // 1_000, UTC).strftime("%d-%m-%Y %H:%M:%S")


class Player:
    """Plays steps on a server and remembers what names stand for."""

    def __init__(self, server: Server, names: dict[str, Json]) -> None:
        self.server = server
        self.names = dict(names)

    def play(self, step: Step) -> None:
        """Raises an AssertionError where the answer is another than expected."""
        if step.head == "@":
            self._turn(*step.given.split())
            return
        given = {"client_id": "$C", "session_token": "$S", **json.loads(step.given)}
        body = {key: self._put(value) for key, value in given.items() if value is not None}
        answer = post(self.server.nobody, {**WIRES[step.head].named, **body})
        sign, _, rest = step.expected.partition(" ")
        if sign == "!":
            self._refused(answer.json, *rest.split())
            for key in SECRETS & body.keys():
                assert len(str(body[key])) < LONG or str(body[key]) not in answer.body.decode(), f"{key} is repeated"
            return
        assert answer.json["failed"] is False, answer
        assert answer.json.keys() == json.loads(rest).keys(), answer
        self._same("", json.loads(rest), answer.json)

    def _turn(self, verb: str, value: str) -> None:
        if verb == "advance":
            self.server.advance(int(value) * 1_000)
        else:
            self.names[f"${value}"] = written(self.server.now)

    @staticmethod
    def _refused(found: Json, kind: str, code: str) -> None:
        looked_at(found, code)
        assert kind in found, found

    def _put(self, value: Json) -> Json:
        """The same with values in the place of names; a whole text may become a number."""
        if isinstance(value, dict):
            inside = cast("dict[str, Json]", value)
            return {self._put(key): self._put(inner) for key, inner in inside.items()}
        if isinstance(value, list):
            items = cast("list[Json]", value)
            return [self._put(inner) for inner in items]
        if not isinstance(value, str):
            return value
        if value in self.names:
            return self.names[value]
        return NAME.sub(lambda found: str(self._value(found[0])), value)

    def _value(self, name: str) -> Json:
        if name == "$now":
            return written(self.server.now)
        if name == "$now+30m":
            return written(self.server.now + 1_800_000)
        return self.names[name]

    def _same(self, place: str, expected: Json, found: Json) -> None:
        """The same value of the same type: 20.0 isn't 20, and 1 isn't true."""
        if isinstance(expected, str) and NAME.fullmatch(expected):
            self._named(place, expected, found)
        elif isinstance(expected, dict):
            self._same_object(place, cast("dict[str, Json]", expected), found)
        elif isinstance(expected, list):
            self._same_list(place, cast("list[Json]", expected), found)
        else:
            wanted = self._put(expected)
            assert type(found) is type(wanted), f"{place}: {found!r} instead of {wanted!r}"
            assert found == wanted, f"{place}: {found!r} instead of {wanted!r}"

    def _same_object(self, place: str, expected: dict[str, Json], found: Json) -> None:
        assert isinstance(found, dict), f"{place}: {found!r} is no object"
        inside = cast("dict[str, Json]", found)
        keys = {str(self._put(key)): inner for key, inner in expected.items()}
        assert inside.keys() == keys.keys(), f"{place}: keys {sorted(inside)} instead of {sorted(keys)}"
        for key, inner in keys.items():
            self._same(f"{place}.{key}", inner, inside[key])

    def _same_list(self, place: str, expected: list[Json], found: Json) -> None:
        assert isinstance(found, list), f"{place}: {found!r} is no list"
        items = cast("list[Json]", found)
        assert len(items) == len(expected), f"{place}: {items!r}"
        for number, (one, other) in enumerate(zip(expected, items, strict=True)):
            self._same(f"{place}[{number}]", one, other)

    def _named(self, place: str, name: str, found: Json) -> None:
        said = str(found)
        kind = int if name in NUMBERS else list if name.startswith("$list") else str
        assert type(found) is kind, f"{place}: {found!r} instead of {name}"
        if name == "$date":
            assert DATE.match(said), f"{place}: {found!r} is no date"
            return
        if name in {"$now", "$now+30m"} or name in self.names:
            assert found == self._value(name), f"{place}: {found!r} instead of {name} = {self._value(name)!r}"
            return
        if name[1] in "CS":
            assert TOKEN.match(said), f"{place}: {found!r} is no token"
        self.names[name] = found
