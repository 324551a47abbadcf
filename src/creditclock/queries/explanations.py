"""Explanations: a session as it stands, and how its bill came about, line by line (design section 4)."""

from typing import NamedTuple

from creditclock.contract.instants import shown
from creditclock.contract.sessions import ExplainSession, Explanation, GetSession, Paid, Segment, Session
from creditclock.domain import readings
from creditclock.domain.access import Caller
from creditclock.domain.drafts import State
from creditclock.domain.rows import Clock, Lot, Posting, Tariff
from creditclock.domain.rows import Segment as SegmentRow
from creditclock.domain.rows import Session as SessionRow
from creditclock.queries.asking import answers, check_own
from creditclock.queries.sessions import Readings, show_session
from creditclock.queries.source import ident, named, sure
from creditclock.queries.states import current_state, state_of, steps_to_now
from creditclock.storage import lists
from creditclock.storage.snapshot import Snapshot

ROUNDING = (
    "All sessions of a clock together are rounded up to a whole millisecond once; "
    "each one's part is what it raised that total by."
)


class _Current(NamedTuple):
    """A session and its clock as they stand now, and the segments of it that aren't written yet."""

    session: SessionRow
    state: State
    unwritten: list[SegmentRow]


@answers(GetSession)
def get_session(snapshot: Snapshot, query: GetSession, caller: Caller) -> Session:
    """A session as it stands now."""
    current = _current(snapshot, query.session, caller)
    return show_session(snapshot, current.session, Readings(current.state, snapshot.now))


def _current(snapshot: Snapshot, identifier: str, caller: Caller) -> _Current:
    session = named(snapshot, SessionRow, identifier)
    clock = sure(snapshot, Clock, session.clock)
    check_own(caller, clock.customer, identifier)
    if session.state == "ended":
        return _Current(session, current_state(snapshot, clock), [])
    steps = steps_to_now(snapshot, state_of(snapshot, clock))
    for effects in steps:
        session = next((changed for changed in effects.sessions if changed.id == session.id), session)
    written = [part for effects in steps for part in effects.segments if part.session == session.id]
    return _Current(session, steps[-1].state, [*written, *readings.open_segments(session, snapshot.now)])


@answers(ExplainSession)
def explain_session(snapshot: Snapshot, query: ExplainSession, caller: Caller) -> Explanation:
    """The bill of a session: its stretches, its rounding, and the lots that paid."""
    session, state, unwritten = _current(snapshot, query.session, caller)
    segments = [*lists.segments(snapshot, session.id), *unwritten]
    answer = show_session(snapshot, session, Readings(state, snapshot.now))
    until = snapshot.now if session.ended_at is None else session.ended_at
    paid = lists.payments(snapshot, session, until)
    return Explanation(
        session=answer,
        tariff=ident(snapshot, "trf", sure(snapshot, Tariff, session.tariff).tariff),
        minimum_ms=session.minimum_ms,
        increment_ms=session.increment_ms,
        segments=[_show_segment(segment) for segment in segments],
        burned=sum(segment.burned for segment in segments),
        used_ms=answer.used_ms,
        rounding=ROUNDING,
        paid=[_show_paid(snapshot, posting, lot) for posting, lot in paid],
        lines=[*(_line(segment) for segment in segments), f"taken from the clock: {answer.used_ms} ms"],
    )


def _show_segment(segment: SegmentRow) -> Segment:
    return Segment(
        kind=segment.kind,  # pyright: ignore[reportArgumentType] - one of its kinds
        from_at=shown(segment.from_at),
        until_at=shown(segment.until_at),
        burn_rate=segment.burn_rate,
        burned=segment.burned,
    )


def _show_paid(snapshot: Snapshot, posting: Posting, lot: Lot) -> Paid:
    return Paid(
        at=shown(posting.at),
        ms=posting.amount,
        lot=ident(snapshot, "lot", lot.id),
        amount_paid=lot.amount_paid,
        bought_ms=lot.bought_ms,
        alone=posting.session is not None,
    )


def _line(segment: SegmentRow) -> str:
    """A stretch in words."""
    length = segment.until_at - segment.from_at
    rate = f"{segment.burn_rate // 1000}.{segment.burn_rate % 1000:03d}".rstrip("0").rstrip(".")
    whole, rest = divmod(abs(segment.burned), 1000)
    burned = f"{'-' if segment.burned < 0 else ''}{whole}.{rest:03d}".rstrip("0").rstrip(".")
    texts = {
        "run": f"ran {length} ms at {rate} ms per ms: {burned} ms",
        "pause": f"paused {length} ms: nothing",
        "minimum": f"minimum charge, the first {length} ms: {burned} ms",
        "increment": f"rest of the begun increment: {burned} ms",
        "dropped": f"correction where the clock was empty: {burned} ms",
    }
    return f"{shown(segment.from_at)}: {texts[segment.kind]}"
