"""How much somebody may ask for at once: beyond it requests are refused, nothing else is."""

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest

from creditclock.web import limits
from creditclock.web.limits import Buckets
from tests.api import Answer, Api, Json
from tests.conftest import Servers
from tests.server import PASSWORD, Server, Shop
from tests.web.raw import Raw

ONLY = "sqlite"

CALLER, MASTER, SOURCE = 10, 60, 10
RATES = f"""
proxies = ["127.0.0.1"]
rate_per_caller = {CALLER}
rate_per_master = {MASTER}
rate_per_source = {SOURCE}
"""
KEY = 20
CONNECTIONS = f"\nconnections = 40\nconnections_per_source = 30\nrate_per_key = {KEY}\n"
MOST_CALLS = 1_000
TRIES = 10


@pytest.fixture(scope="module")
def limited(servers: Servers) -> Iterator[Server]:
    with _with(servers.folder(), RATES) as server:
        yield server


@pytest.fixture(scope="module")
def narrow(servers: Servers) -> Iterator[Server]:
    with _with(servers.folder(), CONNECTIONS) as server:
        yield server


def _with(folder: Path, settings: str) -> Server:
    (folder / "creditclock.toml").write_text(settings)
    return Server(folder)


class Somebody:
    """A customer of a new business, whose session runs, and who has signed in."""

    def __init__(self, server: Server) -> None:
        self.shop: Shop = server.new_shop()
        self.customer = self.shop.customer(ms=3_600_000, credits=1_000, password=PASSWORD)
        self.api = self.shop.signed_in(self.customer)
        self.session: Json = self.shop.start(self.customer.clock)

    def act(self, verb: str) -> Answer:
        return self.api.post(f"/v1/sessions/{self.session['id']}/{verb}", {"seq": self.session["seq"]})


@pytest.fixture
def somebody(limited: Server) -> Somebody:
    return Somebody(limited)


def used_up(api: Api, path: str = "/v1/who", headers: Mapping[str, str] | None = None) -> tuple[int, Answer]:
    """How many calls were answered, and the first that was refused."""
    for number in range(MOST_CALLS):
        answer = api.send("GET", path, headers=headers)
        if answer.status == 429:
            return number, answer
    pytest.fail("nothing was refused")


def refused_once_used_up(
    asked: Callable[[], Answer], api: Api, path: str = "/v1/who", headers: Mapping[str, str] | None = None
) -> Json:
    """How a call is refused after others have used all up; on a slow machine there may be room again in between."""
    for _ in range(TRIES):
        used_up(api, path, headers)
        answer = asked()
        if answer.status == 429:
            return answer.refused(429, "too_many_requests")
    pytest.fail("it is not refused")


def test_caller_who_asks_too_much_is_told_when_to_come_back(somebody: Somebody) -> None:
    began = time.monotonic()
    answered, answer = used_up(somebody.api)
    took = time.monotonic() - began
    problem = answer.refused(429, "too_many_requests")
    assert (problem["limit"], problem["per"]) == (CALLER, "caller")
    assert int(answer.headers["retry-after"]) == problem["retry_after_s"] >= 1
    assert 2 * CALLER <= answered <= 2 * CALLER + CALLER * took + 1
    until = time.monotonic() + 30
    while somebody.api.get("/v1/who").status == 429:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert somebody.shop.key.get("/v1/who").ok(), "others of the business are not slowed down"


def test_key_has_a_limit_of_its_own(narrow: Server) -> None:
    shop = narrow.new_shop()
    one, other = shop.key_with("wallets"), shop.key_with("wallets")
    answered, answer = used_up(one)
    problem = answer.refused(429, "too_many_requests")
    assert (problem["limit"], problem["per"]) == (KEY, "key")
    assert answered >= 2 * KEY
    assert other.get("/v1/who").status == 200


def test_renew_and_stop_are_not_refused_for_what_else_was_asked(somebody: Somebody) -> None:
    path = f"/v1/clocks/{somebody.customer.clock}/sessions"
    refused_once_used_up(lambda: somebody.api.post(path, {}), somebody.api)
    for _ in range(5):
        somebody.session = somebody.act("renew").ok()
    assert somebody.act("stop").ok()["state"] == "ended"


def test_operations_of_a_batch_count_each(somebody: Somebody) -> None:
    reads = [{"op": "wallet.get", "wallet": somebody.customer.wallet}] * (3 * CALLER)
    first = somebody.api.post("/v1/batch", {"operations": reads}).ok()["results"]
    done = sum("ok" in result for result in first)
    assert 2 * CALLER <= done < 3 * CALLER, "as many as there is room for"
    assert {result["problem"]["code"] for result in first[done:]} == {"too_many_requests"}
    refused_once_used_up(lambda: somebody.api.post("/v1/batch", {"operations": reads[:1]}), somebody.api)
    session = somebody.session
    renewal = {"op": "session.renew", "session": session["id"], "seq": session["seq"]}
    page = {"op": "wallet.records", "wallet": somebody.customer.wallet, "limit": 1_000}
    mixed = somebody.api.post("/v1/batch", {"operations": [page, renewal, page]}).ok()["results"]
    assert [result.get("problem", {}).get("code") for result in mixed] == [
        "too_many_requests",
        None,
        "too_many_requests",
    ]
    assert mixed[1]["ok"]["state"] == "running"


