"""The modules of the Python library with a method for each operation, written from the table of operations."""

import inspect
import keyword
import subprocess
import sys
import textwrap
import typing
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, NamedTuple

import msgspec

from creditclock.contract import OPERATIONS, Operation
from creditclock.contract.pages import Page

FOLDER: Final = "src/creditclock/client/nouns"
WIDTH: Final = 112
ARGUMENTS: Final = 7
"""Ruff's limit."""
_NOTE: Final = "Written by `make docs`. Don't edit it."
_IRREGULAR: Final = {"audit": "audit", "second_factor": "second_factor", "test_clock": "test_clock", "staff": "staff"}
_LEFT_OUT: Final = frozenset({"batch"})
"""Nouns that the clients themselves have methods for."""
_PAGING: Final = frozenset({"cursor"})


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


def modules() -> Mapping[str, Callable[[], str]]:
    """The files, and what writes each."""
    nouns = _nouns()
    files: dict[str, Callable[[], str]] = {f"{FOLDER}/__init__.py": lambda: _formatted(_package(nouns))}
    for noun, operations in nouns.items():
        files[f"{FOLDER}/{plural(noun)}.py"] = lambda noun=noun, operations=operations: _formatted(
            _module(noun, operations)
        )
    return files


def plural(noun: str) -> str:
    """The name of the attribute that has a noun's methods, such as `wallets`."""
    return _IRREGULAR.get(noun, noun if noun.endswith("s") else f"{noun}s")


def _nouns() -> dict[str, list[Operation]]:
    found: dict[str, list[Operation]] = {}
    for operation in OPERATIONS.values():
        if not operation.streams and operation.noun not in _LEFT_OUT:
            found.setdefault(operation.noun, []).append(operation)
    return dict(sorted(found.items()))


def _class_of(noun: str) -> str:
    return "".join(part.capitalize() for part in noun.split("_")) + "Operations"


def _package(nouns: Mapping[str, object]) -> Iterator[str]:
    yield f'"""The operations by their nouns, as attributes of the clients. {_NOTE}"""'
    yield "from functools import cached_property"
    yield "from creditclock.client.calling import AsyncCaller, Caller"
    for noun in nouns:
        name = _class_of(noun)
        yield f"from creditclock.client.nouns.{plural(noun)} import Async{name}, {name}"
    for prefix, whose in (("", "client"), ("Async", "asynchronous client")):
        yield f"class {prefix}Nouns({prefix}Caller):"
        yield f'    """The nouns of a {whose}."""' if not prefix else f'    """The nouns of an {whose}."""'
        for noun in nouns:
            yield "    @cached_property"
            yield f"    def {plural(noun)}(self) -> {prefix}{_class_of(noun)}:"
            yield f'        """The operations of {plural(noun).replace("_", " ")}."""'
            yield f"        return {prefix}{_class_of(noun)}(self)"


def _module(noun: str, operations: list[Operation]) -> Iterator[str]:
    yield f'"""{plural(noun).replace("_", " ").capitalize()}: a method for each operation. {_NOTE}"""'
    types = " ".join(parameter.type for each in operations for parameter in _parameters(each))
    yield from (line for word, line in _IMPORTS.items() if word in types)
    yield "from creditclock.client.calling import AsyncCaller, Caller"
    if any(_item(operation) for operation in operations):
        yield "from creditclock.client.lists import AsyncListing, Listing"
    homes = {(operation.command.__module__, operation.command.__name__) for operation in operations}
    homes |= {(struct.__module__, struct.__name__) for struct in map(_struct, operations)}
    for module, name in sorted(homes):
        yield f"from {module} import {name}"
    for prefix in ("", "Async"):
        yield f"class {prefix}{_class_of(noun)}:"
        yield f'    """The operations of {plural(noun).replace("_", " ")}."""'
        yield f"    def __init__(self, client: {prefix}Caller) -> None:"
        yield "        self._client = client"
        for operation in operations:
            yield from _method(operation, prefix)


