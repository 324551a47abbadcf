"""Many at once: no credit is spent twice, no place is taken twice, nobody is left without an answer."""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.api import Answer, Api
from tests.conftest import Servers
from tests.receiver import eventually
from tests.server import Server, Shop

THREADS = 32


def storm(ask: Callable[[int], Answer], number: int) -> list[Answer]:
    """Answers to many requests that are sent from many threads, all starting at the same moment."""
    barrier = threading.Barrier(THREADS)
    numbers = itertools.count()

    def work() -> list[Answer]:
        barrier.wait()
        answers: list[Answer] = []
        while (n := next(numbers)) < number:
            answers.append(ask(n))
        return answers

    with ThreadPoolExecutor(THREADS) as threads:
        found = [threads.submit(work) for _ in range(THREADS)]
    return [answer for future in found for answer in future.result()]


def statuses(answers: list[Answer]) -> Counter[str]:
    return Counter(str(answer.status) if answer.status < 400 else answer.json["code"] for answer in answers)


def test_wallet_is_emptied_exactly_once(shop: Shop) -> None:
    customer = shop.customer(credits=300)
    path = f"/v1/wallets/{customer.wallet}/pay"
    answers = storm(lambda _: shop.key.post(path, {"amount": 1}), 400)
    assert statuses(answers) == {"200": 300, "insufficient_credits": 100}
    balances = sorted(answer.json["record"]["balance"] for answer in answers if answer.status == 200)
    assert balances == list(range(300))
    records = shop.records("wallets", customer.wallet)
    assert [record["balance"] for record in records] == [300, *range(299, -1, -1)]


