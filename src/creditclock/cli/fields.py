"""The fields of an operation as arguments of the command line."""

import argparse
import contextlib
import typing
from collections.abc import Callable
from typing import Any, Final, Literal, NamedTuple

import msgspec
from msgspec import inspect

from creditclock.cli import instants, instruction_help
from creditclock.cli.plain import plain
from creditclock.cli.render import MONEY, is_duration, is_instant
from creditclock.client import durations
from creditclock.contract import Operation
from creditclock.contract.values import KINDS, MasterId, master_of

Kind = Literal[
    "amount",
    "business",
    "businesses",
    "choice",
    "choices",
    "duration",
    "durations",
    "id",
    "instant",
    "number",
    "password",
    "text",
]
PASSWORDS: Final = frozenset({"password", "old_password", "code"})
"""Fields that are asked for and not repeated; a code of the second factor only if it is needed."""
_EXAMPLES: Final = {
    "amount": "12.50",
    "business": "mas_…",
    "duration": "1h30m",
    "durations": "5m,1m",
    "instant": "2026-11-20T09:30:00Z",
    "number": "1",
}
_HELP: Final = {
    "amount": "an amount such as 12.50",
    "price": "the price of one hour, such as 60.00",
    "lease_ms": "how long a session may run without a renewal, 5s to 24h",
    "minimum_ms": "charged at least, in real time",
    "low_ms": "with so much time left a running clock is told to be low, such as 5m,1m",
    "increment_ms": "each begun increment of real time counts when a session ends",
    "pause_count": "how many pauses a session may have",
    "pause_each_ms": "how long a pause may last",
    "pause_total_ms": "how long all pauses of a session may last",
    "after_pause": "what happens to a session whose pause lasted too long",
    "revive_ms": "how long after a lapse a start may continue the lapsed session",
    "valid_ms": "how long bought time is kept",
    "duration": "a duration such as 1h30m",
    "instant": "2026-11-20T09:30:00Z, or 2026-11-20 10:30 in local time",
    "limit": "how many items a page holds",
    "email": "an address such as ann@example.com",
    "phone": "a number such as +43 660 1234567",
    "cursor": "where the page begins, as the page before told",
    "scopes": "what a secret key may do, with commas between",
    "events": "kinds such as session.*,clock.low; none stands for all",
    "password": "asked for if it must be given and isn't; other users may see it in `ps`",
    "code": "a code of the second factor, asked for if it is needed and isn't given",
    "seq": "the holder's number of the session, 1 after its start",
}
"""What people are told, by the name of a field or its kind; the rest is told by the contract."""
_NAMED: Final[dict[str, Kind]] = {"master_id": "business", "master_ids": "businesses"}
"""Numbers of businesses, which may be typed as ids as well."""


class Field(NamedTuple):
    """One field: what it is, how it is typed, and whether it must be."""

    name: str
    kind: Kind
    is_path: bool
    is_required: bool
    is_cleared: bool
    choices: tuple[str, ...]
    help: str
    example: str
    check: Callable[[str], Any]

    @property
    def flag(self) -> str:
        """The option that gives the field."""
        return "--" + self.place.replace("_", "-")

    @property
    def place(self) -> str:
        """The name under which the parser keeps the field; `url` is that of the server."""
        return "address" if self.name == "url" else self.name


def fields_of(operation: Operation) -> list[Field]:
    """The fields of an operation: those of the path, then those that must be given, then the others."""
    info = inspect.type_info(operation.command)
    assert isinstance(info, inspect.StructType)
    hints = typing.get_type_hints(operation.command, include_extras=True)
    fields = [_field(operation, field, hints[field.name]) for field in info.fields]
    return sorted(fields, key=lambda field: (not field.is_path, not field.is_required))


def is_positional(field: Field) -> bool:
    """Whether a field is given by its place: what the path names, and the amount, time or URL that must be said."""
    return field.is_path or (field.is_required and field.name in {"amount", "ms", "url"})


def _field(operation: Operation, field: inspect.Field, hint: Any) -> Field:  # noqa: ANN401 - an annotation
    described, options = _options(field.type)
    inner = next(option for option in options if not isinstance(option, inspect.NoneType))
    prefix, kind = (None, _NAMED[field.name]) if field.name in _NAMED else _kind(field.name, inner)
    choices: tuple[str, ...] = ()
    if isinstance(inner, inspect.ListType) and isinstance(inner.item_type, inspect.LiteralType):
        choices = tuple(map(str, inner.item_type.values))
    elif isinstance(inner, inspect.LiteralType):
        choices = tuple(map(str, inner.values))
    elif isinstance(inner, inspect.BoolType):
        choices = ("true", "false")
    text = (
        (instruction_help.told(field.name) if operation.name == instruction_help.NAME else None)
        or _HELP.get(field.name)
        or _HELP.get(kind)
        or described.rstrip(".")
        or (f"one of {', '.join(choices)}" if choices else "")
    )
    if not field.required and field.default not in {msgspec.NODEFAULT, None}:
        default: Any = field.default
        shown = default
        if kind == "duration":
            shown = durations.spelled(default)
        elif kind == "durations":
            shown = ",".join(map(durations.spelled, default))
        text = f"{text} ({shown} if left out)".strip()
    return Field(
        name=field.name,
        kind=kind,
        is_path=field.name in operation.path_fields,
        is_required=field.required,
        is_cleared=operation.method == "PATCH" and len(options) > 1,
        choices=choices,
        help=text.replace("%", "%%"),
        example=_example(operation, field.name, kind, prefix, choices),
        check=_check(kind, prefix, choices, hint, _HELP.get(field.name) or described.rstrip(".")),
    )


