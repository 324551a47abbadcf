"""Who may do what: every operation of the table by everybody, and nothing of another customer."""

import pytest

from creditclock.contract import OPERATIONS, Operation
from creditclock.contract.values import identify, master_of, number_of
from creditclock.domain.access import Caller, allowed
from tests.server import SCOPES, Server
from tests.web.place import Place

ROLES = ("operator", "owner", "manager", "seller", "customer", "program", "publishable")
KEYS = ("key for nothing", *(f"key for {scope}" for scope in SCOPES))
ENDS_ITSELF = {"token.sign_out"}
SLOW_OR_TIMED = {"token.sign_in", "test_clock.get", "test_clock.set"}


def may(caller: str, operation: Operation) -> bool:
    """What the table says."""
    if "anyone" in operation.by:
        return True
    if caller in KEYS:
        return "secret" in operation.by and ({*operation.scopes} <= {caller.removeprefix("key for ")})
    return caller in operation.by


@pytest.mark.parametrize("name", [*ROLES, *KEYS, "nobody"])
def test_nobody_does_what_the_table_forbids(place: Place, name: str) -> None:
    caller = place.callers[name]
    for operation in OPERATIONS.values():
        if may(name, operation):
            continue
        before = place.lane
        answer = caller.call(operation.method, place.path(operation), place.body(operation), key="forbidden")
        problem = answer.refused(401, "unauthorized") if name == "nobody" else answer.refused(403, "forbidden")
        if name == "nobody":
            assert answer.headers["www-authenticate"] == "Bearer"
        elif "key for" in name and "secret" in operation.by:
            assert all(f"`{scope}`" in problem["detail"] for scope in operation.scopes)
        assert place.lane == before, operation.name


@pytest.mark.parametrize("name", [*ROLES, *KEYS])
def test_everybody_is_let_through_where_the_table_says_so(place: Place, name: str) -> None:
    caller = place.callers[name]
    for operation in OPERATIONS.values():
        if not may(name, operation) or operation.name in ENDS_ITSELF | SLOW_OR_TIMED or operation.streams:
            continue
        body = place.body(operation)
        if operation.name == "token.change_password":
            caller.post("/v1/password", {"old_password": "a wrong one", "password": "correct horse"}).refused(
                403, "wrong_password"
            )
        elif operation.noun == "second_factor" and operation.writes:
            answer = caller.call(operation.method, operation.path, dict.fromkeys(body, "a wrong one"))
            assert answer.json["code"] in {"second_factor_off", "wrong_code", "wrong_password"}, answer
        elif operation.noun == "master" and operation.path_fields:
            assert caller.get(f"/v1/masters/{place.shop.id}").ok()["id"] == place.shop.id
        elif operation.path_fields:
            answer = caller.call(operation.method, place.path_to_nothing(operation), body)
            answer.refused(404, "not_found")
        elif operation.writes:
            named = {"name": "Made"} if "name" in body else {}
            made = {**body, **named} | ({"login": place.server.unique("made")} if "login" in body else {})
            answer = caller.call(operation.method, operation.path, made).ok(operation.status)
            if operation.noun == "webhook":
                # Or the business would not be still: deliveries are written down.
                caller.delete(f"/v1/webhooks/{answer['id']}").ok()
        else:
            assert caller.get(operation.path).ok(operation.status)


@pytest.mark.parametrize("scope", SCOPES)
def test_scope_alone_decides_what_a_key_may(scope: str) -> None:
    key = Caller(1, "app", 1, "secret", frozenset({scope}), "app_…", 0, None)
    let_in = {o.name for o in OPERATIONS.values() if allowed(key, o.by, o.scopes)}
    assert let_in | {"token.sign_in"} == {o.name for o in OPERATIONS.values() if may(f"key for {scope}", o)}


def test_a_key_needs_each_scope_to_give_a_customer_a_new_password(place: Place) -> None:
    path, body = f"/v1/customers/{place.shop.customer().id}/password", {"password": "correct horse"}
    problem = place.shop.key_with("customers", "clocks").post(path, body).refused(403, "forbidden")
    assert "needs the scopes `customers`, `wallets` and `clocks`. This key lacks `wallets`" in problem["detail"]
    place.shop.key_with("customers", "wallets", "clocks").post(path, body).ok()


def test_what_belongs_to_another_customer_is_not_found(place: Place) -> None:
    caller = place.callers["other customer"]
    for operation in OPERATIONS.values():
        if "customer" not in operation.by or not operation.path_fields or operation.noun == "tariff":
            continue
        before = place.lane
        caller.call(operation.method, place.path(operation), place.body(operation)).refused(404, "not_found")
        assert place.lane == before, operation.name


