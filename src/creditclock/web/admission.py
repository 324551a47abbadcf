"""Admission: what is refused first when more comes than can be done (design section 3.3).

As long as few requests wait, and none of them long, everything is let in. Beyond that reads are refused first, then
starts and the rest, and renew and stop last. Whoever asked for less than a fair share is let in all the same, so that
one business that floods the server takes nothing from another.
"""

import time
from collections.abc import Generator, Sized
from contextlib import contextmanager
from typing import Final

from creditclock.commands.queue import KEEPERS
from creditclock.contract import Operation, Refusal
from creditclock.web.bodies import Bodies

SLOT_S: Final = 1.0
LEAST: Final = 100
"""What each business may have in a slot whatever happens, while the last bound isn't reached."""
PATIENCE_S: Final = {"page": 0.25, "read": 0.25, "write": 0.5, "keep": 2.0}
"""How long a request may have waited for its turn when a tenth of what may wait does: a slow machine is full then."""
LANE_S: Final = 0.5
"""How long writes may take lately."""
SMOOTH: Final = 0.05
KEEPERS_TIMES: Final = 4
LAST_TIMES: Final = 8


class Admission:
    """Lets requests in. `begun` are those that were begun and aren't answered; `most` is the setting."""

    def __init__(self, most: int) -> None:
        self.begun: Sized = ()
        self.bodies = Bodies()
        self.streams = 0
        """How many of those are answers that go on; they wait for nothing."""
        self.refused = {"read": 0, "write": 0, "keep": 0, "page": 0}
        """How many requests were refused, by what they were."""
        self._bounds = {
            "page": max(1, most // 2),
            "read": max(1, most // 2),
            "write": most,
            "keep": most * KEEPERS_TIMES,
        }
        self._many = most // 10
        self._last = most * LAST_TIMES
        self._lane_s = 0.0
        self._until = 0.0
        self._admitted: dict[int, int] = {}
        self._share = LEAST

    @property
    def waiting(self) -> int:
        """How many requests are being answered, streams aside."""
        return len(self.begun) - self.streams

    @contextmanager
    def streaming(self) -> Generator[None]:
        """An answer that goes on meanwhile."""
        self.streams += 1
        try:
            yield
        finally:
            self.streams -= 1

    def wrote(self, seconds: float) -> None:
        """Hear how long a write took that could have been refused."""
        self._lane_s += SMOOTH * (seconds - self._lane_s)

    def admit(self, operation: Operation, master: int, waited: float) -> None:
        """Let an operation of a business in that has waited so many seconds. Raises a Refusal `busy`."""
        kind = "keep" if operation.urgency in KEEPERS else "write" if operation.writes else "read"
        self._admit(kind, master, waited)

    def admit_page(self, waited: float) -> None:
        """Let a request for something else in. Raises a Refusal `busy`."""
        self._admit("page", -1, waited)

    def _admit(self, kind: str, master: int, waited: float) -> None:
        now = time.monotonic()
        if now >= self._until:
            self._next_slot(now)
        admitted = self._admitted.get(master, 0)
        waiting = len(self.begun) - self.streams
        is_full = waiting > self._bounds[kind]
        if not is_full and waiting > self._many:
            is_full = waited > PATIENCE_S[kind] or (kind == "write" and self._lane_s > LANE_S)
        if is_full and (admitted >= self._share or waiting > self._last):
            self._admitted.setdefault(master, 0)
            self.refused[kind] += 1
            raise Refusal(
                "busy",
                "The server has too much to do right now; nothing was done. Try again in a second.",
                retry_after_s=1,
            )
        self._admitted[master] = admitted + 1

    def _next_slot(self, now: float) -> None:
        """Half of what was let in lately, divided by those who asked, is a fair share."""
        asked = len(self._admitted)
        self._share = max(LEAST, sum(self._admitted.values()) // (2 * asked)) if asked else LEAST
        self._admitted = {}
        self._until = now + SLOT_S
