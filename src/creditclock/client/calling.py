"""What the nouns of a client need of it: a way to call."""

from typing import Protocol, TypeVar

from creditclock.client.patience import Patience
from creditclock.contract import Command

R = TypeVar("R")


class Caller(Protocol):
    """What can ask a server: a `Client`."""

    def call(self, command: Command[R], patience: Patience | None = None, *, key: str | None = None) -> R:
        """The answer to a command."""
        ...


class AsyncCaller(Protocol):
    """What can ask a server: an `AsyncClient`."""

    async def call(self, command: Command[R], patience: Patience | None = None, *, key: str | None = None) -> R:
        """The answer to a command."""
        ...
