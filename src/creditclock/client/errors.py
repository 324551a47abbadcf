"""What calls of the client raise: one class, `Problem`, and its kinds that callers catch.

Problem
├── Unreachable          no answer came: nothing is known about what happened
├── UnexpectedAnswer     what answered isn't a creditclock server
├── Unauthorized         no token, or one that has ended
├── Forbidden            the token may not do this
├── NotFound
├── Busy                 the server asks to come back later, and did so to the end of our patience
├── InsufficientCredits
├── StaleSeq             the session has another holder
└── OutOfTime            nothing is left on the clock
    └── SessionEnded     the session is over; `session` in `data` says why
"""

from collections.abc import Mapping
from typing import Final


class Problem(Exception):  # noqa: N818 - it is named after the problem documents of RFC 9457
    """A request that wasn't carried out, and why.

    `code` never changes its meaning, `detail` is a sentence for people, `status` the HTTP status (0 without an answer),
    `data` what else the server told (`missing`, `left_ms`, `session`, …). Nothing in it holds a token or a password.
    """

    def __init__(self, code: str, detail: str, *, status: int = 0, data: Mapping[str, object] | None = None) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
        self.status = status
        self.data: dict[str, object] = dict(data or {})

    def __str__(self) -> str:
        """The sentence for people."""
        return self.detail


class Unreachable(Problem):
    """No answer came within the caller's patience. A write may have been carried out or not."""

    def __init__(self, detail: str) -> None:
        super().__init__("unreachable", detail)


class UnexpectedAnswer(Problem):
    """What answered doesn't speak like a creditclock server: a proxy, another program, another version."""

    def __init__(self, detail: str, *, status: int = 0) -> None:
        super().__init__("unexpected_answer", detail, status=status)


class Unauthorized(Problem):
    """Nobody is signed in, or the token has ended."""


class Forbidden(Problem):
    """The caller may not do this."""


class NotFound(Problem):
    """There is no such thing, or it belongs to somebody else."""


class Busy(Problem):
    """The server could not take the request now; nothing was done."""


class InsufficientCredits(Problem):
    """The wallet holds less than is needed; `missing` in `data` says how much."""


class StaleSeq(Problem):
    """The session was taken over: its time is no longer this caller's to use."""


class OutOfTime(Problem):
    """Nothing is left on the clock."""


class SessionEnded(OutOfTime):
    """The session is over. An ended session never runs again: start another one."""


_BY_CODE: Final[Mapping[str, type[Problem]]] = {
    "unauthorized": Unauthorized,
    "sign_in_failed": Unauthorized,
    "forbidden": Forbidden,
    "not_found": NotFound,
    "busy": Busy,
    "too_many_requests": Busy,
    "insufficient_credits": InsufficientCredits,
    "insufficient_time": OutOfTime,
    "session_ended": SessionEnded,
    "stale_seq": StaleSeq,
}


def problem(code: str, detail: str, *, status: int, data: Mapping[str, object]) -> Problem:
    """The problem of the class that callers catch for this code."""
    return _BY_CODE.get(code, Problem)(code, detail, status=status, data=data)
