"""Instructions: the JSON protocol of the EWallet Credit Clock suit, as data.

One frozen struct per instruction, collected in `INSTRUCTIONS`. The endpoint, its discovery pages, the typed client and
`docs/instruction-set.md` are all read from that table, as everything else is read from `OPERATIONS`.
"""

import inspect
import typing
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final, Generic, Literal, TypeVar

import msgspec

from creditclock.contract.operation import Command, Operation, Urgency

Answer = TypeVar("Answer")
Controller = Literal["client", "master"]
PATH: Final = "/ewallet/instruction-set"


class Needs(Enum):
    """Who may send an instruction; they are checked in this order, and the first that lacks is the refusal."""

    NOTHING = "nothing"
    CLIENT = "a client id"
    SESSION = "a session token"
    TOKENS = "a client id and a session token"
    ACQUIRED = "tokens and an acquired master"
    ACCOUNT = "tokens, an acquired master, and an account that is logged in and not marked for removal"
    ACTIVE_MASTER = "tokens and the session's own master"
    MASTER = "tokens and a master that is logged in, not marked for removal and not frozen"
    FLAGGED_MASTER = "tokens and a master that is logged in and marked for removal"


class Instruct(Command[Answer], Generic[Answer], frozen=True, kw_only=True, forbid_unknown_fields=False):
    """One instruction; its fields are its parameters. What isn't named here is ignored, and never assigned."""


class Instruction(msgspec.Struct, frozen=True, kw_only=True):
    """An instruction of the table.

    `selector` are the keys that name it, beside `controller` and `ctype`; where a value is None, any text stands there.
    `uses` are the operations of `OPERATIONS` that it is translated to, `after` the labels that usually come before it.
    `aliases` are other spellings of its label. What only `looks` leaves a row in the journal where it caused something:
    an end that was due, say.
    """

    label: str
    aliases: tuple[str, ...]
    controller: Controller
    ctype: Literal["action", "event"]
    selector: Mapping[str, str | None]
    needs: Needs
    uses: tuple[str, ...]
    after: tuple[str, ...]
    looks: bool
    operation: Operation

    @property
    def command(self) -> type[Instruct[Any]]:
        """The class of its parameters."""
        return typing.cast("type[Instruct[Any]]", self.operation.command)

    @property
    def answer(self) -> type[msgspec.Struct]:
        """The class of its answer: exactly these keys."""
        return self.operation.answer

    @property
    def summary(self) -> str:
        """The first line of the command's docstring."""
        return self.operation.summary


INSTRUCTIONS: Final[dict[str, Instruction]] = {}
"""Every public instruction by its label. Import `creditclock.contract.instructions` to have it filled."""

InstructType = TypeVar("InstructType", bound=type[Instruct[Any]])


def instruction(  # noqa: PLR0913 - each argument is a column of the table
    selector: str,
    needs: Needs,
    *,
    uses: tuple[str, ...] = (),
    after: tuple[str, ...] = (),
    aliases: tuple[str, ...] = (),
    controller: Controller = "client",
    ctype: Literal["action", "event"] = "action",
    urgency: Urgency = Urgency.REST,
    moves_value: bool = False,
    looks: bool = False,
) -> Callable[[InstructType], InstructType]:
    """Put a command class into `INSTRUCTIONS` under its own name.

    `selector` is written as "action=view view=account"; "pay=*" stands for any text.
    """

    def enter(command: InstructType) -> InstructType:
        label = command.__name__
        assert label not in INSTRUCTIONS, label
        pairs = [part.partition("=") for part in selector.split()]
        INSTRUCTIONS[label] = Instruction(
            label=label,
            aliases=aliases,
            controller=controller,
            ctype=ctype,
            selector={key: None if value == "*" else value for key, _, value in pairs},
            needs=needs,
            uses=uses,
            after=after,
            looks=looks,
            operation=Operation(
                name=f"instruction.{label}",
                method="POST",
                path=PATH,
                command=command,
                answer=typing.get_args(command.__orig_bases__[0])[0],  # type: ignore[attr-defined]
                status=200,
                by=(),
                scopes=(),
                urgency=urgency,
                moves_value=moves_value,
                shows_secret=False,
                journaled=True,
            ),
        )
        return command

    return enter


def description(of: type[msgspec.Struct]) -> str:
    """The whole docstring of a command or an answer."""
    return inspect.getdoc(of) or ""
