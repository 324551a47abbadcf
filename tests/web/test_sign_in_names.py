"""Who is meant by a login: staff and customers of the same one, and guesses that tell nobody who there is."""

import itertools
from collections.abc import Sequence

import pytest
import urllib3
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from creditclock.contract.values import identify
from tests.api import Api
from tests.server import PASSWORD, Server

ONLY = "sqlite"

ABSENT = identify("mas", 2**40, 0)
OTHER_PASSWORD = "battery staple"
_SOURCES = itertools.count(2)


def somewhere_else(server: Server) -> Api:
    """Nobody, from an address that the server hasn't met."""
    source = f"127.0.7.{next(_SOURCES)}"
    return Api(urllib3.HTTPConnectionPool("127.0.0.1", server.port, source_address=(source, 0), timeout=60))


def test_customer_with_the_login_of_the_owner_keeps_nobody_out(server: Server) -> None:
    shop = server.new_shop()
    customer = shop.customer(password=OTHER_PASSWORD)
    shop.signed_in(customer, OTHER_PASSWORD).patch(f"/v1/customers/{customer.id}", {"login": shop.login}).ok()
    body = {"login": shop.login, "master": shop.id}
    owner = server.nobody.post("/v1/sign-in", body | {"password": PASSWORD}).ok()
    assert owner["who"]["role"] == "owner"
    found = server.nobody.post("/v1/sign-in", body | {"password": OTHER_PASSWORD}).ok()
    assert found["who"]["id"] == customer.id
    app = shop.publishable().post("/v1/sign-in", {"login": shop.login, "password": PASSWORD})
    app.refused(401, "sign_in_failed")
    server.nobody.post("/v1/sign-in", body | {"password": "neither of them"}).refused(401, "sign_in_failed")


def test_password_of_both_is_the_customers(server: Server) -> None:
    shop = server.new_shop()
    customer = shop.customer(password=PASSWORD)
    shop.key.patch(f"/v1/customers/{customer.id}", {"login": shop.login}).ok()
    body = {"login": shop.login, "password": PASSWORD}
    assert server.nobody.post("/v1/sign-in", body | {"master": shop.id}).ok()["who"]["kind"] == "customer"
    assert server.nobody.post("/v1/sign-in", body).ok()["who"]["role"] == "owner"


def test_customer_who_signs_in_forgives_no_guesses_at_the_owner(server: Server) -> None:
    shop = server.new_shop()
    customer = shop.customer(password=OTHER_PASSWORD)
    shop.key.patch(f"/v1/customers/{customer.id}", {"login": shop.login}).ok()
    thief = somewhere_else(server)
    body = {"login": shop.login, "master": shop.id}
    for _ in range(5):
        thief.post("/v1/sign-in", body | {"password": "a wrong one"}).refused(401, "sign_in_failed")
    known = server.nobody.post("/v1/sign-in", body | {"password": OTHER_PASSWORD}).ok()
    assert known["who"]["id"] == customer.id
    # A wait may be over when the first of them comes: only guesses that were forgiven let both through.
    wrong = {"login": shop.login, "password": "a wrong one"}
    assert 429 in [thief.post("/v1/sign-in", wrong).status for _ in range(2)]


@settings(max_examples=2, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example([0] * 5, 1)
@example([2] * 5, 0)
@given(st.lists(st.integers(0, 3), min_size=5, max_size=5), st.integers(0, 3))
@pytest.mark.parametrize("kind", ["sqlite"])
def test_guesses_tell_nobody_whether_there_is_a_login(server: Server, firsts: list[int], last: int) -> None:
    """Whatever business is named in whatever order, or none: staff and somebody who isn't there wait alike."""
    # A wait that was over before the last try came says nothing; a difference that comes back does.
    assert any(alike(server, [*firsts, last]) for _ in range(3))


def alike(server: Server, order: list[int]) -> bool:
    """Whether wrong tries for an owner's login are answered like those for one that isn't there."""
    owner = server.new_shop()
    masters = [None, owner.id, server.shop.id, ABSENT]
    named = [masters[number] for number in order]
    return statuses(server, owner.login, named) == statuses(server, server.unique("owner"), named)


def statuses(server: Server, login: str, named: Sequence[str | None]) -> list[int]:
    """What wrong tries answer, the last within a second after the one before it."""
    thief = somewhere_else(server)
    found: list[int] = []
    for master in named:
        body = {"login": login, "password": "a wrong one"} | ({"master": master} if master else {})
        found.append(thief.post("/v1/sign-in", body).status)
    return found
