"""Sessions: uses of a clock by an app or a seat (design section 4)."""

from typing import Literal

import msgspec

from creditclock.contract.customers import KEEPERS
from creditclock.contract.operation import Command, Role, Urgency, operation
from creditclock.contract.values import BurnRate, ClockId, Duration, Instant, LeaseMs, Note, Seq, SessionId, TariffId

RUNNERS: tuple[Role, ...] = (*KEEPERS, "customer", "program")

SessionState = Literal["running", "paused", "ended"]
EndReason = Literal["stopped", "empty", "expired", "lease_lapsed", "pause_limit", "ended", "closed"]


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One use of a clock.

    `left_ms` is how long the clock lasts in real time, `elapsed_ms` the real running time so far without pauses,
    `used_ms` what it took from the clock, `max_loss_ms` the most that can still leave the clock until its lease ends
    if its holder is never heard of again: while a server is up, and but for what the end of a pause begins or takes.
    """

    id: SessionId
    clock: ClockId
    state: SessionState
    seq: Seq
    burn_rate: BurnRate
    lease_ms: LeaseMs
    started_at: Instant
    lease_until: Instant | None
    due_at: Instant | None
    left_ms: Duration
    elapsed_ms: Duration
    used_ms: Duration
    max_loss_ms: Duration
    as_of: Instant
    paused_at: Instant | None = None
    pause_until: Instant | None = None
    ended_at: Instant | None = None
    reason: EndReason | None = None
    revives: SessionId | None = None
    holder: str | None = None


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a session at one burn rate.

    `burned` is exact, in thousandths of a millisecond: length × burn rate for `run`, nothing for `pause`,
    the minimum charge for `minimum`, what a begun increment added for `increment`,
    and for `dropped` a correction: below zero what an emptied clock could not pay,
    above zero the rest of a paid millisecond that expired with everything else.
    """

    kind: Literal["run", "pause", "minimum", "increment", "dropped"]
    from_at: Instant
    until_at: Instant
    burn_rate: int
    burned: int


class Paid(msgspec.Struct, frozen=True, kw_only=True):
    """Time that left the clock while the session was open: from which lot, and what that part had cost."""

    at: Instant
    ms: Duration
    lot: str
    amount_paid: int
    bought_ms: int
    alone: bool


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """How the bill of a session came about; the segments add up to `burned`, `used_ms` is its share rounded once."""

    session: Session
    tariff: TariffId
    minimum_ms: Duration
    increment_ms: Duration
    segments: list[Segment]
    burned: int
    used_ms: Duration
    rounding: str
    paid: list[Paid]
    lines: list[str]


@operation(
    "session.start",
    "POST /v1/clocks/{clock}/sessions",
    by=RUNNERS,
    scope="sessions",
    status=201,
    urgency=Urgency.START,
)
class StartSession(Command[Session], frozen=True, kw_only=True):
    """Start a session: the clock runs from now on.

    Renew it before half of its lease is over. Its holder is the caller, or the app through which a customer signed in.
    Another `burn_rate` than the tariff's needs the scope `session.rate`.
    `revives` names a lapsed session that this one continues without a second minimum charge: once each, at most three
    in a row, and all within the tariff's `revive_ms` after the first one lapsed.
    """

    clock: ClockId
    lease_ms: LeaseMs | None = None
    burn_rate: BurnRate | None = None
    revives: SessionId | None = None
    note: Note | None = None


@operation("session.get", "GET /v1/sessions/{session}", by=RUNNERS, scope="sessions")
class GetSession(Command[Session], frozen=True, kw_only=True):
    """Show a session as it stands now."""

    session: SessionId


@operation(
    "session.renew",
    "POST /v1/sessions/{session}/renew",
    by=RUNNERS,
    scope="sessions",
    urgency=Urgency.RENEW,
    journaled=False,
)
class RenewSession(Command[Session], frozen=True, kw_only=True):
    """Renew the lease of a session from now on."""

    session: SessionId
    seq: Seq


@operation("session.pause", "POST /v1/sessions/{session}/pause", by=RUNNERS, scope="sessions", urgency=Urgency.STOP)
class PauseSession(Command[Session], frozen=True, kw_only=True):
    """Pause a session: the clock stands still, the place is kept, no renewal is needed."""

    session: SessionId
    seq: Seq


@operation("session.resume", "POST /v1/sessions/{session}/resume", by=RUNNERS, scope="sessions", urgency=Urgency.START)
class ResumeSession(Command[Session], frozen=True, kw_only=True):
    """Let a paused session run on, with a new lease."""

    session: SessionId
    seq: Seq


@operation("session.stop", "POST /v1/sessions/{session}/stop", by=RUNNERS, scope="sessions", urgency=Urgency.STOP)
class StopSession(Command[Session], frozen=True, kw_only=True):
    """Stop a session; a session that ended before is answered as it ended."""

    session: SessionId
    seq: Seq


@operation(
    "session.take_over",
    "POST /v1/sessions/{session}/take-over",
    by=RUNNERS,
    scope="sessions",
    urgency=Urgency.START,
)
class TakeOverSession(Command[Session], frozen=True, kw_only=True):
    """Become the holder of a session: `seq` rises, the lease is new, the clock runs on without a gap."""

    session: SessionId
    lease_ms: LeaseMs | None = None


@operation("session.end", "POST /v1/sessions/{session}/end", by=RUNNERS, scope="sessions", urgency=Urgency.STOP)
class EndSession(Command[Session], frozen=True, kw_only=True):
    """End a session from elsewhere, without its `seq`. A program ends only those that its app holds."""

    session: SessionId


@operation("session.explain", "GET /v1/sessions/{session}/explain", by=RUNNERS, scope="sessions")
class ExplainSession(Command[Explanation], frozen=True, kw_only=True):
    """Explain the bill of a session line by line."""

    session: SessionId
