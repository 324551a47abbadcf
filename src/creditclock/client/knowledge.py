"""What the holder of a session knows of it: how it stood when the server was last heard, and what follows from that.

All moments are local ms (`uptime.uptime_ms`), all lengths ms.

At zero the session is renewed once more, at such a moment that the server decides just after zero: a top-up in the last
millisecond still saves it. (A read would not do: it may overtake a top-up that is being written.)
The answer is waited for until `LATEST` after zero; without one the session counts as over then.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import msgspec

from creditclock.client.errors import Problem
from creditclock.client.offset import Offset, earliest, probable
from creditclock.contract import instants
from creditclock.contract.sessions import Session

LATEST: Final = 70
"""How long after zero the answer to the last question is waited for."""
TRY: Final = 3_000
"""How long one question is waited for."""
BACK_OFF: Final = 250
LONGEST_BACK_OFF: Final = 4_000


class Told(NamedTuple):
    """A session as the server told it between two moments."""

    session: Session
    sent: int
    answered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """A session as last heard. `last_asked` is the end for which the last question before zero was asked."""

    session: Session
    seq: int
    offset: Offset
    round_trip: int
    failures: int = 0
    last_asked: str | None = None

    @property
    def due(self) -> int | None:
        """The probable moment at which nothing will be left."""
        return probable(instants.parsed(self.session.due_at), self.offset) if self.session.due_at else None

    @property
    def lease_end(self) -> int | None:
        """The first moment at which the lease may be over."""
        return earliest(instants.parsed(self.session.lease_until), self.offset) if self.session.lease_until else None

    @property
    def runs(self) -> bool:
        """Whether the clock runs as far as we know."""
        return self.session.state == "running"

    def left(self, now: int) -> int:
        """What is left in real time."""
        return max(0, self.due - now) if self.due is not None else self.session.left_ms


def is_news(known: Session, told: Session) -> bool:
    """Whether an answer tells more than what is known: answers may overtake one another, and an end is final."""
    return known.state != "ended" and (
        told.state == "ended" or instants.parsed(told.as_of) >= instants.parsed(known.as_of)
    )


def renewal_at(lease_end: int, lease_ms: int, chance: float) -> int:
    """When to renew: before half of the lease is over, and not when all others do."""
    return lease_end - int(lease_ms * (0.65 - 0.1 * chance))


def last_at(round_trip: int, due: int) -> int:
    """When to ask so that the server decides just after zero."""
    return due + 2 - min(round_trip, 2 * LATEST) // 2


def back_off(failures: int, chance: float) -> int:
    """How long to wait before asking a server that didn't answer so many times."""
    wait = min(LONGEST_BACK_OFF, BACK_OFF << min(failures, 10))
    return int(wait * (0.75 + chance / 2))


def told_by(problem: Problem, sent: int, answered: int) -> Told | None:
    """The session as a refusal tells it, if it does."""
    try:
        return Told(msgspec.convert(problem.data.get("session"), Session), sent, answered)
    except msgspec.ValidationError:
        return None
