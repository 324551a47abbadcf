"""What only real time shows: ends are written down when they happen, and found again after a crash."""

import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from creditclock.contract.instants import parsed
from creditclock.contract.values import master_of, number_of
from tests.api import Answer, Api, Json
from tests.conftest import KINDS, Servers
from tests.server import Server, Shop
from tests.timing import keeps

DAY_MS = 86_400_000
LATE_MS = 100
PATIENCE_S = 20


def written(server: Server, session: Json) -> tuple[int, int]:
    """When a session ended and when that was written down, once it is in the database."""
    key = master_of(session["id"]), number_of(session["id"])
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        rows = server.rows(
            "SELECT at, recorded_at FROM posting WHERE master_id = ? AND session = ? AND kind = 'use'", *key
        )
        if rows:
            ((at, recorded_at),) = rows
            return at, recorded_at
        time.sleep(0.02)
    raise AssertionError(f"the end of {session['id']} was not written down")


def test_ends_are_written_when_they_happen(shop: Shop) -> None:
    keeps(LATE_MS, lambda: lateness_ms(shop, (400, 550, 700, 850, 1_000)))


def lateness_ms(shop: Shop, lengths: Sequence[int]) -> float:
    """How long after an end it is written down, the median over clocks of these lengths."""
    sessions = [shop.start(shop.customer(ms=length).clock) for length in lengths]
    lateness: list[int] = []
    for session, length in zip(sessions, lengths, strict=True):
        at, recorded_at = written(shop.server, session)
        assert at == parsed(session["started_at"]) + length
        lateness.append(recorded_at - at)
        found = shop.session(session["id"])
        assert (found["reason"], found["used_ms"], parsed(found["ended_at"])) == ("empty", length, at)
    assert min(lateness) > 0
    return statistics.median(lateness)


def test_end_that_comes_nearer_is_met_too(shop: Shop) -> None:
    """The worker sleeps until a later end when a nearer one comes up."""
    customer = shop.customer(credits=100)
    shop.key.post(f"/v1/clocks/{customer.clock}/buy", {"amount": 100}).ok()
    session = shop.start(customer.clock)
    time.sleep(0.3)
    there = shop.clock(customer.clock)["balance_ms"]
    moved = shop.key.post(f"/v1/clocks/{customer.clock}/return", {"ms": there - 3_000}).ok()
    due_at = parsed(moved["clock"]["due_at"])
    deadline = time.monotonic() + PATIENCE_S
    row: list[tuple[object, ...]] = []
    while not row and time.monotonic() < deadline:
        row = shop.server.rows(
            "SELECT ended_at FROM session WHERE master_id = ? AND id = ? AND reason = 'empty'",
            master_of(session["id"]),
            number_of(session["id"]),
        )
        time.sleep(0.02)
    assert row == [(due_at,)]


def test_a_planned_restart_is_no_warning(servers: Servers, kind: str) -> None:
    with closing(servers.made(kind)) as server:
        for level, end in (("INFO", server.stop), ("WARNING", server.kill)):
            server.start()
            wait_for_mark(server)
            end()
            before = len(server.log)
            time.sleep(2.1)  # an outage is two seconds long
            server.start()
            server.stop()
            (line,) = (line for line in server.log[before:].splitlines() if "no server was there" in line)
            assert f'"{level}"' in line


def wait_for_mark(server: Server) -> None:
    """Until the server is known to be alive."""
    since, until = time.time() * 1_000, time.monotonic() + 30
    while server.rows("SELECT max(at) FROM alive")[0][0] < since:
        assert time.monotonic() < until
        time.sleep(0.05)


