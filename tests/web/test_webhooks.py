"""Webhooks as their keepers see them: made, listed, changed, rotated, replayed, removed; addresses that are refused."""

import base64
import json
from collections.abc import Iterator

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from creditclock.contract.instants import parsed, shown
from creditclock.contract.values import master_of
from tests.api import Json
from tests.receiver import Came, Receiver, eventually
from tests.server import Server, Shop
from tests.webhooks import deliveries, get, make, send_test, shop_of

DAY_MS = 86_400_000


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as found:
        yield found


@pytest.fixture
def shop(test_clock_server: Server) -> Iterator[Shop]:
    with shop_of(test_clock_server) as found:
        yield found


def verified(came: Came, secret: str) -> Json:
    """What a receiver reads with the library of Standard Webhooks."""
    return Webhook(secret).verify(came.body, came.headers)


def test_event_is_signed_and_reads_as_in_the_stream(shop: Shop, receiver: Receiver) -> None:
    webhook = make(shop, receiver.url)
    customer = shop.customer(credits=700)
    came = receiver.wait_for(4)
    assert {one.event["type"] for one in came} == {
        "customer.created",
        "wallet.created",
        "clock.created",
        "wallet.changed",
    }
    for one in came:
        event = verified(one, webhook["secret"])
        assert one.id == event["id"]
        assert list(event) == ["id", "type", "timestamp", "subject", "data"]
        assert one.headers["content-type"] == "application/json"
        assert one.headers["user-agent"].startswith("creditclock/")
    topped_up = next(one.event for one in came if one.event["type"] == "wallet.changed")
    assert topped_up["subject"] == customer.wallet
    assert topped_up["data"]["amount"] == 700


def test_secret_is_shown_once_and_kept_nowhere(shop: Shop, receiver: Receiver) -> None:
    webhook = make(shop, receiver.url)
    secret: str = webhook["secret"]
    key = base64.b64decode(secret.removeprefix("whsec_"))
    assert len(key) == 32
    assert get(shop, webhook)["secret"] is None
    assert shop.owner.get("/v1/webhooks").ok()["items"][0]["secret"] is None
    rotated = shop.owner.post(f"/v1/webhooks/{webhook['id']}/secret", {}).ok()
    send_test(shop, webhook)
    receiver.wait_for(1)
    server = shop.server
    everything = repr(
        [
            server.rows(f"SELECT * FROM {table} WHERE master_id = ?", master_of(shop.id))
            for table in ("webhook", "delivery", "event", "journal", "stored")
        ]
    )
    for text in (secret, rotated["secret"]):
        raw = base64.b64decode(text.removeprefix("whsec_"))
        for form in (text.removeprefix("whsec_"), raw.hex(), repr(raw)[2:-1]):
            assert form not in everything
            assert form not in server.log


def test_answer_with_a_secret_is_not_given_twice(shop: Shop, receiver: Receiver) -> None:
    body = {"url": receiver.url}
    made = shop.owner.post("/v1/webhooks", body, key="one").ok(201)
    again = shop.owner.post("/v1/webhooks", body, key="one").refused(409, "already_done")
    assert again["id"] == made["id"]
    assert len(shop.owner.get("/v1/webhooks").ok()["items"]) == 1


def test_only_events_that_are_asked_for_are_told(shop: Shop, receiver: Receiver) -> None:
    webhook = make(shop, receiver.url, "session.*", "clock.changed")
    customer = shop.customer(credits=100, ms=600_000)
    session = shop.start(customer.clock)
    shop.act("stop", session)
    came = receiver.wait_for(3)
    assert [one.event["type"] for one in sorted(came, key=lambda one: one.id)] == [
        "clock.changed",
        "session.started",
        "session.ended",
    ]
    shop.owner.patch(f"/v1/webhooks/{webhook['id']}", {"events": ["wallet.changed"]}).ok()
    shop.key.post(f"/v1/wallets/{customer.wallet}/top-up", {"amount": 5}).ok()
    assert receiver.wait_for(4)[3].event["type"] == "wallet.changed"


def test_other_businesses_hear_nothing(shop: Shop, receiver: Receiver) -> None:
    with Receiver() as others:
        make(shop, receiver.url)
        other = shop.server.new_shop()
        assert other.key.token, "made before, for that is told too"
        make(other, others.url)
        shop.customer(credits=5)
        other.customer(credits=5)
        operators = shop.server.operator.post("/v1/webhooks", {"url": others.url + "/operator"}).ok(201)
        third = shop.server.new_shop()
        eventually(lambda: any(one.path.endswith("/operator") for one in others.came))
        own, foreign = receiver.wait_for(4), others.wait_for(5)
        assert {master_of(one.id) for one in own} == {master_of(shop.id)}
        told = [one for one in foreign if one.path.endswith("/operator")]
        assert {master_of(one.id) for one in foreign if one not in told} == {master_of(other.id)}
        assert [(one.event["type"], one.subject) for one in told] == [("master.created", third.id)]
        shop.server.operator.delete(f"/v1/webhooks/{operators['id']}").ok()
        for webhook in other.owner.get("/v1/webhooks").ok()["items"]:
            other.owner.delete(f"/v1/webhooks/{webhook['id']}").ok()
        shop.owner.get(f"/v1/webhooks/{operators['id']}").refused(404, "not_found")


