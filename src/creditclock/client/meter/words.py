"""The meter's vocabulary: what can happen, what can be done about it, and what the meter knows.

All moments are local ms (`uptime.uptime_ms`), all lengths ms.
"""

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from creditclock.client.errors import Problem
from creditclock.client.offset import Offset, earliest, probable
from creditclock.contract import instants
from creditclock.contract.sessions import Session

OUT_OF_TIME: Final = 124
"""The exit code when time ran out."""
CANNOT_GO_ON: Final = 125
"""The exit code when the program was ended, or not begun, for another reason than time or itself."""

Question = Literal["poll", "renew", "last", "pause", "resume", "stop"]
Wish = Literal["pause", "resume", "stop"]


class Terms(NamedTuple):
    """What the caller wants."""

    grace: int = 2_000
    """The time between TERM and KILL."""
    warn: tuple[int, ...] = (300_000, 60_000)
    """What is left when a warning is due."""
    can_hold: bool = True
    """Whether a program can be made to wait on this system."""
    chance: float = 0.5
    """A number from 0 to 1 that keeps many meters from asking in the same moment."""


class Told(NamedTuple):
    """A session as the server told it between two moments."""

    session: Session
    sent: int
    answered: int


class Answered(NamedTuple):
    """The server answered a question."""

    question: Question
    told: Told


class Refused(NamedTuple):
    """The server refused a question; it may have told how the session stands."""

    question: Question
    problem: Problem
    told: Told | None = None


class Unanswered(NamedTuple):
    """No answer came to a question."""

    question: Question
    problem: Problem


class Stopped(NamedTuple):
    """The program was stopped, by its user's Ctrl-Z or by another program."""


class Continued(NamedTuple):
    """The stopped program was continued by another program."""


class Awakened(NamedTuple):
    """The meter goes on after it was stopped together with its program (`fg`)."""


class Exited(NamedTuple):
    """The program ended; `rest` tells whether something that it had started is still there."""

    status: int
    rest: bool


class Signalled(NamedTuple):
    """The meter got a signal that is meant for its program."""

    number: int
    stops: bool = False


Event = Answered | Refused | Unanswered | Stopped | Continued | Awakened | Exited | Signalled


class Ask(NamedTuple):
    """Ask the server; the outcome comes back as an event."""

    question: Question
    within: int


class Do(NamedTuple):
    """Make the program wait (`hold`), go on (`go`), end (`end`: TERM), end now (`kill`), or take a signal (`pass`).

    `suspend` stops the meter itself, so that the shell gets the terminal back.
    """

    what: Literal["hold", "go", "end", "kill", "pass", "suspend"]
    number: int = 0


class Say(NamedTuple):
    """Tell the person who runs the program; what is `loud` even one who asked for quiet."""

    text: str
    loud: bool = False


Action = Ask | Do | Say


class Ending(NamedTuple):
    """The program is being ended: with which exit code (None: its own), and when it is killed (None: it was)."""

    code: int | None
    kill_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the meter knows.

    `program` is `stopped` by its user, or `held` by the meter because the session was paused from elsewhere.
    `wish` is what the server has still to be brought to, next asked at `wish_at`, hoped for until `wish_until`.
    `last_asked` is the end for which the last question before zero was asked.
    """

    terms: Terms
    session: Session
    seq: int
    offset: Offset
    round_trip: int
    poll_at: int
    renew_at: int
    warned: int
    program: Literal["running", "stopped", "held", "gone"] = "running"
    status: int | None = None
    asking: frozenset[Question] = frozenset()
    wish: Wish | None = None
    wish_at: int = 0
    wish_until: int = 0
    failures: int = 0
    last_asked: str | None = None
    ending: Ending | None = None

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

    @property
    def settled(self) -> bool:
        """Whether the program is gone and the server knows, or can't be told."""
        return self.program == "gone" and self.wish is None

    def left(self, now: int) -> int:
        """What is left in real time."""
        return max(0, self.due - now) if self.due is not None else self.session.left_ms


Step = tuple[State, list[Action]]