def _method(operation: Operation, prefix: str) -> Iterator[str]:
    item = _item(operation)
    parameters = [parameter for parameter in _parameters(operation) if not item or parameter.name not in _PAGING]
    name = f"{operation.verb}_" if keyword.iskeyword(operation.verb) else operation.verb
    gives = f"{prefix}Listing[{item}]" if item else _struct(operation).__name__
    coroutine = "async " if prefix and not item else ""
    wants_key = operation.writes and operation.name != "token.sign_in"
    said = [_declared(parameter) for parameter in parameters if parameter.in_path]
    named = [_declared(parameter) for parameter in parameters if not parameter.in_path]
    named += ["key: str | None = None"] if wants_key else []
    signature = ", ".join(["self", *said, *(["*", *named] if named else [])])
    many = "  # noqa: PLR0913 - the fields of the operation\n" if len(said) + len(named) > ARGUMENTS else ""
    yield f"    {coroutine}def {name}({many}{signature}) -> {gives}:"
    yield from _docstring(operation, parameters, wants_key=wants_key)
    given = ", ".join(f"{parameter.name}={_passed(parameter)}" for parameter in parameters)
    if item:
        command = f"{operation.command.__name__}({', '.join(filter(None, [given, 'cursor=cursor']))})"
        yield f"        return {prefix}Listing(lambda cursor: self._client.call({command}))"
        return
    command = f"{operation.command.__name__}({given})"
    key = ", key=key" if wants_key else ""
    yield f"        return {'await ' if prefix else ''}self._client.call({command}{key})"


def _docstring(operation: Operation, parameters: list[Parameter], *, wants_key: bool) -> Iterator[str]:
    lines = [
        part
        for line in _summarized(operation)
        for part in (textwrap.wrap(line, WIDTH) if len(line) > WIDTH else [line])
    ]
    told = [f"{parameter.name}: {parameter.text}" for parameter in parameters if parameter.text]
    told += ["key: The idempotency key; the same key again does nothing twice."] if wants_key else []
    if told:
        lines += ["", *(line for text in told for line in textwrap.wrap(text, WIDTH - 8, subsequent_indent="    "))]
    if len(lines) == 1:
        yield f'        """{lines[0]}"""'
        return
    yield f'        """{lines[0]}'
    yield from (f"        {line}".rstrip() for line in lines[1:])
    yield '        """'


def _summarized(operation: Operation) -> list[str]:
    """The description, with a first line that is short enough."""
    first, *rest = operation.description.splitlines()
    sentence, dot, more = first.partition(". ")
    if len(first) <= WIDTH - len('"""') or not dot:
        return [first, *rest]
    return [f"{sentence}.", "", more, *(rest[1:] if rest and not rest[0] else rest)]


def _declared(parameter: Parameter) -> str:
    return f"{parameter.name}: {parameter.type}" + ("" if parameter.default is None else f" = {parameter.default}")


def _passed(parameter: Parameter) -> str:
    name, kinds = parameter.name, parameter.type.split(" | ")
    if not kinds[0].startswith("Sequence["):
        return name
    others = {"None": f"{name} is None", "UnsetType": f"isinstance({name}, UnsetType)"}
    conditions = [others[kind] for kind in kinds[1:]]
    return f"{name} if {' or '.join(conditions)} else list({name})" if conditions else f"list({name})"


def _parameters(operation: Operation) -> list[Parameter]:
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


def _item(operation: Operation) -> str | None:
    """The name of what a list is of."""
    if typing.get_origin(operation.answer) is Page:
        return str(typing.get_args(operation.answer)[0].__name__)
    return None


def _struct(operation: Operation) -> type:
    answer = operation.answer
    found = typing.get_args(answer)[0] if typing.get_origin(answer) is Page else answer
    assert inspect.isclass(found), operation.name
    return found


def _formatted(lines: Iterator[str]) -> str:
    """The text as `ruff format` and the sorting of imports want it."""
    text = "\n".join(lines) + "\n"
    ruff = Path(sys.executable).with_name("ruff")
    for arguments in (["check", "--select", "I", "--fix-only", "--quiet"], ["format", "--quiet"]):
        command = [ruff, *arguments, "--stdin-filename", f"{FOLDER}/__init__.py", "-"]
        text = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own ruff
    return text
