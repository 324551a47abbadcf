"""Operations: what may be said, as data (design section 3.1).

One frozen struct per operation, collected in `OPERATIONS`. The HTTP routes, the OpenAPI document, the command line,
the typed client, the reference pages and the permission sheet are all read from that table.
"""

import inspect
import re
import typing
from collections.abc import Callable
from enum import IntEnum
from typing import Final, Generic, Literal, TypeVar

import msgspec

Answer = TypeVar("Answer")
Role = Literal["anyone", "operator", "owner", "manager", "seller", "customer", "program", "secret", "publishable"]
Scope = Literal["sessions", "session.rate", "customers", "wallets", "clocks"]

DESK: Final[tuple[Role, ...]] = ("owner", "manager", "seller")
"""Everybody who works at a master's desk."""
CHIEFS: Final[tuple[Role, ...]] = ("owner", "manager")
"""Those of a master who set prices and keys."""


class Command(msgspec.Struct, Generic[Answer], frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One request; its fields are those of the path, the query and the body. `Answer` is what a success returns."""


class Urgency(IntEnum):
    """The order in which unrelated commands of a batch are decided (design 3.3): lower goes first."""

    ADDS_VALUE = 0
    STOP = 1
    RENEW = 2
    START = 3
    REST = 4


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """An operation of the table: its name, its route, who may call it, and how the lane treats it."""

    name: str
    method: str
    path: str
    command: type[Command[typing.Any]]
    answer: typing.Any
    status: int
    by: tuple[Role, ...]
    scopes: tuple[Scope, ...]
    urgency: Urgency
    moves_value: bool
    shows_secret: bool
    journaled: bool
    streams: bool = False

    @property
    def noun(self) -> str:
        """The noun that the operation is about, the part of its name before the dot."""
        return self.name.partition(".")[0]

    @property
    def verb(self) -> str:
        """What the operation does to its noun, the part of its name after the dot."""
        return self.name.partition(".")[2]

    @property
    def needs(self) -> str:
        """The scopes that a secret key needs, as a part of a sentence; nothing if it needs none or may not call it."""
        if not self.scopes or "secret" not in self.by:
            return ""
        *others, last = [f"`{scope}`" for scope in self.scopes]
        return f"the scopes {', '.join(others)} and {last}" if others else f"the scope {last}"

    @property
    def writes(self) -> bool:
        """Whether the operation goes through the lane."""
        return self.method != "GET"

    @property
    def summary(self) -> str:
        """The first line of the command's docstring."""
        return (inspect.getdoc(self.command) or "").partition("\n")[0]

    @property
    def description(self) -> str:
        """The command's whole docstring."""
        return inspect.getdoc(self.command) or ""

    @property
    def path_fields(self) -> tuple[str, ...]:
        """The names of the fields that stand in the path, in order."""
        return tuple(re.findall(r"{(\w+)}", self.path))


OPERATIONS: Final[dict[str, Operation]] = {}
"""Every operation by its name. Import `creditclock.contract` to have it filled."""

CommandType = TypeVar("CommandType", bound=type[Command[typing.Any]])


def operation(  # noqa: PLR0913 - each argument is a column of the table
    name: str,
    route: str,
    *,
    by: tuple[Role, ...],
    scope: Scope | tuple[Scope, ...] = (),
    status: int = 200,
    urgency: Urgency = Urgency.REST,
    moves_value: bool = False,
    shows_secret: bool = False,
    journaled: bool = True,
    streams: bool = False,
) -> Callable[[CommandType], CommandType]:
    """Put a command class into `OPERATIONS` under `name`, served at `route` ("POST /v1/…").

    `by` names the roles that may call it; a secret key needs `scope` as well, each of them if there are several.
    One that `streams` answers any number of times, as server-sent events.
    """

    def enter(command: CommandType) -> CommandType:
        assert name not in OPERATIONS, name
        method, _, path = route.partition(" ")
        OPERATIONS[name] = Operation(
            name=name,
            method=method,
            path=path,
            command=command,
            answer=typing.get_args(command.__orig_bases__[0])[0],  # type: ignore[attr-defined]
            status=status,
            by=by,
            scopes=(scope,) if isinstance(scope, str) else scope,
            urgency=urgency,
            moves_value=moves_value,
            shows_secret=shows_secret,
            journaled=journaled,
            streams=streams,
        )
        return command

    return enter
