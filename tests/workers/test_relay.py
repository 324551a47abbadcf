"""How events reach webhooks: order, retries, patience with receivers that are slow, broken or hostile."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from creditclock.contract.instants import parsed
from tests.api import Json
from tests.conftest import Servers
from tests.receiver import Receiver, Say, check_order, eventually
from tests.server import Server, Shop
from tests.tls import trusted
from tests.webhooks import deliveries, delivery, get, make, send_test, shop_of

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
WAITS_MS = (5_000, 30_000, 2 * MINUTE_MS, 10 * MINUTE_MS, 30 * MINUTE_MS, *(n * HOUR_MS for n in (1, 2, 4, 8)))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as found:
        yield found


@pytest.fixture
def shop(test_clock_server: Server) -> Iterator[Shop]:
    with shop_of(test_clock_server) as found:
        yield found


def tried(shop: Shop, webhook: Json, times: int) -> Json:
    """The newest delivery, once it was tried so many times and that is written down."""
    eventually(lambda: delivery(shop, webhook)["attempts"] == times)
    return delivery(shop, webhook)


def test_events_of_a_thing_come_in_order_and_one_at_a_time(shop: Shop, receiver: Receiver) -> None:
    """Every third request fails at first, answers take differently long, and several things change at once."""
    failed: set[str] = set()

    def answer(event: Json) -> Say:
        number = int(event["id"][11:], 16)
        if number % 3 == 0 and event["id"] not in failed:
            failed.add(event["id"])
            return Say(500, wait_s=0.01)
        return Say(wait_s=(number % 5) / 200)

    receiver.answer = answer
    customers = [shop.customer(credits=1) for _ in range(6)]
    webhook = make(shop, receiver.url)
    for round_ in range(10):
        for customer in customers:
            shop.key.post(f"/v1/wallets/{customer.wallet}/top-up", {"amount": 10 + round_}).ok()

    def all_taken() -> bool:
        shop.server.advance(6_000)
        return len({one.id for one in receiver.taken}) == 60

    eventually(all_taken, 60)
    check_order(receiver.came)
    assert failed
    eventually(lambda: get(shop, webhook)["pending"] == 0)
    assert {item["state"] for item in deliveries(shop, webhook)} == {"delivered"}
    amounts = [one.event["data"]["amount"] for one in receiver.taken if one.subject == customers[0].wallet]
    assert amounts == [10 + round_ for round_ in range(10)]


def test_different_things_are_told_at_the_same_time(shop: Shop, receiver: Receiver) -> None:
    customers = [shop.customer() for _ in range(8)]
    make(shop, receiver.url)
    receiver.answer = lambda _event: Say(wait_s=0.5)
    for customer in customers:
        shop.key.post(f"/v1/wallets/{customer.wallet}/top-up", {"amount": 1}).ok()
    came = receiver.wait_for(8)
    under_way = [sum(other.began < one.ended and other.ended > one.began for other in came) for one in came]
    assert max(under_way) > 2
    moments = sorted((moment, change) for one in came for moment, change in ((one.began, 1), (one.ended, -1)))
    most = now = 0
    for _, change in moments:
        now += change
        most = max(most, now)
    assert most <= 4


def test_retries_follow_the_clock_until_three_days_are_over(shop: Shop, receiver: Receiver) -> None:
    receiver.answer = lambda _event: Say(503)
    webhook = make(shop, receiver.url, "webhook.disabled")
    send_test(shop, webhook)
    found = tried(shop, webhook, 1)
    began = parsed(found["first_attempt_at"])
    for number, wait_ms in enumerate(WAITS_MS, 2):
        assert (found["state"], found["status"], found["problem"]) == ("pending", 503, "It answered 503.")
        assert parsed(found["next_attempt_at"]) - parsed(found["last_attempt_at"]) == wait_ms
        assert get(shop, webhook)["next_attempt_at"] == found["next_attempt_at"]
        shop.server.advance(wait_ms - 1)
        shop.server.advance(1)
        found = tried(shop, webhook, number)
    while found["next_attempt_at"] and parsed(found["next_attempt_at"]) < began + 3 * DAY_MS:
        wait_ms = parsed(found["next_attempt_at"]) - shop.server.now
        assert 11 * HOUR_MS <= wait_ms <= 12 * HOUR_MS
        shop.server.advance(wait_ms)
        found = tried(shop, webhook, found["attempts"] + 1)
    assert get(shop, webhook)["failing_since"] == found["first_attempt_at"]
    assert parsed(found["next_attempt_at"]) == began + 3 * DAY_MS
    shop.server.advance(began + 3 * DAY_MS - shop.server.now)
    eventually(lambda: get(shop, webhook)["state"] == "disabled")
    assert get(shop, webhook)["reason"] == "It took nothing for 3 days."
    assert len({(one.id, one.body) for one in receiver.came}) == 1
    assert len({one.headers["webhook-id"] for one in receiver.came}) == 1


def test_disabling_is_told_and_nothing_is_lost_by_it(shop: Shop, receiver: Receiver) -> None:
    with Receiver() as witness:
        make(shop, witness.url, "webhook.*")
        webhook = make(shop, receiver.url)
        receiver.answer = lambda _event: Say(500)
        customer = shop.customer()
        eventually(lambda: len({one.id for one in receiver.came}) == 3)
        eventually(lambda: len(deliveries(shop, webhook)) == 3 and delivery(shop, webhook)["attempts"] > 0)
        shop.server.advance(3 * DAY_MS + MINUTE_MS)
        told = witness.wait_for(1)[0].event
        assert (told["type"], told["subject"]) == ("webhook.disabled", webhook["id"])
        assert told["data"] == {"url": receiver.url, "reason": "It took nothing for 3 days."}
        shop.key.post(f"/v1/wallets/{customer.wallet}/top-up", {"amount": 5}).ok()
        receiver.answer = lambda _event: Say()
        receiver.came.clear()
        shop.owner.patch(f"/v1/webhooks/{webhook['id']}", {"enabled": True}).ok()
        eventually(lambda: len({one.id for one in receiver.taken}) == 5)
        check_order(receiver.came)
        eventually(lambda: get(shop, webhook)["pending"] == 0)
        assert get(shop, webhook)["failing_since"] is None


def test_query_of_the_address_is_told_to_nobody(shop: Shop, receiver: Receiver) -> None:
    with Receiver() as witness:
        make(shop, witness.url, "webhook.*")
        webhook = make(shop, receiver.url + "?token=hush")
        receiver.answer = lambda _event: Say(410)
        send_test(shop, webhook)
        assert witness.wait_for(1)[0].event["data"]["url"] == receiver.url
        assert receiver.came[0].path == "/hook?token=hush"
        assert "hush" not in shop.server.log


def test_poison_holds_up_only_what_it_is_about(shop: Shop, receiver: Receiver) -> None:
    """An event that is never taken keeps later ones of its thing, and is given up after three days."""
    poor, rich = shop.customer(), shop.customer()
    webhook = make(shop, receiver.url)
    receiver.answer = lambda event: Say(422 if event["data"].get("amount") == 13 else 200)
    for amount in (13, 14):
        shop.key.post(f"/v1/wallets/{poor.wallet}/top-up", {"amount": amount}).ok()
    shop.key.post(f"/v1/wallets/{rich.wallet}/top-up", {"amount": 15}).ok()
    eventually(lambda: [one.event["data"]["amount"] for one in receiver.taken] == [15])
    for _ in range(40):
        shop.server.advance(4 * HOUR_MS)
        shop.key.post(f"/v1/wallets/{rich.wallet}/top-up", {"amount": 1}).ok()
        if any(item["state"] == "failed" for item in deliveries(shop, webhook)):
            break
        eventually(lambda: get(shop, webhook)["pending"] in {0, 2})
    eventually(lambda: 14 in [one.event["data"]["amount"] for one in receiver.taken])
    failed = deliveries(shop, webhook, state="failed")
    assert [(item["status"], item["subject"]) for item in failed] == [(422, poor.wallet)]
    assert get(shop, webhook)["state"] == "enabled"
    check_order([one for one in receiver.came if one.event["data"]["amount"] != 13])


def test_410_disables_at_once(shop: Shop, receiver: Receiver) -> None:
    webhook = make(shop, receiver.url, "clock.low")
    receiver.answer = lambda _event: Say(410)
    send_test(shop, webhook)
    eventually(lambda: get(shop, webhook)["state"] == "disabled")
    assert "410" in get(shop, webhook)["reason"]
    assert len(receiver.came) == 1
    assert (delivery(shop, webhook)["state"], get(shop, webhook)["pending"]) == ("pending", 1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed(shop: Shop, receiver: Receiver, status: int) -> None:
    with Receiver() as elsewhere:
        webhook = make(shop, receiver.url)
        receiver.answer = lambda _event: Say(status, {"location": elsewhere.url})
        send_test(shop, webhook)
        found = tried(shop, webhook, 1)
        assert found["status"] == status
        assert "redirect" in found["problem"]
        assert elsewhere.came == []


@pytest.mark.parametrize(("asked", "wait_ms"), [("3600", HOUR_MS), ("9999999", DAY_MS), ("1", 5_000), ("soon", 5_000)])
def test_retry_after_is_honoured_up_to_a_day(shop: Shop, receiver: Receiver, asked: str, wait_ms: int) -> None:
    receiver.answer = lambda _event: Say(429, {"retry-after": asked})
    webhook = make(shop, receiver.url)
    send_test(shop, webhook)
    found = tried(shop, webhook, 1)
    assert parsed(found["next_attempt_at"]) - parsed(found["last_attempt_at"]) == wait_ms


@pytest.mark.parametrize(("status", "state"), [(200, "delivered"), (500, "pending")])
def test_huge_answer_counts_by_its_status(shop: Shop, receiver: Receiver, status: int, state: str) -> None:
    receiver.answer = lambda _event: Say(status, body=b"x" * 5_000_000)
    webhook = make(shop, receiver.url)
    send_test(shop, webhook)
    found = tried(shop, webhook, 1)
    assert (found["state"], found["status"]) == (state, status)


def test_answer_must_come_in_time(shop: Shop) -> None:
    """A receiver that drips forever, one that never answers, one that hangs up, one that talks nonsense."""
    with Receiver() as slow, socket.create_server(("127.0.0.1", 0)) as dumb:
        slow.answer = lambda _event: Say(200, {f"x-{n}": "y" * 500 for n in range(80)}, wait_s=60)
        made = [make(shop, slow.url), make(shop, f"http://127.0.0.1:{dumb.getsockname()[1]}/")]
        for webhook in made:
            send_test(shop, webhook)
        for webhook in made:
            eventually(lambda webhook=webhook: delivery(shop, webhook)["attempts"] == 1, 40)
            assert delivery(shop, webhook)["problem"] == "No answer came within 15 s."


def test_broken_receivers_are_failures_with_a_reason(shop: Shop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    refused = make(shop, f"http://127.0.0.1:{port}/")
    unknown = make(shop, "http://nobody.invalid/")
    send_test(shop, refused)
    send_test(shop, unknown)
    assert tried(shop, refused, 1)["problem"] == "No connection came about: Connection refused."
    assert tried(shop, unknown, 1)["problem"] == "The name of its host can't be resolved."
    with socket.create_server(("127.0.0.1", 0)) as rude:
        webhook = make(shop, f"http://127.0.0.1:{rude.getsockname()[1]}/")
        send_test(shop, webhook)
        connection, _ = rude.accept()
        connection.recv(65_536)
        connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
        connection.close()
        found = tried(shop, webhook, 1)
        assert (found["status"], found["problem"]) == (None, "The connection broke before an answer came.")


def test_failing_webhooks_do_not_keep_others_from_being_told(shop: Shop, receiver: Receiver) -> None:
    with Receiver() as stuck:
        stuck.answer = lambda _event: Say(500, wait_s=3)
        for number in range(12):
            send_test(shop, make(shop, f"{stuck.url}/{number}", "master.*"))
        for number in range(6):
            send_test(shop, make(shop, f"{receiver.url}/{number}", "master.*"))
        receiver.wait_for(6, 30)


def test_hosts_addresses_are_looked_at_when_connecting(servers: Servers) -> None:
    """A name that means this machine passes until it is resolved; what was allowed before isn't for ever."""
    name = socket.gethostname()
    places = {str(found[4][0]) for found in socket.getaddrinfo(name, 443)}
    if not all(place.startswith(("127.", "10.", "172.", "192.168.", "::1", "f")) for place in places):
        pytest.skip("this machine's name has an address on the Internet")
    with Receiver() as receiver, servers.made("sqlite") as server, shop_of(server) as shop:
        webhook = make(shop, f"https://{name}:{receiver.port}/")
        send_test(shop, webhook)
        problem = tried(shop, webhook, 1)["problem"]
        assert "not on the Internet" in problem
        assert "webhook_addresses" in problem
        server.flags = ("--webhook-addresses", "any")
        server.restart()
        plain = make(shop, receiver.url)
        send_test(shop, plain)
        receiver.wait_for(1)
        server.flags = ()
        server.restart()
        send_test(shop, plain)
        assert "https" in tried(shop, plain, 1)["problem"]
        assert len(receiver.came) == 1