def _example(operation: Operation, name: str, kind: Kind, prefix: str | None, choices: tuple[str, ...]) -> str:
    """What somebody might type."""
    if operation.name == instruction_help.NAME and name == "label":
        return instruction_help.EXAMPLE
    if "secret" in choices:
        return "secret"
    return f"{prefix}_…" if prefix else _EXAMPLES.get(kind, choices[0] if choices else name.upper())


def _options(type_: inspect.Type) -> tuple[str, list[inspect.Type]]:
    """The description of a type, and the types that it may be."""
    if isinstance(type_, inspect.Metadata):
        described, options = _options(type_.type)
        schema: dict[str, Any] = getattr(type_, "extra_json_schema", None) or {}
        return str(schema.get("description", described)), options
    if isinstance(type_, inspect.UnionType):
        parts = [_options(option) for option in type_.types]
        described = next((text for text, _ in parts if text), "")
        return described, [option for _, options in parts for option in options]
    return "", [type_]


def _kind(name: str, type_: inspect.Type) -> tuple[str | None, Kind]:  # noqa: PLR0911 - a table of types
    match type_:
        case inspect.IntType() if name in MONEY:
            return None, "amount"
        case inspect.IntType() if is_duration(name):
            return None, "duration"
        case inspect.IntType():
            return None, "number"
        case inspect.VarTupleType() if is_duration(name):
            return None, "durations"
        case inspect.ListType():
            return None, "choices"
        case inspect.LiteralType() | inspect.BoolType():
            return None, "choice"
        case inspect.StrType(pattern=pattern) if pattern and pattern[1:4] in KINDS and pattern[4:5] == "_":
            return pattern[1:4], "id"
        case _ if is_instant(name):
            return None, "instant"
        case _ if name in PASSWORDS:
            return None, "password"
        case _:
            return None, "text"


def _check(
    kind: Kind,
    prefix: str | None,
    choices: tuple[str, ...],
    hint: Any,  # noqa: ANN401 - an annotation
    form: str,
) -> Callable[[str], Any]:
    """A function from what is typed to the value; argparse shows the sentence of what it raises."""

    def check(text: str) -> Any:  # noqa: ANN401 - each field has its own type
        try:
            value = _value(text, kind, choices)
            return value if kind == "amount" else msgspec.convert(value, hint, strict=kind not in {"choice", "choices"})
        except msgspec.ValidationError as error:
            if kind == "id":
                thing = KINDS[prefix or ""]
                article = "an" if thing[0] in "aeiou" else "a"
                raise argparse.ArgumentTypeError(
                    f"{text!r} is not the id of {article} {thing}: that is {prefix}_ and 19 more characters"
                ) from error
            # A password is not repeated: what is written here may be kept in a log.
            told = "it" if kind == "password" else repr(text)
            wrong = plain(str(error), form, durations.spelled if kind.startswith("duration") else str)
            raise argparse.ArgumentTypeError(f"{told} {wrong}") from error
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error).rstrip(".")) from error

    return check


def _value(text: str, kind: Kind, choices: tuple[str, ...]) -> Any:  # noqa: ANN401, PLR0911 - each kind has its own type
    match kind:
        case "duration":
            return durations.parsed(text)
        case "durations":
            return [durations.parsed(part) for part in text.split(",") if part.strip()]
        case "instant":
            return instants.parsed(text)
        case "number":
            if not text.strip().lstrip("-").isdecimal():
                raise ValueError(f"{text!r} is not a whole number.")
            return int(text)
        case "business":
            return _business(text.strip())
        case "businesses":
            return [_business(part.strip()) for part in text.split(",") if part.strip()]
        case "choices":
            parts = [part.strip() for part in text.split(",") if part.strip()]
            return [_chosen(part, choices) for part in parts] if choices else parts
        case "choice":
            return _chosen(text, choices)
        case _:
            return text


def _business(text: str) -> int:
    """The number of a business that is named by its id, or by that number."""
    if text.startswith("mas_"):
        with contextlib.suppress(msgspec.ValidationError):
            return master_of(msgspec.convert(text, MasterId))
    elif text.isascii() and text.isdecimal():
        return int(text)
    raise ValueError(f"{text!r} is neither the id of a business, mas_ and 19 more characters, nor its number.")


def _chosen(text: str, choices: tuple[str, ...]) -> str:
    if text not in choices:
        raise ValueError(f"{text!r} is none of {', '.join(choices)}.")
    return text
