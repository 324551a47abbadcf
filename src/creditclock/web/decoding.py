"""Decoding: from the bytes of a request to a command, strictly (design section 3.1)."""

import hashlib
import json
import re
from collections.abc import Iterable
from functools import cache
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

import msgspec

from creditclock.contract import Command, Operation, Refusal
from creditclock.contract.values import KINDS, PATHS
from creditclock.queries.source import not_found

MOST_PARAMETERS: Final = 20
_encode: Final = msgspec.json.Encoder().encode
_ID: Final = re.compile(r"^([a-z]{3})_[0-9a-f]{19}\Z")
_KEY: Final = re.compile(r"^[\x21-\x7e]{1,64}\Z")
KEY_FORM: Final = "has 1 to 64 visible ASCII characters."
_ESCAPED_NAME: Final = re.compile(rb'\\u[0-9a-fA-F]{4}[^"\\]*"\s*:')
"""A name in an object that is spelled with escapes."""
_FORM: Final = re.compile(r" matching regex .*\Z", re.DOTALL)
_PLACE: Final = re.compile(r"^(.*) - at `\$\.?(.*)`$", re.DOTALL)
_UNKNOWN: Final = re.compile(r"^Object contains unknown field `(.*)`$", re.DOTALL)
_MISSING: Final = re.compile(r"^Object missing required field `(.*)`$", re.DOTALL)


class Shape(NamedTuple):
    """How a command's fields reach us: those in the path with their prefixes ("" for a name), the others as a struct.

    `quoted` are the names of all fields as JSON says them.
    """

    path: tuple[tuple[str, str], ...]
    names: tuple[str, ...]
    quoted: tuple[bytes, ...]
    rest: type[msgspec.Struct]
    decoder: "msgspec.json.Decoder[msgspec.Struct]"


@cache
def shape_of(operation: Operation) -> Shape:
    """The shape of an operation's command."""
    in_path = operation.path_fields
    fields = msgspec.structs.fields(operation.command)
    others: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for field in fields:
        if field.name in in_path:
            continue
        if field.required:
            others.append((field.name, field.type))
        else:
            others.append((field.name, field.type, field.default))
    rest = msgspec.defstruct(
        f"{operation.command.__name__}Body", others, frozen=True, kw_only=True, forbid_unknown_fields=True
    )
    path = tuple((name, PATHS.get(name, "")) for name in in_path)
    quoted = tuple(f'"{field.name}"'.encode() for field in fields)
    return Shape(path, tuple(rest.__struct_fields__), quoted, rest, msgspec.json.Decoder(rest))


def command_of(operation: Operation, ids: tuple[str, ...], query: bytes, body: bytes) -> Command[Any]:
    """The command that a request means. Raises a Refusal `not_found`, `invalid_json` or `invalid`."""
    shape = shape_of(operation)
    values: dict[str, Any] = {}
    for (name, prefix), identifier in zip(shape.path, ids, strict=True):
        check_id(identifier, prefix)
        values[name] = identifier
    if not shape.names and not query and not body:
        return operation.command(**values)
    rest = _from_body(shape, body) if in_body(operation, query, body) else _from_query(shape, query)
    for name in shape.names:
        values[name] = getattr(rest, name)
    return operation.command(**values)


def check_id(identifier: str, prefix: str) -> None:
    """Raise a Refusal `not_found` for an id that can't be one of this kind; names are looked up later."""
    if not prefix:
        return
    found = _ID.match(identifier)
    if not found or found[1] != prefix:
        raise _no_such(identifier, prefix)


def digest_of(operation: Operation, command: Command[Any]) -> str:
    """What tells a request with an idempotency key from another one."""
    return hashlib.sha256(operation.name.encode() + b"\n" + _encode(command)).hexdigest()


def idempotency_key(header: bytes) -> str:
    """The key in a header. Raises a Refusal `invalid` for one that is too long or not plain ASCII."""
    key = header.decode("latin-1")
    if not is_key(key):
        raise Refusal("invalid", f"An Idempotency-Key {KEY_FORM}", field="Idempotency-Key")
    return key


def is_key(text: str) -> bool:
    """Whether a text has the form of an idempotency key."""
    return _KEY.match(text) is not None


def _no_such(identifier: str, prefix: str) -> Refusal:
    found = _ID.match(identifier)
    if found and found[1] in KINDS:
        detail = f"{identifier} names a {KINDS[found[1]]}, here the id of a {KINDS[prefix]} ({prefix}_…) is needed."
        return Refusal("not_found", detail, id=identifier)
    return not_found(identifier) if len(identifier) < 64 else Refusal("not_found", "This id is too long. Check it.")  # noqa: PLR2004 - an id has 23


