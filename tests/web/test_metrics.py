"""`/metrics`: true numbers under load, for those who may see them, and alerts that watch what is there."""

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.api import Answer, Api
from tests.conftest import Servers
from tests.receiver import Receiver, Say
from tests.server import PASSWORD, Server, Shop
from tests.timing import succeeds
from tests.webhooks import make

ONLY = "sqlite"

GUIDE = Path(__file__).parents[2] / "docs" / "guide"
TOKEN = "a-token-of-the-metrics"
NAME = re.compile(r"\b(?:creditclock|process)_[a-z_]+\b")
PAYERS, PAYS = 8, 25
Numbers = dict[tuple[str, frozenset[tuple[str, str]]], float]


def numbers(answer: Answer) -> Numbers:
    """All samples by name and labels; that they can be parsed and stand there once is part of the test."""
    found: Numbers = {}
    heads: set[str] = set()
    for family in text_string_to_metric_families(answer.body.decode()):
        assert family.name not in heads, family.name
        heads.add(family.name)
        assert family.documentation.endswith("."), family.name
        for sample in family.samples:
            place = (sample.name, frozenset(sample.labels.items()))
            assert place not in found, place
            found[place] = sample.value
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return found


def scraped(server: Server) -> Numbers:
    return numbers(server.nobody.get("/metrics"))


