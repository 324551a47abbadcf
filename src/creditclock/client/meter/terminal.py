"""The terminal that a program is run on: whose turn it is, and the modes that each side has set (POSIX)."""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Generator

from creditclock.client.meter import processes

if sys.platform != "win32":
    import termios


class Terminal:
    """The terminal on standard input, lent to the program as a shell lends it to its foreground job."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._ours = termios.tcgetattr(descriptor)
        self._theirs: list[object] | None = None
        self.borrower: int | None = None

    def is_ours(self) -> bool:
        """Whether this process's group is in the foreground."""
        with contextlib.suppress(OSError):
            return os.tcgetpgrp(self._descriptor) == os.getpgrp()
        return False

    def lend(self, group: int) -> None:
        """Put a group into the foreground, with the modes that it had set."""
        with contextlib.suppress(OSError, termios.error), _allowed_from_behind():
            if self._theirs is not None:
                termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._theirs)  # pyright: ignore[reportArgumentType] - what tcgetattr gave
            os.tcsetpgrp(self._descriptor, group)
            self.borrower = group

    def take_back(self) -> None:
        """Be in the foreground again, with the modes of before. Nothing happens if it was not lent."""
        if self.borrower is None:
            return
        with contextlib.suppress(OSError, termios.error), _allowed_from_behind():
            if os.tcgetpgrp(self._descriptor) in {self.borrower, os.getpgrp()}:
                self._theirs = termios.tcgetattr(self._descriptor)
                os.tcsetpgrp(self._descriptor, os.getpgrp())
                termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._ours)
        self.borrower = None


def on_standard_input() -> Terminal | None:
    """The terminal that standard input is, if it is one."""
    if sys.platform == "win32":
        return None
    with contextlib.suppress(OSError, termios.error):
        return Terminal(0)
    return None


def enter_foreground() -> None:
    """Put the calling process's group into the foreground: the program's first act, before it is the program."""
    with _allowed_from_behind():
        os.tcsetpgrp(0, os.getpgrp())


def can_be_suspended() -> bool:
    """Whether a shell is there that would continue this process: its group is not orphaned."""
    if sys.platform == "win32":
        return False
    with contextlib.suppress(OSError):
        parent = os.getppid()
        while os.getsid(parent) == os.getsid(0):
            if os.getpgid(parent) != os.getpgrp():
                return True
            parent = processes.parent_of(parent)
    return False


def suspend() -> None:
    """Stop this process and its whole job, as Ctrl-Z does; returns when it is continued."""
    before = signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    os.killpg(os.getpgrp(), signal.SIGTSTP)
    signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    # Sent to this very thread, so that it has happened before the next line.
    signal.pthread_kill(threading.get_ident(), signal.SIGTSTP)
    signal.signal(signal.SIGTSTP, before)


@contextlib.contextmanager
def _allowed_from_behind() -> Generator[None]:
    """A process in the background may change the terminal while it blocks SIGTTOU."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
