"""Methods that are written from the fields of a command: parameters, docstrings, and the look of their modules."""

import subprocess
import sys
import textwrap
import typing
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, NamedTuple

import msgspec

from creditclock.contract import Operation

WIDTH: Final = 112
ARGUMENTS: Final = 7
"""Ruff's limit."""
_IMPORTS: Final = {
    "Any": "from typing import Any",
    "Literal[": "from typing import Literal",
    "Sequence[": "from collections.abc import Sequence",
    "UnsetType": "from msgspec import UNSET, UnsetType",
}


class Parameter(NamedTuple):
    """A field of a command as a parameter of its method."""

    name: str
    type: str
    default: str | None
    text: str
    in_path: bool


def imports(types: str) -> Iterator[str]:
    """The imports that types need, wherever their names stand in `types`."""
    yield from (line for word, line in _IMPORTS.items() if word in types)


def docstring(description: str, told: Iterable[str]) -> Iterator[str]:
    """The lines of a method's docstring: the description, and a paragraph of one line or more for each thing told."""
    lines = [
        part
        for line in _summarized(description)
        for part in (textwrap.wrap(line, WIDTH) if len(line) > WIDTH else [line])
    ]
    further = [line for text in told for line in textwrap.wrap(text, WIDTH - 8, subsequent_indent="    ")]
    lines += ["", *further] if further else []
    if len(lines) == 1:
        yield f'        """{lines[0]}"""'
        return
    yield f'        """{lines[0]}'
    yield from (f"        {line}".rstrip() for line in lines[1:])
    yield '        """'


def _summarized(description: str) -> list[str]:
    """The description, with a first line that is short enough."""
    first, *rest = description.splitlines()
    sentence, dot, more = first.partition(". ")
    if len(first) <= WIDTH - len('"""') or not dot:
        return [first, *rest]
    return [f"{sentence}.", "", more, *(rest[1:] if rest and not rest[0] else rest)]


def declared(parameter: Parameter) -> str:
    return f"{parameter.name}: {parameter.type}" + ("" if parameter.default is None else f" = {parameter.default}")


def passed(parameter: Parameter) -> str:
    name, kinds = parameter.name, parameter.type.split(" | ")
    if not kinds[0].startswith("Sequence["):
        return name
    others = {"None": f"{name} is None", "UnsetType": f"isinstance({name}, UnsetType)"}
    conditions = [others[kind] for kind in kinds[1:]]
    return f"{name} if {' or '.join(conditions)} else list({name})" if conditions else f"list({name})"


def parameters_of(operation: Operation) -> list[Parameter]:
    hints = typing.get_type_hints(operation.command, include_extras=True)
    found = [_parameter(field, hints[field.name], operation) for field in msgspec.structs.fields(operation.command)]
    required = [parameter for parameter in found if parameter.default is None]
    return required + [parameter for parameter in found if parameter.default is not None]


def _parameter(field: msgspec.structs.FieldInfo, hint: object, operation: Operation) -> Parameter:
    default: object = field.default
    if default is msgspec.NODEFAULT and field.default_factory is not msgspec.NODEFAULT:
        default = field.default_factory()
    text = None if default is msgspec.NODEFAULT else "UNSET" if default is msgspec.UNSET else _written(default)
    return Parameter(field.name, _type(hint), text, _meaning(hint), field.name in operation.path_fields)


def _written(default: object) -> str:
    return repr(tuple(default) if isinstance(default, list) else default)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - any list


def _type(hint: Any) -> str:  # noqa: ANN401, PLR0911 - a table of kinds of types
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        return _type(arguments[0])
    if origin in {typing.Union, UnionType}:
        parts = [_type(argument) for argument in arguments if argument is not NoneType]
        return " | ".join([*parts, *(["None"] if NoneType in arguments else [])])
    if origin is Literal:
        return f"Literal[{', '.join(map(repr, arguments))}]"
    if origin is list:
        return f"Sequence[{_type(arguments[0])}]"
    if origin is dict:
        return f"dict[{', '.join(map(_type, arguments))}]"
    if origin is tuple:
        return f"tuple[{', '.join('...' if argument is ... else _type(argument) for argument in arguments)}]"
    return str(hint.__name__)


def _meaning(hint: object) -> str:
    """What the type says about its values."""
    if typing.get_origin(hint) is Annotated:
        metas = [meta for meta in typing.get_args(hint)[1:] if isinstance(meta, msgspec.Meta)]
        return next((meta.description for meta in metas if meta.description), "")
    if typing.get_origin(hint) in {typing.Union, UnionType}:
        return next((text for argument in typing.get_args(hint) if (text := _meaning(argument))), "")
    return ""


def formatted(lines: Iterator[str]) -> str:
    """The text as `ruff format` and the sorting of imports want it."""
    text = "\n".join(lines) + "\n"
    ruff = Path(sys.executable).with_name("ruff")
    for arguments in (["check", "--select", "I", "--fix-only", "--quiet"], ["format", "--quiet"]):
        command = [ruff, *arguments, "--stdin-filename", "src/creditclock/__init__.py", "-"]
        text = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own ruff
    return text
