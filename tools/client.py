"""The modules of the Python library with a method for each operation, written from the table of operations."""

import inspect
import keyword
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from creditclock.contract import OPERATIONS, Operation
from creditclock.contract.pages import Page
from tools.methods import ARGUMENTS, Parameter, declared, docstring, formatted, imports, parameters_of, passed

FOLDER: Final = "src/creditclock/client/nouns"
_NOTE: Final = "Written by `make docs`. Don't edit it."
_IRREGULAR: Final = {"audit": "audit", "second_factor": "second_factor", "test_clock": "test_clock", "staff": "staff"}
_LEFT_OUT: Final = frozenset({"batch"})
"""Nouns that the clients themselves have methods for."""
_PAGING: Final = frozenset({"cursor"})


def modules() -> Mapping[str, Callable[[], str]]:
    """The files, and what writes each."""
    nouns = _nouns()
    files: dict[str, Callable[[], str]] = {f"{FOLDER}/__init__.py": lambda: formatted(_package(nouns))}
    for noun, operations in nouns.items():
        files[f"{FOLDER}/{plural(noun)}.py"] = lambda noun=noun, operations=operations: formatted(
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
    types = " ".join(parameter.type for each in operations for parameter in parameters_of(each))
    yield from imports(types)
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
    parameters = [parameter for parameter in parameters_of(operation) if not item or parameter.name not in _PAGING]
    name = f"{operation.verb}_" if keyword.iskeyword(operation.verb) else operation.verb
    gives = f"{prefix}Listing[{item}]" if item else _struct(operation).__name__
    coroutine = "async " if prefix and not item else ""
    wants_key = operation.writes and operation.name != "token.sign_in"
    said = [declared(parameter) for parameter in parameters if parameter.in_path]
    named = [declared(parameter) for parameter in parameters if not parameter.in_path]
    named += ["key: str | None = None"] if wants_key else []
    signature = ", ".join(["self", *said, *(["*", *named] if named else [])])
    many = "  # noqa: PLR0913 - the fields of the operation\n" if len(said) + len(named) > ARGUMENTS else ""
    yield f"    {coroutine}def {name}({many}{signature}) -> {gives}:"
    yield from _docstring(operation, parameters, wants_key=wants_key)
    given = ", ".join(f"{parameter.name}={passed(parameter)}" for parameter in parameters)
    if item:
        command = f"{operation.command.__name__}({', '.join(filter(None, [given, 'cursor=cursor']))})"
        yield f"        return {prefix}Listing(lambda cursor: self._client.call({command}))"
        return
    command = f"{operation.command.__name__}({given})"
    key = ", key=key" if wants_key else ""
    yield f"        return {'await ' if prefix else ''}self._client.call({command}{key})"


def _docstring(operation: Operation, parameters: list[Parameter], *, wants_key: bool) -> Iterator[str]:
    told = [f"{parameter.name}: {parameter.text}" for parameter in parameters if parameter.text]
    told += ["key: The idempotency key; the same key again does nothing twice."] if wants_key else []
    return docstring(operation.description, told)


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
