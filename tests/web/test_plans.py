"""Plans: what an operator allows a business is what it gets, whoever changes it meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from creditclock.contract.values import identify, master_of, number_of
from tests.api import Answer, Json
from tests.conftest import Servers
from tests.receiver import eventually
from tests.server import PASSWORD, Server, Shop

ONLY = "sqlite"

APP = {"name": "Till", "kind": "secret"}
LIMITS = ("customer_limit", "seat_limit", "app_limit")


def new_plan(server: Server, **limits: int | None) -> str:
    return server.operator.post("/v1/plans", {"name": "Small", **limits}).ok(201)["id"]


def limits_of(shop: Shop) -> tuple[Any, ...]:
    """The limits that count, as the business itself sees them."""
    master = shop.owner.get(f"/v1/masters/{shop.id}").ok()
    return tuple(master[name] for name in LIMITS)


def change(shop: Shop, **terms: Json) -> Json:
    return shop.server.operator.patch(f"/v1/masters/{shop.id}", terms).ok()


def add_customer(shop: Shop) -> Answer:
    return shop.owner.post("/v1/customers", {"login": shop.server.unique("customer")})


def test_plan_is_shown_changed_and_removed(server: Server) -> None:
    plan = new_plan(server, customer_limit=5, app_limit=2)
    path = f"/v1/plans/{plan}"
    made = server.operator.get(path).ok()
    assert [made[name] for name in ("name", *LIMITS, "masters")] == ["Small", 5, None, 2, 0]
    changed = server.operator.patch(path, {"name": "Medium", "app_limit": None, "seat_limit": 7}).ok()
    assert [changed[name] for name in ("name", *LIMITS)] == ["Medium", 5, 7, None]
    assert server.operator.get(path).ok() == changed
    assert server.operator.delete(path).ok() == {"done": True}
    for answer in (
        server.operator.get(path),
        server.operator.patch(path, {"name": "Ghost"}),
        server.operator.delete(path),
        server.operator.patch(f"/v1/masters/{server.shop.id}", {"plan": plan}),
    ):
        answer.refused(404, "not_found")
    assert plan not in [item["id"] for item in server.operator.get("/v1/plans", limit=1_000).ok()["items"]]


def test_plan_is_nobodys_but_the_operators(server: Server) -> None:
    shop = server.shop
    plan = new_plan(server, customer_limit=5)
    for caller in (shop.owner, shop.key):
        caller.get(f"/v1/plans/{plan}").refused(403, "forbidden")
        caller.patch(f"/v1/plans/{plan}", {"customer_limit": 6}).refused(403, "forbidden")
        caller.delete(f"/v1/plans/{plan}").refused(403, "forbidden")
    elsewhere = identify("pln", master_of(shop.id), number_of(plan))
    server.operator.get(f"/v1/plans/{elsewhere}").refused(404, "not_found")
    assert server.operator.get(f"/v1/plans/{plan}").ok()["customer_limit"] == 5


def test_business_has_the_limits_of_its_plan(server: Server) -> None:
    shop = server.new_shop(plan=new_plan(server, customer_limit=2, seat_limit=3, app_limit=1))
    assert limits_of(shop) == (2, 3, 1)
    for _ in range(2):
        add_customer(shop).ok(201)
    assert add_customer(shop).refused(409, "customer_limit")["limit"] == 2
    shop.owner.post("/v1/apps", APP).ok(201)
    problem = shop.owner.post("/v1/apps", APP).refused(409, "app_limit")
    assert problem["limit"] == 1
    assert "Remove one" in problem["detail"]
    master = shop.owner.get(f"/v1/masters/{shop.id}").ok()
    assert (master["customers"], master["apps"]) == (2, 1)


def test_removed_app_makes_room(server: Server) -> None:
    shop = server.new_shop(app_limit=1)
    first: str = shop.owner.post("/v1/apps", APP).ok(201)["id"]
    shop.owner.post("/v1/apps", {"name": "Game", "kind": "publishable"}).refused(409, "app_limit")
    shop.owner.delete(f"/v1/apps/{first}").ok()
    shop.owner.delete(f"/v1/apps/{first}").refused(404, "not_found")
    shop.owner.post("/v1/apps", {"name": "Game", "kind": "publishable"}).ok(201)
    assert shop.owner.get(f"/v1/masters/{shop.id}").ok()["apps"] == 1


def test_business_follows_its_plan(server: Server) -> None:
    plan, other = new_plan(server, customer_limit=5, seat_limit=6, app_limit=7), new_plan(server)
    shops = [server.new_shop(plan=plan) for _ in range(3)]
    elsewhere = server.new_shop(plan=other)
    answer = server.operator.patch(f"/v1/plans/{plan}", {"customer_limit": 1, "seat_limit": None}).ok()
    assert answer["masters"] == 3
    for shop in shops:
        assert limits_of(shop) == (1, None, 7)
        add_customer(shop).ok(201)
        add_customer(shop).refused(409, "customer_limit")
    assert limits_of(elsewhere) == (None, None, None)
    server.operator.patch(f"/v1/plans/{plan}", {"customer_limit": 2}).ok()
    for shop in shops:
        add_customer(shop).ok(201)


def test_own_limit_stands_above_the_plans(server: Server) -> None:
    plan = new_plan(server, customer_limit=5, seat_limit=6, app_limit=7)
    shop = server.new_shop(plan=plan, customer_limit=50)
    assert limits_of(shop) == (50, 6, 7)
    changed = change(shop, app_limit=70)
    assert changed["own_limits"] == {"customer_limit": 50, "seat_limit": None, "app_limit": 70}
    server.operator.patch(f"/v1/plans/{plan}", {"customer_limit": 4, "seat_limit": 4, "app_limit": 4}).ok()
    assert limits_of(shop) == (50, 4, 70)
    assert [change(shop, customer_limit=None)[name] for name in LIMITS] == [4, 4, 70]
    change(shop, plan=None)
    assert limits_of(shop) == (None, None, 70)
    change(shop, app_limit=None, seat_limit=0)
    assert limits_of(shop) == (None, 0, None)
    change(shop, plan=plan)
    assert limits_of(shop) == (4, 0, 4)


def test_only_the_operator_gives_limits(server: Server) -> None:
    shop = server.new_shop()
    for name in LIMITS:
        problem = shop.owner.patch(f"/v1/masters/{shop.id}", {"name": "Mine", name: 5}).refused(403, "forbidden")
        assert f"`{name}`" in problem["detail"]
    assert limits_of(shop) == (None, None, None)
    assert shop.owner.get(f"/v1/masters/{shop.id}").ok()["name"] == "Corner"


def test_lower_limit_refuses_only_new_ones(server: Server) -> None:
    plan = new_plan(server)
    shop = server.new_shop(plan=plan)
    customers = [shop.customer() for _ in range(3)]
    game = shop.publishable()
    server.operator.patch(f"/v1/plans/{plan}", {"customer_limit": 1, "app_limit": 0}).ok()
    assert shop.owner.get(f"/v1/masters/{shop.id}").ok()["customers"] == 3
    add_customer(shop).refused(409, "customer_limit")
    shop.owner.post("/v1/apps", APP).refused(409, "app_limit")
    game.get("/v1/who").ok()
    for customer in customers[:2]:
        shop.key.delete(f"/v1/customers/{customer.id}").ok()
        add_customer(shop).refused(409, "customer_limit")
    shop.key.post(f"/v1/customers/{customers[0].id}/recover").refused(409, "customer_limit")
    shop.key.delete(f"/v1/customers/{customers[2].id}").ok()
    shop.key.post(f"/v1/customers/{customers[0].id}/recover").ok()


def test_plan_with_businesses_stays(server: Server) -> None:
    plan = new_plan(server, app_limit=9)
    path = f"/v1/plans/{plan}"
    shops = [server.new_shop(plan=plan) for _ in range(2)]
    assert server.operator.delete(path).refused(409, "plan_in_use")["masters"] == 2
    listed = server.operator.get("/v1/masters", plan=plan).ok()["items"]
    assert [master["id"] for master in listed] == [shop.id for shop in shops]
    page = server.operator.get("/v1/masters", plan=plan, limit=1).ok()
    assert page["next"]
    change(shops[0], plan=plan)
    assert server.operator.get(path).ok()["masters"] == 2
    change(shops[0], plan=None)
    change(shops[1], plan=new_plan(server))
    assert server.operator.get(path).ok()["masters"] == 0
    server.operator.delete(path).ok()
    assert [limits_of(shop) for shop in shops] == [(None, None, None)] * 2


def test_refused_business_is_on_no_plan(server: Server) -> None:
    plan = new_plan(server, app_limit=9)
    body = {"name": "Copy", "login": server.shop.login, "password": PASSWORD, "plan": plan}
    server.operator.post("/v1/masters", body).refused(409, "login_taken")
    shop = server.new_shop()
    server.operator.patch(f"/v1/masters/{shop.id}", {"plan": plan, "zone": "Nowhere/Land"}).refused(422, "invalid")
    assert server.operator.get(f"/v1/plans/{plan}").ok()["masters"] == 0
    assert limits_of(shop) == (None, None, None)


@pytest.mark.parametrize("limit", [1, 7])
def test_many_at_once_at_the_limit_get_exactly_as_many(server: Server, limit: int) -> None:
    shop = server.new_shop(plan=new_plan(server, customer_limit=limit, app_limit=limit))
    owner = shop.owner
    with ThreadPoolExecutor(16) as threads:
        apps = [threads.submit(owner.post, "/v1/apps", APP) for _ in range(limit + 16)]
        customers = [threads.submit(add_customer, shop) for _ in range(limit + 16)]
    for sent, code in ((apps, "app_limit"), (customers, "customer_limit")):
        answers = [future.result() for future in sent]
        assert [answer.status for answer in answers].count(201) == limit
        for answer in answers:
            if answer.status != 201:
                answer.refused(409, code)
    master = owner.get(f"/v1/masters/{shop.id}").ok()
    assert (master["apps"], master["customers"]) == (limit, limit)
    assert len(owner.get("/v1/apps").ok()["items"]) == limit


def test_apps_removed_and_made_at_once_are_counted(server: Server) -> None:
    shop = server.new_shop(app_limit=4)
    owner = shop.owner
    for _ in range(3):
        made = [owner.post("/v1/apps", APP).ok(201)["id"] for _ in range(4)]
        with ThreadPoolExecutor(12) as threads:
            removed = [threads.submit(owner.delete, f"/v1/apps/{app}") for app in made * 2]
            tried = [threads.submit(owner.post, "/v1/apps", APP) for _ in range(8)]
        assert [future.result().status for future in removed].count(200) == 4
        won = sum(future.result().status == 201 for future in tried)
        left = owner.get("/v1/apps").ok()["items"]
        assert len(left) == won == owner.get(f"/v1/masters/{shop.id}").ok()["apps"] <= 4
        for app in left:
            owner.delete(f"/v1/apps/{app['id']}").ok()


def test_plan_changed_while_businesses_come_and_go(server: Server) -> None:
    plan, other = new_plan(server, app_limit=1), new_plan(server, app_limit=1_000)
    shops = [server.new_shop(plan=plan) for _ in range(4)]
    operator = server.operator
    with ThreadPoolExecutor(8) as threads:
        sent = [
            threads.submit(operator.patch, f"/v1/plans/{plan}", {"app_limit": limit, "customer_limit": limit})
            for limit in range(2, 12)
        ]
        moves = [
            threads.submit(change, shop, plan=target)
            for _ in range(3)
            for shop in shops[:2]
            for target in (other, plan)
        ]
        made = [threads.submit(server.new_shop, plan=plan) for _ in range(2)]
    for future in sent:
        future.result().ok()
    for future in moves:
        future.result()
    final = operator.get(f"/v1/plans/{plan}").ok()
    every = [*shops, *(future.result() for future in made)]
    masters = [operator.get(f"/v1/masters/{shop.id}").ok() for shop in every]
    on_it = [master for master in masters if master["plan"] == plan]
    assert final["masters"] == len(on_it) >= 4
    for master in masters:
        expected = (final["customer_limit"], final["app_limit"]) if master["plan"] == plan else (None, 1_000)
        assert (master["customer_limit"], master["app_limit"]) == expected


def test_plan_removed_while_a_business_enters(server: Server) -> None:
    for _ in range(5):
        plan = new_plan(server, app_limit=1)
        shop = server.new_shop()
        with ThreadPoolExecutor(2) as threads:
            enter = threads.submit(server.operator.patch, f"/v1/masters/{shop.id}", {"plan": plan})
            remove = threads.submit(server.operator.delete, f"/v1/plans/{plan}")
        if remove.result().status == 200:
            enter.result().refused(404, "not_found")
            assert limits_of(shop) == (None, None, None)
        else:
            remove.result().refused(409, "plan_in_use")
            assert limits_of(shop) == (None, None, 1)


def test_businesses_follow_although_the_server_died_in_between(servers: Servers, kind: str) -> None:
    with servers.made(kind) as server:
        plan = new_plan(server, app_limit=1)
        shop = server.new_shop(plan=plan)
        server.kill()
        server.change(
            ("UPDATE plan SET app_limit = 5 WHERE master_id = 0 AND id = ?", (number_of(plan),)),
        )
        server.start()
        eventually(lambda: limits_of(shop)[2] == 5, 30)
        assert server.check() == ""


def test_counters_that_are_off_are_found(servers: Servers, kind: str) -> None:
    with servers.made(kind) as server:
        plan = new_plan(server, app_limit=5)
        shop = server.new_shop(plan=plan)
        shop.publishable()
        server.stop()
        assert server.check() == ""
        server.change(
            ("UPDATE lane SET apps = 3, customers = 1 WHERE master_id = ?", (master_of(shop.id),)),
            ("UPDATE plan SET masters = 2 WHERE master_id = 0 AND id = ?", (number_of(plan),)),
        )
        found = server.check()
        assert f"{shop.id}: counts 3 apps, there are 1" in found
        assert f"{shop.id}: counts 1 customers, there are 0" in found
        assert f"{plan}: counts 2 businesses, there are 1" in found
