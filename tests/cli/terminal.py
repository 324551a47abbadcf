"""A terminal with somebody at it: runs a command in a pseudo-terminal, types, and reads what appears."""

import os
import pty
import select
import signal
import time
from collections.abc import Mapping, Sequence
from typing import Self


class Terminal:
    """Opened around a command, which is ended in the end if it is still there."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.seen = ""
        self._unread = ""
        self._pid, self._descriptor = pty.fork()
        if self._pid == 0:
            try:
                os.execvpe(command[0], list(command), {**environment, "TERM": "xterm"})
            finally:
                os._exit(127)

    def type(self, text: str) -> None:
        os.write(self._descriptor, text.encode())

    def until(self, text: str, within: float = 15.0) -> str:
        """What appears up to and with a text; an error of the test if it doesn't appear."""
        last = time.monotonic() + within
        while text not in self._unread:
            assert time.monotonic() < last, f"{text!r} did not appear: {self.seen}"
            if select.select([self._descriptor], [], [], 0.05)[0]:
                more = self._read()
                assert more or text in self._unread, f"{text!r} did not appear before the end: {self.seen}"
        found, _, self._unread = self._unread.partition(text)
        return found + text

    def _read(self) -> str:
        """What appears now; nothing once the command has ended."""
        try:
            more = os.read(self._descriptor, 65_536).decode(errors="replace")
        except OSError:
            return ""
        self._unread += more
        self.seen += more
        return more

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.kill(self._pid, signal.SIGHUP)
        os.close(self._descriptor)
        last = time.monotonic() + 5
        while os.waitpid(self._pid, os.WNOHANG) == (0, 0):
            if time.monotonic() > last:
                os.kill(self._pid, signal.SIGKILL)
            time.sleep(0.02)
