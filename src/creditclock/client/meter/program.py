"""The program that is run on the clock, and everything that it has started."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence

from creditclock.client.meter import processes, terminal
from creditclock.client.meter.guard import Guard
from creditclock.client.meter.words import Continued, Exited, Stopped


class Program:
    """A program in a process group of its own, in the foreground of the terminal if there is one."""

    def __init__(self, command: Sequence[str], screen: terminal.Terminal | None, guard: Guard | None) -> None:
        """Start it, on the `screen` if there is one; the guard, a child of this process too, watches over it."""
        self._strangers = frozenset(() if guard is None else (guard.pid,))
        self._held: set[int] = set()
        if sys.platform == "win32":
            flags = subprocess.CREATE_NEW_PROCESS_GROUP
            self._popen = subprocess.Popen(command, creationflags=flags)  # noqa: S603 - as below
        else:
            self._popen = subprocess.Popen(  # noqa: S603 - running what it is told is its purpose
                command,
                process_group=0,
                preexec_fn=_before(screen, guard),  # noqa: PLW1509 - no threads yet
            )
        self.pid = self._popen.pid
        if screen is not None:
            screen.lend(self.pid)

    def changes(self) -> Iterator[Stopped | Continued | Exited]:
        """What has happened to the program since the last call; its dead are buried."""
        if sys.platform == "win32":
            status = self._popen.poll()
            if status is not None:
                yield Exited(status, rest=False)
            return
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED | os.WCONTINUED)
                if pid == 0:
                    return
                if pid == self.pid:
                    yield self._change(status)

    def rest(self) -> bool:
        """Whether anything of it is still alive."""
        return self._popen.poll() is None if sys.platform == "win32" else bool(self._members())

    def hold(self) -> None:
        """Make it wait: everything that isn't waiting yet is stopped."""
        groups = {process.group for process in self._members() if not process.is_stopped}
        self._held |= groups
        self._signal(groups, signal.SIGSTOP)

    def go(self) -> None:
        """Let it go on; what had been stopped before it was held stays stopped."""
        self._signal({self.pid} | self._held, signal.SIGCONT)
        self._held.clear()

    def take(self, number: int) -> None:
        """Give it a signal that was meant for it."""
        if sys.platform == "win32":
            self._popen.terminate()
        else:
            self._signal({self.pid}, number)

    def end(self) -> None:
        """Ask all of it to end, the stopped parts too."""
        if sys.platform == "win32":
            self._popen.terminate()
        else:
            groups = {process.group for process in self._members()}
            self._signal(groups, signal.SIGTERM)
            self._signal(groups, signal.SIGCONT)

    def kill(self) -> None:
        """End all of it now."""
        if sys.platform == "win32":
            self._popen.kill()
        else:
            self._signal({process.group for process in self._members()}, signal.SIGKILL)

    def _members(self) -> list[processes.Process]:
        return processes.below(os.getpid(), without=self._strangers, group=self.pid)

    def _signal(self, groups: set[int], number: int) -> None:
        for group in groups - {os.getpgrp()}:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, number)

    def _change(self, status: int) -> Stopped | Continued | Exited:
        if os.WIFSTOPPED(status):
            return Stopped()
        if os.WIFCONTINUED(status):
            return Continued()
        code = os.waitstatus_to_exitcode(status)
        self._popen.returncode = code
        return Exited(code if code >= 0 else 128 - code, rest=self.rest())


def _before(screen: terminal.Terminal | None, guard: Guard | None) -> Callable[[], None]:
    """What the new process does before it becomes the program."""

    def prepare() -> None:
        # Told from here, the guard knows of the program before the program can do anything.
        if guard is not None:
            guard.watch(os.getpid())
        if screen is not None:
            terminal.enter_foreground()

    return prepare
