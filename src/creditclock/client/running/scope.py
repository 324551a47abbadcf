"""Parts of a task that somebody else's decision ends, the way `asyncio.timeout` does it."""

import asyncio
from typing import Any


class Scope:
    """A part of a task that can be cancelled from outside of it; every other cancel stays what it is."""

    def __init__(self, open_scopes: "set[Scope]") -> None:
        self._open = open_scopes
        self._task: asyncio.Task[Any] | None = None
        self._cancelling = 0
        self._ended = False

    def enter(self) -> None:
        """The part begins, in the task that runs."""
        self._task = asyncio.current_task()
        assert self._task is not None
        self._cancelling = self._task.cancelling()
        self._open.add(self)

    def end(self) -> None:
        """Cancel the part, from another task."""
        if self._task is not None and not self._ended:
            self._ended = True
            self._task.cancel("the session is over")

    def leave(self, error: BaseException | None) -> bool:
        """The part is over; gives whether `error` is nothing but the cancel by `end`."""
        assert self._task is not None
        self._open.discard(self)
        if not self._ended:
            return False
        others = self._task.uncancel() > self._cancelling
        return isinstance(error, asyncio.CancelledError) and not others
