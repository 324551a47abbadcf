"""Sessions: how they are shown."""

from typing import cast

from creditclock.contract.instants import LATEST_MS, shown
from creditclock.contract.sessions import EndReason, Session, SessionState
from creditclock.domain import readings
from creditclock.domain.drafts import State
from creditclock.domain.forecasts import Forecast
from creditclock.domain.rows import Session as SessionRow
from creditclock.queries.source import Source, ident


class Readings:
    """What a caught-up clock says at one instant, computed once for all its sessions."""

    __slots__ = ("due_at", "left_ms", "max_loss", "shares")

    def __init__(self, state: State, now: int) -> None:
        forecast = Forecast(state, now)
        self.left_ms = forecast.left_ms
        self.max_loss = forecast.max_loss
        due_at = forecast.due_at
        self.due_at = due_at if due_at is not None and due_at <= LATEST_MS else None
        self.shares = readings.shares(state, now)


def show_session(source: Source, session: SessionRow, read: Readings) -> Session:
    """A session of a clock that was read at the instant of asking."""
    now = source.now
    running = session.state == "running"
    paused = session.state == "paused"
    return Session(
        id=ident(source, "ses", session.id),
        clock=ident(source, "clk", session.clock),
        state=cast("SessionState", session.state),
        seq=session.seq,
        burn_rate=session.burn_rate,
        lease_ms=session.lease_ms,
        started_at=shown(session.started_at),
        lease_until=None if session.lease_until is None else shown(session.lease_until),
        due_at=shown(read.due_at) if running and read.due_at is not None else None,
        left_ms=read.left_ms,
        elapsed_ms=readings.elapsed(session, now),
        used_ms=read.shares[session.id] if session.used is None else session.used,
        max_loss_ms=read.max_loss(session),
        as_of=shown(now),
        paused_at=shown(session.since) if paused else None,
        pause_until=None if session.pause_until is None else shown(session.pause_until),
        ended_at=None if session.ended_at is None else shown(session.ended_at),
        reason=cast("EndReason | None", session.reason),
        revives=None if session.revives is None else ident(source, "ses", session.revives),
        holder=session.holder,
    )