def test_credits_that_go_round_stay_as_many(shop: Shop) -> None:
    customers = [shop.customer(credits=20) for _ in range(4)]

    def ask(n: int) -> Answer:
        payer, payee = customers[n % 4], customers[(n + 1 + n // 4 % 3) % 4]
        return shop.key.post(f"/v1/wallets/{payer.wallet}/transfer", {"amount": 7, "to_wallet": payee.wallet})

    found = statuses(storm(ask, 200))
    assert set(found) <= {"200", "insufficient_credits"}
    assert sum(shop.balance(customer.wallet) for customer in customers) == 80


def test_no_more_sessions_than_places(shop: Shop) -> None:
    customer = shop.customer(ms=3_600_000)
    shop.owner.patch(f"/v1/clocks/{customer.clock}", {"parallel": 5}).ok()
    answers = storm(lambda _: shop.key.post(f"/v1/clocks/{customer.clock}/sessions"), 64)
    assert statuses(answers) == {"201": 5, "parallel_limit": 59}
    assert len(shop.clock(customer.clock)["sessions"]) == 5


def test_payment_counts_once_however_often_it_is_told(shop: Shop) -> None:
    customer = shop.customer()
    body = {"amount": 9, "reference": shop.server.unique("payment")}
    answers = storm(lambda _: shop.key.post(f"/v1/wallets/{customer.wallet}/top-up", body), 64)
    assert statuses(answers) == {"200": 1, "reference_used": 63}
    assert shop.balance(customer.wallet) == 9


def test_login_is_given_once(shop: Shop) -> None:
    login = shop.server.unique("wanted")
    answers = storm(lambda _: shop.key.post("/v1/customers", {"login": login}), 40)
    assert statuses(answers) == {"201": 1, "login_taken": 39}


def test_lapsed_holder_renews_nothing_after_a_take_over(shop: Shop) -> None:
    customer = shop.customer(ms=3_600_000)
    session = shop.start(customer.clock)["id"]

    def ask(n: int) -> Answer:
        if n % 8 == 7:
            return shop.key.post(f"/v1/sessions/{session}/take-over")
        seq = 1 + n // 8
        return shop.key.post(f"/v1/sessions/{session}/renew", {"seq": seq})

    answers = storm(ask, 160)
    assert set(statuses(answers)) <= {"200", "stale_seq"}
    taken = sorted(a.json["seq"] for a in answers if a.status == 200 and a.json["seq"] > 1)
    assert shop.session(session)["seq"] == 21
    assert set(range(2, 22)) <= set(taken)
    for answer in answers:
        if answer.status == 409:
            assert answer.json["session"]["seq"] == answer.json["seq"]


def test_rights_that_end_disturb_nobody_else(server: Server) -> None:
    """Each end lets every caller of the business be looked up anew; none of them may fail over that."""
    shop = server.new_shop()
    customer = shop.customer(credits=1_000)
    shop.owner.get("/v1/who").ok()
    apps = [shop.owner.post("/v1/apps", {"name": "x", "kind": "secret"}).ok(201)["id"] for _ in range(30)]

    def ask(n: int) -> Answer:
        if n % 4 == 0:
            return shop.owner.delete(f"/v1/apps/{apps[n // 4]}")
        return shop.key.post(f"/v1/wallets/{customer.wallet}/pay", {"amount": 1})

    assert statuses(storm(ask, 120)) == {"200": 120}
    assert shop.balance(customer.wallet) == 910


class Pair:
    """Two server processes on one database."""

    def __init__(self, one: Server, two: Server) -> None:
        self.one = one
        self.shop = one.new_shop()
        key = self.shop.key.token
        self.keys = (one.nobody.holding(key), two.nobody.holding(key))

    def either(self, n: int) -> Api:
        return self.keys[n % 2]


@pytest.fixture(scope="module")
def pair(servers: Servers) -> Iterator[Pair]:
    with servers.new("postgresql") as one, Server(servers.folder(), one.database) as two:
        yield Pair(one, two)


def test_two_servers_empty_a_wallet_once(pair: Pair) -> None:
    customer = pair.shop.customer(credits=150)
    path = f"/v1/wallets/{customer.wallet}/pay"
    answers = storm(lambda n: pair.either(n).post(path, {"amount": 1}), 200)
    assert statuses(answers) == {"200": 150, "insufficient_credits": 50}
    records = pair.shop.records("wallets", customer.wallet)
    assert [record["balance"] for record in records] == [150, *range(149, -1, -1)]


def test_two_servers_give_no_place_twice(pair: Pair) -> None:
    customer = pair.shop.customer(ms=3_600_000)
    pair.shop.owner.patch(f"/v1/clocks/{customer.clock}", {"parallel": 3}).ok()
    answers = storm(lambda n: pair.either(n).post(f"/v1/clocks/{customer.clock}/sessions"), 48)
    assert statuses(answers) == {"201": 3, "parallel_limit": 45}
    for n, key in enumerate(pair.keys):
        assert len(key.get(f"/v1/clocks/{customer.clock}").ok()["sessions"]) == 3, n


def test_two_servers_carry_out_a_key_once(pair: Pair) -> None:
    customer = pair.shop.customer(credits=100)
    path = f"/v1/wallets/{customer.wallet}/pay"
    answers = storm(lambda n: pair.either(n).post(path, {"amount": 10}, key="the-same"), 64)
    assert len({answer.body for answer in answers}) == 1
    assert pair.shop.balance(customer.wallet) == 90


def test_two_servers_see_what_the_other_wrote(pair: Pair) -> None:
    customer = pair.shop.customer(credits=50)
    for n in range(50):
        pair.either(n).post(f"/v1/wallets/{customer.wallet}/pay", {"amount": 1}).ok()
        assert pair.either(n + 1).get(f"/v1/wallets/{customer.wallet}").ok()["balance"] == 49 - n


def test_two_servers_write_an_end_once(pair: Pair) -> None:
    sessions = [pair.shop.start(pair.shop.customer(ms=700).clock) for _ in range(5)]

    def kinds() -> list[list[str]]:
        return [[record["kind"] for record in pair.shop.records("clocks", session["clock"])] for session in sessions]

    both = [["grant", "use"]] * 5
    eventually(lambda: kinds() == both)
    time.sleep(1)  # so that the other server would have written it too
    assert kinds() == both
    ended = pair.one.rows("SELECT subject, count(*) FROM event WHERE kind = 'session.ended' GROUP BY subject")
    assert {(session["id"], 1) for session in sessions} <= set(ended)


def test_key_removed_at_one_server_works_at_neither(pair: Pair) -> None:
    app = pair.shop.key_with("wallets")
    customer = pair.shop.customer(credits=10)
    path = f"/v1/wallets/{customer.wallet}/pay"
    elsewhere = pair.keys[1].holding(app.token)
    elsewhere.post(path, {"amount": 1}).ok()
    name: str = app.get("/v1/who").ok()["id"]
    pair.shop.owner.delete(f"/v1/apps/{name}").ok()
    elsewhere.post(path, {"amount": 1}).refused(401, "unauthorized")
    assert pair.shop.balance(customer.wallet) == 9
