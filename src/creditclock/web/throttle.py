"""The throttle: who guesses waits, by person and by source, and nobody is locked out for ever.

It lives in memory: several servers on one database count each for themselves.
"""

import ipaddress
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Final, Literal, NamedTuple

from creditclock.contract import Refusal

Kind = Literal["login", "code", "known", "known_code", "own", "source", "apart", "spare"]
Key = tuple[Kind, str, str]
LONGEST_S: Final = 60.0
ONE_AFTER_ANOTHER_S: Final = 0.5
MOST: Final = 50_000
OVERFLOW: Final = 4_096
KNOWN_SOURCES: Final = 8
TELL_S: Final = 900.0
"""That somebody was held back is told once in so many seconds."""
IPV6_NETWORK: Final = 64
IPV6_SITE: Final = 48
"""What one customer of an IPv6 provider may have whole, with 65 536 networks in it."""
SPARE_S: Final = 60.0
"""Tries in spite of a person's wait are counted by minutes."""


class Terms(NamedTuple):
    """How failures of a kind are counted: so many are free, then the wait doubles, and in the end all is forgotten."""

    free: int
    longest_s: float
    forget_s: float
    first_s: float = 1.0


TERMS: Final[dict[Kind, Terms]] = {
    "login": Terms(5, LONGEST_S, 900.0),
    # Whoever comes so far knows the password, and a code has a million possibilities only.
    "code": Terms(5, 900.0, 86_400.0),
    "known": Terms(5, LONGEST_S, 900.0),
    "known_code": Terms(5, 900.0, 86_400.0),
    "own": Terms(5, LONGEST_S, 900.0),
    "source": Terms(30, LONGEST_S, 900.0),
    "apart": Terms(1, 900.0, 3_600.0, first_s=60.0),
    "spare": Terms(5, SPARE_S, SPARE_S, first_s=SPARE_S),
}
"""Failures by what they are counted for.

`login`: passwords of a person, from sources that the person never signed in from; `code`: its second factor, likewise.
`known`, `known_code`: the same from one source that the person signed in from. `own`: guesses of somebody who holds
the person's token. `source`: everything from one source but what is known.
While strangers make a person wait, a source without failures for it may try a password all the same: `apart` counts
the person's failures from each source, `spare` the person's tries of this sort in a minute.
"""


class _Failures(NamedTuple):
    number: int
    last: float


class _Table:
    """Failures of one kind. A full table evicts nobody: those that are new share counters then.

    So a flood of other logins or sources makes nobody's failures forgotten, and memory is bounded.
    """

    def __init__(self, forget_s: float, most: int) -> None:
        self._forget_s = forget_s
        self._most = most
        self._found: OrderedDict[Key, _Failures] = OrderedDict()
        self._shared: dict[int, _Failures] = {}
        self._salt = secrets.token_bytes(16)

    def get(self, key: Key, now: float) -> _Failures | None:
        found = self._found.get(key) or self._shared.get(self._place(key))
        return found if found and now - found.last < self._forget_s else None

    def add(self, key: Key, now: float) -> None:
        """Count a failure; forgets what is old enough, oldest first."""
        while self._found and now - next(iter(self._found.values())).last >= self._forget_s:
            self._found.popitem(last=False)
        found = self.get(key, now)
        counted = _Failures(found.number + 1 if found else 1, now)
        if key in self._found or len(self._found) < self._most:
            self._found[key] = counted
            self._found.move_to_end(key)
        else:
            self._shared[self._place(key)] = counted

    def forget(self, key: Key) -> None:
        self._found.pop(key, None)

    @property
    def size(self) -> int:
        return len(self._found) + len(self._shared)

    def _place(self, key: Key) -> int:
        return hash((self._salt, key)) % OVERFLOW


class Turns(NamedTuple):
    """For whom a try may go on, and the refusal (`too_many_requests`) of those for whom it comes too soon, if any."""

    may: tuple[str, ...]
    refusal: Refusal | None


