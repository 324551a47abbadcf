"""Programs that somebody stops with Ctrl-C: their servers end, their folders go, and one line says so."""

import signal
import sys
from collections.abc import Callable

STOPPED = 128 + signal.SIGINT
"""The exit status."""


def stoppable(main: Callable[[], int]) -> int:
    """What a program gives; when it is stopped (SIGINT or SIGTERM), 130 once it has cleaned up."""

    def stop(*_: object) -> None:
        # A second Ctrl-C would leave behind what the first one has begun to end.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        return main()
    except KeyboardInterrupt:
        print("\nStopped: its servers have ended, and its folder is removed.", file=sys.stderr)
        return STOPPED
