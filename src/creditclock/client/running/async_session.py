"""A session that a task holds for the length of a block; another task keeps it alive."""

import asyncio
import contextlib
import inspect
import logging
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from contextvars import ContextVar, Token
from datetime import timedelta
from types import TracebackType
from typing import Any, Final, Protocol, Self, TypeVar

from creditclock.client.errors import Problem, SessionOver
from creditclock.client.patience import Exchange, Patience
from creditclock.client.running.holder import LONGEST_SLEEP_MS, START, STOP, Holder, Origin, patience
from creditclock.client.running.rules import Ask, End
from creditclock.client.running.scope import Scope
from creditclock.client.running.session import BEHIND
from creditclock.client.running.terms import Wanted
from creditclock.client.uptime import uptime_ms
from creditclock.contract import Command
from creditclock.contract.sessions import PauseSession, ResumeSession, Session, StopSession

Item = TypeVar("Item")
R = TypeVar("R")
log: Final = logging.getLogger("creditclock")


class AsyncExchanges(Origin, Protocol):
    """What can ask a server: an `AsyncClient`."""

    async def exchange(self, command: Command[R], patience: Patience | None = None) -> Exchange[R]:
        """The answer to a command, with the moments between which it was given."""
        ...

    def behind(self, work: Coroutine[Any, Any, object]) -> asyncio.Task[object]:
        """Have something done that nobody waits for; the client's `close` waits for it."""
        ...


