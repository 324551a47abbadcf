"""Instants as people write and read them: in their local time."""

from datetime import UTC, datetime

from creditclock.contract.instants import parsed as parsed_ms
from creditclock.contract.instants import shown


def parsed(text: str) -> str:
    """The RFC 3339 text of an instant, given as such or in local time; ValueError says how to write it.

    >>> parsed("2026-11-20T10:30:00+01:00")
    '2026-11-20T09:30:00.000Z'
    """
    try:
        moment = datetime.fromisoformat(text.strip()).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError(
            f"{text!r} is not an instant: write 2026-11-20T09:30:00Z, or 2026-11-20 10:30 in local time."
        ) from None
    return shown(parsed_ms(moment.isoformat()))


def spelled(text: str) -> str:
    """An instant to be read, in local time to the second."""
    try:
        return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return text
