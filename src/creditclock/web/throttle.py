"""The throttle of sign-ins: who guesses waits, by login and by source, and nobody is locked out for ever."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final, NamedTuple

from creditclock.contract import Refusal

FREE_TRIES: Final = {"login": 5, "source": 30}
LONGEST_S: Final = 60.0
ONE_AFTER_ANOTHER_S: Final = 0.5
FORGET_S: Final = 900.0
MOST: Final = 50_000


class _Failures(NamedTuple):
    number: int
    last: float


class Throttle:
    """Counts failed sign-ins; after some free tries each failure doubles the wait, up to a minute."""

    def __init__(self) -> None:
        self._failures: dict[tuple[str, str], _Failures] = {}
        self._trying: dict[tuple[str, str], int] = {}
        self._welcome: dict[tuple[str, str], None] = {}
        self.wrong = 0
        """How many passwords were wrong so far."""
        self.held_back = 0
        """How many tries were refused because they came too soon."""

    @contextmanager
    def trying(self, login: str, source: str) -> Generator[None]:
        """A try that is going on. Refuses (`too_many_requests`) one that comes too soon after failures.

        Passwords are verified slowly: those that are still tried count as if they were wrong, or guesses at the same
        time would all be free.
        """
        now = time.monotonic()
        keys = [("login", login)] if (login, source) in self._welcome else [("login", login), ("source", source)]
        wait = max(self._wait(key, now) for key in keys)
        if wait > 0:
            seconds = int(wait) + 1
            self.held_back += 1
            raise Refusal(
                "too_many_requests", f"Too many wrong passwords. Try again in {seconds} s.", retry_after_s=seconds
            )
        for key in keys:
            self._trying[key] = self._trying.get(key, 0) + 1
        try:
            yield
        finally:
            for key in keys:
                self._trying[key] -= 1
                if not self._trying[key]:
                    del self._trying[key]

    def failed(self, login: str, source: str) -> None:
        """Count a failure."""
        self.wrong += 1
        now = time.monotonic()
        if len(self._failures) >= MOST:
            self._failures = {key: found for key, found in self._failures.items() if now - found.last < FORGET_S / 3}
        for key in (("login", login), ("source", source)):
            found = self._failures.get(key)
            number = found.number + 1 if found and now - found.last < FORGET_S else 1
            self._failures[key] = _Failures(number, now)

    def succeeded(self, login: str, source: str) -> None:
        """Forget the failures of a login; others at its source can't keep it out any more."""
        self._failures.pop(("login", login), None)
        if len(self._welcome) >= MOST:
            self._welcome.clear()
        self._welcome[login, source] = None

    def _wait(self, key: tuple[str, str], now: float) -> float:
        """How long a try must wait: after failures, and while as many tries as are free are going on."""
        found, trying, free = self._failures.get(key), self._trying.get(key, 0), FREE_TRIES[key[0]]
        number = found.number if found else 0
        if trying and trying + number >= free:
            return ONE_AFTER_ANOTHER_S
        if found is None or number < free:
            return 0.0
        return min(LONGEST_S, 2.0 ** (number - free)) - (now - found.last)