def test_test_event_reaches_one_webhook_only(shop: Shop, receiver: Receiver) -> None:
    with Receiver() as other:
        webhook = make(shop, receiver.url, "clock.low")
        make(shop, other.url)
        event = send_test(shop, webhook)
        came = receiver.wait_for(1)[0]
        assert (came.id, came.event["type"], came.event["data"]) == (event, "webhook.test", {"webhook": webhook["id"]})
        shop.customer()
        other.wait_for(3)
        assert "webhook.test" not in {one.event["type"] for one in other.came}


def test_old_secret_signs_too_until_the_overlap_ends(shop: Shop, receiver: Receiver) -> None:
    webhook = make(shop, receiver.url)
    path = f"/v1/webhooks/{webhook['id']}/secret"
    rotated = shop.owner.post(path, {"overlap_ms": DAY_MS}).ok()
    assert parsed(rotated["old_secret_until"]) == shop.server.now + DAY_MS
    send_test(shop, webhook)
    both = receiver.wait_for(1)[0]
    assert verified(both, webhook["secret"]) == verified(both, rotated["secret"])
    shop.server.advance(DAY_MS)
    send_test(shop, webhook)
    newest = receiver.wait_for(2)[1]
    verified(newest, rotated["secret"])
    with pytest.raises(WebhookVerificationError):
        verified(newest, webhook["secret"])
    assert get(shop, webhook)["old_secret_until"] is None
    last = shop.owner.post(path, {"overlap_ms": 0}).ok()
    send_test(shop, webhook)
    came = receiver.wait_for(3)[2]
    verified(came, last["secret"])
    assert " " not in came.headers["webhook-signature"]


def test_everything_since_an_instant_is_told_again(shop: Shop, receiver: Receiver) -> None:
    shop.customer()
    webhook = make(shop, receiver.url)
    since = shop.server.advance(1_000)
    customer = shop.customer(credits=5)
    shop.key.post(f"/v1/wallets/{customer.wallet}/top-up", {"amount": 6}).ok()
    first = receiver.wait_for(5)
    eventually(lambda: get(shop, webhook)["pending"] == 0)
    shop.owner.post(f"/v1/webhooks/{webhook['id']}/replay", {"since": shown(since)}).ok()
    again = receiver.wait_for(10)[5:]
    assert {one.id: one.body for one in again} == {one.id: one.body for one in first}
    of_wallet = [one.id for one in again if one.subject == customer.wallet]
    assert of_wallet == sorted(of_wallet)
    assert len(of_wallet) == 3
    shop.owner.post(f"/v1/webhooks/{webhook['id']}/replay", {"since": shown(since - 500)}).ok()
    receiver.wait_for(15)


def test_one_event_is_told_again(shop: Shop, receiver: Receiver) -> None:
    webhook = make(shop, receiver.url)
    shop.customer()
    event = receiver.wait_for(3)[0].id
    eventually(lambda: get(shop, webhook)["pending"] == 0)
    shop.owner.post(f"/v1/webhooks/{webhook['id']}/replay", {"event": event}).ok()
    came = receiver.wait_for(4)
    assert [one.id for one in came].count(event) == 2


def test_replay_reaches_back_seven_days(shop: Shop, receiver: Receiver) -> None:
    webhook = make(shop, receiver.url)
    shop.customer()
    event = receiver.wait_for(3)[0].id
    now = shop.server.advance(7 * DAY_MS + 1)
    path = f"/v1/webhooks/{webhook['id']}/replay"
    shop.owner.post(path, {"event": event}).refused(422, "invalid")
    assert shop.owner.post(path, {"since": shown(now - 8 * DAY_MS)}).refused(422, "invalid")["field"] == "since"
    shop.owner.post(path, {}).refused(422, "invalid")
    shop.owner.post(path, {"since": shown(now), "event": event}).refused(422, "invalid")
    shop.owner.post(path, {"event": "evt_" + "0" * 19}).refused(404, "not_found")
    shop.owner.post(path, {"since": "2026-02-31T00:00:00Z"}).refused(422, "invalid")


def test_deliveries_are_listed_newest_first(shop: Shop, receiver: Receiver) -> None:
    webhook = make(shop, receiver.url)
    events = [send_test(shop, webhook) for _ in range(5)]
    receiver.wait_for(5)
    eventually(lambda: len(deliveries(shop, webhook, state="delivered")) == 5)
    page = shop.owner.get(f"/v1/webhooks/{webhook['id']}/deliveries", limit=3).ok()
    rest = shop.owner.get(f"/v1/webhooks/{webhook['id']}/deliveries", limit=3, cursor=page["next"]).ok()
    assert [item["event"] for item in page["items"] + rest["items"]] == events[::-1]
    assert rest["next"] is None
    assert deliveries(shop, webhook, state="pending") == []
    assert {item["status"] for item in page["items"]} == {204}
    assert {item["attempts"] for item in page["items"]} == {1}


