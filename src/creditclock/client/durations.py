"""Durations as people write and read them: `1h30m`, `90s`, `250ms`, `00:45:00`."""

import re
from typing import Final

_UNITS: Final = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_PARTS: Final = re.compile(r"(?P<whole>\d+)(?:\.(?P<part>\d+))?(?P<unit>ms|d|h|m|s)", re.ASCII)
_CLOCK: Final = re.compile(r"(?P<h>\d+):(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d)(?:\.(?P<ms>\d{1,3}))?)?", re.ASCII)


def parsed(text: str) -> int:
    """The milliseconds that a text names; ValueError says what a duration looks like.

    >>> parsed("1h30m"), parsed("1.5s"), parsed("250ms"), parsed("00:45:00")
    (5400000, 1500, 250, 2700000)
    """
    text = text.strip().lower().replace(" ", "")
    if clock := _CLOCK.fullmatch(text):
        parts = (int(clock["h"]) * 60 + int(clock["m"])) * 60 + int(clock["s"] or 0)
        return parts * 1_000 + int((clock["ms"] or "").ljust(3, "0"))
    total, at, smaller = 0, 0, float("inf")
    while found := _PARTS.match(text, at):
        unit = _UNITS[found["unit"]]
        fraction = found["part"] or ""
        part, rest = divmod(int(fraction or 0) * unit, 10 ** len(fraction))
        if rest or unit >= smaller:
            break
        total, at, smaller = total + int(found["whole"]) * unit + part, found.end(), unit
    if not text or at != len(text):
        raise ValueError(f"{text!r} is not a duration: write 1h30m, 90s, 250ms or 00:45:00.")
    return total


def spelled(ms: int) -> str:
    """A duration to be read, exact to the millisecond.

    >>> spelled(5_405_000), spelled(1_500), spelled(0), spelled(-60_000)
    ('1h30m05s', '1.5s', '0s', '-1m00s')
    """
    if ms < 0:
        return "-" + spelled(-ms)
    seconds, rest = divmod(ms, 1_000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{rest:03d}".rstrip("0") if rest else ""
    if hours:
        return f"{hours}h{minutes:02d}m{seconds:02d}{fraction}s"
    if minutes:
        return f"{minutes}m{seconds:02d}{fraction}s"
    return f"{seconds}{fraction}s"


def rounded(ms: int) -> str:
    """A duration to be glanced at: whole seconds, begun ones counted, so that it shows zero only when nothing is left.

    >>> rounded(1_001)
    '2s'
    """
    return spelled(-(-ms // 1_000) * 1_000)
