"""Values of the old file, whose columns hold whatever somebody once wrote into them."""

import math
import re
from datetime import UTC, datetime, tzinfo
from fractions import Fraction
from typing import Any, Final

import msgspec

from creditclock.contract import Refusal, logins
from creditclock.contract.values import MAX, Email, Login, Name, Phone

MOST_CREDITS: Final = MAX // 10_000
MINUTE_MS: Final = 60_000
COST_PARTS: Final = 10_000
MOST_TEXT: Final = 200
MOST_NOTES: Final = 500
EARLIEST: Final = 946_684_800_000
"""The year 2000: what is from before is no date of that software."""
MILLISECONDS: Final = 100_000_000_000
"""A number of seconds is smaller for thousands of years, one of milliseconds isn't."""
_FORMS: Final = (
    "%d-%m-%Y %H:%M:%S",
    "%d-%m-%Y %H:%M:%S.%f",
    "%d-%m-%Y",
    "%d/%m/%Y %H:%M:%S",
    "%d.%m.%Y %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
)
_HASH: Final = re.compile(r"[0-9a-fA-F]{64}\Z")
_HIDDEN: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_TRUE: Final = frozenset({"1", "true", "t", "yes", "y"})
_FALSE: Final = frozenset({"", "0", "false", "f", "no", "n", "none", "null"})


def number(value: object) -> Fraction | None:
    """A number exactly, or a text that is one; None for anything else."""
    if isinstance(value, str):
        try:
            value = float(value) if "." in value or "e" in value.lower() else int(value)
        except ValueError:
            return None
    if isinstance(value, int):
        return Fraction(value)
    return Fraction(value) if isinstance(value, float) and math.isfinite(value) else None


def whole(value: object) -> int | None:
    """A whole number from 0 to the largest, such as a row's own; None for anything else."""
    found = number(value)
    return int(found) if found is not None and found.denominator == 1 and 0 <= found <= MAX else None


def milliseconds(value: object) -> int | None:
    """Minutes in milliseconds, rounded; None for what is none, or below 0 or beyond the largest."""
    found = number(value)
    ms = None if found is None else round(found * MINUTE_MS)
    return ms if ms is not None and 0 <= ms <= MAX else None


def cost(value: object) -> int | None:
    """A cost in ten-thousandths; None for what is none, or below 0 or beyond the largest."""
    found = number(value)
    parts = None if found is None else round(found * COST_PARTS)
    return parts if parts is not None and 0 <= parts <= MAX else None


def flag(value: object, *, unless: bool) -> bool:
    """Yes or no, however it is written; `unless` where it says neither."""
    if isinstance(value, str):
        text = value.strip().lower()
        return text in _TRUE if text in _TRUE | _FALSE else unless
    return bool(value) if isinstance(value, (int, float)) else unless


def instant(value: object, zone: tzinfo, latest: int) -> int | None:
    """An instant in epoch milliseconds; None for what is no date, or before 2000 or after `latest`.

    Dates without an offset are local time in `zone`; numbers are seconds or milliseconds since 1970.
    """
    at: int | None = None
    if isinstance(value, str):
        at = _of_text(value.strip(), zone)
    elif isinstance(value, (int, float)) and math.isfinite(value):
        at = _of_number(value)
    return at if at is not None and EARLIEST <= at <= latest else None


def text(value: object, most: int = MOST_TEXT) -> str | None:
    """A text on one line, without what nobody sees; None for an empty one and for anything else."""
    found = notes(value, most)
    return " ".join(found.split()) or None if found else None


def notes(value: object, most: int = MOST_NOTES) -> str | None:
    """A text without what nobody sees; None for an empty one and for anything else."""
    if isinstance(value, (int, float)):
        value = str(value)
    return _HIDDEN.sub("", value)[:most].strip() or None if isinstance(value, str) else None


def name(value: object) -> str | None:
    """A name for people; None where there is none."""
    return _fitting(text(value), Name)


def phone(value: object) -> str | None:
    """A phone number; None where there is none."""
    return _fitting(text(value), Phone)


def email(value: object) -> str | None:
    """An e-mail address; None where there is none."""
    return _fitting(text(value), Email)


def login(value: object) -> str | None:
    """A login in the spelling in which it is kept; None for what can't be one."""
    found = _fitting(value.strip() if isinstance(value, str) else None, Login)
    try:
        return None if found is None else logins.kept(found)
    except Refusal:
        return None


def password_hash(value: object) -> str | None:
    """An unsalted SHA-256 in hexadecimal; None for anything else."""
    found = value.strip() if isinstance(value, str) else ""
    return found.lower() if _HASH.match(found) else None


def _fitting(value: str | None, what: Any) -> str | None:  # noqa: ANN401 - a type of the contract
    try:
        return None if value is None else msgspec.convert(value, what)
    except msgspec.ValidationError:
        return None


def _of_text(value: str, zone: tzinfo) -> int | None:
    try:
        return _epoch(datetime.fromisoformat(value), zone)
    except (ValueError, OverflowError):
        pass
    for form in _FORMS:
        try:
            return _epoch(datetime.strptime(value, form), zone)  # noqa: DTZ007 - the zone comes next
        except (ValueError, OverflowError):
            continue
    found = number(value)
    return _of_number(float(found)) if found is not None and abs(found) <= MAX else None


def _epoch(found: datetime, zone: tzinfo) -> int:
    at = found if found.tzinfo else found.replace(tzinfo=zone)
    return round((at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1_000)


def _of_number(value: float) -> int:
    return round(value if abs(value) >= MILLISECONDS else value * 1_000)
