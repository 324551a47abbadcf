"""A small process that outlives the meter if somebody kills it (`kill -9`), and then ends the program (POSIX)."""

import contextlib
import os
import signal
import time
from typing import Final

_GOOD_BYE: Final = b"."
_LOOK_S: Final = 0.05


class Guard:
    """Watches over the program of this process for as long as this process lives."""

    def __init__(self, grace: int) -> None:
        ear, self._mouth = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                _watch(ear, grace)
            finally:
                os._exit(0)
        os.close(ear)

    def watch(self, group: int) -> None:
        """End this process group when the meter is gone."""
        os.write(self._mouth, b"%d\n" % group)

    def dismiss(self) -> None:
        """The program is over; the guard goes home."""
        with contextlib.suppress(OSError):
            os.write(self._mouth, _GOOD_BYE)
        os.close(self._mouth)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


def post(grace: int) -> Guard | None:
    """A guard at its post, where the system has process groups to watch."""
    return Guard(grace) if hasattr(os, "fork") else None


def _watch(ear: int, grace: int) -> None:
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    # Nobody may wait for the end of a pipe that only the guard still holds.
    os.closerange(0, ear)
    os.closerange(ear + 1, min(1 << 16, os.sysconf("SC_OPEN_MAX")))
    heard = b""
    while more := os.read(ear, 64):
        heard += more
    if heard.endswith(_GOOD_BYE) or b"\n" not in heard:
        return
    group = int(heard.split(b"\n")[0])
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGTERM)
        os.killpg(group, signal.SIGCONT)
        last = time.monotonic() + grace / 1_000
        while time.monotonic() < last:
            os.killpg(group, 0)
            time.sleep(_LOOK_S)
        os.killpg(group, signal.SIGKILL)
