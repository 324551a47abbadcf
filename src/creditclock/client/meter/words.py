"""The meter's vocabulary: what can happen, what can be done about it, and what the meter knows.

All moments are local ms (`uptime.uptime_ms`), all lengths ms.
"""

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from creditclock.client.errors import Problem
from creditclock.client.knowledge import Knowledge, Told

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
class State(Knowledge):
    """What the meter knows.

    `program` is `stopped` by its user, or `held` by the meter because the session was paused from elsewhere.
    `wish` is what the server has still to be brought to, next asked at `wish_at`, hoped for until `wish_until`.
    """

    terms: Terms
    poll_at: int
    renew_at: int
    warned: int
    program: Literal["running", "stopped", "held", "gone"] = "running"
    status: int | None = None
    asking: frozenset[Question] = frozenset()
    wish: Wish | None = None
    wish_at: int = 0
    wish_until: int = 0
    ending: Ending | None = None

    @property
    def settled(self) -> bool:
        """Whether the program is gone and the server knows, or can't be told."""
        return self.program == "gone" and self.wish is None


Step = tuple[State, list[Action]]
