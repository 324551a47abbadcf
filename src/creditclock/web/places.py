"""Places: how many do something at once, in all and of each kind, so that nobody takes them all."""

from collections import Counter
from collections.abc import Generator, Hashable, Sequence
from contextlib import contextmanager

from creditclock.contract import Refusal

Bounds = Sequence[tuple[Hashable, int]]
"""Each kind that somebody belongs to, and how many of it there may be at once."""


class Places:
    """The places that are taken now."""

    def __init__(self) -> None:
        self._taken: Counter[Hashable] = Counter()

    def taken(self, kind: Hashable) -> int:
        """How many of a kind there are now."""
        return self._taken[kind]

    @contextmanager
    def one(self, bounds: Bounds, full: str, retry_after_s: int) -> Generator[None]:
        """A place for as long as it is needed. Raises a Refusal `busy` that says `full` where there is none."""
        if any(self._taken[kind] >= most for kind, most in bounds):
            raise Refusal("busy", full, retry_after_s=retry_after_s)
        kinds = [kind for kind, _ in bounds]
        self._taken.update(kinds)
        try:
            yield
        finally:
            self._taken.subtract(kinds)
            self._taken += Counter()
