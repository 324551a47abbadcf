"""The page `/docs`: the whole API on one page, without scripts and without anything from elsewhere.

`chapters` is the same as data; the reference pages under `docs/` are written from it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from creditclock import __version__
from creditclock.contract import OPERATIONS, TITLES, Operation
from creditclock.contract.values import KINDS, MAX
from creditclock.web.openapi import NOUNS, answer_name, document
from creditclock.web.problems import STATUS
from creditclock.web.refusals import MEANINGS, Meaning, refusals_of, takes_key

Schema = Mapping[str, Any]
URL: Final = "http://127.0.0.1:8400"
PROBLEM: Final = "#/components/schemas/Problem"


class Field(NamedTuple):
    """A field of a request or an answer. `refers_to` is the struct that it holds, or holds many of."""

    name: str
    place: str
    type: str
    refers_to: str | None
    is_required: bool
    default: str | None
    text: str


class Entry(NamedTuple):
    """An operation as people read about it."""

    operation: Operation
    summary: str
    details: str
    takes: tuple[Field, ...]
    gives: str
    problems: tuple[str, ...]
    has_key: bool
    curl: str
    answer: str

    @property
    def name(self) -> str:
        """The name in the table of operations."""
        return self.operation.name


class Chapter(NamedTuple):
    """All operations about one noun."""

    noun: str
    text: str
    entries: tuple[Entry, ...]


class Struct(NamedTuple):
    """A struct that answers are made of."""

    name: str
    text: str
    fields: tuple[Field, ...]


class Problem(NamedTuple):
    """A code, and the names of the operations that answer with it."""

    code: str
    title: str
    status: int
    meaning: Meaning
    operations: tuple[str, ...]


@cache
def page() -> str:
    """The page as HTML."""
    # Everything is escaped; only `marked` below makes markup.
    pages = Environment(
        loader=PackageLoader("creditclock.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    pages.filters["marked"] = marked
    return pages.get_template("reference.html").render(
        version=__version__, chapters=chapters(), structs=structs(), problems=problems(), titles=TITLES, status=STATUS
    )


def marked(text: str) -> Markup:
    """A sentence whose `code` stands between backticks, as markup."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped before


def chapters() -> tuple[Chapter, ...]:
    """Every operation, by noun, in the order of the table."""
    whole = document()
    schemas = _schemas(whole)
    return tuple(
        Chapter(
            noun,
            text,
            tuple(_entry(operation, whole, schemas) for operation in OPERATIONS.values() if operation.noun == noun),
        )
        for noun, text in NOUNS.items()
    )


def structs() -> tuple[Struct, ...]:
    """What answers are made of, by name."""
    whole = document()
    bodies = {operation.command.__name__ for operation in OPERATIONS.values()}
    return tuple(
        Struct(name, _flowing(schema.get("description", "")), tuple(_fields_of(schema, "answer")))
        for name, schema in whole["components"]["schemas"].items()
        if name not in bodies and name != "Problem" and not name.startswith("Page_")
    )


def problems() -> tuple[Problem, ...]:
    """Every code of the contract, by name."""
    by_code: dict[str, list[str]] = {}
    for operation in OPERATIONS.values():
        for code in refusals_of(operation):
            by_code.setdefault(code, []).append(operation.name)
    return tuple(
        Problem(code, TITLES[code], STATUS[code], MEANINGS[code], tuple(by_code.get(code, ())))
        for code in sorted(TITLES)
    )


def fields_told(struct: type[msgspec.Struct]) -> tuple[Field, ...]:
    """The fields of a struct that no operation answers with, such as the data of an event."""
    (_, schemas) = msgspec.json.schema_components([struct], ref_template="#/components/schemas/{name}")
    return tuple(_fields_of(schemas[struct.__name__], "answer"))


def anchor(name: str) -> str:
    """The anchor of an operation on the page, such as `wallet-top-up`."""
    return name.replace(".", "-").replace("_", "-")


def _schemas(whole: Schema) -> dict[str, Schema]:
    return dict(whole["components"]["schemas"])


