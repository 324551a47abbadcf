"""A clock by its id: what is left, buying time, and running sessions on it."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Final, Protocol, TypeVar

from creditclock.client.errors import SessionOver
from creditclock.client.patience import Exchange, Patience
from creditclock.client.running.holder import Origin
from creditclock.client.running.session import RunningSession
from creditclock.client.running.terms import Length, Wanted, milliseconds
from creditclock.contract import Command
from creditclock.contract.clocks import BuyTime, Clock, ClockMoved, GetClock
from creditclock.contract.sessions import Session

R = TypeVar("R")
WARN: Final[tuple[Length, ...]] = (timedelta(minutes=5), timedelta(minutes=1))


class Calls(Origin, Protocol):
    """What can ask a server: a `Client`."""

    def call(self, command: Command[R], patience: Patience | None = None, *, key: str | None = None) -> R:
        """The answer to a command."""
        ...

    def exchange(self, command: Command[R], patience: Patience | None = None, *, key: str | None = None) -> Exchange[R]:
        """The answer to a command, with the moments between which it was given."""
        ...


class ClockHandle:
    """A clock that a client works with. Making one asks nobody."""

    def __init__(self, client: Calls, clock: str) -> None:
        self._client = client
        self.id = clock

    def show(self) -> Clock:
        """The clock as it stands now."""
        return self._client.call(GetClock(clock=self.id))

    @property
    def left(self) -> timedelta:
        """How long it lasts; asks the server."""
        return timedelta(milliseconds=self.show().left_ms)

    @property
    def sessions(self) -> list[Session]:
        """Its open sessions; asks the server."""
        return self.show().sessions

    def buy(
        self,
        amount: int | None = None,
        *,
        time: Length | None = None,
        note: str | None = None,
        key: str | None = None,
    ) -> ClockMoved:
        """Buy time with credits of its wallet: for an amount, or as much time as named."""
        ms = None if time is None else milliseconds(time)
        return self._client.call(BuyTime(clock=self.id, amount=amount, ms=ms, note=note), key=key)

    def session(
        self,
        *,
        lease: Length | None = None,
        warn: Iterable[Length] = WARN,
        on_warn: Callable[[timedelta], object] | None = None,
        on_end: Callable[[SessionOver], object] | None = None,
        note: str | None = None,
        burn_rate: int | None = None,
        revives: str | None = None,
    ) -> RunningSession:
        """A session for a `with` block: it starts with the block, is kept alive, and stops with the block.

        `on_warn` is called with what is left each time that one of `warn` is reached, again after a top-up; `on_end`
        with the problem when the session ends before its block. Both are called in a thread of their own.
        """
        wanted = Wanted(lease=lease, warn=tuple(warn), note=note, burn_rate=burn_rate, revives=revives)
        return RunningSession(self._client, self.id, wanted, on_warn, on_end)

    def __repr__(self) -> str:
        return f"ClockHandle({self.id!r})"
