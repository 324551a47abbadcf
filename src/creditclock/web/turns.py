"""Turns: what waits for a few threads, sign-ins first, and the askers of each kind in turn (design section 7)."""

from collections import deque
from collections.abc import Hashable, Iterator
from typing import Final, Generic, NamedTuple, TypeVar

from creditclock.contract import Refusal

T = TypeVar("T")
MOST: Final = 64
"""How many of a kind may wait; more are refused."""
MANY: Final = MOST // 2
OF_ONE: Final = 8
"""How many of one asker may wait while more than MANY do."""
OTHERS_EVERY: Final = 4
"""Of so many turns the others have one, so that they come on in a flood of sign-ins."""


class Turn(NamedTuple):
    """Who asks: a source or a business, and whether somebody waits to be signed in."""

    asker: Hashable
    signs_in: bool = False


class Turns(Generic[T]):
    """Two queues, in each of which the askers take turns."""

    def __init__(self) -> None:
        self._firsts: _Queue[T] = _Queue()
        self._others: _Queue[T] = _Queue()
        self._given = 0

    def __len__(self) -> int:
        return self._firsts.size + self._others.size

    def wait(self, turn: Turn, what: T) -> None:
        """Put something in its place. Raises a Refusal `busy` where too much of its kind waits."""
        (self._firsts if turn.signs_in else self._others).add(turn.asker, what)

    def next(self) -> T | None:
        """What comes next; None if nothing waits."""
        self._given += 1
        queues = (self._firsts, self._others)
        first, second = queues[::-1] if self._given % OTHERS_EVERY == 0 else queues
        return (first if first.size else second).take()

    def drain(self) -> Iterator[T]:
        """All that waits, taken out."""
        while (what := self.next()) is not None:
            yield what


class _Queue(Generic[T]):
    def __init__(self) -> None:
        self.size = 0
        self._of: dict[Hashable, deque[T]] = {}
        """By asker; the first has the next turn."""

    def add(self, asker: Hashable, what: T) -> None:
        waiting = self._of.get(asker, ())
        if self.size >= MOST or (self.size >= MANY and len(waiting) >= OF_ONE):
            raise Refusal("busy", "Too many passwords wait right now. Try again in a few seconds.", retry_after_s=3)
        self._of.setdefault(asker, deque()).append(what)
        self.size += 1

    def take(self) -> T | None:
        if not self.size:
            return None
        asker = next(iter(self._of))
        waiting = self._of.pop(asker)
        what = waiting.popleft()
        if waiting:
            self._of[asker] = waiting
        self.size -= 1
        return what
