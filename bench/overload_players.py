"""Who plays in an overload: a flood that takes what it can get, and those who come at a pace and must be served."""

import contextlib
import json
import os
import selectors
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

from bench.http_load import Connection, Listed, Load, receive
from bench.setting import CREDITS, SCOPES, Caller
from tests.model.server import PASSWORD, Server

CALM_S = 2.0
STUCK_S = 30.0
SAMPLE_S = 0.5
CUSTOMERS = 120
RENEWED = 40
"""How many sessions are renewed; the others are stopped, one after the other."""
MS = 86_400_000
RETRY = b"retry-after:"
Next = Callable[[], bytes | None]


@dataclass
class Tally:
    """What came of one player's requests. `pace` is how many it wants in a second, None for as many as it can."""

    name: str
    pace: float | None
    is_kept: bool
    done: int = 0
    refused: int = 0
    broken: int = 0
    first_broken: str = ""
    latencies: list[float] = field(default_factory=list[float])

    @property
    def success(self) -> float:
        """The share that was done."""
        sent = self.done + self.refused + self.broken
        return self.done / sent if sent else 1.0

    def percentile(self, part: float) -> float:
        """Latency in milliseconds from when it was due, refused ones too."""
        ranked = sorted(self.latencies)
        return ranked[min(len(ranked) - 1, int(part * len(ranked)))] * 1_000 if ranked else 0.0

    def count(self, answer: bytes, latency: float) -> None:
        """Count an answer: done, refused as it should be, or broken."""
        self.latencies.append(latency)
        if answer.startswith(b"HTTP/1.1 2"):
            self.done += 1
        elif answer.startswith((b"HTTP/1.1 503", b"HTTP/1.1 429")) and RETRY in answer.lower():
            self.refused += 1
        else:
            self.fail(answer[:200].decode(errors="replace"))

    def fail(self, why: str) -> None:
        """Count one that got no good answer."""
        self.broken += 1
        self.first_broken = self.first_broken or why


class Player:
    """Requests of one kind over connections of their own, each sent when it is due and a connection is free."""

    def __init__(self, tally: Tally, port: int, connections: int, following: Next) -> None:
        self.tally = tally
        self.port = port
        self.following = following
        self.free = deque(Connection(port) for _ in range(connections))
        self.busy: dict[Connection, float] = {}
        self.due_at = time.perf_counter()

    def send(self, now: float) -> None:
        """Send what is due."""
        while self.free and (self.tally.pace is None or self.due_at <= now):
            request = self.following()
            if request is None:
                return
            connection = self.free.popleft()
            began = now
            if self.tally.pace is not None:
                began = self.due_at
                self.due_at += 1 / self.tally.pace
            self.busy[connection] = began
            # A connection that was closed is noticed when its answer is looked for.
            with contextlib.suppress(OSError):
                connection.send(request)

    def take(self, connection: Connection, now: float) -> bool:
        """Take what came; whether the connection can be used again."""
        try:
            answer = receive(connection)
        except OSError as error:
            self.tally.fail(str(error))
            del self.busy[connection]
            return False
        if answer is not None:
            self.tally.count(answer, now - self.busy.pop(connection))
            self.free.append(connection)
        return True

    def close(self) -> None:
        for connection in (*self.free, *self.busy):
            connection.socket.close()


@dataclass
class Setting:
    """Two businesses: the large one floods, the small one wants to work."""

    large: Caller
    small: Caller
    wallets: dict[str, list[str]]
    clocks: dict[str, list[str]]
    renewed: list[bytes]
    stopped: Iterator[bytes]


@dataclass
class Flood:
    """The flood of the large business."""

    setting: Setting
    connections: int

    def players(self, port: int) -> list[Player]:
        """Half of the connections read, the other half pays."""
        large = self.setting.large
        clocks = cycle([large.request("GET", f"/v1/clocks/{clock}") for clock in self.setting.clocks["large"]])
        wallets = cycle(self.setting.wallets["large"])

        def pay() -> bytes:
            return large.request("POST", f"/v1/wallets/{next(wallets)}/pay", {"amount": 1}, keyed=True)

        half = self.connections // 2
        reads, pays = Tally("flood: reads", None, is_kept=False), Tally("flood: pays", None, is_kept=False)
        return [Player(reads, port, half, lambda: next(clocks)), Player(pays, port, half, pay)]