class Throttle:
    """Counts failed sign-ins; after some free tries each failure doubles the wait, up to a bound.

    Who signed in from a source before is counted apart there: whoever guesses from elsewhere can't keep it out.
    From a source that nothing is known of there is a try in spite of what others did, five a minute for each person.
    `clock` gives seconds that only rise.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, most: int = MOST) -> None:
        self._clock = clock
        self._most = most
        self._tables = {kind: _Table(terms.forget_s, most) for kind, terms in TERMS.items()}
        self._trying: dict[Key, int] = {}
        self._known: OrderedDict[str, OrderedDict[str, None]] = OrderedDict()
        self._told: OrderedDict[str, float] = OrderedDict()
        self.wrong = 0
        """How many passwords and codes were wrong so far."""
        self.held_back = 0
        """How many tries were refused because they came too soon."""

    @contextmanager
    def trying(self, kind: Kind, person: str, source: str, *others: str) -> Generator[Turns]:
        """A try that is going on, for a person or for `others` too; gives those for whom it may.

        Refuses (`too_many_requests`) one that comes too soon after failures for all of them.
        Passwords are verified slowly: those that are still tried count as if they were wrong, or guesses at the same
        time would all be free.
        """
        now = self._clock()
        waits = {one: self._wait_of(kind, one, source, now) for one in (person, *others)}
        may = tuple(one for one, wait in waits.items() if wait <= 0)
        refusal = _too_soon(max(waits.values())) if len(may) < len(waits) else None
        if refusal:
            self.held_back += 1
        if refusal and not may:
            raise refusal
        keys = self._counted(kind, may, source, now)
        for key in keys:
            self._trying[key] = self._trying.get(key, 0) + 1
        try:
            yield Turns(may, refusal)
        finally:
            for key in keys:
                self._trying[key] -= 1
                if not self._trying[key]:
                    del self._trying[key]

    def failed(self, kind: Kind, person: str, source: str, *others: str) -> None:
        """Count a failure: one guess, for a person or for `others` too."""
        self.wrong += 1
        now = self._clock()
        for key in self._counted(kind, (person, *others), source, now):
            self._tables[key[0]].add(key, now)

    def succeeded(self, person: str, source: str) -> None:
        """Forget the failures of a person that were counted here, and know the source from now on.

        What others did elsewhere stays counted, and so does what the source did to other people.
        """
        for kind in ("login", "code"):
            for key in self._counted(kind, (person,), source, self._clock()):
                if key[0] != "source":
                    self._tables[key[0]].forget(key)
        sources = self._known.setdefault(person, OrderedDict())
        sources[network_of(source)] = None
        sources.move_to_end(network_of(source))
        if len(sources) > KNOWN_SOURCES:
            sources.popitem(last=False)
        self._known.move_to_end(person)
        if len(self._known) > self._most:
            self._known.popitem(last=False)

    def to_tell(self, kind: Kind, person: str, source: str, name: str = "") -> int | None:
        """How many failures of a person were counted when it is held back; None if that was told a moment ago.

        `name` is whom it is told about, where that isn't what failures are counted by.
        """
        name = name or person
        now = self._clock()
        while self._told and now - next(iter(self._told.values())) >= TELL_S:
            self._told.popitem(last=False)
        key = self._keys(kind, person, source)[0]
        found = self._tables[key[0]].get(key, now)
        if found is None or found.number < TERMS[key[0]].free or name in self._told or len(self._told) >= self._most:
            return None
        self._told[name] = now
        return found.number

    @property
    def size(self) -> int:
        """How many counters and known sources are in memory."""
        return sum(table.size for table in self._tables.values()) + sum(map(len, self._known.values()))

    def _keys(self, kind: Kind, person: str, source: str) -> list[Key]:
        """Where a try counts, the person's counter first."""
        network = network_of(source)
        if kind == "own":
            return [("own", person, "")]
        if network in self._known.get(person, ()):
            return [("known_code" if kind == "code" else "known", person, network)]
        return [(kind, person, ""), ("source", "", network)]

    def _counted(self, kind: Kind, persons: Sequence[str], source: str, now: float) -> set[Key]:
        """All that a try or a failure for some persons counts for, each once."""
        found: set[Key] = set()
        for person in persons:
            keys = self._keys(kind, person, source)
            found.update(keys)
            if keys[0][0] == "login":
                found.add(_apart(person, source))
                if self._wait(keys[0], now) > 0:
                    found.add(_spare(person, now))
        return found

    def _wait_of(self, kind: Kind, person: str, source: str, now: float) -> float:
        """How long a try for a person must wait, the shorter way of the two where there are two."""
        first, *others = self._keys(kind, person, source)
        wait = self._wait(first, now)
        if wait > 0 and first[0] == "login":
            wait = min(wait, max(self._wait(_apart(person, source), now), self._wait_for_spare(person, now)))
        return max([wait, *(self._wait(key, now) for key in others)])

    def _wait_for_spare(self, person: str, now: float) -> float:
        """How long until a person has a try left in spite of its wait."""
        key = _spare(person, now)
        found = self._tables["spare"].get(key, now)
        used = (found.number if found else 0) + self._trying.get(key, 0)
        return SPARE_S - now % SPARE_S if used >= TERMS["spare"].free else 0.0

    def _wait(self, key: Key, now: float) -> float:
        """How long a try must wait: after failures, and while as many tries as are free are going on."""
        terms, trying = TERMS[key[0]], self._trying.get(key, 0)
        found = self._tables[key[0]].get(key, now)
        number = found.number if found else 0
        if trying and trying + number >= terms.free:
            return ONE_AFTER_ANOTHER_S
        if found is None or number < terms.free:
            return 0.0
        # Beyond 2 ** 30 s every bound is reached.
        return min(terms.longest_s, terms.first_s * 2.0 ** min(30, number - terms.free)) - (now - found.last)


