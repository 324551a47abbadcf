"""What only real time shows: ends are written down when they happen, and found again after a crash."""

import statistics
import time

from creditclock.contract.instants import parsed
from creditclock.contract.values import master_of, number_of
from tests.api import Json
from tests.conftest import Servers
from tests.server import Server, Shop

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
    lengths = (400, 550, 700, 850, 1_000)
    sessions = [shop.start(shop.customer(ms=length).clock) for length in lengths]
    lateness: list[int] = []
    for session, length in zip(sessions, lengths, strict=True):
        at, recorded_at = written(shop.server, session)
        assert at == parsed(session["started_at"]) + length
        lateness.append(recorded_at - at)
        found = shop.session(session["id"])
        assert (found["reason"], found["used_ms"], parsed(found["ended_at"])) == ("empty", length, at)
    assert min(lateness) > 0
    assert statistics.median(lateness) <= LATE_MS, lateness


def test_end_that_comes_nearer_is_met_too(shop: Shop) -> None:
    """The worker sleeps until a later end when a nearer one comes up."""
    customer = shop.customer(credits=100)
    shop.key.post(f"/v1/clocks/{customer.clock}/buy", {"amount": 100}).ok()
    session = shop.start(customer.clock)
    time.sleep(0.3)
    there = shop.clock(customer.clock)["balance_ms"]
    moved = shop.key.post(f"/v1/clocks/{customer.clock}/return", {"ms": there - 600}).ok()
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


def test_crash_moves_no_end_and_forgives_a_lease(servers: Servers, kind: str) -> None:
    with servers.new(kind) as server:
        shop = server.new_shop()
        day = 86_400_000
        empties = shop.start(shop.customer(ms=1_500).clock, lease_ms=day)
        lasts = shop.start(shop.customer(ms=day).clock, lease_ms=day)
        paused = shop.act("pause", shop.start(shop.customer(ms=day).clock))
        lapses = shop.start(shop.customer(ms=day).clock, lease_ms=5_000)
        customer = shop.customer(credits=7)
        server.kill()
        time.sleep(max(0.0, parsed(lapses["lease_until"]) / 1_000 + 0.5 - time.time()))
        server.start()
        key = server.nobody.holding(shop.key.token)

        def found(session: Json) -> Json:
            return key.get(f"/v1/sessions/{session['id']}").ok()

        ((began, over),) = server.rows("SELECT from_at, until_at FROM outage")
        assert began <= parsed(lapses["lease_until"]) <= over
        end = found(empties)
        assert (end["reason"], end["used_ms"]) == ("empty", 1_500)
        assert parsed(end["ended_at"]) == parsed(empties["started_at"]) + 1_500
        assert written(server, empties)[0] == parsed(end["ended_at"])
        still = found(lasts)
        assert (still["state"], still["due_at"], still["lease_until"]) == (
            "running", lasts["due_at"], lasts["lease_until"],
        )  # fmt: skip
        assert still["used_ms"] == parsed(still["as_of"]) - parsed(lasts["started_at"])
        assert found(paused)["state"] == "paused"
        forgiven = found(lapses)
        assert parsed(forgiven["lease_until"] or forgiven["ended_at"]) == over + 5_000
        assert key.get(f"/v1/wallets/{customer.wallet}").ok()["balance"] == 7
        for session in (lasts, paused, lapses):
            key.post(f"/v1/sessions/{session['id']}/stop", {"seq": 1}).ok()
        assert server.stop() == 0
        assert not server.check()
