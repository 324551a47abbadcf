"""A clock by its id, for asynchronous programs: what is left, buying time, and running sessions on it."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from datetime import timedelta
from typing import Any, Protocol, TypeVar

from creditclock.client.clock import WARN
from creditclock.client.errors import SessionOver
from creditclock.client.patience import Exchange, Patience
from creditclock.client.running.async_session import AsyncRunningSession
from creditclock.client.running.holder import Origin
from creditclock.client.running.terms import Length, Wanted, milliseconds
from creditclock.contract import Command
from creditclock.contract.clocks import BuyTime, Clock, ClockMoved, GetClock
from creditclock.contract.sessions import Session

R = TypeVar("R")


class AsyncCalls(Origin, Protocol):
    """What can ask a server: an `AsyncClient`."""

    async def call(self, command: Command[R], patience: Patience | None = None, *, key: str | None = None) -> R:
        """The answer to a command."""
        ...

    async def exchange(
        self, command: Command[R], patience: Patience | None = None, *, key: str | None = None
    ) -> Exchange[R]:
        """The answer to a command, with the moments between which it was given."""
        ...

    def behind(self, work: Coroutine[Any, Any, object]) -> asyncio.Task[object]:
        """Have something done that nobody waits for."""
        ...


class AsyncClockHandle:
    """A clock that a client works with. Making one asks nobody."""

    def __init__(self, client: AsyncCalls, clock: str) -> None:
        self._client = client
        self.id = clock

    async def show(self) -> Clock:
        """The clock as it stands now."""
        return await self._client.call(GetClock(clock=self.id))

    async def left(self) -> timedelta:
        """How long it lasts."""
        return timedelta(milliseconds=(await self.show()).left_ms)

    async def sessions(self) -> list[Session]:
        """Its open sessions."""
        return (await self.show()).sessions

    async def buy(
        self,
        amount: int | None = None,
        *,
        time: Length | None = None,
        note: str | None = None,
        key: str | None = None,
    ) -> ClockMoved:
        """Buy time with credits of its wallet: for an amount, or as much time as named."""
        ms = None if time is None else milliseconds(time)
        return await self._client.call(BuyTime(clock=self.id, amount=amount, ms=ms, note=note), key=key)

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
    ) -> AsyncRunningSession:
        """A session for an `async with` block: it starts with the block, is kept alive, and stops with the block.

        When it is over the block is cancelled, as by `asyncio.timeout`, and `OutOfTime` or another end raised.
        `on_warn` is called with what is left each time that one of `warn` is reached, again after a top-up; `on_end`
        with the problem when the session ends before its block. Both may be coroutine functions.
        """
        wanted = Wanted(lease=lease, warn=tuple(warn), note=note, burn_rate=burn_rate, revives=revives)
        return AsyncRunningSession(self._client, self.id, wanted, on_warn, on_end)

    def __repr__(self) -> str:
        return f"AsyncClockHandle({self.id!r})"
