"""Entries of a batch: each decoded as strictly as a request of its own (design section 3.1)."""

from functools import cache
from typing import Annotated, Any, Final, NamedTuple

import msgspec

from creditclock.contract import OPERATIONS, Command, Operation, Refusal
from creditclock.contract.batch import MOST_OPERATIONS, RunBatch
from creditclock.web.decoding import (
    KEY_FORM,
    check_id,
    check_names,
    check_text,
    has_escaped_name,
    in_body,
    invalid,
    is_key,
    shape_of,
)
from creditclock.web.special import SPECIAL

BATCH: Final = next(operation for operation in OPERATIONS.values() if operation.command is RunBatch)
ALONE: Final = frozenset(
    operation.name
    for operation in OPERATIONS.values()
    if operation is BATCH or operation.streams or operation.name in SPECIAL
)
"""Operations that can't stand in a batch: what isn't carried out by the lane or a query, and what never ends."""


class Entry(NamedTuple):
    """One operation of a batch."""

    operation: Operation
    command: Command[Any]
    key: str | None


class _Batch(msgspec.Struct, forbid_unknown_fields=True):
    operations: Annotated[list[msgspec.Raw], msgspec.Meta(min_length=1, max_length=MOST_OPERATIONS)]


class _Head(msgspec.Struct):
    op: str


_WHOLE: Final = (b'"operations"',)
_OWN: Final = (b'"op"', b'"key"')
_batch: Final = msgspec.json.Decoder(_Batch)
_head: Final = msgspec.json.Decoder(_Head)


def raw_entries(query: bytes, body: bytes) -> list[msgspec.Raw]:
    """The entries of a batch, each still as it came. Raises a Refusal `invalid` or `invalid_json` for what is none."""
    in_body(BATCH, query, body)
    try:
        raws = _batch.decode(body or b"{}").operations
    except msgspec.ValidationError as error:
        raise invalid(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal("invalid_json", f"The body is not valid JSON: {error}.") from error
    if body.count(b'"operations"') > 1 or has_escaped_name(body):
        check_names(body, _WHOLE)
    return raws


def entry_of(raw: msgspec.Raw, *, has_escapes: bool) -> Entry:
    """The operation that an entry means. Raises a Refusal `not_found`, `invalid_json` or `invalid`."""
    try:
        item: Any = _decoder().decode(raw)
    except msgspec.ValidationError as error:
        _check_operation(raw)
        raise invalid(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal("invalid_json", f"This is not valid JSON: {error}.") from error
    operation = OPERATIONS[item.__struct_config__.tag]
    if has_escapes:
        check_text(item)
    shape = shape_of(operation)
    check_names(bytes(raw), (*_OWN, *shape.quoted))
    values: dict[str, Any] = {}
    for name, prefix in shape.path:
        values[name] = identifier = getattr(item, name)
        check_id(identifier, prefix)
    for name in shape.names:
        values[name] = getattr(item, name)
    key: str | None = item.key
    if key is not None and not is_key(key):
        raise Refusal("invalid", f"A `key` {KEY_FORM}", field="key")
    return Entry(operation, operation.command(**values), key)


def _check_operation(raw: msgspec.Raw) -> None:
    """Say so if what is wrong with an entry is its operation."""
    try:
        name = _head.decode(raw).op
    except msgspec.ValidationError:
        return
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal("invalid_json", f"This is not valid JSON: {error}.") from error
    if name in ALONE:
        raise Refusal("invalid", f"{name} can't stand in a batch. Send it on its own.", field="op")
    if name not in OPERATIONS:
        raise Refusal("invalid", "There is no operation of this name (`op`). See /docs.", field="op")


@cache
def _decoder() -> "msgspec.json.Decoder[msgspec.Struct]":
    items = [_item(operation) for operation in OPERATIONS.values() if operation.name not in ALONE]
    return msgspec.json.Decoder(_union(items))


def _union(items: list[type[msgspec.Struct]]) -> Any:  # noqa: ANN401 - a type made at run time
    found: Any = items[0]
    for item in items[1:]:
        found |= item
    return found


def _item(operation: Operation) -> type[msgspec.Struct]:
    """What an operation's command takes, all in one object, with its name and its key."""
    shape = shape_of(operation)
    assert not {"op", "key"} & set(operation.command.__struct_fields__), operation.name
    return msgspec.defstruct(
        f"{operation.command.__name__}Entry",
        [*((name, str) for name, _ in shape.path), ("key", str | None, None)],
        bases=(shape.rest,),
        tag_field="op",
        tag=operation.name,
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )
