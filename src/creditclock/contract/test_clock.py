"""The test clock: time that stands still between calls (design section 6)."""

import msgspec

from creditclock.contract.operation import Command, operation
from creditclock.contract.values import Instant, Milliseconds


class TestClock(msgspec.Struct, frozen=True, kw_only=True):
    """The server's time."""

    __test__ = False

    now: Instant


@operation("test_clock.get", "GET /v1/test-clock", by=("operator",))
class GetTestClock(Command[TestClock], frozen=True, kw_only=True):
    """Tell the server's time."""


@operation("test_clock.set", "POST /v1/test-clock", by=("operator",), journaled=False)
class SetTestClock(Command[TestClock], frozen=True, kw_only=True):
    """Move the server's time forward, by `advance_ms` or to `now`; everything due until then has happened."""

    advance_ms: Milliseconds | None = None
    now: Instant | None = None
