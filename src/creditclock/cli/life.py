"""Life: what goes on in the demo by itself, with ordinary calls of the API.

A few guests come, sit down, take a break, leave or run out of time, one small thing at a time. What somebody else
changed is theirs: a guest whose session isn't as it was left is not touched until it is over. A session from an
earlier run is taken as it is found.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from creditclock.cli.scene import MINUTE, Guest, bought, clock_of
from creditclock.client import Client, Problem, Unauthorized
from creditclock.contract.clocks import Clock, GetClock
from creditclock.contract.sessions import PauseSession, ResumeSession, Session, StartSession, StopSession
from creditclock.contract.values import MAX_LEASE_MS
from creditclock.portal.logins import OWNER

PAUSES_S: Final = (4.0, 9.0, 6.0, 13.0, 7.0)
"""So long nothing happens between two things, in turn."""
TROUBLE_S: Final = 30.0
MOST_TROUBLE: Final = 20
"""After so many failures in a row life stops: the demo itself goes on."""

WALK_INS: Final = (
    Guest("ivy", "Ivy Chen", 2 * MINUTE, ("Seat 8",)),
    Guest("jonas", "Jonas Weber", 4 * MINUTE, ("Seat 9",)),
    Guest("karin", "Karin Dahl", 7 * MINUTE, ("Seat 10",)),
    Guest("luca", "Luca Moretti", 90_000, ("Seat 11",)),
)
Wait = Callable[[float], bool]
"""Waits for some seconds; says whether to stop."""


class _Left(NamedTuple):
    """A session as it was left here: in this state, with this number of the holder."""

    session: str
    state: str
    seq: int


class Life:
    """The guests who come and go. `desk` has signed in as the owner; each `step` does one thing."""

    def __init__(self, desk: Client) -> None:
        self._desk = desk
        self._left: dict[str, _Left] = {}
        self._met: set[str] = set()
        self._turns: Iterator[tuple[Guest, str]] = itertools.cycle(_turns())

    def step(self) -> None:
        """Let the next guest do what comes next, if it can. Raises a Problem."""
        guest, act = next(self._turns)
        clock = clock_of(self._desk, guest)
        if guest.login not in self._met:
            self._met.add(guest.login)
            if len(clock.sessions) == 1:
                self._leave(guest, clock.sessions[0])
        if not clock.sessions:
            self._left.pop(guest.login, None)
            if act == "come":
                self._come(guest, clock)
        elif session := self._own(guest, clock):
            self._go_on(guest, session, act)

    def _come(self, guest: Guest, clock: Clock) -> None:
        if clock.balance_ms < guest.ms:
            bought(self._desk, clock, guest.ms - clock.balance_ms)
        started = self._desk.call(StartSession(clock=clock.id, lease_ms=MAX_LEASE_MS, note=guest.seats[0]))
        self._leave(guest, started)

    def _go_on(self, guest: Guest, session: Session, act: str) -> None:
        named, seq = session.id, session.seq
        if act == "pause" and session.state == "running":
            self._leave(guest, self._desk.call(PauseSession(session=named, seq=seq)))
        elif act in {"resume", "leave"} and session.state == "paused":
            self._leave(guest, self._desk.call(ResumeSession(session=named, seq=seq)))
        elif act == "leave":
            self._desk.call(StopSession(session=named, seq=seq))
        elif act == "buy":
            clock = self._desk.call(GetClock(clock=session.clock))
            bought(self._desk, clock, MINUTE)

    def _own(self, guest: Guest, clock: Clock) -> Session | None:
        """The guest's session, if it is still as it was left."""
        left = self._left.get(guest.login)
        for session in clock.sessions:
            if left == _Left(session.id, session.state, session.seq) and len(clock.sessions) == 1:
                return session
        return None

    def _leave(self, guest: Guest, session: Session) -> None:
        self._left[guest.login] = _Left(session.id, session.state, session.seq)


def _turns() -> list[tuple[Guest, str]]:
    """Who does what, in order; Luca's time always runs out, the others leave in time."""
    ivy, jonas, karin, luca = WALK_INS
    return [
        (luca, "come"),
        (ivy, "come"),
        (karin, "come"),
        (jonas, "come"),
        (ivy, "buy"),
        (karin, "pause"),
        (jonas, "pause"),
        (karin, "resume"),
        (luca, "come"),
        (jonas, "resume"),
        (ivy, "leave"),
        (karin, "buy"),
        (luca, "come"),
        (jonas, "leave"),
        (ivy, "come"),
        (karin, "leave"),
        (luca, "come"),
    ]


def live(url: str, wait: Wait) -> None:
    """Let things happen until `wait` says to stop, or until too much failed in a row."""
    with Client(url) as desk:
        life = Life(desk)
        trouble = 0
        for pause in itertools.cycle(PAUSES_S):
            if wait(TROUBLE_S if trouble else pause) or trouble >= MOST_TROUBLE:
                return
            try:
                if desk.token is None:
                    desk.sign_in(OWNER.login, OWNER.password)
                life.step()
                trouble = 0
            except Unauthorized:
                desk.token = None
                trouble += 1
            except Problem:
                trouble += 1
