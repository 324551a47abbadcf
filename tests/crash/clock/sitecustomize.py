# ruff: noqa: INP001 - Python finds it in a folder that is no package
"""Moves the wall clock of every Python program that finds this folder on its path, as a file says.

`CLOCK_SHIFT` names the file; it holds milliseconds. The steady clocks go on as they are, as on a machine that is set.
"""

import os
import time

READ_EVERY_S = 0.02


class _Shifted:
    def __init__(self, file: str) -> None:
        self._file = file
        self._time_ns = time.time_ns
        self._shift_ms = 0
        self._read_at = -READ_EVERY_S

    def time_ns(self) -> int:
        now = time.monotonic()
        if now - self._read_at >= READ_EVERY_S:
            self._read_at = now
            with open(self._file, encoding="ascii") as file:  # noqa: PTH123 - as little as possible is imported here
                self._shift_ms = int(file.read() or self._shift_ms)
        return self._time_ns() + self._shift_ms * 1_000_000

    def time(self) -> float:
        return self.time_ns() / 1e9


if "CLOCK_SHIFT" in os.environ:
    _shifted = _Shifted(os.environ["CLOCK_SHIFT"])
    time.time_ns = _shifted.time_ns
    time.time = _shifted.time
