"""Needs: which rows a command certainly touches, read from the ids in it, and which of its facts go to the journal."""

import typing
from functools import cache
from typing import Any, Final

import msgspec

from creditclock.commands.instructions.numbers import KINDS
from creditclock.commands.job import Job
from creditclock.contract import Command
from creditclock.contract.values import master_of, number_of
from creditclock.domain.rows import (
    App,
    ClientToken,
    Clock,
    Customer,
    Master,
    MasterProfile,
    Numbering,
    Plan,
    Session,
    SessionToken,
    Stored,
    SupplyRequest,
    Tariff,
    Token,
    Visit,
    Wallet,
    Webhook,
)
from creditclock.storage.fetching import Need

_ROWS: Final[dict[str, type[Any]]] = {
    "app": App,
    "clk": Clock,
    "cus": Customer,
    "pln": Plan,
    "ses": Session,
    "srq": SupplyRequest,
    "tok": Token,
    "trf": Tariff,
    "wal": Wallet,
    "whk": Webhook,
}
"""The row type that an id's prefix names."""


class Naming(Command[Any], frozen=True, kw_only=True):
    """A command that names many rows and says itself which."""

    def needs(self, master: int) -> list[Need]:
        """The rows that it certainly touches."""
        raise NotImplementedError


def needs_of(job: Job) -> list[Need]:
    """The rows that the command names, the master's own row, and the stored answer to its key."""
    needs = named_rows(job.command, job.masters[0])
    if isinstance(job.command, Naming):
        needs += job.command.needs(job.masters[0])
    if job.caller.kind == "instruction":
        needs += _of_instruction(job)
    if job.key is not None:
        needs.append(Need(job.caller.master, Stored, None, (job.caller.principal, job.key)))
    return needs


def _of_instruction(job: Job) -> list[Need]:
    """What an instruction certainly touches: its tokens, what its session does, and the numbers that it may give."""
    caller = job.caller
    needs: list[Need] = []
    for master in job.masters:
        if master:
            needs += [Need(master, Visit, None, caller.id), Need(master, MasterProfile, None, 0)]
            needs += [Need(master, Master, None, 0)]
        else:
            needs += [Need(0, ClientToken, None, caller.token or 0), Need(0, SessionToken, None, caller.id)]
        needs += [Need(master, Numbering, None, kind) for kind in KINDS]
    return needs


def named_rows(command: msgspec.Struct, master: int) -> list[Need]:
    """The rows that a command or query names in a master, and the master's own row."""
    needs = [Need(master, Master, None, 0)] if master else []
    for field, kind in _named(type(command)):
        identifier = getattr(command, field)
        if isinstance(identifier, str) and master_of(identifier) == master:
            needs.append(Need(master, kind, None, number_of(identifier)))
    return needs


def facts_of(command: msgspec.Struct) -> dict[str, Any]:
    """The ids, amounts, instants and choices of a command; never names, notes or secrets."""
    return {
        name: value
        for name in _facts(type(command))
        if (value := getattr(command, name)) is not None and value is not msgspec.UNSET
    }


@cache
def _named(command: type[msgspec.Struct]) -> tuple[tuple[str, type[Any]], ...]:
    return tuple((name, _ROWS[prefix]) for name, prefix, _ in _fields(command) if prefix in _ROWS)


@cache
def _facts(command: type[msgspec.Struct]) -> tuple[str, ...]:
    return tuple(name for name, _, fact in _fields(command) if fact)


@cache
def _fields(command: type[msgspec.Struct]) -> tuple[tuple[str, str, bool], ...]:
    """Each field with the prefix of the id it holds ("" if none) and whether it is a fact."""
    found: list[tuple[str, str, bool]] = []
    for field in msgspec.structs.fields(command):
        prefix, fact = "", False
        for part in _parts(field.type):
            pattern = _pattern(part)
            if pattern[4:5] == "_" and pattern[0] == "^":
                prefix, fact = pattern[1:4], True
            elif "T[0-9]{2}:" in pattern or typing.get_origin(part) is typing.Literal or _plain(part) is int:
                fact = True
        found.append((field.name, prefix, fact))
    return tuple(found)


def _parts(annotation: Any) -> tuple[Any, ...]:  # noqa: ANN401 - an annotation
    if typing.get_origin(annotation) in {typing.Annotated, typing.Literal}:
        return (annotation,)
    return typing.get_args(annotation) or (annotation,)


def _plain(annotation: Any) -> Any:  # noqa: ANN401 - an annotation
    return typing.get_args(annotation)[0] if typing.get_origin(annotation) is typing.Annotated else annotation


def _pattern(annotation: Any) -> str:  # noqa: ANN401 - an annotation
    if typing.get_origin(annotation) is not typing.Annotated:
        return ""
    metas = (part for part in typing.get_args(annotation)[1:] if isinstance(part, msgspec.Meta))
    return next((meta.pattern for meta in metas if meta.pattern), "")
