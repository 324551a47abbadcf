"""The holder of a session: keeps what is known of it, for any number of threads."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final, Protocol
from weakref import WeakSet

from creditclock.client.errors import Problem, SessionOver
from creditclock.client.knowledge import Told, told_by
from creditclock.client.patience import Exchange, Patience
from creditclock.client.running.rules import Ask, Due, End, Question, State, Terms, begin, due, learned, over, refused
from creditclock.client.uptime import uptime_ms
from creditclock.contract import Command
from creditclock.contract.sessions import GetSession, RenewSession, Session, StopSession

START: Final = Patience(timeout=5.0, tries=4, total=15.0)
STOP: Final = Patience(timeout=2.0, tries=4, total=5.0)
"""How long the end of a block waits for a server that doesn't answer; what is left to do is done behind it."""
PART_OF_LEASE: Final = 0.4
LONGEST_SLEEP_MS: Final = 1_000
"""A sleeping computer stops timers, so the time is looked at this often at least."""


class Origin(Protocol):
    """The client that a session came from."""

    @property
    def url(self) -> str:
        """The URL of the server."""
        ...

    @property
    def token(self) -> str | None:
        """The token or key that calls carry."""
        ...


HOLDERS: Final[WeakSet["Holder"]] = WeakSet()
"""The sessions that are held in this process."""


class Holder:
    """What is known of a session. `changed` is called after each change, by whichever thread it was.

    `settle` waits until what follows from a change has been done, as far as it can be waited for.
    """

    settle: Callable[[], None] = staticmethod(lambda: None)

    def __init__(self, origin: Origin, terms: Terms, exchange: Exchange[Session], changed: Callable[[], None]) -> None:
        self.origin = origin
        self._lock = threading.Lock()
        self._state: State = begin(terms, _told(exchange))
        self._asking: Question | None = None
        self._changed = changed
        self.paused_by_us = False
        self.stopped_by_us = False
        HOLDERS.add(self)

    @property
    def session(self) -> Session:
        """The session as the server told it at last."""
        return self._state.session

    @property
    def waits(self) -> bool:
        """Whether somebody else has paused the session."""
        return self._state.session.state == "paused" and not self.paused_by_us

    def end(self) -> End | None:
        """Whether it is over, and how; from then on it stays so."""
        with self._lock:
            return self._end(uptime_ms())

    def problem(self) -> SessionOver | None:
        """The end as an exception."""
        end = self.end()
        return None if end is None else end.problem()

    def left(self) -> timedelta:
        """What is left. Raises the end if it is over."""
        with self._lock:
            now = uptime_ms()
            end = self._end(now)
            if end is not None:
                raise end.problem()
            return timedelta(milliseconds=self._state.left(now))

    def next_ms(self) -> int | None:
        """After how much of the server's time there is something to do, as the server told it at last."""
        with self._lock:
            session = self._state.session
            if session.state != "running":
                return None
            warn = (session.left_ms - limit for limit in self._state.terms.warn)
            return max(1, min([int(session.lease_ms * PART_OF_LEASE), *(ms for ms in warn if ms > 0)]))

    def due(self) -> Due | End:
        """What is to be done now; a question in it counts as asked until it is answered."""
        with self._lock:
            now = uptime_ms()
            end = self._end(now)
            if end is not None:
                return end
            found = due(self._state, now)
            self._state = found.state
            self._asking = found.ask.question if found.ask else None
            return found

    def command(self, question: Question) -> Command[Session]:
        """What asks the server."""
        state = self._state
        if question == "look" or not state.runs:
            return GetSession(session=state.session.id)
        return RenewSession(session=state.session.id, seq=state.seq)

    def stop(self) -> StopSession:
        """What stops the session."""
        return StopSession(session=self._state.session.id, seq=self._state.seq)

    def hear(self, question: Question | None, exchange: Exchange[Session]) -> None:
        """The server answered."""
        self._become(lambda state, _: learned(state, question, _told(exchange)))

    def hear_problem(self, problem: Problem, sent: int) -> None:
        """The server refused, or didn't answer."""
        told = told_by(problem, sent, uptime_ms())
        self._become(lambda state, now: refused(state, problem, told, now))

    def ends_by_itself(self) -> End | None:
        """How it ended, if it wasn't stopped by us."""
        end = self.end()
        return None if end is None or (self.stopped_by_us and end.session.reason == "stopped") else end

    def _become(self, step: Callable[[State, int], State]) -> None:
        with self._lock:
            self._asking = None
            self._state = step(self._state, uptime_ms())
            if self._state.runs:
                self.paused_by_us = False
        self._changed()

    def _end(self, now: int) -> End | None:
        found = over(self._state, now, asking=self._asking == "last")
        if found is not None and self._state.end is None:
            self._state = replace(self._state, end=found)
        return found


def patience(ask: Ask) -> Patience:
    """How long a question is worth asking."""
    return Patience(timeout=ask.within / 1_000, tries=1, total=ask.within / 1_000)


def _told(exchange: Exchange[Session]) -> Told:
    return Told(exchange.answer, exchange.sent, exchange.answered)