def test_customer_cannot_tell_another_customers_session_from_one_that_does_not_exist(place: Place) -> None:
    caller = place.callers["other customer"]
    path = f"/v1/clocks/{place.other.clock}/sessions"
    place.shop.key.post(f"/v1/clocks/{place.other.clock}/grant", {"ms": 60_000}).ok()
    absent = identify("ses", master_of(place.shop.id), 2**40)
    caller.post(path, {"revives": absent}).refused(404, "not_found")
    caller.post(path, {"revives": place.session["id"]}).refused(404, "not_found")


def test_lists_show_a_customer_only_what_is_its_own(place: Place) -> None:
    own = place.callers["other customer"].get("/v1/clocks").ok()["items"]
    assert [clock["id"] for clock in own] == [place.other.clock]


def test_customer_sees_and_uses_what_is_its_own(server: Server) -> None:
    shop = server.shop
    customer = shop.customer(credits=1_000, password="correct horse")
    caller = shop.signed_in(customer)
    assert caller.get(f"/v1/customers/{customer.id}").ok()["login"] == customer.login
    assert caller.post(f"/v1/clocks/{customer.clock}/buy", {"amount": 100}).ok()["clock"]["balance_ms"] == 60_000
    session = caller.post(f"/v1/clocks/{customer.clock}/sessions").ok(201)
    assert session["holder"] == customer.id
    for verb in ("renew", "pause", "resume", "stop"):
        caller.post(f"/v1/sessions/{session['id']}/{verb}", {"seq": 1}).ok()
    assert caller.get("/v1/who").ok() == {
        "kind": "customer",
        "id": customer.id,
        "master": shop.id,
        "role": "customer",
        "app": None,
    }


def test_another_burn_rate_needs_staff_or_the_scope(place: Place) -> None:
    path = f"/v1/clocks/{place.customer.clock}/sessions"
    for name in ("customer", "key for sessions"):
        before = place.lane
        answer = place.callers[name].post(path, {"burn_rate": 500})
        assert "session.rate" in answer.refused(403, "forbidden")["detail"]
        assert place.lane == before
    both = place.shop.key_with("sessions", "session.rate")
    for caller in (both, place.callers["seller"]):
        session = caller.post(path, {"burn_rate": 500}).ok(201)
        assert session["burn_rate"] == 500
        caller.post(f"/v1/sessions/{session['id']}/end").ok()


def test_only_the_operator_changes_plan_and_limit(place: Place) -> None:
    path = f"/v1/masters/{place.shop.id}"
    for change in ({"customer_limit": 5}, {"plan": None}, {"name": "Mine", "customer_limit": None}):
        before = place.lane
        place.shop.owner.patch(path, change).refused(403, "forbidden")
        assert place.lane == before
    assert place.shop.owner.patch(path, {"name": "Mine"}).ok()["name"] == "Mine"


def test_only_staff_removes_a_customer_at_once(server: Server) -> None:
    shop = server.shop
    customer = shop.customer()
    shop.key.delete(f"/v1/customers/{customer.id}", {"at_once": True}).refused(403, "forbidden")
    assert shop.key.get(f"/v1/customers/{customer.id}").ok()["state"] == "active"
    shop.owner.delete(f"/v1/customers/{customer.id}", {"at_once": True}).ok()
    shop.key.get(f"/v1/customers/{customer.id}").refused(404, "not_found")


def test_ids_of_the_installation_are_no_business(server: Server) -> None:
    for wrong in (identify("mas", 0, 0), identify("mas", master_of(server.shop.id), number_of(server.shop.tariff))):
        server.operator.get(f"/v1/masters/{wrong}").refused(404, "not_found")
    absent = identify("mas", 2**27, 0)
    for answer in (
        server.operator.get(f"/v1/masters/{absent}"),
        server.operator.post(f"/v1/masters/{absent}/freeze"),
        server.operator.patch(f"/v1/masters/{absent}", {"name": "Ghost"}),
    ):
        answer.refused(404, "not_found")


def test_a_plan_is_named_by_its_own_id(server: Server) -> None:
    plan: str = server.operator.post("/v1/plans", {"name": "Small", "customer_limit": 1}).ok(201)["id"]
    elsewhere = identify("pln", master_of(server.shop.id), number_of(plan))
    body = {"name": "Ghost", "login": server.unique("ghost"), "password": "correct horse", "plan": elsewhere}
    server.operator.post("/v1/masters", body).refused(404, "not_found")
    server.operator.patch(f"/v1/masters/{server.shop.id}", {"plan": elsewhere}).refused(404, "not_found")
