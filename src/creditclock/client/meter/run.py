"""Runs a program on a clock: carries out what the rules decide. Takes over the signals of its process."""

import errno
import os
import queue
import random
import select
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType, TracebackType
from typing import Final, Protocol, Self

from creditclock.client.client import Client
from creditclock.client.durations import rounded, spelled
from creditclock.client.errors import Busy, Problem, UnexpectedAnswer, Unreachable
from creditclock.client.knowledge import Told, told_by
from creditclock.client.meter import processes, terminal
from creditclock.client.meter.guard import Guard, post
from creditclock.client.meter.program import Program
from creditclock.client.meter.rules import begin, happened
from creditclock.client.meter.timing import passed, wake_at
from creditclock.client.meter.words import (
    Action,
    Answered,
    Ask,
    Awakened,
    Do,
    Event,
    Exited,
    Question,
    Refused,
    Say,
    Signalled,
    State,
    Stopped,
    Terms,
    Unanswered,
)
from creditclock.client.patience import Patience
from creditclock.client.uptime import uptime_ms
from creditclock.contract import Command
from creditclock.contract.sessions import (
    GetSession,
    PauseSession,
    RenewSession,
    ResumeSession,
    Session,
    StartSession,
    StopSession,
)

_START: Final = Patience(timeout=5.0, tries=4, total=15.0)
_LOOK_MS: Final = 100
"""A sleeping computer stops the timers of the kernel, so the time is looked at this often while the program runs."""
_STATUS_MS: Final = 1_000
_HEARD: Final = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGTSTP", "SIGCONT", "SIGCHLD")
    if hasattr(signal, name)
)
_CONTINUE: Final = getattr(signal, "SIGCONT", None)
_CHILD: Final = getattr(signal, "SIGCHLD", None)
_STOP: Final = getattr(signal, "SIGTSTP", None)


class Display(Protocol):
    """Where the person who runs the program looks."""

    def say(self, text: str, *, loud: bool) -> None:
        """Show a message."""
        ...

    def show(self, left: int, *, running: bool) -> None:
        """Show what is left; called about once a second."""
        ...

    def clear(self) -> None:
        """Leave the screen to the program, or to what comes after."""
        ...


def run(client: Client, start: StartSession, command: Sequence[str], terms: Terms, display: Display) -> int:
    """Run a program on a clock and give its exit code.

    That is 124 when time ran out, 125 when the program was ended for another reason, otherwise the program's own,
    128 + n if signal n ended it. Raises a `Problem` if the session can't start, OSError if the program can't.
    """
    terms = terms._replace(can_hold=sys.platform != "win32", chance=random.random())  # noqa: S311 - spreads meters
    if shutil.which(command[0]) is None:
        reason = errno.EACCES if Path(command[0]).is_file() else errno.ENOENT
        raise OSError(reason, os.strerror(reason), command[0])
    guard = post(terms.grace)
    try:
        exchange = client.exchange(start, _START)
        told = Told(exchange.answer, exchange.sent, exchange.answered)
        with _Desk(client, display, begin(terms, told), guard) as desk:
            try:
                desk.start(command)
            except OSError:
                client.call(StopSession(session=told.session.id, seq=told.session.seq), _START)
                raise
            return desk.attend()
    finally:
        if guard is not None:
            guard.dismiss()


