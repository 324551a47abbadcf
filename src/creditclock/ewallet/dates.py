"""Dates of the old file: local time of the machine that it comes from."""

from datetime import tzinfo
from typing import NamedTuple

from creditclock.ewallet import values


class Dates(NamedTuple):
    """The zone of the dates, and the instant that none of them is after."""

    zone: tzinfo
    latest: int

    def instant(self, value: object) -> int | None:
        """An instant in epoch milliseconds; None for what is none."""
        return values.instant(value, self.zone, self.latest)
