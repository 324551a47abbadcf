"""A session that a program holds for the length of a block; a thread keeps it alive."""

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar, Token
from datetime import timedelta
from types import TracebackType
from typing import Final, Protocol, Self, TypeVar

from creditclock.client.errors import Problem, SessionOver
from creditclock.client.patience import Exchange, Patience
from creditclock.client.running.callbacks import Callbacks
from creditclock.client.running.holder import LONGEST_SLEEP_MS, START, STOP, Holder, Origin, patience
from creditclock.client.running.rules import Ask, End
from creditclock.client.running.terms import Wanted
from creditclock.client.uptime import uptime_ms
from creditclock.contract import Command
from creditclock.contract.sessions import PauseSession, ResumeSession, Session

Item = TypeVar("Item")
R = TypeVar("R")

BEHIND: Final = Patience(timeout=5.0, tries=1, total=5.0)
_JOIN_S: Final = 1.0
log: Final = logging.getLogger("creditclock")


class Exchanges(Origin, Protocol):
    """What can ask a server: a `Client`."""

    def exchange(self, command: Command[R], patience: Patience | None = None) -> Exchange[R]:
        """The answer to a command, with the moments between which it was given."""
        ...


class RunningSession:
    """A session for the length of a `with` block.

    It may be used by any number of threads. A forked process must not use it: only the process that began it keeps
    it alive and stops it. A program that is killed costs at most `session.max_loss_ms`.
    """

    def __init__(
        self,
        client: Exchanges,
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
        self._process = os.getpid()
        self._news = threading.Condition()
        self._asking = threading.Lock()
        self._changes = self._done = 0
        self._leaving = False
        self._is_stepwise = False
        self._callbacks = Callbacks()
        self._thread: threading.Thread | None = None
        self._before: Token[RunningSession | None] | None = None

    def __repr__(self) -> str:
        told = "not begun" if self._known is None else f"{self._known.session.id} {self._known.session.state}"
        return f"<RunningSession on {self._clock}: {told}>"

    @property
    def session(self) -> Session:
        """The session as the server told it at last."""
        return self._holder.session

    @property
    def left(self) -> timedelta:
        """How long the clock lasts, by the server's clock. Raises what `check` raises."""
        return self._holder.left()

    def check(self) -> None:
        """Return if the program may go on; wait while the session is paused from elsewhere.

        Raises `OutOfTime` when time is up, another `SessionOver` when the session ended for another reason.
        It asks nobody and costs a few microseconds.
        """
        while True:
            seen = self._changes
            problem = self._holder.problem()
            if problem is not None:
                raise problem
            if not self._holder.waits or self._leaving:
                return
            self._wait(LONGEST_SLEEP_MS, seen)

    def sleep(self, length: float | timedelta) -> None:
        """Wait so many seconds; raises what `check` raises, at the moment when it happens."""
        seconds = length.total_seconds() if isinstance(length, timedelta) else length
        until = uptime_ms() + int(seconds * 1_000)
        while True:
            seen = self._changes
            self.check()
            now = uptime_ms()
            if now >= until:
                return
            self._wait(min(until - now, LONGEST_SLEEP_MS), seen)

    def over(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items, with a `check` before each one is given."""
        for item in items:
            self.check()
            yield item
        self.check()

    def pause(self) -> None:
        """Let the clock stand still until `resume`."""
        self._holder.paused_by_us = True
        session = self.session
        try:
            self._ask(PauseSession(session=session.id, seq=session.seq))
        except Problem:
            self._holder.paused_by_us = False
            raise

    def resume(self) -> None:
        """Let the clock run on. Raises `OutOfTime` if nothing is left to go on with."""
        session = self.session
        self._ask(ResumeSession(session=session.id, seq=session.seq))

    def refresh(self) -> None:
        """Ask the server now how the session stands: what happened elsewhere is known afterwards."""
        self._ask(self._holder.command("renew"))

    def stepwise(self) -> Self:
        """Let the session be the current one in `step` only: for a generator, whose caller's code runs in between."""
        self._is_stepwise = True
        return self

    def step(self, work: Callable[[], R]) -> R:
        """What a function gives, with this as the current session."""
        token = CURRENT.set(self)
        try:
            return work()
        finally:
            CURRENT.reset(token)

    def __enter__(self) -> Self:
        if self._known is not None:
            raise RuntimeError("A session runs once. Ask the clock for another one: client.clock(id).session().")
        exchange = self._client.exchange(self._wanted.start(self._clock), START)
        self._known = Holder(self._client, self._wanted.terms(), exchange, self._notify)
        self._known.settle = self._settle
        self._thread = threading.Thread(target=self._keep, name=f"keeps {self.session.id}", daemon=True)
        self._thread.start()
        self._before = None if self._is_stepwise else CURRENT.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is not None:
            with contextlib.suppress(ValueError):
                # A generator may be closed elsewhere than where it was begun.
                CURRENT.reset(self._before)
        if self._process != os.getpid():
            return
        self._stop()
        with self._news:
            self._leaving = True
            self._news.notify_all()
        if self._thread is not None:
            self._thread.join(_JOIN_S)
        end = self._holder.ends_by_itself()
        if end is not None:
            self._tell(end)
        self._callbacks.close()
        if end is not None and error is None:
            raise end.problem()

    @property
    def _holder(self) -> Holder:
        if self._known is None:
            raise RuntimeError("The session hasn't begun. Use it in a block: with client.clock(id).session() as s.")
        if self._process != os.getpid():
            raise RuntimeError("A forked process can't use its parent's session. Start one of its own.")
        return self._known

    def _keep(self) -> None:
        """What the thread does: whatever is due, until the session or its block is over."""
        while not self._leaving:
            seen = self._changes
            due = self._holder.due()
            if isinstance(due, End):
                self._tell(due)
                self._notify()
                self._idle(self._changes)
                return
            if due.warn is not None and self._on_warn is not None:
                self._callbacks.call(self._on_warn, timedelta(milliseconds=due.warn))
            if due.ask is not None:
                self._ask_quietly(due.ask)
            else:
                self._idle(seen)
                self._wait(min(due.wake_at - uptime_ms(), LONGEST_SLEEP_MS), seen)

    def _idle(self, seen: int) -> None:
        with self._news:
            self._done = seen
            self._news.notify_all()

    def _settle(self) -> None:
        with self._news:
            wanted = self._changes
            self._news.wait_for(lambda: self._leaving or self._done >= wanted, _JOIN_S)
        self._callbacks.flush()

    def _ask_quietly(self, ask: Ask) -> None:
        with self._asking:
            if self._leaving:
                return
            sent = uptime_ms()
            try:
                self._holder.hear(
                    ask.question, self._client.exchange(self._holder.command(ask.question), patience(ask))
                )
            except Problem as problem:
                self._holder.hear_problem(problem, sent)

    def _ask(self, command: Command[Session], within: Patience | None = None) -> None:
        with self._asking:
            sent = uptime_ms()
            try:
                self._holder.hear(None, self._client.exchange(command, within))
            except Problem as problem:
                self._holder.hear_problem(problem, sent)
                raise

    def _stop(self) -> None:
        """Stop the session; what the server can't be told now is told it by a thread, while there is a lease."""
        end = self._holder.end()
        if end is not None and end.is_told:
            return
        if end is None:
            self._holder.stopped_by_us = True
            try:
                self._ask(self._holder.stop(), STOP)
            except SessionOver:
                return
            except Problem as problem:
                log.warning("session %s could not be stopped yet: %s", self.session.id, problem)
            else:
                return
        threading.Thread(target=self._stop_behind, name=f"stops {self.session.id}", daemon=True).start()

    def _stop_behind(self) -> None:
        until = uptime_ms() + self.session.lease_ms
        while uptime_ms() < until:
            threading.Event().wait(BEHIND.timeout / 5)
            try:
                self._client.exchange(self._holder.stop(), BEHIND)
            except SessionOver:
                return
            except Problem as problem:
                log.debug("session %s could not be stopped yet: %s", self.session.id, problem)
            else:
                return

    def _tell(self, end: End) -> None:
        with self._news:
            told, self._on_end = self._on_end, None
        if told is not None:
            self._callbacks.call(told, end.problem())

    def _wait(self, ms: int, seen: int) -> None:
        """Wait so long, or until something changes that had not been `seen`."""
        with self._news:
            self._news.wait_for(lambda: self._leaving or self._changes != seen, max(0, ms) / 1_000)

    def _notify(self) -> None:
        with self._news:
            self._changes += 1
            self._news.notify_all()


CURRENT: Final[ContextVar[RunningSession | None]] = ContextVar("creditclock.session", default=None)
"""The session of the innermost block around the running code."""