def test_at_most_twenty_webhooks(shop: Shop, receiver: Receiver) -> None:
    made = [make(shop, f"{receiver.url}/{number}", "clock.low") for number in range(20)]
    problem = shop.owner.post("/v1/webhooks", {"url": receiver.url}).refused(409, "too_many")
    assert problem["limit"] == 20
    shop.owner.patch(f"/v1/webhooks/{made[0]['id']}", {"enabled": False}).ok()
    shop.owner.post("/v1/webhooks", {"url": receiver.url}).refused(409, "too_many")
    shop.owner.delete(f"/v1/webhooks/{made[0]['id']}").ok()
    make(shop, receiver.url)
    listed = shop.owner.get("/v1/webhooks", limit=15).ok()
    rest = shop.owner.get("/v1/webhooks", cursor=listed["next"]).ok()["items"]
    assert [item["id"] for item in listed["items"] + rest][:19] == [item["id"] for item in made[1:]]


def test_removed_webhook_hears_nothing_more(shop: Shop, receiver: Receiver) -> None:
    webhook = make(shop, receiver.url)
    send_test(shop, webhook)
    receiver.wait_for(1)
    with Receiver() as witness:
        make(shop, witness.url)
        shop.owner.delete(f"/v1/webhooks/{webhook['id']}").ok()
        for method, path, body in (
            ("GET", "", None),
            ("PATCH", "", {"enabled": True}),
            ("DELETE", "", None),
            ("POST", "/test", None),
            ("GET", "/deliveries", None),
        ):
            shop.owner.call(method, f"/v1/webhooks/{webhook['id']}{path}", body).refused(404, "not_found")
        shop.customer()
        witness.wait_for(3)
        assert len(receiver.came) == 1


def test_disabled_webhook_goes_on_where_it_stopped(shop: Shop, receiver: Receiver) -> None:
    webhook = make(shop, receiver.url)
    send_test(shop, webhook)
    receiver.wait_for(1)
    path = f"/v1/webhooks/{webhook['id']}"
    off = shop.owner.patch(path, {"enabled": False}).ok()
    assert (off["state"], off["reason"]) == ("disabled", "It was switched off.")
    shop.customer()
    shop.owner.post(f"{path}/test").refused(409, "webhook_disabled")
    eventually(lambda: get(shop, webhook)["pending"] == 3)
    assert get(shop, webhook)["next_attempt_at"] is None
    assert len(receiver.came) == 1
    on = shop.owner.patch(path, {"enabled": True}).ok()
    assert (on["state"], on["reason"]) == ("enabled", None)
    assert len(receiver.wait_for(4)) == 4


@pytest.mark.parametrize(
    "url",
    [
        "ftp://shop.example/",
        "https://",
        "https:///path",
        "shop.example",
        "https://shop.example/ path",
        "https://user@shop.example/",
        "https://user:password@shop.example/",
        "https://shop.example/#part",
        "https://shop.example:0/",
        "https://shop.example:70000/",
        "https://shop.example:port/",
        "https://caf\u00e9.example/",
        "https://shop.example\\@127.0.0.1/",
        "https://shop..example/",
        "https://[::1/",
        "https://" + "a" * 2_000 + ".example/",
        "https://shop.example/\u0000",
        "",
    ],
)
def test_url_that_cannot_be_called_is_refused(shop: Shop, url: str) -> None:
    problem = shop.owner.post("/v1/webhooks", {"url": url}).refused(422, "invalid")
    assert problem["field"] == "url"
    assert "password@" not in json.dumps(problem)


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://10.1.2.3:8443/",
        "https://192.168.0.1/",
        "https://172.16.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://[::1]/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://localhost/",
        "https://LOCALHOST:8443/",
        "https://a.localhost/",
        "https://localhost./",
        "https://127.0.0.1./",
    ],
)
def test_address_that_is_not_on_the_internet_is_refused(server: Server, url: str) -> None:
    shop = server.shop
    problem = shop.owner.post("/v1/webhooks", {"url": url}).refused(422, "invalid")
    assert problem["field"] == "url"
    assert "webhook_addresses" in problem["detail"]


def test_url_of_a_webhook_is_looked_at_again_when_it_changes(server: Server) -> None:
    shop = server.new_shop()
    webhook = shop.owner.post("/v1/webhooks", {"url": "https://shop.example/"}).ok(201)
    path = f"/v1/webhooks/{webhook['id']}"
    shop.owner.patch(path, {"url": "https://10.0.0.1/"}).refused(422, "invalid")
    assert shop.owner.get(path).ok()["url"] == "https://shop.example/"
    shop.owner.delete(path).ok()


@pytest.mark.parametrize("events", [["nothing.*"], ["clock.lowest"], ["*"], ["session.*,clock.low"], [""], "session.*"])
def test_unknown_kinds_are_refused(shop: Shop, receiver: Receiver, events: Json) -> None:
    problem = shop.owner.post("/v1/webhooks", {"url": receiver.url, "events": events}).refused(422, "invalid")
    assert problem["field"].startswith("events")
    assert shop.owner.get("/v1/webhooks").ok()["items"] == []