def _apart(person: str, source: str) -> Key:
    return ("apart", person, network_of(source, IPV6_SITE))


def _spare(person: str, now: float) -> Key:
    return ("spare", person, str(int(now // SPARE_S)))


def _too_soon(wait: float) -> Refusal:
    seconds = int(wait) + 1
    return Refusal(
        "too_many_requests",
        f"Too many wrong passwords or codes. Try again in {seconds} s.",
        retry_after_s=seconds,
    )


TOKENS_AT_ONCE: Final = 100
TOKENS_A_SECOND: Final = 5.0


class _Bucket(NamedTuple):
    level: float
    at: float


class WrongTokens:
    """Refuses unknown tokens and keys from a source that sent many wrong ones, before the database is asked.

    A source has 100 wrong ones at once and 5 a second. What worked lately works on, whatever else its source sends: one
    seat with an old key doesn't stop the others of the same house. May be called from any thread.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, most: int = MOST) -> None:
        self._clock = clock
        self._most = most
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._worked: OrderedDict[str, None] = OrderedDict()

    def check(self, source: str, digest: str) -> None:
        """Refuse (`too_many_requests`) a token that isn't known to work, where its source has none left."""
        with self._lock:
            if digest in self._worked or self._level(network_of(source)) >= 1:
                return
        raise Refusal(
            "too_many_requests",
            "Too many wrong tokens or keys came from your address. Check the one that you send; try again in 1 s.",
            retry_after_s=1,
        )

    def wrong(self, source: str, digest: str) -> None:
        """Count a token that didn't work."""
        network = network_of(source)
        with self._lock:
            self._worked.pop(digest, None)
            self._buckets[network] = _Bucket(max(0.0, self._level(network) - 1), self._clock())
            self._buckets.move_to_end(network)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)

    def worked(self, digest: str) -> None:
        """Remember a token that worked."""
        with self._lock:
            self._worked[digest] = None
            self._worked.move_to_end(digest)
            if len(self._worked) > self._most:
                self._worked.popitem(last=False)

    @property
    def size(self) -> int:
        """How many sources and tokens are in memory."""
        return len(self._buckets) + len(self._worked)

    def _level(self, network: str) -> float:
        found = self._buckets.get(network)
        if found is None:
            return float(TOKENS_AT_ONCE)
        return min(float(TOKENS_AT_ONCE), found.level + (self._clock() - found.at) * TOKENS_A_SECOND)


def network_of(source: str, bits: int = IPV6_NETWORK) -> str:
    """What counts as one source: an IPv4 address, or the /64 of an IPv6 address, which one customer has whole.

    `bits` are those of another IPv6 network.

    >>> network_of("2001:db8:1:2:3:4:5:6"), network_of("::ffff:192.0.2.1"), network_of("192.0.2.1")
    ('2001:db8:1:2::/64', '192.0.2.1', '192.0.2.1')
    """
    if ":" not in source:
        return source
    try:
        address = ipaddress.IPv6Address(source)
    except ValueError:
        return source
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address), bits), strict=False))
