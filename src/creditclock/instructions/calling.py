"""What the groups of instructions need of a client: a way to call."""

from typing import Protocol, TypeVar

from creditclock.contract.instructions import Instruct

R = TypeVar("R")


class Caller(Protocol):
    """What can ask a server: a `Client`."""

    def call(self, instruct: Instruct[R]) -> R:
        """The answer to an instruction."""
        ...
