"""The OpenAPI document is complete, resolves, and its examples are what it says."""

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from creditclock.contract import OPERATIONS, TITLES, Operation
from creditclock.web.openapi import document
from creditclock.web.problems import STATUS
from creditclock.web.refusals import MEANINGS, OWN, refusals_of

DOCUMENT = document()
METHODS = {"get", "post", "patch", "delete"}


def described(operation: Operation) -> dict[str, Any]:
    return DOCUMENT["paths"][operation.path][operation.method.lower()]


def parts(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        members: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType] - JSON
        yield members
        for part in members.values():
            yield from parts(part)
    elif isinstance(value, list):
        items: list[object] = value  # pyright: ignore[reportUnknownVariableType] - JSON
        for item in items:
            yield from parts(item)


def test_every_operation_stands_in_it_once() -> None:
    found = [part["operationId"] for path in DOCUMENT["paths"].values() for part in path.values()]
    assert sorted(found) == sorted(name.replace(".", "_") for name in OPERATIONS)


def test_it_is_the_same_each_time() -> None:
    assert json.dumps(document()) == json.dumps(DOCUMENT)


def test_references_resolve_and_nothing_is_left_over() -> None:
    used = {part["$ref"] for part in parts(DOCUMENT) if "$ref" in part}
    there = {
        f"#/components/{kind}/{name}" for kind in ("schemas", "parameters") for name in DOCUMENT["components"][kind]
    }
    assert used == there


def test_patterns_are_those_of_json_schema() -> None:
    patterns = [part["pattern"] for part in parts(DOCUMENT) if isinstance(part.get("pattern"), str)]
    assert patterns
    assert not [pattern for pattern in patterns if r"\Z" in pattern or r"\A" in pattern]


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_fields_of_an_operation_stand_in_path_query_or_body(operation: Operation) -> None:
    told = described(operation)
    fields = [field for field in told.get("parameters", ()) if "name" in field]
    names = {field["name"] for field in fields}
    if "requestBody" in told:
        names |= set(DOCUMENT["components"]["schemas"][operation.command.__name__]["properties"])
    assert names == set(operation.command.__struct_fields__)
    assert [field["name"] for field in fields if field["in"] == "path"] == re.findall(r"{(\w+)}", operation.path)


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_examples_can_be_sent_and_read(operation: Operation) -> None:
    told = described(operation)
    values = {field["name"]: field["example"] for field in told.get("parameters", ()) if "example" in field}
    if "requestBody" in told:
        values |= told["requestBody"]["content"]["application/json"]["example"]
    msgspec.convert(values, operation.command)
    (content,) = told["responses"][str(operation.status)]["content"].values()
    answer = content["example"]
    if operation.streams:
        fields = dict(line.split(": ", 1) for line in answer.splitlines())
        answer = msgspec.json.decode(fields["data"])
        assert fields["id"] == answer["id"]
        assert fields["event"] == answer["type"]
    assert msgspec.json.encode(msgspec.convert(answer, operation.answer)) == msgspec.json.encode(answer)


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_answers_are_the_success_and_the_problems(operation: Operation) -> None:
    statuses = {str(operation.status)} | {str(STATUS[code]) for code in refusals_of(operation)}
    assert set(described(operation)["responses"]) == statuses


INSTRUCTED = {
    "instruction_unknown",
    "invalid_instruction",
    "invalid_tokens",
    "marked_for_removal",
    "master_limit",
    "no_master",
    "not_logged_in",
    "timer_state",
    "wrong_key_code",
}
"""Codes that only the instruction set answers."""


def test_every_code_has_a_status_and_a_meaning() -> None:
    assert set(STATUS) == set(MEANINGS) == set(TITLES)


def test_every_code_is_answered_by_something() -> None:
    answered = {code for operation in OPERATIONS.values() for code in refusals_of(operation)}
    # These are refused before it is known which operation was meant, or answered by the instruction set alone.
    early = {"head_too_large", "malformed", "method_not_allowed", "too_slow", "wrong_host"}
    assert answered == set(TITLES) - early - INSTRUCTED


def test_problems_of_their_own_belong_to_operations() -> None:
    assert set(OWN) <= set(OPERATIONS)
