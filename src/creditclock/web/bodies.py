"""Bodies: how long one may be, and how much of those that have begun is held (design section 7).

Who only begins bodies and falls silent holds memory for as long as a body may take. So there is a bound on all of them
together, and the fuller it is, the less somebody may hold: from a quarter on each caller and each business no more than
a share, from half on strangers nothing more.
"""

from collections import Counter
from collections.abc import Hashable
from types import TracebackType
from typing import Final, Self

from creditclock.contract import Refusal
from creditclock.domain.access import Caller

BODY_BYTES: Final = 1_048_576
"""The longest body."""
STRANGERS_BYTES: Final = 8_192
"""The longest body of somebody without a token."""
MOST_BYTES: Final = 67_108_864
"""How much of all bodies is held at once."""
QUARTER: Final = MOST_BYTES // 4
HALF: Final = MOST_BYTES // 2
OF_MASTER: Final = MOST_BYTES // 4
OF_CALLER: Final = MOST_BYTES // 32
"""How much a business and a caller may hold while more than a quarter of all is held."""


class Bodies:
    """Counts the bytes of bodies whose requests aren't answered yet."""

    def __init__(self) -> None:
        self.held = 0
        self.refused = 0
        """How many bodies were refused because too much was held."""
        self.holders: Counter[Hashable] = Counter()

    def of(self, caller: Caller | None, most: int | None = None) -> "Held":
        """What a request of a caller, or of a stranger, is about to hold; leaving it gives all back.

        `most` is the longest body, if that is another one than usual.
        """
        return Held(self, caller, most)


class Held:
    """The bytes of one body."""

    def __init__(self, bodies: Bodies, caller: Caller | None, most: int | None) -> None:
        self._bodies = bodies
        self._most = most or (BODY_BYTES if caller else STRANGERS_BYTES)
        self._shares: tuple[tuple[Hashable, int], ...] = (
            ((caller.master, OF_MASTER), (caller.name, OF_CALLER)) if caller else ()
        )
        self._size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._size:
            return
        self._bodies.held -= self._size
        holders = self._bodies.holders
        for holder, _ in self._shares:
            holders[holder] -= self._size
            if not holders[holder]:
                del holders[holder]

    def check(self, size: int) -> None:
        """Raise a Refusal `body_too_large` for a body of so many bytes that is too long, or of a stranger's."""
        if size > self._most:
            who = "" if self._most == BODY_BYTES else " of a request without a token"
            raise Refusal("body_too_large", f"The body{who} may have {self._most} bytes at most. Send less.")

    def add(self, size: int) -> None:
        """Hold so many bytes more. Raises a Refusal `body_too_large`, or `busy` where too much is held."""
        self.check(self._size + size)
        bodies = self._bodies
        held = bodies.held + size
        if held > QUARTER and self._is_refused(held, size):
            bodies.refused += 1
            raise Refusal(
                "busy",
                "Too many long requests are on their way right now; nothing was done. Try again in a second.",
                retry_after_s=1,
            )
        bodies.held = held
        self._size += size
        for holder, _ in self._shares:
            bodies.holders[holder] += size

    def _is_refused(self, held: int, size: int) -> bool:
        if held > (MOST_BYTES if self._shares else HALF):
            return True
        return any(self._bodies.holders[holder] + size > most for holder, most in self._shares)
