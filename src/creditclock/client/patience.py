"""Patience: how long a call goes on, and when its request is sent again. Knows no HTTP library and does not wait."""

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import msgspec

from creditclock.client.errors import Unreachable
from creditclock.client.requests import Try, answer, is_retried, wait_before
from creditclock.client.uptime import uptime_ms
from creditclock.contract import Operation

R = TypeVar("R")
_SHORTEST: Final = 0.001


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long a call goes on: seconds for one try, how many tries, seconds for all of them."""

    timeout: float = 10.0
    tries: int = 5
    total: float = 30.0


@dataclass(frozen=True, slots=True)
class Exchange(Generic[R]):
    """An answer with its bytes and the moments (`uptime.uptime_ms`) between which the server gave it.

    `sent` is when a write was first sent: the answer may be the one to that try.
    """

    answer: R
    body: bytes
    sent: int
    answered: int


class Tries:
    """The tries of one request. Between two of them the caller waits, in whatever way it does."""

    def __init__(self, operation: Operation, patience: Patience) -> None:
        self._operation = operation
        self._patience = patience
        self._began = uptime_ms()
        self._last = time.monotonic() + patience.total
        self._number = 0
        self._sent = self._answered = self._began

    def begin(self) -> float:
        """A try begins; gives how many seconds it may take."""
        self._number += 1
        self._sent = uptime_ms()
        return min(self._patience.timeout, max(_SHORTEST, self._last - time.monotonic()))

    def wait_after(self, got: Try | Unreachable) -> float | None:
        """The try is over: how many seconds to wait before the next one; None if there is none."""
        self._answered = uptime_ms()
        if isinstance(got, Try) and not is_retried(got.status):
            return None
        return self.wait_after_busy(got.headers if isinstance(got, Try) else None)

    def wait_after_busy(self, headers: Mapping[str, str] | None = None) -> float | None:
        """The same, when the server said that it was busy."""
        wait = wait_before(self._number, random.random(), headers)  # noqa: S311 - spreads callers
        over = self._number >= self._patience.tries or time.monotonic() + wait >= self._last
        return None if over else wait

    def outcome(self, got: Try | Unreachable) -> Exchange[Any]:
        """What came of the last try. Raises its `Problem`."""
        if isinstance(got, Unreachable):
            raise got
        sent = self._began if self._operation.writes else self._sent
        return Exchange(answer(self._operation, got), got.body, sent, self._answered)
