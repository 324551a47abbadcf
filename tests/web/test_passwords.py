"""Passwords: which are refused, which are the same on every keyboard, and how old hashes are made anew."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

import argon2
import pytest

from creditclock.contract import Refusal
from creditclock.web.turns import Turn, Turns
from tests.conftest import Servers
from tests.server import PASSWORD, Server, Shop, key_of
from tests.timing import keeps

ONLY = "sqlite"

COMPOSED, DECOMPOSED = "caf\u00e9 noir 7", "cafe\u0301\u00a0noir 7"


@pytest.mark.parametrize(
    "password",
    [
        "password123",
        "PASSWORD123",
        "Passw0rd!",
        "qwertyuiop",
        "aaaaaaaaaa",
        "Corner 12",
        "\uff50assword1",
        "tab\there 1",
    ],
)
def test_what_is_guessed_first_is_refused(shop: Shop, password: str) -> None:
    body = {"name": "Corner 12", "login": shop.server.unique("owner"), "password": password}
    problem = shop.server.operator.post("/v1/masters", body).refused(422, "weak_password")
    assert password not in problem["detail"]


def test_own_login_is_no_password(shop: Shop) -> None:
    login = shop.server.unique("customer-")
    shop.key.post("/v1/customers", {"login": login, "password": login.upper()}).refused(422, "weak_password")
    customer = shop.customer(password=PASSWORD)
    path = f"/v1/customers/{customer.id}/password"
    shop.key.post(path, {"password": customer.login}).refused(422, "weak_password")
    own = {"old_password": PASSWORD, "password": customer.login}
    shop.signed_in(customer).post("/v1/password", own).refused(422, "weak_password")
    body = {"password": shop.login}
    shop.server.operator.post(f"/v1/masters/{shop.id}/password", body).refused(422, "weak_password")
    shop.server.nobody.post("/v1/sign-in", {"login": shop.login, "password": PASSWORD}).ok()


def test_seven_letters_and_an_accent_are_seven(shop: Shop) -> None:
    body = {"login": shop.server.unique("customer"), "password": "abcdfge\u0301"}
    assert "8 characters" in shop.key.post("/v1/customers", body).refused(422, "weak_password")["detail"]


@pytest.mark.parametrize(("made", "typed"), [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)])
def test_every_keyboard_types_the_same_password(shop: Shop, made: str, typed: str) -> None:
    customer = shop.customer(password=made)
    body = {"login": customer.login, "master": shop.id}
    shop.server.nobody.post("/v1/sign-in", {**body, "password": typed}).ok()
    shop.server.nobody.post("/v1/sign-in", {**body, "password": typed.upper()}).refused(401, "sign_in_failed")


@pytest.mark.parametrize("hashed", [DECOMPOSED, COMPOSED])
def test_old_hashes_are_made_anew_at_a_sign_in(servers: Servers, kind: str, hashed: str) -> None:
    """Those of weaker parameters, and those of what was typed before passwords were prepared."""
    server: Server = servers.kept(kind, test_clock=False)
    customer = server.shop.customer(password=PASSWORD)
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(hashed)
    server.change(("UPDATE credential SET password = ? WHERE master_id = ? AND id = ?", (weak, *key_of(customer.id))))
    # What the lane holds in memory is read anew once somebody else wrote to the business.
    server.change(("UPDATE lane SET revision = revision + 1 WHERE master_id = ?", (key_of(customer.id)[0],)))
    body = {"login": customer.login, "master": server.shop.id, "password": DECOMPOSED}
    for _ in range(2):
        server.nobody.post("/v1/sign-in", body).ok()
        select = "SELECT password, version FROM credential WHERE master_id = ? AND id = ?"
        ((kept, version),) = server.rows(select, *key_of(customer.id))
        assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
        assert version == 1


def test_passwords_of_books_for_tests_are_hashed_quickly(timed: Shop) -> None:
    customer = timed.customer(password=PASSWORD)
    select = "SELECT password FROM credential WHERE master_id = ? AND id = ?"
    ((kept,),) = timed.server.rows(select, *key_of(customer.id))
    assert kept.startswith("$argon2id$v=19$m=64,t=1,p=1$")
    assert timed.signed_in(customer).get("/v1/who").status == 200


def test_sign_ins_go_before_new_passwords(servers: Servers) -> None:
    """Twelve who make customers all the time would else each have a turn before every sign-in."""
    shop = servers.kept("sqlite", test_clock=False).new_shop()
    customer, path = shop.customer(password=PASSWORD), "/v1/customers"
    key, began, is_over, made = shop.key, threading.Event(), threading.Event(), itertools.count()

    def make() -> None:
        while not is_over.is_set():
            key.post(path, {"login": shop.server.unique("customer"), "password": PASSWORD}).ok(201)
            if next(made) == 12:
                began.set()

    def made_meanwhile() -> int:
        before = next(made)
        for _ in range(3):
            body = {"login": customer.login, "password": PASSWORD, "master": shop.id}
            shop.server.nobody.post("/v1/sign-in", body).ok()
        return next(made) - before

    with ThreadPoolExecutor(12) as threads:
        making = [threads.submit(make) for _ in range(12)]
        try:
            assert began.wait(60)
            keeps(19, made_meanwhile)  # 36 without turns
        finally:
            is_over.set()
        for one in making:
            one.result()


def test_askers_take_turns_and_leave_room() -> None:
    turns: Turns[str] = Turns()
    for number in range(3):
        turns.wait(Turn("a"), f"a{number}")
    turns.wait(Turn("b"), "b0")
    turns.wait(Turn("a", signs_in=True), "s0")
    assert list(turns.drain()) == ["s0", "a0", "b0", "a1", "a2"]
    for _ in range(32):
        turns.wait(Turn("a", signs_in=True), "s")
    with pytest.raises(Refusal, match="passwords"):
        turns.wait(Turn("a", signs_in=True), "s")
    for number in range(32):
        turns.wait(Turn(number, signs_in=True), "t")
    with pytest.raises(Refusal, match="passwords"):
        turns.wait(Turn("new", signs_in=True), "t")
    turns.wait(Turn("new"), "other")
    assert len(turns) == 65
    assert "other" in [turns.next() for _ in range(4)], "sign-ins don't hold up others for ever"
