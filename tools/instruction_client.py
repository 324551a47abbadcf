"""The modules of the client of the instruction set with a method for each instruction, written from its table."""

import re
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from creditclock.contract.instructions.groups import GROUPS
from creditclock.contract.instructions.instruction import Instruction, description
from creditclock.contract.instructions.values import Secret
from tools.methods import ARGUMENTS, Parameter, declared, docstring, formatted, imports, parameters_of

PACKAGE: Final = "creditclock.instructions.groups"
FOLDER: Final = "src/creditclock/instructions/groups"
_NOTE: Final = "Written by `make docs`. Don't edit it."
_ONE_WORD: Final = ("CToken", "EWallet", "ID", "SToken")
"""What stands in labels for one word."""
_BUILT_IN: Final = frozenset({"credits"})


def modules() -> Mapping[str, Callable[[], str]]:
    """The files, and what writes each."""
    files: dict[str, Callable[[], str]] = {f"{FOLDER}/__init__.py": lambda: formatted(_package())}
    for title, group in GROUPS.items():
        files[f"{FOLDER}/{_module_of(group)}.py"] = lambda title=title, group=group: formatted(_module(title, group))
    return files


def method_of(label: str) -> str:
    """The name of the method of an instruction: `check_ctoken_valid` of CheckCTokenValid."""
    for word in _ONE_WORD:
        label = label.replace(word, word.capitalize())
    return re.sub(r"(?<!^)(?=[A-Z])", "_", label).lower()


def _module_of(group: tuple[Instruction, ...]) -> str:
    return group[0].command.__module__.rpartition(".")[2]


def _class_of(group: tuple[Instruction, ...]) -> str:
    return f"{_module_of(group).removesuffix('s').capitalize()}Instructions"


def _package() -> Iterator[str]:
    yield f'"""All instructions as methods of a client. {_NOTE}"""'
    for group in GROUPS.values():
        yield f"from {PACKAGE}.{_module_of(group)} import {_class_of(group)}"
    yield f"class Instructions({', '.join(map(_class_of, GROUPS.values()))}):"
    yield '    """A method for each instruction."""'


def _module(title: str, group: tuple[Instruction, ...]) -> Iterator[str]:
    yield f'"""{title}: a method for each instruction. {_NOTE}"""'
    yield from imports(" ".join(parameter.type for found in group for parameter in parameters_of(found.operation)))
    yield "from creditclock.instructions.calling import Caller"
    homes = {(struct.__module__, struct.__name__) for found in group for struct in (found.command, found.answer)}
    for module, name in sorted(homes):
        yield f"from {module} import {name}"
    yield f"class {_class_of(group)}(Caller):"
    yield f'    """{title}."""'
    for found in group:
        yield from _method(found)


def _method(found: Instruction) -> Iterator[str]:
    # Two texts of which one is a password are too easily given in the wrong order.
    has_secret = _has_secret(found)
    parameters = parameters_of(found.operation)
    if has_secret:
        parameters.sort(key=lambda parameter: found.command.__struct_fields__.index(parameter.name))
    said = [_declared(parameter) for parameter in parameters if parameter.default is None and not has_secret]
    named = [_declared(parameter) for parameter in parameters if parameter.default is not None or has_secret]
    signature = "".join(["self", *said, *([", *", *named] if named else [])])
    many = "  # noqa: PLR0913 - the fields of the instruction\n" if len(parameters) > ARGUMENTS else ""
    yield f"    def {method_of(found.label)}({many}{signature}) -> {found.answer.__name__}:"
    told = (f"{parameter.name}: {parameter.text}" for parameter in parameters if parameter.text)
    yield from docstring("\n\n".join(_explained(found)), told)
    given = ", ".join(f"{parameter.name}={parameter.name}" for parameter in parameters)
    yield f"        return self.call({found.command.__name__}({given}))"


def _declared(parameter: Parameter) -> str:
    built_in = "  # noqa: A002 - the name of the field\n" if parameter.name in _BUILT_IN else ""
    return f", {declared(parameter)}{built_in}"


def _has_secret(found: Instruction) -> bool:
    hints = typing.get_type_hints(found.command, include_extras=True).values()
    return any(Secret in (hint, *typing.get_args(hint)) for hint in hints)


def _explained(found: Instruction) -> Iterator[str]:
    """What the instruction does, what it gives, and what must have happened before."""
    yield found.operation.description
    keys = [f"`{field.name}`" for field in msgspec.structs.fields(found.answer) if field.name != "failed"]
    answer = " ".join(description(found.answer).split())
    yield f"Gives {found.answer.__name__}: {answer} It has {', '.join(keys)}."
    after = ", ".join(f"`{method_of(label)}`" for label in found.after)
    yield f"{found.label} needs {found.needs.value}." + (f" It usually comes after {after}." if after else "")