class AsyncRunningSession:
    """A session for the length of an `async with` block.

    At the end the block is cancelled as `asyncio.timeout` does it, and the session's end is raised from it.
    """

    def __init__(
        self,
        client: AsyncExchanges,
        clock: str,
        wanted: Wanted,
        on_warn: Callable[[timedelta], object] | None = None,
        on_end: Callable[[SessionOver], object] | None = None,
    ) -> None:
        self._client = client
        self._clock = clock
        self._wanted = wanted
        self._on_warn = on_warn
        self._on_end = on_end
        self._known: Holder | None = None
        self._news = asyncio.Event()
        self._asking = asyncio.Lock()
        self._leaving = False
        self._is_stepwise = False
        self._scopes: set[Scope] = set()
        self._keeper: asyncio.Task[None] | None = None
        self._whole: Scope | None = None
        self._before: Token[AsyncRunningSession | None] | None = None

    def __repr__(self) -> str:
        told = "not begun" if self._known is None else f"{self._known.session.id} {self._known.session.state}"
        return f"<AsyncRunningSession on {self._clock}: {told}>"

    @property
    def session(self) -> Session:
        """The session as the server told it at last."""
        return self._holder.session

    @property
    def left(self) -> timedelta:
        """How long the clock lasts, by the server's clock. Raises what `check` raises."""
        return self._holder.left()

    async def check(self) -> None:
        """Return if the program may go on; wait while the session is paused from elsewhere.

        Raises `OutOfTime` when time is up, another `SessionOver` when the session ended for another reason.
        """
        while True:
            self._news.clear()
            problem = self._holder.problem()
            if problem is not None:
                raise problem
            if not self._holder.waits or self._leaving:
                return
            await self._wait(LONGEST_SLEEP_MS)

    async def sleep(self, length: float | timedelta) -> None:
        """Wait so many seconds; raises what `check` raises, at the moment when it happens."""
        seconds = length.total_seconds() if isinstance(length, timedelta) else length
        until = uptime_ms() + int(seconds * 1_000)
        while True:
            await self.check()
            now = uptime_ms()
            if now >= until:
                return
            await self._wait(min(until - now, LONGEST_SLEEP_MS))

    async def over(self, items: Iterable[Item] | AsyncIterable[Item]) -> AsyncIterator[Item]:
        """The items, with a `check` before each one is given."""
        if isinstance(items, AsyncIterable):
            async for item in items:
                await self.check()
                yield item
        else:
            for item in items:
                await self.check()
                yield item
        await self.check()

    async def pause(self) -> None:
        """Let the clock stand still until `resume`."""
        self._holder.paused_by_us = True
        session = self.session
        try:
            await self._ask(PauseSession(session=session.id, seq=session.seq))
        except Problem:
            self._holder.paused_by_us = False
            raise

    async def resume(self) -> None:
        """Let the clock run on. Raises `OutOfTime` if nothing is left to go on with."""
        session = self.session
        await self._ask(ResumeSession(session=session.id, seq=session.seq))

    async def refresh(self) -> None:
        """Ask the server now how the session stands: what happened elsewhere is known afterwards."""
        await self._ask(self._holder.command("renew"))

    def stepwise(self) -> Self:
        """Let the session cancel, and be the current one in, `step` only: for a generator."""
        self._is_stepwise = True
        return self

    async def step(self, work: Awaitable[R]) -> R:
        """What an awaitable gives, with this as the current session; cancelled when the session is over."""
        token = CURRENT.set(self)
        scope = Scope(self._scopes)
        scope.enter()
        try:
            result = await work
        except BaseException as error:
            problem = self._holder.problem() if scope.leave(error) else None
            if problem is None:
                raise
            raise problem from error
        else:
            scope.leave(None)
            return result
        finally:
            CURRENT.reset(token)

    async def __aenter__(self) -> Self:
        if self._known is not None:
            raise RuntimeError("A session runs once. Ask the clock for another one: client.clock(id).session().")
        starting = self._client.behind(self._start())
        try:
            await asyncio.shield(starting)
        except asyncio.CancelledError:
            # It may have begun all the same, and nobody would stop it.
            self._client.behind(self._undo(starting))
            raise
        self._keeper = asyncio.create_task(self._keep(), name=f"keeps {self.session.id}")
        if not self._is_stepwise:
            self._before = CURRENT.set(self)
            self._whole = Scope(self._scopes)
            self._whole.enter()
        return self

    async def _finish(self) -> End | None:
        """Stop the session; gives its end if it ended by itself."""
        stopping = self._client.behind(self._stop())
        try:
            # Who cancels the block now doesn't keep the session from being stopped.
            await asyncio.shield(stopping)
        finally:
            self._leaving = True
            if self._keeper is not None:
                self._keeper.cancel()
        end = self._holder.ends_by_itself()
        if end is not None:
            self._tell(end)
        return end

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is not None:
            with contextlib.suppress(ValueError):
                # A generator may be closed elsewhere than where it was begun.
                CURRENT.reset(self._before)
        is_ours = self._whole is not None and self._whole.leave(error)
        end = await self._finish()
        if end is not None and (error is None or is_ours):
            raise end.problem() from error

    @property
    def _holder(self) -> Holder:
        if self._known is None:
            raise RuntimeError("The session hasn't begun. Use it in a block: async with client.clock(id).session().")
        return self._known

    async def _start(self) -> None:
        exchange = await self._client.exchange(self._wanted.start(self._clock), START)
        loop = asyncio.get_running_loop()
        self._known = Holder(self._client, self._wanted.terms(), exchange, lambda: _soon(loop, self._news.set))

    async def _undo(self, starting: asyncio.Task[object]) -> None:
        with contextlib.suppress(Problem):
            await starting
            await self._stop()

    async def _keep(self) -> None:
        """What the task does: whatever is due, until the session or its block is over."""
        while not self._leaving:
            self._news.clear()
            due = self._holder.due()
            if isinstance(due, End):
                self._tell(due)
                for scope in tuple(self._scopes):
                    scope.end()
                self._news.set()
                return
            if due.warn is not None and self._on_warn is not None:
                self._call(self._on_warn, timedelta(milliseconds=due.warn))
            if due.ask is not None:
                await self._ask_quietly(due.ask)
            else:
                await self._wait(min(due.wake_at - uptime_ms(), LONGEST_SLEEP_MS))

    async def _ask_quietly(self, ask: Ask) -> None:
        async with self._asking:
            sent = uptime_ms()
            try:
                exchange = await self._client.exchange(self._holder.command(ask.question), patience(ask))
                self._holder.hear(ask.question, exchange)
            except Problem as problem:
                self._holder.hear_problem(problem, sent)

    async def _ask(self, command: Command[Session], within: Patience | None = None) -> None:
        async with self._asking:
            sent = uptime_ms()
            try:
                self._holder.hear(None, await self._client.exchange(command, within))
            except Problem as problem:
                self._holder.hear_problem(problem, sent)
                raise

    async def _stop(self) -> None:
        """Stop the session; what the server can't be told now is told it later, while there is a lease."""
        end = self._holder.end()
        if end is not None and end.is_told:
            return
        if end is None:
            self._holder.stopped_by_us = True
            try:
                await self._ask(self._holder.stop(), STOP)
            except SessionOver:
                return
            except Problem as problem:
                log.warning("session %s could not be stopped yet: %s", self.session.id, problem)
            else:
                return
        self._client.behind(self._stop_behind(self._holder.stop(), uptime_ms() + self.session.lease_ms))

    async def _stop_behind(self, stop: StopSession, until: int) -> None:
        while uptime_ms() < until:
            await asyncio.sleep(BEHIND.timeout / 5)
            try:
                await self._client.exchange(stop, BEHIND)
            except SessionOver:
                return
            except Problem as problem:
                log.debug("session %s could not be stopped yet: %s", stop.session, problem)
            else:
                return

    def _tell(self, end: End) -> None:
        told, self._on_end = self._on_end, None
        if told is not None:
            self._call(told, end.problem())

    def _call(self, function: Callable[[Item], object], argument: Item) -> None:
        self._client.behind(_called(function, argument))

    async def _wait(self, ms: int) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0, ms) / 1_000):
                await self._news.wait()


async def _called(function: Callable[[Item], object], argument: Item) -> None:
    try:
        result = function(argument)
        if inspect.isawaitable(result):
            await result
    except Exception:
        log.exception("a callback of a session failed")


def _soon(loop: asyncio.AbstractEventLoop, function: Callable[[], object]) -> None:
    with contextlib.suppress(RuntimeError):
        # The loop may be closed by now.
        loop.call_soon_threadsafe(function)


CURRENT: Final[ContextVar[AsyncRunningSession | None]] = ContextVar("creditclock.async_session", default=None)
"""The session of the innermost `async with` block around the running code."""