def test_a_page_counts_by_its_rows(somebody: Somebody) -> None:
    records = f"/v1/wallets/{somebody.customer.wallet}/records"
    asked = partial(somebody.api.get, records, limit=1_000)
    assert asked().ok()
    answers = (asked() for _ in range(TRIES))  # On a slow machine the first may come when there is room again.
    refused = next(answer for answer in answers if answer.status == 429)
    assert refused.refused(429, "too_many_requests")["per"] == "caller"
    assert somebody.act("renew").ok()
    read = {"op": "wallet.records", "wallet": somebody.customer.wallet, "limit": 500}
    other = Somebody(somebody.shop.server)
    read["wallet"] = other.customer.wallet
    results = other.api.post("/v1/batch", {"operations": [read] * 3}).ok()["results"]
    assert ["ok" in result for result in results] == [True, True, False], "ten each, and twenty are there"


def test_one_business_uses_up_its_own_limit_only(limited: Server) -> None:
    one, other = Somebody(limited), Somebody(limited)
    answered, answer = used_up(one.shop.key)
    assert answer.refused(429, "too_many_requests")["per"] == "master"
    assert answered > CALLER * 3, "a secret key has the limit of its business"
    refused_once_used_up(lambda: one.api.get("/v1/who"), one.shop.key)
    assert one.act("renew").ok()
    assert other.shop.key.get("/v1/who").ok()


def test_nobody_is_limited_by_where_he_is(limited: Server) -> None:
    here, there = {"X-Forwarded-For": "198.51.100.1"}, {"X-Forwarded-For": "198.51.100.2"}
    asked = partial(limited.nobody.send, "GET", "/docs", headers=here)
    assert refused_once_used_up(asked, limited.nobody, headers=here)["per"] == "source"
    limited.nobody.send("GET", "/v1/who", headers=there).refused(401, "unauthorized")
    assert limited.nobody.send("GET", "/healthz", headers=here).status == 200


def test_who_tries_tokens_keeps_nobody_out_who_is_known(limited: Server) -> None:
    here = {"X-Forwarded-For": "198.51.100.3"}
    key = limited.new_shop().key
    assert key.send("GET", "/v1/who", headers=here).ok()
    for number in range(MOST_CALLS):
        guessed = limited.nobody.holding(f"ccs_0000001_{number}")
        if guessed.send("GET", "/v1/who", headers=here).status == 429:
            break
    else:
        pytest.fail("guesses are not limited")
    assert key.send("GET", "/v1/who", headers=here).ok()


def test_publishable_key_is_not_used_up_for_others(limited: Server) -> None:
    product = limited.new_shop().publishable()
    for where, expected in (("198.51.100.4", {422, 429}), ("198.51.100.5", {422})):
        headers = {"X-Forwarded-For": where, "Content-Type": "application/json"}
        calls = 5 * CALLER if 429 in expected else 5
        assert {product.send("POST", "/v1/sign-in", b"{}", headers).status for _ in range(calls)} == expected


def test_connections_of_one_source_are_bounded(narrow: Server) -> None:
    kept = narrow.nobody.get("/healthz")
    assert kept.status == 200
    idle = [Raw(narrow) for _ in range(29)]
    with Raw(narrow) as one_more:
        said = one_more.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").answer()
        assert said is not None
        assert (said.status, said.headers["retry-after"], said.headers["connection"]) == (503, "1", "close")
        assert one_more.ends()
    assert narrow.nobody.get("/healthz").status == 200, "a kept connection goes on"
    for raw in idle:
        raw.socket.close()
    until = time.monotonic() + 30
    while True:
        with Raw(narrow) as again:
            said = again.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").answer()
        if said is not None and said.status == 200:
            break
        assert time.monotonic() < until
    told = narrow.nobody.get("/metrics").body.decode()
    assert 'creditclock_connections_ended_total{reason="busy"} ' in told


def test_what_is_remembered_is_bounded_and_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST", 100)
    buckets = Buckets(10)
    waits = [buckets.take(f"{number}") for number in range(1_000)]
    assert waits[:100] == [0.0] * 100
    assert waits[-1] > 0.0, "whoever comes when the memory is full shares one bucket"
    assert buckets.take("0") == 0.0, "who was there before has his own"
    assert Buckets(0).take("x", 10**9) == 0.0
