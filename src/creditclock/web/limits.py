"""Limits: how many operations a second a business, a caller and a source may ask for (design section 7).

Each has a bucket that fills at its rate and holds two seconds of it. Renew and stop have buckets of their own, so that
nothing else uses up what keeps a session honest. A page of many rows counts as several operations. Many servers on one
database count each on its own.
"""

import math
import time
from typing import Final

from creditclock.commands.queue import KEEPERS
from creditclock.contract import Operation, Refusal
from creditclock.contract.values import MAX
from creditclock.domain.access import Caller
from creditclock.settings import Settings

BURST_S: Final = 2.0
MOST: Final = 50_000
SWEEP_S: Final = 1.0
SMALL: Final = frozenset({"customer", "program", "publishable"})
"""Roles that one person or one program has; secret keys have a limit of their own kind, staff that of the business."""
_REST: Final = ""
"""Whoever comes when the memory is full shares one bucket."""


class Buckets:
    """A bucket for each key, all of one rate (in each `every_s`), holding `burst_s` of it; a rate of 0 is no limit."""

    def __init__(self, rate: int, every_s: float = 1.0, burst_s: float = BURST_S) -> None:
        self.rate = rate
        self._per_s = rate / every_s
        self._burst_s = burst_s
        self._empty_until: dict[str | int, float] = {}
        self._swept = 0.0

    def take(self, key: str | int, number: int = 1) -> float:
        """Take so many operations; gives how many seconds to wait where they aren't there, and takes nothing then.

        More than a whole bucket is given to who has left it full, and has to be waited for afterwards.
        """
        if not self.rate:
            return 0.0
        now = time.monotonic()
        found = self._empty_until
        known = found.get(key)
        if known is None and len(found) >= MOST:
            known = found.get(key := self._make_room(key, now))
        debt = known - now if known is not None and known > now else 0.0
        size = number / self._per_s
        over = debt + size - self._burst_s
        if over > 0.0 and debt > 0.0:
            return min(over, debt)
        found[key] = now + debt + size
        return 0.0

    def room(self, key: str | int) -> int:
        """How many operations are there now; as many as anybody may want where there is no limit."""
        if not self.rate:
            return MAX
        debt = max(0.0, self._empty_until.get(key, 0.0) - time.monotonic())
        return max(0, int((self._burst_s - debt) * self._per_s))

    def owe(self, key: str | int, number: int) -> None:
        """Take so many operations whether or not they are there: they are waited for afterwards."""
        if self.rate:
            found = self._empty_until
            if key not in found and len(found) >= MOST:
                key = _REST
            found[key] = max(time.monotonic(), found.get(key, 0.0)) + number / self._per_s

    def spent(self, key: str | int) -> float:
        """How many seconds to wait until there is one operation; 0 while there is."""
        if not self.rate:
            return 0.0
        debt = self._empty_until.get(key, 0.0) - time.monotonic()
        return max(0.0, debt + 1 / self._per_s - self._burst_s)

    def _make_room(self, key: str | int, now: float) -> str | int:
        """Forget full buckets, once a second at most; where all are in use, the key of the shared one."""
        if now - self._swept >= SWEEP_S:
            self._swept = now
            for full in [one for one, until in self._empty_until.items() if until <= now]:
                del self._empty_until[full]
        return key if len(self._empty_until) < MOST else _REST


class Limits:
    """The buckets of a server. What is refused was not begun."""

    def __init__(self, settings: Settings) -> None:
        self._ordinary = _Set(settings)
        self._kept = _Set(settings)
        self._sources = Buckets(settings.rate_per_source)
        self.refused = {"master": 0, "caller": 0, "key": 0, "source": 0}
        """How often something was refused, by whose limit it was."""

    def caller(self, operation: Operation, caller: Caller, source: str, number: int = 1) -> None:
        """Count operations of somebody who is known. Raises a Refusal `too_many_requests`."""
        buckets = self._kept if operation.urgency in KEEPERS else self._ordinary
        if caller.role in SMALL:
            if wait := buckets.callers.take(_name(caller, source), number):
                raise self._refusal("caller", buckets.callers.rate, wait)
        elif caller.role == "secret" and (wait := buckets.keys.take(caller.name, number)):
            raise self._refusal("key", buckets.keys.rate, wait)
        if wait := buckets.masters.take(caller.master, number):
            raise self._refusal("master", buckets.masters.rate, wait)

    def owe(self, caller: Caller, source: str, number: int) -> None:
        """Count what an operation that was let in turned out to cost besides: the next ones wait for it."""
        if number:
            if caller.role in SMALL:
                self._ordinary.callers.owe(_name(caller, source), number)
            elif caller.role == "secret":
                self._ordinary.keys.owe(caller.name, number)
            self._ordinary.masters.owe(caller.master, number)

    def room(self, caller: Caller, source: str) -> int:
        """How many ordinary operations a customer or a program may ask for right now; no bound for others."""
        return self._ordinary.callers.room(_name(caller, source)) if caller.role in SMALL else MAX

    def no_room(self) -> Refusal:
        """What the operations of a batch are refused with that somebody has no room for."""
        return self._refusal("caller", self._ordinary.callers.rate, BURST_S)

    def source(self, source: str) -> None:
        """Count a request of nobody, or with a token that doesn't work. Raises a Refusal `too_many_requests`."""
        if not is_loopback(source) and (wait := self._sources.take(source)):
            raise self._refusal("source", self._sources.rate, wait)

    def check_source(self, source: str) -> None:
        """Refuse (`too_many_requests`) a source that has used up its limit; counts nothing."""
        if not is_loopback(source) and (wait := self._sources.spent(source)):
            raise self._refusal("source", self._sources.rate, wait)

    def _refusal(self, per: str, rate: int, wait: float) -> Refusal:
        self.refused[per] += 1
        seconds = max(1, math.ceil(wait))
        whose = {"master": "business", "caller": "caller", "key": "key", "source": "address"}[per]
        return Refusal(
            "too_many_requests",
            f"Nothing was done: this {whose} may ask for {rate} operations a second. Try again in {seconds} s.",
            retry_after_s=seconds,
            limit=rate,
            per=per,
        )


def _name(caller: Caller, source: str) -> str:
    """Whose bucket it is. Anybody may hold a publishable key: one of them shall not use it up for all."""
    return f"{caller.name} {source}" if caller.role == "publishable" else caller.name


class _Set:
    def __init__(self, settings: Settings) -> None:
        self.masters = Buckets(settings.rate_per_master)
        self.callers = Buckets(settings.rate_per_caller)
        self.keys = Buckets(settings.rate_per_key)


def is_loopback(source: str) -> bool:
    """Whether a request comes from this machine: a program of the operator's, or a proxy that isn't listed."""
    return source.startswith("127.") or source in {"::1", ""}
