"""The state of a clock, what a decision does to it, and the draft on which it is worked out (design section 4).

Instants are UTC epoch milliseconds, durations milliseconds; `burned`, `ahead` and `rest` are thousandths of a ms.
"""

from typing import Final, NamedTuple

from creditclock.domain.rows import Clock, Lot, Segment, Session

NEVER: Final = 2**53 - 1
"""An instant that is not reached: the largest integer of the contract. What is computed beyond is cut to it."""


class State(NamedTuple):
    """Everything about one clock that decisions need.

    `lots` are those with time left, in burn order (`lots.burn_order`), also those that start later;
    `sessions` are the open ones, by id.
    """

    clock: Clock
    lots: tuple[Lot, ...]
    sessions: tuple[Session, ...]


class Move(NamedTuple):
    """Time that moved at an instant, to become a posting of `ms` ≥ 1.

    `kind` says from where to where: `use` clock → used, `minimum` clock → held, `minimum_used` held → used,
    `expired` clock → expired, `return` clock → exchange. `lot` is the one it came from (None from held),
    `session` the one that caused it, None if it was none or several.
    """

    at: int
    kind: str
    ms: int
    lot: int | None
    session: int | None


class Effects(NamedTuple):
    """What a decision does: the state after it, and exactly the rows that changed.

    `moves` and `segments` are new, in order of time. `ended` are the sessions that ended, in order of end.
    `lots` are the changed and new lots, emptied ones included; `sessions` the changed and new sessions,
    ended ones included; each in its last version. `state.clock` is the same object if the clock did not change.
    """

    state: State
    moves: tuple[Move, ...] = ()
    segments: tuple[Segment, ...] = ()
    ended: tuple[Session, ...] = ()
    lots: tuple[Lot, ...] = ()
    sessions: tuple[Session, ...] = ()


class Draft:
    """A state while one decision changes it; it never leaves the function that opened it."""

    __slots__ = (
        "ahead",
        "changed_lots",
        "changed_sessions",
        "clock",
        "ended",
        "ended_count",
        "lots",
        "moves",
        "rest",
        "segments",
        "sessions",
        "settled_at",
    )

    def __init__(self, state: State) -> None:
        clock = state.clock
        self.clock = clock
        self.settled_at = clock.settled_at
        self.ahead = clock.ahead
        self.rest = clock.rest
        self.ended_count = clock.ended_count
        self.lots: list[Lot] = list(state.lots)
        self.sessions: list[Session] = list(state.sessions)
        self.moves: list[Move] = []
        self.segments: list[Segment] = []
        self.ended: list[Session] = []
        self.changed_lots: dict[int, Lot] = {}
        self.changed_sessions: dict[int, Session] = {}

    def balance(self) -> int:
        """B: ms on the clock as settled, without lots that start later."""
        at = self.settled_at
        return sum([lot.left_ms for lot in self.lots if lot.starts_at <= at])

    def joined(self) -> list[Session]:
        """The running sessions that have burned their minimum charge, by id: those that burn the clock."""
        at = self.settled_at
        return [
            session
            for session in self.sessions
            if session.state == "running" and at - session.since + session.elapsed >= session.minimum_ms
        ]

    def put_session(self, session: Session) -> None:
        """Change an open session."""
        number = session.id
        sessions = self.sessions
        for place, old in enumerate(sessions):
            if old.id == number:
                sessions[place] = session
                break
        self.changed_sessions[number] = session

    def close(self, check_at: int) -> Effects:
        """The effects; `check_at` is the next computed instant, `NEVER` if there is none."""
        return Effects(
            State(self._closed_clock(check_at), tuple(self.lots), tuple(self.sessions)),
            tuple(self.moves),
            tuple(self.segments),
            tuple(self.ended),
            tuple(self.changed_lots.values()),
            tuple(self.changed_sessions.values()),
        )

    def _closed_clock(self, check_at: int) -> Clock:
        old = self.clock
        new = Clock(
            old.master,
            old.id,
            old.customer,
            old.wallet,
            old.tariff,
            old.parallel,
            self.settled_at,
            self.ahead,
            self.rest,
            self.ended_count,
            None if check_at >= NEVER else check_at,
            old.created_at,
            old.low_at,
            old.low_ms,
            old.kept,
        )
        return old if new == old else new