class _Desk:
    """Where everything comes in: signals, answers, what the program does, the time."""

    program: Program

    def __init__(self, client: Client, display: Display, state: State, guard: Guard | None) -> None:
        self._client = client
        self._display = display
        self._state = state
        self._guard = guard
        self._screen = terminal.on_standard_input()
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._ear, self._mouth = socket.socketpair()
        self._shown_at = 0

    def start(self, command: Sequence[str]) -> None:
        screen = self._screen if self._screen is not None and self._screen.is_ours() else None
        self.program = Program(command, screen, self._guard)
        self._display.say(f"{rounded(self._state.left(uptime_ms()))} left.", loud=False)

    def attend(self) -> int:
        while not self._is_over():
            for event in self._news():
                if isinstance(event, Stopped | Exited) and self._screen is not None:
                    self._screen.take_back()
                self._carry_out(happened(self._state, event, uptime_ms()))
            self._carry_out(passed(self._state, uptime_ms()))
            self._show()
            self._wait()
        self._display.clear()
        self._say_what_it_took()
        code = self._state.ending.code if self._state.ending is not None else None
        return code if code is not None else self._state.status or 0

    def _is_over(self) -> bool:
        if not self._state.settled:
            return False
        if self._state.ending is None or self._state.ending.kill_at is not None or not self.program.rest():
            return not self.program.rest()
        self.program.kill()
        return False

    def _news(self) -> Iterator[Event]:
        yield from self.program.changes()
        while not self._events.empty():
            yield self._events.get()

    def _carry_out(self, step: tuple[State, list[Action]]) -> None:
        self._state, actions = step
        for action in actions:
            match action:
                case Ask(question, within):
                    threading.Thread(target=self._ask, args=(question, within), daemon=True).start()
                case Say(text, loud):
                    self._display.say(text, loud=loud)
                case Do():
                    self._do(action)

    def _do(self, action: Do) -> None:
        match action.what:
            case "hold":
                self.program.hold()
                if self._screen is not None:
                    self._screen.take_back()
            case "go":
                self._give_screen()
                self.program.go()
            case "end":
                self.program.end()
            case "kill":
                self.program.kill()
            case "pass":
                self.program.take(action.number)
            case "suspend":
                self._suspend()

    def _suspend(self) -> None:
        if terminal.can_be_suspended():
            self._display.clear()
            terminal.suspend()
            self._events.put(Awakened())
        elif self._state.program == "stopped":
            self._display.say(f"To go on: kill -CONT {self.program.pid}", loud=True)

    def _give_screen(self) -> None:
        if self._screen is not None and self._screen.is_ours():
            self._display.clear()
            self._screen.lend(self.program.pid)

    def _show(self) -> None:
        now = uptime_ms()
        if now - self._shown_at >= _STATUS_MS and self._state.ending is None:
            self._shown_at = now - now % _STATUS_MS
            self._display.show(self._state.left(now), running=self._state.runs)

    def _wait(self) -> None:
        now = uptime_ms()
        longest = _LOOK_MS if self._state.program in {"running", "gone"} else _STATUS_MS
        wait = min(wake_at(self._state, now) - now, longest)
        if select.select([self._ear], [], [], max(wait, 0) / 1_000 + 0.0002)[0]:
            self._ear.recv(4_096)

    def _ask(self, question: Question, within: int) -> None:
        state = self._state
        sent = uptime_ms()
        try:
            patience = Patience(timeout=within / 1_000, tries=1, total=within / 1_000)
            exchange = self._client.exchange(_command(question, state.session.id, state.seq), patience)
            event: Event = Answered(question, Told(exchange.answer, exchange.sent, exchange.answered))
        except (Unreachable, UnexpectedAnswer, Busy) as problem:
            event = Unanswered(question, problem)
        except Problem as problem:
            event = Refused(question, problem, told_by(problem, sent, uptime_ms()))
        self._events.put(event)
        self._wake()

    def _wake(self) -> None:
        with suppress(OSError):
            self._mouth.send(b".")

    def _say_what_it_took(self) -> None:
        session = self._state.session
        if session.state == "ended":
            self._display.say(f"Used {spelled(session.used_ms)} of the clock.", loud=False)

    def _signalled(self, number: int, _: FrameType | None) -> None:
        if number == _CONTINUE:
            if self._state.program == "running":
                self._give_screen()
            self._events.put(Awakened())
        elif number != _CHILD:
            self._events.put(Signalled(number, stops=number == _STOP))

    def __enter__(self) -> Self:
        processes.adopt_orphans()
        self._ear.settimeout(0)
        self._mouth.settimeout(0)
        self._wakeup = signal.set_wakeup_fd(self._mouth.fileno(), warn_on_full_buffer=False)
        # What was ignored (nohup) stays ignored, for the program too.
        self._before = {
            number: signal.signal(number, self._signalled)
            for number in _HEARD
            if signal.getsignal(number) is not signal.SIG_IGN
        }
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and hasattr(self, "program"):
            self.program.end()
            self.program.kill()
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup)
        if self._screen is not None:
            self._screen.take_back()
        self._ear.close()
        self._mouth.close()


def _command(question: Question, session: str, seq: int) -> Command[Session]:
    match question:
        case "poll":
            return GetSession(session=session)
        case "renew" | "last":
            return RenewSession(session=session, seq=seq)
        case "pause":
            return PauseSession(session=session, seq=seq)
        case "resume":
            return ResumeSession(session=session, seq=seq)
        case "stop":
            return StopSession(session=session, seq=seq)
