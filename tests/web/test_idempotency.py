"""A key makes a request happen once: the same answer again, whoever retries and however often."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from creditclock.contract import OPERATIONS
from tests.server import PASSWORD, Server, Shop


def top_up_path(shop: Shop) -> str:
    return f"/v1/wallets/{shop.customer().wallet}/top-up"


def replayed(headers: Mapping[str, str]) -> bool:
    return headers.get("idempotent-replayed") == "true"


def test_same_request_gives_the_same_bytes_and_happens_once(shop: Shop) -> None:
    path = top_up_path(shop)
    first = shop.key.post(path, {"amount": 5, "note": "once"}, key=shop.server.unique("k"))
    key = shop.server.unique("k")
    first = shop.key.post(path, {"amount": 7, "note": "once"}, key=key)
    again = shop.key.post(path, {"note": "once", "amount": 7}, key=key)
    assert first.ok()["wallet"]["balance"] == 12
    assert (again.status, again.body) == (first.status, first.body)
    assert not replayed(first.headers)
    assert replayed(again.headers)


def test_created_things_are_answered_as_created_again(shop: Shop) -> None:
    key = shop.server.unique("k")
    body = {"login": shop.server.unique("customer"), "name": "Bob"}
    first = shop.key.post("/v1/customers", body, key=key)
    again = shop.key.post("/v1/customers", body, key=key)
    assert (first.status, again.status) == (201, 201)
    assert again.body == first.body


def test_refusal_is_repeated_although_it_would_succeed_now(shop: Shop) -> None:
    customer = shop.customer()
    key = shop.server.unique("k")
    path = f"/v1/wallets/{customer.wallet}/pay"
    first = shop.key.post(path, {"amount": 5}, key=key)
    assert first.refused(402, "insufficient_credits")["missing"] == 5
    shop.key.post(f"/v1/wallets/{customer.wallet}/top-up", {"amount": 100}).ok()
    again = shop.key.post(path, {"amount": 5}, key=key)
    assert again.body == first.body
    assert replayed(again.headers)
    assert shop.balance(customer.wallet) == 100


def test_session_in_a_refusal_is_repeated_to_the_letter(shop: Shop) -> None:
    customer = shop.customer(ms=60_000)
    session = shop.start(customer.clock)
    key = shop.server.unique("k")
    path = f"/v1/sessions/{session['id']}/pause"
    first = shop.key.post(path, {"seq": 7}, key=key)
    first.refused(409, "stale_seq")
    shop.act("stop", session)
    assert shop.key.post(path, {"seq": 7}, key=key).body == first.body


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/wallets/{wallet}/top-up", {"amount": 8}),
        ("/v1/wallets/{wallet}/top-up", {"amount": 7, "note": "other"}),
        ("/v1/wallets/{wallet}/pay", {"amount": 7}),
        ("/v1/wallets/{other}/top-up", {"amount": 7}),
    ],
    ids=["another amount", "another note", "another operation", "another wallet"],
)
def test_key_of_another_request_is_refused(shop: Shop, path: str, body: dict[str, object]) -> None:
    customer, other = shop.customer(), shop.customer()
    key = shop.server.unique("k")
    first = shop.key.post(f"/v1/wallets/{customer.wallet}/top-up", {"amount": 7}, key=key).ok()
    answer = shop.key.post(path.format(wallet=customer.wallet, other=other.wallet), body, key=key)
    assert "new key" in answer.refused(422, "key_reused")["detail"]
    assert shop.wallet(customer.wallet) == first["wallet"]
    assert shop.balance(other.wallet) == 0


def test_keys_belong_to_their_caller(shop: Shop) -> None:
    customer = shop.customer(credits=100, password=PASSWORD)
    other_app = shop.key_with("wallets")
    key = shop.server.unique("k")
    path = f"/v1/wallets/{customer.wallet}/pay"
    for caller in (shop.key, other_app, shop.owner, shop.signed_in(customer)):
        for _ in range(2):
            caller.post(path, {"amount": 10}, key=key).ok()
    assert shop.balance(customer.wallet) == 60


def test_keys_belong_to_their_business(server: Server) -> None:
    one, other = server.shop, server.new_shop()
    key = server.unique("k")
    for shop in (one, other):
        customer = shop.customer()
        shop.key.post(f"/v1/wallets/{customer.wallet}/top-up", {"amount": 1}, key=key).ok()
        assert shop.balance(customer.wallet) == 1


def test_operator_has_keys_too(server: Server) -> None:
    shop = server.new_shop()
    key = server.unique("k")
    first = server.operator.patch(f"/v1/masters/{shop.id}", {"name": "Once"}, key=key)
    shop.owner.patch(f"/v1/masters/{shop.id}", {"name": "Twice"}).ok()
    again = server.operator.patch(f"/v1/masters/{shop.id}", {"name": "Once"}, key=key)
    assert again.body == first.body
    assert server.operator.get(f"/v1/masters/{shop.id}").ok()["name"] == "Twice"


def test_secret_is_shown_once(shop: Shop) -> None:
    key = shop.server.unique("k")
    body = {"name": "Till", "kind": "secret"}
    first = shop.owner.post("/v1/apps", body, key=key).ok(201)
    problem = shop.owner.post("/v1/apps", body, key=key).refused(409, "already_done")
    assert problem["id"] == first["id"]
    assert first["key"] not in str(problem)
    names = [app for app in shop.owner.get("/v1/apps", limit=1_000).ok()["items"] if app["name"] == "Till"]
    assert len(names) == 1
    assert "key" not in names[0] or names[0]["key"] is None
    text = shop.server.rows("SELECT count(*) FROM stored WHERE body LIKE ?", f"%{first['key']}%")
    assert text == [(0,)]


def test_changed_password_is_answered_again(server: Server) -> None:
    """Whoever lost the answer and asks again gave an old password that is wrong by now."""
    shop = server.shop
    customer = shop.customer(password=PASSWORD)
    caller = shop.signed_in(customer)
    key = server.unique("k")
    body = {"old_password": PASSWORD, "password": "battery staple"}
    first = caller.post("/v1/password", body, key=key)
    first.ok()
    again = caller.post("/v1/password", body, key=key)
    assert (again.status, again.body) == (first.status, first.body)


def test_malformed_request_leaves_its_key_free(shop: Shop) -> None:
    path = top_up_path(shop)
    key = shop.server.unique("k")
    shop.key.post(path, {"amount": 0}, key=key).refused(422, "invalid")
    shop.server.nobody.post(path, {"amount": 1}, key=key).refused(401, "unauthorized")
    shop.key.post(path, {"amount": 1}, key=key).ok()


def test_storm_of_one_key_happens_once(shop: Shop) -> None:
    customer = shop.customer(credits=1_000)
    key = shop.server.unique("k")
    path = f"/v1/wallets/{customer.wallet}/pay"
    with ThreadPoolExecutor(24) as threads:
        sent = [threads.submit(shop.key.post, path, {"amount": 10}, key=key) for _ in range(96)]
    answers = [future.result() for future in sent]
    assert {answer.body for answer in answers} == {answers[0].body}
    assert {answer.status for answer in answers} == {200}
    assert sum(not replayed(answer.headers) for answer in answers) == 1
    assert shop.balance(customer.wallet) == 990
    assert [record["amount"] for record in shop.records("wallets", customer.wallet)] == [1_000, -10]


def test_storm_of_one_key_with_two_bodies_happens_once(shop: Shop) -> None:
    customer = shop.customer(credits=1_000)
    key = shop.server.unique("k")
    path = f"/v1/wallets/{customer.wallet}/pay"
    with ThreadPoolExecutor(16) as threads:
        sent = [threads.submit(shop.key.post, path, {"amount": 1 + n % 2}, key=key) for n in range(48)]
    answers = [future.result() for future in sent]
    done = [answer for answer in answers if answer.status == 200]
    assert len({answer.body for answer in done}) == 1
    assert len(done) == 24
    for answer in answers:
        if answer.status != 200:
            answer.refused(422, "key_reused")
    assert len(shop.records("wallets", customer.wallet)) == 2


def test_every_write_takes_a_key(shop: Shop) -> None:
    """The form of a key is checked wherever there may be one: before anything is done."""
    customer = shop.customer()
    for operation in OPERATIONS.values():
        if operation.writes and operation.noun == "wallet":
            path = operation.path.format(wallet=customer.wallet, customer=customer.id)
            body = {"amount": 1, "to_wallet": customer.wallet} if operation.name != "wallet.create" else {}
            body = {"amount": 1} if operation.name == "wallet.top_up" else body
            headers = {"Content-Type": "application/json", "Idempotency-Key": "a b"}
            answer = shop.key.send("POST", path, str(body).replace("'", '"').encode(), headers)
            assert answer.refused(422, "invalid")["field"] == "Idempotency-Key"
    assert shop.records("wallets", customer.wallet) == []
