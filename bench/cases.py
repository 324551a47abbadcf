"""The cases: pay, start, stop, renew and the balance of a running clock."""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice

from bench.http_load import Load, Result
from bench.setting import LEASE_MS, Caller, Place, Setting, ending, idempotency_key
from tests.model.server import Server

WARM_UP_S = 0.5
BATCH = 1_000
SESSION = re.compile(rb'"id": ?"(ses_[0-9a-f]+)"')
MOST_BATCHES = 8
"""How many connections send batches; more add nothing but waiting."""
WRITES = ("pay", "start", "stop", "renew")


@dataclass
class Measured:
    """A case at a number of connections; `pace` is the fixed rate of requests, if there was one."""

    case: str
    connections: int
    result: Result
    pace: float | None = None


class Pays:
    """Purchases from one wallet after the other, each with its own idempotency key."""

    def __init__(self, wallets: Sequence[Place]) -> None:
        self._heads = cycle([place.caller.head("POST", f"{place.path}/pay", keyed=True) for place in wallets])
        self._ending = b"\r\n" + ending({"amount": 1})

    def request(self) -> tuple[int, bytes]:
        return 0, next(self._heads) + idempotency_key() + self._ending

    def answered(self, _number: int, _answer: bytes, /) -> None:
        pass


class Batches:
    """Purchases in batches: each from one wallet after the other of one business, each with its own key."""

    def __init__(self, wallets: Sequence[Place]) -> None:
        self._heads: list[bytes] = []
        self._operations: list[cycle[bytes]] = []
        for caller in dict.fromkeys(place.caller for place in wallets):
            ids = [place.path.rpartition("/")[2].encode() for place in wallets if place.caller == caller]
            self._heads.append(caller.head("POST", "/v1/batch"))
            self._operations.append(
                cycle([b'{"op":"wallet.pay","wallet":"%s","amount":1,"key":"' % wallet for wallet in ids])
            )
        self._turn = cycle(range(len(self._heads)))
        self.refused = 0

    def request(self) -> tuple[int, bytes]:
        number = next(self._turn)
        operations = islice(self._operations[number], BATCH)
        body = b'{"operations":[' + b",".join([head + idempotency_key() + b'"}' for head in operations]) + b"]}"
        return number, self._heads[number] + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)

    def answered(self, _number: int, answer: bytes, /) -> None:
        self.refused += BATCH - answer.count(b'{"ok":')


class Starts:
    """A start on each clock that stands; `sessions` are those that run since."""

    def __init__(self, clocks: Sequence[Place]) -> None:
        self.sessions: deque[tuple[int, bytes]] = deque()
        self._ending = b"\r\n" + ending({"lease_ms": LEASE_MS})
        self._heads = [place.caller.head("POST", f"{place.path}/sessions", keyed=True) for place in clocks]
        self._standing = deque(range(len(clocks)))

    def request(self) -> tuple[int, bytes] | None:
        if not self._standing:
            return None
        number = self._standing.popleft()
        return number, self._heads[number] + idempotency_key() + self._ending

    def answered(self, number: int, answer: bytes, /) -> None:
        found = SESSION.search(answer)
        assert found
        self.sessions.append((number, found[1]))

    def stopped(self, number: int) -> None:
        self._standing.append(number)


class Stops:
    """A stop of each session that runs."""

    def __init__(self, starts: Starts, clocks: Sequence[Place]) -> None:
        self._starts = starts
        self._callers = [place.caller for place in clocks]
        self._ending = b"\r\n" + ending({"seq": 1})

    def request(self) -> tuple[int, bytes] | None:
        if not self._starts.sessions:
            return None
        number, session = self._starts.sessions.popleft()
        head = self._callers[number].head("POST", f"/v1/sessions/{session.decode()}/stop", keyed=True)
        return number, head + idempotency_key() + self._ending

    def answered(self, number: int, _answer: bytes, /) -> None:
        self._starts.stopped(number)


class Repeated:
    """The same requests over and over."""

    def __init__(self, requests: Sequence[bytes]) -> None:
        self._requests = cycle(requests)

    def request(self) -> tuple[int, bytes]:
        return 0, next(self._requests)

    def answered(self, _number: int, _answer: bytes, /) -> None:
        pass


class Cases:
    """Measures all cases on one prepared server."""

    def __init__(self, server: Server, setting: Setting, seconds: float) -> None:
        self._server = server
        self._setting = setting
        self._seconds = seconds
        self._pays = Pays(setting.wallets)
        self._starts = Starts(setting.clocks)
        self._stops = Stops(self._starts, setting.clocks)

    def measure(self, connections: Sequence[int], *, paced: bool) -> Iterator[Measured]:
        """First what moves value, then renewals and reads while every clock runs."""
        peaks: dict[str, float] = {}
        for number in connections:
            load = self._load(number)
            load.drive(self._pays, WARM_UP_S)
            yield Measured("pay", number, load.drive(self._pays, self._seconds))
            yield from self._start_and_stop(load, number)
            load.close()
        yield from self._batches(connections)
        load = self._load(max(connections))
        load.drive(self._starts)
        load.close()
        for number in connections:
            load = self._load(number)
            for case, requests in (("renew", self._renewals()), ("balance", self._balances())):
                source = Repeated(requests)
                load.drive(source, WARM_UP_S)
                measured = Measured(case, number, load.drive(source, self._seconds))
                peaks[case] = max(peaks.get(case, 0), measured.result.per_second)
                yield measured
            load.close()
        if paced:
            yield from self._paced(max(connections), peaks)
        load = self._load(max(connections))
        load.drive(self._stops)
        load.close()

    def _load(self, number: int) -> Load:
        return Load(self._server.port, number, self._server.cpu_seconds)

    def _start_and_stop(self, load: Load, number: int) -> Iterator[Measured]:
        """Start every clock, stop every session, and again; each kind is timed on its own."""
        starts, stops = Result(), Result()
        while min(starts.seconds, stops.seconds) < self._seconds and not starts.failed + stops.failed:
            starts.add(load.drive(self._starts, self._seconds))
            stops.add(load.drive(self._stops))
        yield Measured("start", number, starts)
        yield Measured("stop", number, stops)

    def _batches(self, connections: Sequence[int]) -> Iterator[Measured]:
        """Purchases in batches of 1 000; each purchase counts, those that were refused as failures."""
        for number in dict.fromkeys(min(number, MOST_BATCHES) for number in connections):
            load = self._load(number)
            source = Batches(self._setting.wallets)
            load.drive(source, WARM_UP_S)
            source.refused = 0
            result = load.drive(source, self._seconds)
            load.close()
            result.done = result.done * BATCH - source.refused
            result.failed = result.failed * BATCH + source.refused
            yield Measured(f"pay, {BATCH} a batch", number, result)

    def _paced(self, number: int, peaks: dict[str, float]) -> Iterator[Measured]:
        load = self._load(number)
        peaks["pay"] = load.drive(self._pays, self._seconds).per_second
        for case, source in (("pay", self._pays), ("renew", Repeated(self._renewals()))):
            pace = peaks[case] / 2
            yield Measured(case, number, load.drive_paced(source, self._seconds, pace), pace)
        load.close()

    def _renewals(self) -> list[bytes]:
        return [
            self._caller(number).request("POST", f"/v1/sessions/{session.decode()}/renew", {"seq": 1})
            for number, session in self._starts.sessions
        ]

    def _balances(self) -> list[bytes]:
        return [place.caller.request("GET", place.path) for place in self._setting.clocks]

    def _caller(self, number: int) -> Caller:
        return self._setting.clocks[number].caller
