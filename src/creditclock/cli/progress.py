"""How far long work is: one line on a terminal's standard error that goes away in the end."""

import shutil
import sys
import time
from types import TracebackType
from typing import Final, Self

REDRAW_S: Final = 0.1
SURE_S: Final = 1.0
"""After this long the pace so far says how long the rest will take."""
_MINUTE: Final = 60


class Progress:
    """A line that tells how far work is, redrawn ten times a second at most.

    There is none with `is_quiet`, and where nobody looks: when standard error is no terminal.
    """

    def __init__(self, *, is_quiet: bool = False) -> None:
        self._is_shown = not is_quiet and sys.stderr.isatty()
        self._what = ""
        self._began = self._drawn = 0.0
        self._first = 0
        self._width = 0

    def __call__(self, what: str, count: int, total: int | None = None) -> None:
        """Say what is done, how much of it is done, and how much there is if that is known."""
        if not self._is_shown:
            return
        now = time.monotonic()
        if what != self._what:
            self._what, self._began, self._first = what, now, count
        elif now - self._drawn < REDRAW_S:
            return
        self._drawn = now
        self._draw(line(what, count, total, now - self._began, count - self._first))

    def close(self) -> None:
        """Take the line away: what is printed next stands in its place."""
        if self._width:
            self._draw("")
            print("\r", end="", file=sys.stderr, flush=True)
            self._width = 0
        self._drawn = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _draw(self, text: str) -> None:
        """Write over the line before; the last column stays free, or some terminals would begin a new line."""
        text = text[: max(1, shutil.get_terminal_size().columns - 1)]
        print(f"\r{text.ljust(self._width)}", end="", file=sys.stderr, flush=True)
        self._width = len(text)


def line(what: str, count: int, total: int | None, elapsed: float, since: int) -> str:
    """The line: what is done, how much of it, how fast (`since` were done in `elapsed` seconds), how long it takes.

    >>> line("Sending", 12_000, 50_000, 2.0, 12_000)
    'Sending: 12 000 of 50 000, 6 000/s, 7 s left'
    """
    parts = [_number(count) if total is None else f"{_number(count)} of {_number(total)}"]
    if elapsed >= SURE_S and since:
        rate = since / elapsed
        parts.append(f"{_number(round(rate))}/s" if rate >= 1 else f"{elapsed / since:.1f} s each")
        if total is not None and total > count:
            parts.append(f"{_span(round((total - count) / rate) + 1)} left")
    return f"{what}: {', '.join(parts)}"


def _number(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def _span(seconds: int) -> str:
    if seconds < _MINUTE:
        return f"{seconds} s"
    minutes, seconds = divmod(seconds, _MINUTE)
    if minutes < _MINUTE:
        return f"{minutes} min {seconds} s"
    return f"{minutes // _MINUTE} h {minutes % _MINUTE} min"
