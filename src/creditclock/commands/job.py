"""Jobs: commands on their way through the lane, and what came of them."""

from typing import Any, NamedTuple, Protocol

from creditclock.contract import Command, Operation, Refusal
from creditclock.domain.access import Caller


class Outcome(NamedTuple):
    """What came of a job: an encoded answer with its HTTP status, or a refusal, or neither when it failed."""

    job: "Job"
    status: int
    body: bytes | None
    refusal: Refusal | None
    replayed: bool = False


class Sink(Protocol):
    """Where outcomes go; called once per batch, from the lane's thread."""

    def deliver(self, outcomes: list[Outcome]) -> None:
        """Take the outcomes of a batch."""
        ...


class Group:
    """What commands of one request share that are carried out in their order, and of one master all of them.

    Once one of them was put off (`busy`), `broken` keeps all that follow it from being carried out before it.
    """

    __slots__ = ("broken", "number")

    def __init__(self, number: int) -> None:
        self.number = number
        self.broken = False


class Job:
    """A command with its caller, and how it is told apart.

    `masters` are those whose rows it needs, its own first. `group` is the same for commands of one request that keep
    their order. `digest` tells whether a repeated `key` comes with the same request. `request` is the id of the HTTP
    request that brought it.
    """

    __slots__ = (
        "caller",
        "command",
        "digest",
        "group",
        "key",
        "masters",
        "material",
        "operation",
        "queued_at",
        "request",
        "sink",
        "ticket",
    )

    def __init__(
        self,
        operation: Operation,
        command: Command[Any],
        caller: Caller,
        masters: tuple[int, ...],
        sink: Sink,
    ) -> None:
        self.operation = operation
        self.command = command
        self.caller = caller
        self.masters = masters
        self.sink = sink
        self.key: str | None = None
        self.digest = ""
        self.group: Group | None = None
        self.material: dict[str, str] = {}
        self.queued_at = 0.0
        self.request = ""
        self.ticket: Any = None