def test_proxy_of_the_environment_is_not_used(
    servers: Servers, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Receiver() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        server = servers.made("sqlite")
        server.flags = ("--webhook-addresses", "any")
        with server, shop_of(server) as shop:
            send_test(shop, make(shop, receiver.url))
            receiver.wait_for(1)
        assert proxy.came == []


def test_tls_is_verified(servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, certificate = trusted(tmp_path)
    server = servers.made("sqlite")
    server.flags = ("--webhook-addresses", "any")
    with Receiver(tls=context) as receiver, server, shop_of(server) as shop:
        webhook = make(shop, receiver.url)
        send_test(shop, webhook)
        assert tried(shop, webhook, 1)["problem"].startswith("TLS failed: ")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        server.restart()
        send_test(shop, webhook)
        receiver.wait_for(1)


def test_connection_is_kept_for_the_next_events(shop: Shop, receiver: Receiver) -> None:
    webhook = make(shop, receiver.url)
    seen: set[int] = set()
    take = receiver.take

    def remember(handler: object) -> None:
        seen.add(id(handler))
        take(handler)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]

    receiver.take = remember  # type: ignore[method-assign]
    for number in range(1, 6):
        send_test(shop, webhook)
        receiver.wait_for(number)
    assert len(seen) == 1


def test_server_that_stops_ends_soon_and_says_what_became_of_events(servers: Servers, receiver: Receiver) -> None:
    server = servers.made("sqlite")
    server.flags = ("--webhook-addresses", "any")
    with server, shop_of(server) as shop:
        webhook = make(shop, receiver.url)
        receiver.answer = lambda _event: Say(wait_s=1)
        send_test(shop, webhook)
        eventually(lambda: get(shop, webhook)["pending"] == 1)
        server.restart()
        eventually(lambda: delivery(shop, webhook)["state"] == "delivered")
        receiver.answer = lambda _event: Say(wait_s=30)
        send_test(shop, webhook)
        eventually(lambda: get(shop, webhook)["pending"] == 1)
        eventually(lambda: receiver.under_way == 1)
        receiver.answer = lambda _event: Say()
        began = time.monotonic()
        server.restart()
        assert time.monotonic() - began < 15
        eventually(lambda: delivery(shop, webhook)["state"] == "delivered")
        assert delivery(shop, webhook)["attempts"] == 1
