"""The audit: who signed in, who changed what somebody may do and who removed whom, told to those who answer for it."""

import re
from typing import Any

import pytest

from creditclock.contract.audit import AUDITED
from tests.api import Api, Json
from tests.conftest import Servers
from tests.server import PASSWORD, Server, Shop

ONLY = "sqlite"


def entries(api: Api, **query: object) -> list[Json]:
    return api.get("/v1/audit", **query).ok()["items"]


def events(shop: Shop, *kinds: str) -> list[tuple[Any, ...]]:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    select = f"SELECT kind, subject, body, customer FROM event WHERE master_id = ? AND kind IN ({listed}) ORDER BY no"
    return shop.server.rows(select, int(shop.id[4:11], 16))


def test_business_is_told_who_did_what(server: Server) -> None:
    shop = server.new_shop()
    owner = shop.owner
    who = owner.get("/v1/who").ok()["id"]
    operator = server.operator.get("/v1/who").ok()["id"]
    app = owner.post("/v1/apps", {"name": "Tool", "kind": "secret"}).ok(201)["id"]
    owner.post(f"/v1/apps/{app}/rotate", {"grace_ms": 1_000}).ok()
    owner.delete(f"/v1/apps/{app}").ok()
    server.operator.patch(f"/v1/masters/{shop.id}", {"customer_limit": 9}).ok()
    server.operator.post(f"/v1/masters/{shop.id}/freeze").ok()
    server.operator.post(f"/v1/masters/{shop.id}/unfreeze").ok()
    customer = shop.customer(password=PASSWORD)
    shop.key.post(f"/v1/customers/{customer.id}/password", {"password": "battery staple"}).ok()
    shop.signed_in(customer, "battery staple").post("/v1/sign-out").ok()
    owner.delete(f"/v1/customers/{customer.id}").ok()
    owner.post(f"/v1/customers/{customer.id}/recover").ok()
    found = entries(owner)
    told = [(entry["what"], entry["who"], entry["subject"]) for entry in reversed(found)]
    key = next(entry["subject"] for entry in found if entry["what"] == "app.create")
    assert told == [
        ("token.sign_in", who, who),
        ("app.create", who, app),
        ("app.rotate", who, app),
        ("app.remove", who, app),
        ("master.change", operator, shop.id),
        ("master.freeze", operator, shop.id),
        ("master.unfreeze", operator, shop.id),
        ("app.create", who, key),
        ("customer.reset_password", key, customer.id),
        ("token.sign_in", customer.id, customer.id),
        ("token.sign_out", customer.id, customer.id),
        ("customer.remove", who, customer.id),
        ("customer.recover", who, customer.id),
    ]
    assert found[0]["number"] > found[-1]["number"] >= 1
    details = {entry["what"]: entry["detail"] for entry in found}
    assert details["master.change"]["customer_limit"] == 9
    assert details["app.rotate"]["grace_ms"] == 1_000
    assert details["token.sign_in"]["method"] == "password"
    assert entries(server.operator, master=shop.id) == found
    assert PASSWORD not in repr(found)
    assert [row[0] for row in events(shop, "app.created", "app.rotated", "app.removed")] == [
        "app.created",
        "app.rotated",
        "app.removed",
        "app.created",
    ]
    ((_, subject, body, number),) = events(shop, "password.changed")
    assert (subject, number) == (customer.id, int(customer.id[11:], 16))
    assert key in body
    assert [row[1] for row in events(shop, "sign_in.succeeded")] == [who]


def test_pages_and_sorts(server: Server) -> None:
    shop = server.new_shop()
    for number in range(5):
        shop.owner.post("/v1/apps", {"name": f"Tool {number}", "kind": "secret"}).ok(201)
    whole = entries(shop.owner)
    paged: list[Json] = []
    cursor: dict[str, str] = {}
    while True:
        page = shop.owner.get("/v1/audit", limit=2, **cursor).ok()
        paged += page["items"]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert paged == whole
    assert [entry["what"] for entry in entries(shop.owner, what="app.create")] == ["app.create"] * 5
    assert len(entries(shop.owner, what="token.sign_in")) == 1
    shop.owner.get("/v1/audit", what="wallet.pay").refused(422, "invalid")


def test_others_are_told_nothing(server: Server) -> None:
    shop, other = server.new_shop(), server.shop
    shop.owner.get("/v1/audit", master=other.id).refused(404, "not_found")
    shop.key.get("/v1/audit").refused(403, "forbidden")
    customer = shop.customer(password=PASSWORD)
    shop.signed_in(customer).get("/v1/audit").refused(403, "forbidden")
    assert all(entry["what"] in AUDITED for entry in entries(server.operator, limit=1_000))
    assert shop.id not in repr(entries(server.operator, what="token.sign_in", limit=1_000))


@pytest.fixture
def alone(servers: Servers, kind: str) -> Server:
    """A server on which nobody else is held back: all tests come from one address."""
    return servers.made(kind)


def test_guesses_are_told_once_and_never_what_was_typed(alone: Server) -> None:
    with alone as server:
        shop = server.new_shop()
        customer = shop.customer(password=PASSWORD)
        body = {"login": customer.login, "master": shop.id}
        statuses = [server.nobody.post("/v1/sign-in", {**body, "password": f"guess {n}"}).status for n in range(9)]
        assert statuses[:5] == [401] * 5
        assert 429 in statuses
        ghost = {"login": "nobody-there", "master": shop.id, "password": "guess"}
        assert 429 in [server.nobody.post("/v1/sign-in", ghost).status for _ in range(8)]
        (entry,) = entries(shop.owner, what="sign_in.held_back")
        assert (entry["who"], entry["subject"], entry["detail"]["failures"] >= 5) == ("system", customer.id, True)
        ((_, subject, _, number),) = events(shop, "sign_in.held_back")
        assert (subject, number) == (customer.id, int(customer.id[11:], 16))
        kept = repr([server.rows(f"SELECT * FROM {name}") for name in ("journal", "event")])
        assert "guess" not in kept
        assert "127.0.0.1" not in kept


def test_indexes_hold_what_the_audit_shows(server: Server) -> None:
    """SQLite refuses a query whose index can't serve it; on both a migration makes what the contract names."""
    select = "SELECT sql FROM sqlite_master WHERE name LIKE ?"
    if not server.path:
        select = "SELECT indexdef FROM pg_indexes WHERE indexname LIKE ?"
    made = server.rows(select, "ix_journal_audit%")
    assert len(made) == 2
    for (definition,) in made:
        assert set(re.findall(r"'([A-Za-z_.]+)'", definition)) == set(AUDITED)


def test_many_wrong_tokens_are_refused_before_the_database_is_asked(alone: Server) -> None:
    with alone as server:
        owner = server.shop.owner
        owner.get("/v1/who").ok()
        wrong = server.nobody.holding(f"cct_0000001_{'A' * 43}")
        statuses = [wrong.get("/v1/who").status for _ in range(140)]
        assert statuses[:100] == [401] * 100
        answer = wrong.get("/v1/who")
        while answer.status == 401:
            answer = wrong.get("/v1/who")
        answer.refused(429, "too_many_requests")
        assert answer.headers["retry-after"] == "1"
        owner.get("/v1/who").ok()