class Crash:
    """A server that was killed while sessions ran, and started again a while later: what was seen before and after."""

    def __init__(self, server: Server) -> None:
        shop = server.new_shop()
        self.shop = shop
        self.wallet = shop.customer().wallet
        self.empties = shop.start(shop.customer(ms=1_500).clock, lease_ms=DAY_MS)
        self.lasts = shop.start(shop.customer(ms=DAY_MS).clock, lease_ms=DAY_MS)
        self.paused = shop.act("pause", shop.start(shop.customer(ms=DAY_MS).clock))
        self.answers = self._ask(shop.key, shop.owner)
        self.lapses = shop.start(shop.customer(ms=DAY_MS).clock, lease_ms=5_000)
        server.kill()
        time.sleep(max(0.0, parsed(self.lapses["lease_until"]) / 1_000 + 0.5 - time.time()))
        server.start()
        self.key = server.nobody.holding(shop.key.token)
        self.answers_again = self._ask(self.key, server.nobody.holding(shop.owner.token))
        until = parsed(self.lapses["lease_until"])
        found = server.rows("SELECT from_at, until_at FROM outage WHERE from_at <= ? AND until_at > ?", until, until)
        self.began, self.over = found[0]
        self.empty_at = written(server, self.empties)[0]
        sessions = (self.empties, self.lasts, self.paused, self.lapses)
        self.after = {session["id"]: self.key.get(f"/v1/sessions/{session['id']}").ok() for session in sessions}
        self.balance = self.key.get(f"/v1/wallets/{self.wallet}").ok()["balance"]
        for session in sessions:
            self.key.post(f"/v1/sessions/{session['id']}/stop", {"seq": 1}).ok()
        self.exit_status = server.stop()
        self.log = server.log
        self.check = server.check()

    def _ask(self, key: Api, owner: Api) -> list[Answer]:
        path = f"/v1/wallets/{self.wallet}"
        return [
            key.post(f"{path}/top-up", {"amount": 5, "note": "é"}, key="crash-1"),
            key.post(f"{path}/pay", {"amount": 6}, key="crash-2"),
            owner.post("/v1/apps", {"name": "Till", "kind": "secret"}, key="crash-3"),
        ]


def crashed(server: Server) -> Crash:
    with server:
        return Crash(server)


@pytest.fixture(scope="module")
def crashes(servers: Servers) -> dict[str, Crash]:
    """Both at the same time, as both have to wait."""
    idle = {kind: servers.made(kind) for kind in KINDS}
    with ThreadPoolExecutor() as threads:
        found = {kind: threads.submit(crashed, server) for kind, server in idle.items()}
    return {kind: future.result() for kind, future in found.items()}


@pytest.fixture
def crash(crashes: dict[str, Crash], kind: str) -> Crash:
    return crashes[kind]


def test_crash_moves_no_computed_end(crash: Crash) -> None:
    end = crash.after[crash.empties["id"]]
    assert (end["reason"], end["used_ms"]) == ("empty", 1_500)
    assert parsed(end["ended_at"]) == parsed(crash.empties["started_at"]) + 1_500 == crash.empty_at


def test_what_lasts_longer_runs_on_over_a_crash(crash: Crash) -> None:
    still = crash.after[crash.lasts["id"]]
    assert still["state"] == "running"
    assert (still["due_at"], still["lease_until"]) == (crash.lasts["due_at"], crash.lasts["lease_until"])
    assert still["used_ms"] == parsed(still["as_of"]) - parsed(crash.lasts["started_at"])
    assert crash.after[crash.paused["id"]]["state"] == "paused"


def test_lease_that_nobody_could_renew_is_extended(crash: Crash) -> None:
    assert crash.began <= parsed(crash.lapses["lease_until"]) <= crash.over
    forgiven = crash.after[crash.lapses["id"]]
    assert parsed(forgiven["lease_until"] or forgiven["ended_at"]) == crash.over + 5_000


def test_answers_outlive_a_crash(crash: Crash) -> None:
    for before, again in zip(crash.answers[:2], crash.answers_again[:2], strict=True):
        assert (again.status, again.body) == (before.status, before.body)
        assert again.headers["idempotent-replayed"] == "true"
    made = crash.answers[2].ok(201)
    assert crash.answers_again[2].refused(409, "already_done")["id"] == made["id"]
    assert crash.balance == 5


def test_server_ends_in_order_after_a_crash(crash: Crash) -> None:
    assert crash.exit_status == 0
    assert "Traceback" not in crash.log
    assert not crash.check
