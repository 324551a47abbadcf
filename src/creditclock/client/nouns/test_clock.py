"""Test clock: a method for each operation. Written by `make docs`. Don't edit it."""

from creditclock.client.calling import AsyncCaller, Caller
from creditclock.contract.test_clock import GetTestClock, SetTestClock, TestClock


class TestClockOperations:
    """The operations of test clock."""

    def __init__(self, client: Caller) -> None:
        self._client = client

    def get(self) -> TestClock:
        """Tell the server's time."""
        return self._client.call(GetTestClock())

    def set(self, *, advance_ms: int | None = None, now: str | None = None, key: str | None = None) -> TestClock:
        """Move the server's time forward, by `advance_ms` or to `now`; everything due until then has happened.

        advance_ms: Milliseconds, at least 1.
        now: An instant in UTC, RFC 3339.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(SetTestClock(advance_ms=advance_ms, now=now), key=key)


class AsyncTestClockOperations:
    """The operations of test clock."""

    def __init__(self, client: AsyncCaller) -> None:
        self._client = client

    async def get(self) -> TestClock:
        """Tell the server's time."""
        return await self._client.call(GetTestClock())

    async def set(self, *, advance_ms: int | None = None, now: str | None = None, key: str | None = None) -> TestClock:
        """Move the server's time forward, by `advance_ms` or to `now`; everything due until then has happened.

        advance_ms: Milliseconds, at least 1.
        now: An instant in UTC, RFC 3339.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(SetTestClock(advance_ms=advance_ms, now=now), key=key)
