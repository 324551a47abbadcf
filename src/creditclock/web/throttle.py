"""The throttle of sign-ins: who guesses waits, by login and by source, and nobody is locked out for ever."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final, NamedTuple

from creditclock.contract import Refusal

FREE_TRIES: Final = {"login": 5, "source": 30}
LONGEST_S: Final = 60.0
FORGET_S: Final = 900.0
MOST: Final = 50_000


class _Failures(NamedTuple):
    number: int
    last: float


class Throttle:
    """Counts failed sign-ins; after some free tries each failure doubles the wait, up to a minute."""

    def __init__(self) -> None:
        self._failures: dict[tuple[str, str], _Failures] = {}
        self._trying: dict[str, int] = {}

    @contextmanager
    def trying(self, login: str, source: str) -> Generator[None]:
        """A try that is going on. Refuses (`too_many_requests`) one that comes too soon after failures.

        Passwords are verified slowly: those that are still tried count as if they were wrong, or guesses at the same
        time would all be free.
        """
        now = time.monotonic()
        wait = max(self._wait("login", login, now), self._wait("source", source, now))
        trying = self._trying.get(login, 0)
        failures = self._failures.get(("login", login))
        if trying and trying + (failures.number if failures else 0) >= FREE_TRIES["login"]:
            wait = max(wait, 0.5)
        if wait > 0:
            seconds = int(wait) + 1
            raise Refusal(
                "too_many_requests", f"Too many wrong passwords. Try again in {seconds} s.", retry_after_s=seconds
            )
        self._trying[login] = trying + 1
        try:
            yield
        finally:
            self._trying[login] -= 1
            if not self._trying[login]:
                del self._trying[login]

    def failed(self, login: str, source: str) -> None:
        """Count a failure."""
        now = time.monotonic()
        if len(self._failures) >= MOST:
            self._failures = {key: found for key, found in self._failures.items() if now - found.last < FORGET_S / 3}
        for key in (("login", login), ("source", source)):
            found = self._failures.get(key)
            number = found.number + 1 if found and now - found.last < FORGET_S else 1
            self._failures[key] = _Failures(number, now)

    def succeeded(self, login: str) -> None:
        """Forget the failures of a login."""
        self._failures.pop(("login", login), None)

    def _wait(self, kind: str, value: str, now: float) -> float:
        found = self._failures.get((kind, value))
        if found is None or found.number < FREE_TRIES[kind]:
            return 0.0
        return min(LONGEST_S, 2.0 ** (found.number - FREE_TRIES[kind])) - (now - found.last)