def value(found: Numbers, name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


def soon(server: Server, is_right: Callable[[Numbers], bool]) -> Numbers:
    """What is told once it is right: some things are counted just after the answer."""
    until = time.monotonic() + 20
    while not is_right(found := scraped(server)):
        assert time.monotonic() < until, sorted(found.items(), key=str)
        time.sleep(0.05)
    return found


@pytest.fixture
def own(servers: Servers, kind: str) -> Iterator[Server]:
    """A server of one's own with a token for its metrics."""
    server = servers.made(kind)
    (server.folder / "creditclock.toml").write_text(f'metrics_token = "{TOKEN}"\n')
    with server:
        yield server


@pytest.mark.parametrize("lane", ["process", "thread"])
def test_numbers_under_load_are_those_of_what_was_done(servers: Servers, kind: str, lane: str) -> None:
    server = servers.made(kind)
    (server.folder / "creditclock.toml").write_text(f'lane = "{lane}"\n')
    with server:
        shop = server.new_shop()
        wallets = [shop.customer(credits=PAYS - 1).wallet for _ in range(PAYERS)]
        before = scraped(server)

        def pay(wallet: str) -> list[int]:
            return [shop.key.post(f"/v1/wallets/{wallet}/pay", {"amount": 1}).status for _ in range(PAYS)]

        with ThreadPoolExecutor(PAYERS + 2) as threads:
            paying = [threads.submit(pay, wallet) for wallet in wallets]
            scraping = [threads.submit(lambda: [scraped(server) for _ in range(10)]) for _ in range(2)]
            statuses = [status for one in paying for status in one.result()]
            series = [one.result() for one in scraping]
        assert sorted(set(statuses)) == [200, 402]
        for told in series:
            assert_counters_only_grow([before, *told])

        def is_all_there(found: Numbers) -> bool:
            place = ("creditclock_http_requests_total", frozenset({("operation", "wallet.pay"), ("status", "2xx")}))
            return found.get(place, 0) == PAYERS * (PAYS - 1)

        after = soon(server, is_all_there)
    assert value(after, "creditclock_http_requests_total", operation="wallet.pay", status="4xx") == PAYERS
    assert value(after, "creditclock_http_refusals_total", code="insufficient_credits") == PAYERS
    assert value(after, "creditclock_http_refusals_total", code="unexpected") == 0
    for result, number in (("done", PAYERS * (PAYS - 1)), ("refused", PAYERS), ("failed", 0)):
        name = "creditclock_lane_commands_total"
        assert value(after, name, result=result) - value(before, name, result=result) == number
    name = "creditclock_http_request_seconds_count"
    assert value(after, name, kind="write") - value(before, name, kind="write") == PAYERS * PAYS
    batches = value(after, "creditclock_lane_batch_commands_count")
    assert 0 < value(after, "creditclock_lane_commit_seconds_count") <= batches
    assert value(after, "creditclock_lane_batch_commands_sum") >= PAYERS * PAYS
    assert value(after, "creditclock_lane_up") == value(after, "creditclock_lane_healthy") == 1
    assert value(after, "creditclock_lane_queue_length") == 0
    assert value(after, "creditclock_lane_rows_in_memory") > PAYERS
    assert value(after, "creditclock_http_in_flight") == 1
    assert_server_is_described(after, kind, lane)


def assert_server_is_described(found: Numbers, kind: str, lane: str) -> None:
    [built] = [dict(labels) for name, labels in found if name == "creditclock_build_info"]
    assert (built["database"], built["lane"], built["test_clock"]) == (kind, lane, "false")
    assert value(found, "creditclock_database_up") == 1
    assert value(found, "creditclock_database_size_bytes") > 50_000
    processes = {dict(labels)["process"] for name, labels in found if name == "process_cpu_seconds_total"}
    assert processes == ({"web", "lane"} if lane == "process" else {"web"})
    for process in processes:
        assert value(found, "process_resident_memory_bytes", process=process) > 10_000_000
        assert 3 < value(found, "process_open_fds", process=process) < value(found, "process_max_fds", process=process)
        assert abs(value(found, "process_start_time_seconds", process=process) - time.time()) < 600


def assert_counters_only_grow(series: list[Numbers]) -> None:
    for earlier, later in pairwise(series):
        for place, number in earlier.items():
            if place[0].endswith(("_total", "_count", "_sum", "_bucket")):
                assert later[place] >= number, place


def test_bounds_of_histograms_add_up(server: Server) -> None:
    found = scraped(server)
    for (name, labels), number in found.items():
        if name.endswith("_count"):
            stem = name.removesuffix("_count")
            others = dict(labels)
            buckets = [
                (float(dict(known)["le"]), below)
                for (known_name, known), below in found.items()
                if known_name == f"{stem}_bucket" and {**others, "le": dict(known)["le"]} == dict(known)
            ]
            counts = [below for _, below in sorted(buckets)]
            assert counts == sorted(counts)
            assert counts[-1] == number, name


def test_machines_that_prefer_openmetrics_get_it(server: Server) -> None:
    accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
    answer = server.nobody.send("GET", "/metrics", headers=accept)
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert answer.body.endswith(b"# EOF\n")


def test_late_ends_are_counted(shop: Shop) -> None:
    customer = shop.customer(ms=200)
    before = value(scraped(shop.server), "creditclock_end_lateness_seconds_count")
    shop.start(customer.clock)
    soon(shop.server, lambda found: value(found, "creditclock_end_lateness_seconds_count") > before)


def test_wrong_passwords_and_sign_ins_too_soon_are_counted(own: Server) -> None:
    codes = ("sign_in_failed", "too_many_requests")

    def counted() -> list[float]:
        found = scraped(own)
        names = ("creditclock_sign_in_failures_total", "creditclock_sign_in_throttled_total")
        refusals = (("creditclock_http_refusals_total", frozenset({("code", code)})) for code in codes)
        return [value(found, name) for name in names] + [found.get(refusal, 0) for refusal in refusals]

    def are_counted() -> bool:
        """The first wait is a second long: where somebody stands still for it, it is over."""
        body = {"login": own.unique("nobody"), "password": "wrong"}
        before = counted()
        statuses = [own.nobody.post("/v1/sign-in", body).status for _ in range(8)]
        if statuses != [401] * 5 + [429] * 3:
            return False
        assert [now - then for now, then in zip(counted(), before, strict=True)] == [5, 3, 5, 3]
        return True

    succeeds(are_counted)


def test_check_of_the_books_is_told_with_its_result(own: Server) -> None:
    shop = own.new_shop()
    wallet = shop.customer(credits=5).wallet
    assert own.check() == ""
    found = scraped(own)
    assert value(found, "creditclock_books_findings") == 0
    assert 0 <= time.time() - value(found, "creditclock_books_checked_timestamp_seconds") < 60
    own.change(("UPDATE account SET balance = balance + 1 WHERE balance = 5 AND kind = 'wallet'", []))
    assert "NOT right" in own.check(), wallet
    assert value(scraped(own), "creditclock_books_findings") > 0


def test_alive_marks_outages_and_the_clock_are_told(own: Server) -> None:
    found = soon(own, lambda found: ("creditclock_alive_mark_age_seconds", frozenset[Any]()) in found)
    assert 0 <= value(found, "creditclock_alive_mark_age_seconds") < 5
    assert value(found, "creditclock_clock_steady") == 1
    assert value(found, "creditclock_clock_steps_total") == 0
    outages = value(found, "creditclock_outages_total")
    own.kill()
    own.change(("UPDATE alive SET at = at - 90000", []))
    own.start()
    found = scraped(own)
    assert value(found, "creditclock_outages_total") > outages
    assert value(found, "creditclock_outage_seconds_total") > 90


def test_webhooks_are_told_with_what_they_wait_for(servers: Servers, kind: str) -> None:
    server = servers.made(kind)
    (server.folder / "creditclock.toml").write_text('webhook_addresses = "any"\n')
    with server, Receiver() as good, Receiver() as bad:
        bad.answer = lambda _event: Say(500)
        shop = server.new_shop()
        for receiver in (good, bad):
            make(shop, receiver.url)
        shop.customer(credits=5)

        def is_told(found: Numbers) -> bool:
            total = "creditclock_webhook_deliveries_total"
            return value(found, total, result="delivered") > 1 and value(found, total, result="retried") > 1

        found = soon(server, is_told)
        for state, number in (("enabled", 1), ("failing", 1), ("disabled", 0)):
            assert value(found, "creditclock_webhooks", state=state) == number
        assert value(found, "creditclock_webhook_pending") > 1
        assert 0 < value(found, "creditclock_webhook_oldest_seconds") < 600
        assert value(found, "creditclock_webhook_relay_leads") == 1
        assert value(found, "creditclock_webhook_deliveries_total", result="failed") == 0


FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")


def test_whoever_comes_through_a_proxy_needs_a_token(server: Server) -> None:
    for name in FORWARDED:
        through = {name: "for=127.0.0.1"}
        answer = server.nobody.send("GET", "/metrics", headers=through)
        answer.refused(401, "unauthorized")
        assert answer.headers["www-authenticate"] == "Bearer"
        numbers(server.operator.send("GET", "/metrics", headers=through))


@pytest.mark.parametrize("host", ["creditclock.example", "127.0.0.1.example:80", "10.0.0.1", "[::2]:80"])
def test_whoever_uses_another_name_of_this_machine_needs_a_token(server: Server, host: str) -> None:
    """A page in a browser on this machine can be made to."""
    server.nobody.send("GET", "/metrics", headers={"Host": host}).refused(401, "unauthorized")


@pytest.mark.parametrize("host", ["localhost", "localhost:8400", "127.0.0.1", "[::1]:8400"])
def test_programs_on_this_machine_need_none(server: Server, host: str) -> None:
    numbers(server.nobody.send("GET", "/metrics", headers={"Host": host}))


def test_tokens_of_the_setting_and_of_the_operator_open_it(own: Server) -> None:
    shop = own.new_shop()
    through = {"Via": "1.1 proxy"}

    def ask(api: Api) -> Answer:
        return api.send("GET", "/metrics", headers=through)

    numbers(ask(own.nobody.holding(TOKEN)))
    numbers(ask(own.operator))
    customer = shop.customer(password=PASSWORD)
    for api in (shop.owner, shop.key, shop.signed_in(customer)):
        ask(api).refused(403, "forbidden")
    for wrong in (TOKEN[:-1], TOKEN + "x", "", "cct_0000000_wrong", "ümlaut"):
        ask(own.nobody.holding(wrong)).refused(401, "unauthorized")
    basic = {**through, "Authorization": f"Basic {TOKEN}"}
    own.nobody.send("GET", "/metrics", headers=basic).refused(401, "unauthorized")


def test_no_token_opens_it_where_none_was_set(server: Server) -> None:
    for token in ("", "none", "None"):
        answer = server.nobody.holding(token).send("GET", "/metrics", headers={"Via": "1.1 proxy"})
        answer.refused(401, "unauthorized")


def test_other_methods_are_refused(server: Server) -> None:
    server.nobody.post("/metrics").refused(405, "method_not_allowed")


def test_guide_tells_every_metric_and_no_other(server: Server) -> None:
    body = server.nobody.get("/metrics").body.decode()
    told = {line.split()[2] for line in body.splitlines() if line.startswith("# TYPE")}
    text = (GUIDE / "monitoring.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `([a-z_]+)", text, re.MULTILINE))
    assert {name for name in listed if NAME.fullmatch(name)} == told


def test_alerts_watch_what_is_there(server: Server) -> None:
    rules: Any = yaml.safe_load((GUIDE / "alerts.yml").read_text(encoding="utf-8"))
    body = server.nobody.get("/metrics").body.decode()
    kinds = {line.split()[2]: line.split()[3] for line in body.splitlines() if line.startswith("# TYPE")}
    samples = {name for name, _ in numbers(server.nobody.get("/metrics"))}
    alerts = [rule for group in rules["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in alerts}) == len(alerts) > 10
    for rule in alerts:
        assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}, rule
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"]["summary"].endswith(".")
        assert re.fullmatch(r"\d+[smh]", rule["for"])
        assert rule["expr"].count("(") == rule["expr"].count(")")
        names = NAME.findall(rule["expr"])
        assert names, rule
        for name in names:
            stem = re.sub(r"_(bucket|count|sum)\Z", "", name)
            assert name in samples or kinds[name], rule
            if name != stem:
                assert kinds[stem] == "histogram", rule
            if re.search(rf"(rate|increase)\({name}", rule["expr"]):
                assert kinds[stem] in {"counter", "histogram"}, rule
