"""What a caller wants of a session: read from what people like to write."""

import random
from datetime import timedelta
from typing import TypeAlias

import msgspec

from creditclock.client.running.rules import Terms
from creditclock.contract.sessions import StartSession

Length: TypeAlias = timedelta | int
"""A duration: a timedelta, or whole milliseconds."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """How a session is started, and what is left when a warning is due."""

    lease: Length | None = None
    warn: tuple[Length, ...] = ()
    note: str | None = None
    burn_rate: int | None = None
    revives: str | None = None

    def start(self, clock: str) -> StartSession:
        """The command that starts it."""
        return StartSession(
            clock=clock,
            lease_ms=None if self.lease is None else milliseconds(self.lease),
            burn_rate=self.burn_rate,
            revives=self.revives,
            note=self.note,
        )

    def terms(self) -> Terms:
        """What its holder is told."""
        warn = sorted({milliseconds(length) for length in self.warn}, reverse=True)
        return Terms(tuple(warn), random.random())  # noqa: S311 - keeps holders from asking in the same moment


def milliseconds(length: Length) -> int:
    """The whole milliseconds of a duration."""
    return length if isinstance(length, int) else length // timedelta(milliseconds=1)