def in_body(operation: Operation, query: bytes, body: bytes) -> bool:
    """Whether the fields stand in the body; only a removal may have them in the query instead, which logs may keep."""
    if operation.writes and query and (body or operation.method != "DELETE"):
        raise Refusal("invalid", "The fields of this request stand in its body. Leave the query out.")
    return operation.writes and not query


def _from_body(shape: Shape, body: bytes) -> msgspec.Struct:
    try:
        rest = shape.decoder.decode(body or b"{}")
    except msgspec.ValidationError as error:
        raise invalid(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal("invalid_json", f"The body is not valid JSON: {error}.") from error
    if b"\\u" in body:
        check_text(rest)
    check_names(body, shape.quoted)
    return rest


def check_names(text: bytes, quoted: Iterable[bytes]) -> None:
    """Raise a Refusal `invalid_json` for an object, already read, in which a name stands twice.

    Readers differ in which of the two counts, so that somebody between us and the client may have seen another value.
    `quoted` are the names that the object may have.
    """
    if text.count(b":") < 2:  # noqa: PLR2004 - one name
        return
    is_plain = text.count(b"{") == 1 and not has_escaped_name(text)
    if is_plain and all(text.count(name) < 2 for name in quoted):  # noqa: PLR2004 - once
        return
    try:
        json.loads(text, object_pairs_hook=_check_pairs, parse_int=len, parse_float=len)
    except (ValueError, RecursionError) as error:
        # Parts that are read later weren't looked at yet.
        raise Refusal("invalid_json", f"The body is not valid JSON: {error}.") from error


def has_escaped_name(text: bytes) -> bool:
    """Whether a name in JSON is spelled with escapes."""
    return b"\\u" in text and _ESCAPED_NAME.search(text) is not None


def _check_pairs(pairs: list[tuple[str, object]]) -> None:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise Refusal("invalid_json", f"The name {name[:100]!r} stands twice in an object. Give each once.")
        seen.add(name)


def _from_query(shape: Shape, query: bytes) -> msgspec.Struct:
    try:
        pairs = parse_qsl(
            query.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(query),
            encoding="utf-8",
            errors="strict",
            max_num_fields=MOST_PARAMETERS,
        )
    except ValueError as error:
        raise Refusal("invalid", "The query can't be read. Write it as ?name=value&name=value.") from error
    values = dict(pairs)
    if len(values) < len(pairs):
        raise Refusal("invalid", "A parameter stands twice in the query. Give each once.")
    try:
        rest = msgspec.convert(values, shape.rest, strict=False)
    except msgspec.ValidationError as error:
        raise invalid(str(error)) from error
    check_text(rest)
    return rest


def check_text(rest: msgspec.Struct) -> None:
    """Raise a Refusal `invalid` for texts with a NUL or half a character; only escapes bring them."""
    for name in rest.__struct_fields__:
        value = getattr(rest, name)
        if isinstance(value, str) and ("\x00" in value or not _encodable(value)):
            raise Refusal("invalid", f"`{name}` has a character that is not allowed. Remove it.", field=name)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def invalid(message: str) -> Refusal:
    """The refusal for a value of another type or beyond its bounds, with the field's name."""
    found = _PLACE.match(message)
    text, field = (found[1], found[2]) if found else (message, "")
    if unknown := _UNKNOWN.match(text):
        return Refusal("invalid", f"There is no field `{unknown[1]}` here. Leave it out.", field=unknown[1])
    if missing := _MISSING.match(text):
        return Refusal("invalid", f"The field `{missing[1]}` is missing.", field=missing[1])
    detail = f"`{field}`: {_plain(text)}." if field else f"{_plain(text)}."
    return Refusal("invalid", detail, field=field or None)


def _plain(text: str) -> str:
    """The decoder's message in words that need no knowledge of Python."""
    for name, plain in (
        ("`int | null`", "an integer or null"),
        ("`int`", "an integer"),
        ("`str | null`", "a text or null"),
        ("`str`", "a text"),
        ("`bool`", "true or false"),
        ("`float`", "a number with a fraction"),
        ("`object`", "an object"),
        ("`array`", "a list"),
    ):
        text = text.replace(name, plain)
    text = _FORM.sub(" of the form that /docs says", text)
    return text[:1].lower() + text[1:] if text.startswith("Expected") else text
