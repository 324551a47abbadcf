"""Numbers and instants as people read them on pages."""

from datetime import UTC, datetime, timedelta
from typing import Final

from creditclock.contract.instants import LATEST_MS
from creditclock.contract.values import MAX

_STEPS: Final = ((60_000, 1_000), (600_000, 10_000), (MAX + 1, 60_000))
"""Durations below the first number are rounded to the second one."""


def digits(ms: int) -> str:
    """A duration as clocks show it; begun seconds count, so that it shows zero only when nothing is left.

    >>> digits(3_599_001), digits(59_000)
    ('1:00:00', '0:59')
    """
    minutes, seconds = divmod(-(-ms // 1_000), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def exact(ms: int) -> str:
    """A change of time with its sign, to the millisecond.

    >>> exact(-31), exact(10_800_000), exact(-90_500)
    ('−0:00.031', '+3:00:00', '−1:30.500')
    """
    seconds, rest = divmod(abs(ms), 1_000)
    return f"{'−' if ms < 0 else '+'}{digits(seconds * 1_000)}{f'.{rest:03}' if rest else ''}"


def spoken(ms: int) -> str:
    """A duration in words, rounded to what matters.

    >>> spoken(299_990), spoken(4_000), spoken(92_000), spoken(5_400_000)
    ('5 minutes', '4 seconds', '1 minute 30 seconds', '1 hour 30 minutes')
    """
    step = next(step for until, step in _STEPS if ms < until)
    minutes, seconds = divmod((ms + step // 2) // step * step // 1_000, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "hour"), (minutes, "minute"), (seconds, "second"))
    return " ".join(_counted(number, unit) for number, unit in parts if number) or _counted(0, "second")


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"


def thousandths(number: int) -> str:
    """A number of thousandths as a decimal.

    >>> thousandths(1_000), thousandths(1_500), thousandths(3_250)
    ('1', '1.5', '3.25')
    """
    whole, rest = divmod(number, 1_000)
    return f"{whole}.{rest:03}".rstrip("0").rstrip(".")


def money(amount: int, currency: str, exponent: int) -> str:
    """An amount of minor units with its currency.

    >>> money(1_250, "EUR", 2), money(-5, "EUR", 2), money(7, "CREDIT", 0)
    ('12.50 EUR', '−0.05 EUR', '7 CREDIT')
    """
    sign, text = "−" if amount < 0 else "", str(abs(amount)).rjust(exponent + 1, "0")
    whole, part = (text[:-exponent], text[-exponent:]) if exponent else (text, "")
    return f"{sign}{whole}{'.' if part else ''}{part} {currency}"


def local(instant: int, now: int) -> str:
    """An instant in this machine's local time: with seconds on the day of `now`, with the day on others."""
    if instant >= LATEST_MS:
        return "never"
    at, today = (_local(ms) for ms in (instant, now))
    if at.date() == today.date():
        return f"{at:%H:%M:%S}"
    if at.date() == today.date() + timedelta(days=1):
        return f"tomorrow, {at:%H:%M}"
    if at.date() == today.date() - timedelta(days=1):
        return f"yesterday, {at:%H:%M}"
    return f"{at:%d %b %Y, %H:%M}"


def hour_and_minute(instant: int) -> str:
    """An instant in this machine's local time, to the minute."""
    return f"{_local(instant):%H:%M}"


def _local(instant: int) -> datetime:
    return datetime.fromtimestamp(instant // 1_000, UTC).astimezone()
