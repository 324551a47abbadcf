"""Apps' keys: they expire to the millisecond, and are replaced without an interruption."""

import pytest

from creditclock.contract.instants import shown
from tests.api import Api
from tests.conftest import Servers
from tests.server import PASSWORD, Server, Shop

ONLY = "sqlite"

HOUR_MS = 3_600_000


@pytest.fixture
def shop(servers: Servers) -> Shop:
    return servers.kept("sqlite", test_clock=True).new_shop()


def made(shop: Shop, kind: str = "secret", **terms: object) -> tuple[str, Api]:
    app = shop.owner.post("/v1/apps", {"name": "Tool", "kind": kind, **terms}).ok(201)
    return app["id"], shop.server.nobody.holding(app["key"])


def rotated(shop: Shop, app: str, **terms: object) -> Api:
    return shop.server.nobody.holding(shop.owner.post(f"/v1/apps/{app}/rotate", terms).ok()["key"])


def test_key_expires_to_the_millisecond(shop: Shop) -> None:
    server = shop.server
    ends = shown(server.now + HOUR_MS)
    app, key = made(shop, expires_at=ends)
    assert shop.owner.get(f"/v1/apps/{app}").ok()["expires_at"] == ends
    server.advance(HOUR_MS - 1)
    key.get("/v1/who").ok()
    server.advance(1)
    key.get("/v1/who").refused(401, "unauthorized")
    key.post("/v1/clocks/clk_0000001000000000001/sessions", {}).refused(401, "unauthorized")
    shop.owner.post(f"/v1/apps/{app}/rotate", {}).refused(422, "invalid")
    rotated(shop, app, expires_at=None).get("/v1/who").ok()
    key.get("/v1/who").refused(401, "unauthorized")


def test_expiry_must_lie_ahead(shop: Shop) -> None:
    for wrong in (shown(shop.server.now), "2026-02-30T00:00:00Z"):
        body = {"name": "Tool", "kind": "secret", "expires_at": wrong}
        assert shop.owner.post("/v1/apps", body).refused(422, "invalid")["field"] == "expires_at"


def test_old_key_works_on_for_its_time(test_clock_server: Server) -> None:
    server = test_clock_server
    shop = server.new_shop()
    app, first = made(shop)
    second = rotated(shop, app, grace_ms=HOUR_MS)
    assert shop.owner.get(f"/v1/apps/{app}").ok()["old_key_until"] == shown(server.now + HOUR_MS)
    assert first.get("/v1/who").ok() == second.get("/v1/who").ok()
    server.advance(HOUR_MS - 1)
    first.get("/v1/who").ok()
    server.advance(1)
    first.get("/v1/who").refused(401, "unauthorized")
    second.get("/v1/who").ok()
    third = rotated(shop, app)
    second.get("/v1/who").refused(401, "unauthorized")
    fourth = rotated(shop, app, grace_ms=HOUR_MS)
    fifth = rotated(shop, app, grace_ms=HOUR_MS)
    third.get("/v1/who").refused(401, "unauthorized")
    for key in (fourth, fifth):
        key.get("/v1/who").ok()
    shop.owner.delete(f"/v1/apps/{app}").ok()
    for key in (fourth, fifth):
        key.get("/v1/who").refused(401, "unauthorized")
    shop.owner.post(f"/v1/apps/{app}/rotate", {}).refused(404, "not_found")
    shop.owner.post(f"/v1/apps/{app}/rotate", {"grace_ms": 7 * 24 * HOUR_MS + 1}).refused(422, "invalid")


def test_customers_stay_signed_in_over_a_rotation_and_end_with_the_app(shop: Shop) -> None:
    customer = shop.customer(password=PASSWORD)
    app, key = made(shop, "publishable", expires_at=shown(shop.server.now + 2 * HOUR_MS))
    body = {"login": customer.login, "password": PASSWORD}
    signed_in = key.post("/v1/sign-in", body).ok()
    assert signed_in["expires_at"] == shown(shop.server.now + 2 * HOUR_MS)
    token = shop.server.nobody.holding(signed_in["token"])
    new = rotated(shop, app)
    assert new.token is not None
    assert new.token.startswith("ccp_")
    token.get("/v1/who").ok()
    key.post("/v1/sign-in", body).refused(401, "unauthorized")
    new.post("/v1/sign-in", body).ok()
    shop.server.advance(2 * HOUR_MS)
    token.get("/v1/who").refused(401, "unauthorized")
    new.post("/v1/sign-in", body).refused(401, "unauthorized")


def test_key_is_shown_once(shop: Shop) -> None:
    app, _ = made(shop)
    path = f"/v1/apps/{app}/rotate"
    key: str = shop.owner.post(path, {}, key="once").ok()["key"]
    assert shop.owner.post(path, {}, key="once").refused(409, "already_done")["id"] == app
    assert shop.owner.get(f"/v1/apps/{app}").ok()["key"] is None
    tables = ("app", "journal", "stored", "event")
    assert key not in repr([shop.server.rows(f"SELECT * FROM {table}") for table in tables])


def test_login_lasts_as_long_as_it_shall(shop: Shop) -> None:
    body = {"login": shop.login, "password": PASSWORD}
    server = shop.server
    answer = server.nobody.post("/v1/sign-in", {**body, "lasts_ms": 60_000}).ok()
    assert answer["expires_at"] == shown(server.now + 60_000)
    token = server.nobody.holding(answer["token"])
    server.advance(59_999)
    token.get("/v1/who").ok()
    server.advance(1)
    token.get("/v1/who").refused(401, "unauthorized")
    longest = server.nobody.post("/v1/sign-in", {**body, "lasts_ms": 30 * 24 * HOUR_MS}).ok()
    assert longest["expires_at"] == shown(server.now + 7 * 24 * HOUR_MS)
    server.nobody.post("/v1/sign-in", {**body, "lasts_ms": 59_999}).refused(422, "invalid")