def _entry(operation: Operation, whole: Schema, schemas: Mapping[str, Schema]) -> Entry:
    described = whole["paths"][operation.path][operation.method.lower()]
    (content,) = described["responses"][str(operation.status)]["content"].values()
    answer = content["example"]
    details = operation.description.partition("\n")[2]
    return Entry(
        operation=operation,
        summary=operation.summary,
        details=_flowing(details),
        takes=tuple(_taken(operation, described, schemas)),
        gives=answer_name(operation),
        problems=refusals_of(operation),
        has_key=takes_key(operation),
        curl=_curl(operation, described),
        answer=answer if operation.streams else msgspec.json.format(msgspec.json.encode(answer), indent=2).decode(),
    )


def _taken(operation: Operation, described: Schema, schemas: Mapping[str, Schema]) -> Iterable[Field]:
    for parameter in described.get("parameters", ()):
        if "$ref" not in parameter:
            schema = {**parameter["schema"], "description": parameter.get("description", "")}
            yield _field(parameter["name"], parameter["in"], schema, is_required=parameter["required"])
    if "requestBody" in described:
        yield from _fields_of(schemas[operation.command.__name__], "body")


def _fields_of(schema: Schema, place: str) -> Iterable[Field]:
    required = schema.get("required", ())
    for name, field in schema["properties"].items():
        yield _field(name, place, field, is_required=name in required)


def _field(name: str, place: str, schema: Schema, *, is_required: bool) -> Field:
    options: list[Schema] = [option for option in schema.get("anyOf", [schema]) if option.get("type") != "null"]
    inner = options[0]
    has_null = len(schema.get("anyOf", ())) > len(options)
    default = schema.get("default")
    text = schema.get("description") or inner.get("description") or ""
    refers_to = inner.get("$ref") or inner.get("items", {}).get("$ref")
    return Field(
        name=name,
        place=place,
        type=" or ".join(map(_type_of, options)) + (" or null" if has_null else ""),
        refers_to=refers_to.rpartition("/")[2] if refers_to and refers_to != PROBLEM else None,
        is_required=is_required,
        default=None if default is None else msgspec.json.encode(default).decode(),
        text=_flowing(text),
    )


def _type_of(schema: Schema) -> str:
    if "$ref" in schema:
        return "problem document" if schema["$ref"] == PROBLEM else schema["$ref"].rpartition("/")[2]
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    told = _TOLD.get(schema["type"])
    return told(schema) if told else str(schema["type"])


def _text_type(schema: Schema) -> str:
    pattern = schema.get("pattern", "")
    if pattern[1:4] in KINDS and pattern[4:5] == "_":
        return f"id `{pattern[1:4]}_…`"
    if schema.get("format") == "date-time":
        return "instant"
    return "text" + _bounds(schema.get("minLength"), schema.get("maxLength"), " characters")


def _bounds(least: int | None, most: int | None, unit: str = "") -> str:
    shown = "2^53 − 1" if most == MAX else most
    if least is not None and most is not None:
        return f", {least} to {shown}{unit}"
    if most is not None:
        return f", at most {shown}{unit}"
    return "" if least is None else f", at least {least}{unit}"


def _curl(operation: Operation, described: Schema) -> str:
    fields = described.get("parameters", ())
    path = operation.path.format_map({field["name"]: field["example"] for field in fields if field.get("in") == "path"})
    says_method = operation.method not in {"GET", "POST"} or (operation.writes and "requestBody" not in described)
    program = "curl -N" if operation.streams else "curl"
    lines = [f"curl -X {operation.method} {URL}{path}" if says_method else f"{program} {URL}{path}"]
    if "anyone" not in operation.by:
        lines.append('-H "Authorization: Bearer $TOKEN"')
    if takes_key(operation):
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    if "requestBody" in described:
        example = described["requestBody"]["content"]["application/json"]["example"]
        if example or operation.method != "DELETE":
            lines += ["-H 'Content-Type: application/json'", f"-d '{msgspec.json.encode(example).decode()}'"]
    return " \\\n  ".join(lines)


def _flowing(text: str) -> str:
    """The paragraphs of a docstring, each on one line."""
    return "\n".join(" ".join(part.split()) for part in text.strip().split("\n\n") if part.strip())


_TOLD: Final[dict[str, Callable[[Schema], str]]] = {
    "array": lambda schema: f"list of {_type_of(schema['items'])}",
    "integer": lambda schema: "integer" + _bounds(schema.get("minimum"), schema.get("maximum")),
    "string": _text_type,
}
"""How types of the schema are told, where their name doesn't say it."""
