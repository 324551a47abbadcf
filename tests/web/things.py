"""One thing of every kind that a business has, and requests of every operation about them, made from the table.

What can't be made from the types of an operation's fields fails here: place it, so that it is tested with the others.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import msgspec

from creditclock.contract import OPERATIONS, Operation
from creditclock.contract.values import KINDS
from tests.api import Answer, Api, Json
from tests.server import asked_for_credits
from tests.web.place import HARMLESS, Place, body_fields

Things = Mapping[str, str]
"""The ids of things by their prefix."""
NOUNS = {*KINDS.values(), *(operation.noun for operation in OPERATIONS.values()), "master", "revives"}
_PREFIX = re.compile(r"\^([a-z]{3})_\[0-9a-f\]")


class Field(NamedTuple):
    """A field of an operation that takes an id of the kind with a prefix."""

    operation: Operation
    name: str
    prefix: str

    @property
    def in_path(self) -> bool:
        return self.name in self.operation.path_fields

    def __str__(self) -> str:
        return f"{self.operation.name}.{self.name}"


class Said(NamedTuple):
    """A request as it is sent on its own."""

    method: str
    path: str
    body: Json
    query: dict[str, Any]

    def send(self, api: Api, key: str | None = None) -> Answer:
        if self.method == "GET":
            return api.get(self.path, **self.query)
        return api.call(self.method, self.path, self.body, key=key)


@cache
def id_fields(operation: Operation) -> tuple[Field, ...]:
    """The fields of an operation that take an id, those of its path too."""
    found: list[Field] = []
    for field in msgspec.structs.fields(operation.command):
        prefixes = set(_PREFIX.findall(json.dumps(msgspec.json.schema(field.type))))
        if prefixes:
            assert len(prefixes) == 1, f"place {operation.name}.{field.name}, which takes {prefixes}"
            assert _takes_one(field.type), f"place {operation.name}.{field.name}: ids stand within it"
            found.append(Field(operation, field.name, prefixes.pop()))
        elif field.name == "second_factor":
            # It says what becomes of the factor.
            continue
        elif field.name in NOUNS or field.name.startswith("to_"):
            raise AssertionError(f"{operation.name}.{field.name} is named like a thing but takes no id of one")
    assert set(operation.path_fields) - {"label"} <= {field.name for field in found}, operation.name
    return tuple(found)


def _takes_one(annotation: object) -> bool:
    schema: Json = msgspec.json.schema(annotation)  # pyright: ignore[reportArgumentType] - an annotation
    return all(option.get("type") in {"string", "null"} for option in schema.get("anyOf", [schema]))


def things_of(place: Place) -> dict[str, str]:
    """Ids of what a business has: something of every kind. Its webhook is disabled, so that it keeps still."""
    shop, ids = place.shop, place.ids
    webhook: str = shop.owner.post("/v1/webhooks", {"url": "https://shop.example/hook"}).ok(201)["id"]
    shop.owner.patch(f"/v1/webhooks/{webhook}", {"enabled": False}).ok()
    found = {
        "app": ids["app"],
        "clk": ids["clock"],
        "cus": ids["customer"],
        "evt": f"evt{shop.id[3:11]}{1:012x}",
        "lot": shop.clock(place.customer.clock)["lots"][0]["id"],
        "mas": shop.id,
        "pln": ids["plan"],
        "rec": shop.records("wallets", place.customer.wallet)[0]["id"],
        "ses": ids["session"],
        "stf": shop.owner.get("/v1/who").ok()["id"],
        "tok": ids["token"],
        "trf": ids["tariff"],
        "wal": ids["wallet"],
        "srq": asked_for_credits(place.server, place.customer),
        "whk": webhook,
    }
    for prefix in KINDS.keys() - found.keys():
        # A kind that came later: nothing is there, and nothing may be found.
        found[prefix] = f"{prefix}{shop.id[3:11]}{1:012x}"
    return found


def fields_said(place: Place, operation: Operation, things: Things) -> dict[str, Any]:
    """All that an operation takes: its example's values, with ids of these things."""
    said: dict[str, Any] = {**(place.body(operation) or {})}
    for field in id_fields(operation):
        if field.in_path or field.name in said or _is_required(operation, field.name):
            said[field.name] = things[field.prefix]
    return said | ({"label": HARMLESS} if "label" in operation.path_fields else {})


def naming(place: Place, field: Field, things: Things, identifier: str) -> dict[str, Any]:
    """What an operation takes where one of its fields names something else: only what must be said beside it."""
    said = fields_said(place, field.operation, things)
    if not field.in_path:
        named = {other.name for other in id_fields(field.operation) if other.in_path}
        said = {name: value for name, value in said.items() if name in named or _is_required(field.operation, name)}
    return {**said, field.name: identifier}


def request_of(operation: Operation, said: Mapping[str, Any]) -> Said:
    """The request that says these fields."""
    path = operation.path.format_map({name: said[name] for name in operation.path_fields})
    rest = {name: value for name, value in said.items() if name not in operation.path_fields}
    body = rest if body_fields(operation) or rest else None
    return Said(operation.method, path, body, {} if operation.writes else rest)


def ids_in(text: str) -> Iterator[tuple[str, int]]:
    """The ids in a text, each with the number of its master."""
    for found in re.finditer(rf"\b({'|'.join(KINDS)})_([0-9a-f]{{7}})[0-9a-f]{{12}}\b", text):
        yield found[0], int(found[2], 16)


def _is_required(operation: Operation, name: str) -> bool:
    return any(field.name == name and field.required for field in msgspec.structs.fields(operation.command))


ID_FIELDS = tuple(field for operation in OPERATIONS.values() for field in id_fields(operation))
