"""What calls of the client raise: one class, `Problem`, and its kinds that callers catch.

Problem
├── Unreachable          no answer came: nothing is known about what happened
├── UnexpectedAnswer     what answered isn't a creditclock server
├── Unauthorized         no token, or one that has ended
│   └── SecondFactorNeeded   the password is right, and a code is needed too
├── Forbidden            the token may not do this
├── NotFound
├── Busy                 the server asks to come back later, and did so to the end of our patience
├── InsufficientCredits
├── BadSignature         a webhook's message isn't from where it says, or not from now
└── SessionOver          the time of a session is no longer ours to use: `session`, `reason`
    ├── OutOfTime        nothing is left on the clock
    ├── SessionLapsed    its lease was not renewed in time
    ├── SessionEnded     somebody ended it, or its pause lasted too long
    └── StaleSeq         the session has another holder
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from creditclock.contract.sessions import EndReason, Session


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


class SecondFactorNeeded(Unauthorized):
    """The password is right, but the second factor is on: the same again with a `code`."""


class Forbidden(Problem):
    """The caller may not do this."""


class NotFound(Problem):
    """There is no such thing, or it belongs to somebody else."""


class Busy(Problem):
    """The server could not take the request now; nothing was done."""


class InsufficientCredits(Problem):
    """The wallet holds less than is needed; `missing` in `data` says how much."""


class BadSignature(Problem):
    """A webhook's message can't be trusted; `code` says why."""


class SessionOver(Problem):
    """A session can't go on. An ended session never runs again: start another one."""

    @property
    def session(self) -> Session | None:
        """The session as the server told it at last, or None if there never was one.

        Without `ended_at` the server has not told the end: then what was left is counted as used when time ran out.
        """
        try:
            return msgspec.convert(self.data.get("session"), Session)
        except msgspec.ValidationError:
            return None

    @property
    def reason(self) -> EndReason | None:
        """Why it ended; None if it hasn't ended, but has another holder or never began."""
        session = self.session
        return session.reason if session is not None else None


class OutOfTime(SessionOver):
    """Nothing is left on the clock."""


class SessionLapsed(SessionOver):
    """The lease ended without having been renewed."""


class SessionEnded(SessionOver):
    """The session was stopped, ended or closed by somebody, or its pause lasted too long."""


class StaleSeq(SessionOver):
    """The session was taken over: its time is no longer this caller's to use."""


_BY_CODE: Final[Mapping[str, type[Problem]]] = {
    "unauthorized": Unauthorized,
    "sign_in_failed": Unauthorized,
    "second_factor_needed": SecondFactorNeeded,
    "wrong_code": Unauthorized,
    "forbidden": Forbidden,
    "not_found": NotFound,
    "busy": Busy,
    "too_many_requests": Busy,
    "insufficient_credits": InsufficientCredits,
    "insufficient_time": OutOfTime,
    "stale_seq": StaleSeq,
}
_BY_REASON: Final[Mapping[str, type[SessionOver]]] = {
    "empty": OutOfTime,
    "expired": OutOfTime,
    "lease_lapsed": SessionLapsed,
}


def problem(code: str, detail: str, *, status: int, data: Mapping[str, object]) -> Problem:
    """The problem of the class that callers catch for this code."""
    if code == "session_ended":
        session = data.get("session")
        reason = str(session.get("reason")) if isinstance(session, dict) else ""  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - JSON
        return over_by(reason)(code, detail, status=status, data=data)
    return _BY_CODE.get(code, Problem)(code, detail, status=status, data=data)


def over_by(reason: str | None) -> type[SessionOver]:
    """The class of the problem that a session which ended for this reason is."""
    return _BY_REASON.get(reason or "", SessionEnded)