@dataclass
class Played:
    """What was seen while somebody played."""

    tallies: list[Tally]
    samples: list[dict[str, int]]
    queue: int
    waiting: int

    @property
    def small_p99(self) -> float:
        return max(one.percentile(0.99) for one in self.tallies if one.name.startswith("small"))

    @property
    def halves(self) -> dict[str, tuple[int, int]]:
        """The most memory of each process in the first half and in the second, beginnings aside."""
        middle = len(self.samples) // 2
        return {
            name: (
                max(sample[name] for sample in self.samples[middle // 3 : middle + 1]),
                max(sample[name] for sample in self.samples[middle:]),
            )
            for name in self.samples[0]
        }

    def memory(self, process: str) -> str:
        """The same for people."""
        first, second = self.halves[process]
        return f"{first / 1e6:.0f} and {second / 1e6:.0f} MB"


class _Stage:
    """All connections of some players, and what is seen of the server meanwhile."""

    def __init__(self, selector: selectors.BaseSelector, players: list[Player], pid: int, watch: Connection) -> None:
        self.samples = [_memory(pid)]
        self.seen = {"queue": 0, "waiting": 0}
        self._selector = selector
        self._players = players
        self._pid = pid
        self._watch = watch
        self._sampled = time.perf_counter()
        self._asked = False
        self._owners: dict[Connection, Player] = {}
        selector.register(watch.socket, selectors.EVENT_READ, watch)
        for player in players:
            for connection in player.free:
                self._add(connection, player)

    def run(self, seconds: float) -> None:
        """Send for so long, and wait for the last answers."""
        end = time.perf_counter() + seconds
        while (now := time.perf_counter()) < end or any(player.busy for player in self._players):
            if now < end:
                self._send(now)
            elif now > end + STUCK_S:
                for player in self._players:
                    for _ in player.busy:
                        player.tally.fail(f"no answer for {STUCK_S:.0f} s")
                break
            for key, _ in self._selector.select(0.005):
                self._take(key.data)

    def _send(self, now: float) -> None:
        for player in self._players:
            player.send(now)
        if now - self._sampled >= SAMPLE_S:
            self._sampled = now
            self.samples.append(_memory(self._pid))
            if not self._asked:
                self._asked = True
                self._watch.send(b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")

    def _take(self, connection: Connection) -> None:
        if connection is self._watch:
            answer = receive(connection)
            if answer is not None:
                self._asked = False
                _see(answer, self.seen)
        elif not self._owners[connection].take(connection, time.perf_counter()):
            player = self._owners.pop(connection)
            self._selector.unregister(connection.socket)
            connection.socket.close()
            fresh = Connection(player.port)
            player.free.append(fresh)
            self._add(fresh, player)

    def _add(self, connection: Connection, player: Player) -> None:
        self._owners[connection] = player
        self._selector.register(connection.socket, selectors.EVENT_READ, connection)


class Run:
    """Lets players play against a server, and looks at it meanwhile."""

    def __init__(self, server: Server, setting: Setting) -> None:
        self._server = server
        self._setting = setting
        self._watch = Connection(server.port)

    def close(self) -> None:
        self._watch.socket.close()

    def play(self, flood: Flood | None, seconds: float) -> Played:
        """Let those who are at their pace play, and the flood if there is one."""
        port = self._server.port
        players = [*(flood.players(port) if flood else []), *self._paced(port)]
        with selectors.DefaultSelector() as selector:
            stage = _Stage(selector, players, self._server.pid, self._watch)
            stage.run(seconds)
        for player in players:
            player.close()
        return Played([player.tally for player in players], stage.samples, stage.seen["queue"], stage.seen["waiting"])

    def _paced(self, port: int) -> list[Player]:
        setting = self._setting
        renewed = cycle(setting.renewed)
        clocks = cycle([setting.small.request("GET", f"/v1/clocks/{clock}") for clock in setting.clocks["small"]])
        wallets = cycle(setting.wallets["small"])

        def pay() -> bytes:
            path = f"/v1/wallets/{next(wallets)}/pay"
            return setting.small.request("POST", path, {"amount": 1}, keyed=True)

        return [
            Player(Tally("large: renew", 40, is_kept=True), port, 100, lambda: next(renewed)),
            Player(Tally("large: stop", 4, is_kept=True), port, 20, lambda: next(setting.stopped, None)),
            Player(Tally("small: reads", 20, is_kept=True), port, 40, lambda: next(clocks)),
            Player(Tally("small: pays", 20, is_kept=True), port, 40, pay),
        ]


def prepare(server: Server) -> Setting:
    """Make the businesses, their customers, and the sessions of the large one."""
    callers: dict[str, Caller] = {}
    wallets: dict[str, list[str]] = {}
    clocks: dict[str, list[str]] = {}
    load = Load(server.port, 16)
    with server.wire as wire:
        operator = wire.must("POST", "/v1/sign-in", {"login": "operator", "password": PASSWORD})["token"]
        for name in ("large", "small"):
            owner = {"login": f"owner-{name}", "password": PASSWORD}
            wire.must("POST", "/v1/masters", {"name": name, **owner}, token=operator)
            token = wire.must("POST", "/v1/sign-in", owner)["token"]
            app = {"name": "load", "kind": "secret", "scopes": SCOPES}
            callers[name] = Caller(wire.must("POST", "/v1/apps", app, token=token)["key"])
    for name, caller in callers.items():
        number = CUSTOMERS if name == "large" else CUSTOMERS // 10
        logins = [{"login": f"customer-{one}"} for one in range(number)]
        made = _all(load, [caller.request("POST", "/v1/customers", login, keyed=True) for login in logins])
        wallets[name] = [customer["wallets"][0] for customer in made]
        clocks[name] = [customer["clocks"][0] for customer in made]
        top_up = {"amount": CREDITS}
        _all(load, [caller.request("POST", f"/v1/wallets/{one}/top-up", top_up, keyed=True) for one in wallets[name]])
        _all(load, [caller.request("POST", f"/v1/clocks/{one}/grant", {"ms": MS}, keyed=True) for one in clocks[name]])
    large = callers["large"]
    starts = [
        large.request("POST", f"/v1/clocks/{one}/sessions", {"lease_ms": MS}, keyed=True) for one in clocks["large"]
    ]
    sessions = _all(load, starts)
    load.close()
    renewed = [
        large.request("POST", f"/v1/sessions/{one['id']}/renew", {"seq": one["seq"]}) for one in sessions[:RENEWED]
    ]
    stopped = (
        large.request("POST", f"/v1/sessions/{one['id']}/stop", {"seq": one["seq"]}, keyed=True)
        for one in sessions[RENEWED:]
    )
    return Setting(large, callers["small"], wallets, clocks, renewed, stopped)


def _all(load: Load, requests: list[bytes]) -> list[dict[str, str]]:
    source = Listed(requests)
    result = load.drive(source)
    if result.failed:
        raise RuntimeError(f"{result.failed} of {len(requests)} requests failed: {result.first_failure}")
    return [json.loads(body) for body in source.bodies]


def _memory(pid: int) -> dict[str, int]:
    """What the processes hold in memory now: the one that answers, and the first that it started, which writes."""
    found = {"web": pid}
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    if children:
        found["lane"] = int(children[0])
    page = os.sysconf("SC_PAGE_SIZE")
    return {name: int(Path(f"/proc/{one}/statm").read_text().split()[1]) * page for name, one in found.items()}


def _see(answer: bytes, seen: dict[str, int]) -> None:
    """Keep the most that was told to wait."""
    for line in answer.decode(errors="replace").splitlines():
        name, _, value = line.rpartition(" ")
        if name == "creditclock_lane_queue_length":
            seen["queue"] = max(seen["queue"], int(float(value)))
        elif name == "creditclock_http_waiting":
            seen["waiting"] = max(seen["waiting"], int(float(value)))
