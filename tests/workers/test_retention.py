"""What has had its time goes in the very millisecond, and nobody misses anything without being told."""

from collections.abc import Iterator

import pytest

from tests.api import Answer
from tests.conftest import KINDS, Servers
from tests.server import PASSWORD, Server, Shop, key_of
from tests.sse import Follower

HOUR = 3_600_000
DAY = 24 * HOUR
PASS = 600_000
"""So long after a pass over everything the next one comes."""


@pytest.fixture(scope="module", params=KINDS)
def aged(servers: Servers, request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server of one's own, since years go by."""
    with servers.new(request.param, test_clock=True) as server:
        yield server


def stored(shop: Shop) -> dict[str, bool]:
    """The keys whose answers are kept, and whether as a whole."""
    rows = shop.server.rows("SELECT key, body IS NOT NULL FROM stored WHERE master_id = ?", key_of(shop.id)[0])
    return {row[0]: bool(row[1]) for row in rows}


def test_answers_are_whole_for_72_hours_and_known_for_400_days(aged: Server) -> None:
    shop = aged.new_shop()
    customer = shop.customer()
    path = f"/v1/wallets/{customer.wallet}"

    def top_up() -> Answer:
        return shop.key.post(f"{path}/top-up", {"amount": 5}, key="up")

    def change() -> Answer:
        return shop.key.patch(f"/v1/customers/{customer.id}", {"name": "Ada"}, key="change")

    def refused() -> Answer:
        return shop.key.post(f"{path}/pay", {"amount": 900}, key="refused")

    first = [top_up(), change(), refused()]
    began = aged.now
    aged.advance(72 * HOUR - 1)
    assert [each().body for each in (top_up, change, refused)] == [answer.body for answer in first]
    assert stored(shop) == {"up": True, "change": True, "refused": True}
    aged.advance(1)
    assert top_up().refused(409, "already_done")["id"] == customer.wallet
    shop.key.post(f"{path}/top-up", {"amount": 6}, key="up").refused(422, "key_reused")
    aged.advance(PASS)
    assert stored(shop) == {"up": False}
    assert change().headers.get("idempotent-replayed") is None
    refused().refused(402, "insufficient_credits")
    top_up().refused(409, "already_done")
    aged.advance(began + 400 * DAY - 1 - aged.now)
    top_up().refused(409, "already_done")
    assert shop.balance(customer.wallet) == 5
    aged.advance(1)
    assert top_up().ok()["wallet"]["balance"] == 10
    aged.advance(PASS)
    assert stored(shop) == {"up": True}


def test_tokens_go_30_days_after_their_end(aged: Server) -> None:
    shop = aged.new_shop()
    customer = shop.customer(password=PASSWORD)
    who = key_of(customer.id)

    def tokens() -> int:
        statement = "SELECT count(*) FROM token WHERE master_id = ? AND principal = ?"
        return aged.rows(statement, *who)[0][0]

    shop.signed_in(customer).get("/v1/who").ok()
    aged.advance(59 * DAY)
    assert tokens() == 1
    aged.advance(DAY)
    assert tokens() == 0
    shop.signed_in(customer).get("/v1/who").ok()


def test_reader_who_was_away_for_too_long_is_told(aged: Server) -> None:
    shop = aged.new_shop()
    customer = shop.customer()

    def top_up(amount: int) -> None:
        shop.key.post(f"/v1/wallets/{customer.wallet}/top-up", {"amount": amount}).ok()

    with Follower(shop.key, aged.port) as reader:
        top_up(1)
        place = reader.wait_for(1)[0]["id"]
    top_up(2)
    aged.advance(15 * DAY)
    top_up(3)
    aged.advance(15 * DAY - PASS)
    with Follower(shop.key, aged.port, last_event_id=place) as again:
        assert [event["data"]["amount"] for event in again.wait_for(2)] == [2, 3]
    aged.advance(PASS)
    for gone in (Follower(shop.key, aged.port, last_event_id=place), Follower(shop.key, aged.port, after=place)):
        problem = gone.refusal().refused(410, "events_gone")
    with Follower(shop.key, aged.port, last_event_id=problem["first"]) as again:
        assert [event["data"]["amount"] for event in again.wait_for(1)] == [3]
    assert aged.rows("SELECT count(*) FROM event WHERE master_id = ?", key_of(shop.id)[0]) == [(1,)]
    assert aged.check() == ""


def test_metrics_tell_what_was_removed(aged: Server) -> None:
    text = aged.nobody.get("/metrics").body.decode()
    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert float(lines['creditclock_retention_removed_total{kind="answers"}']) > 0
    assert float(lines['creditclock_retention_removed_total{kind="events"}']) > 0
    assert float(lines["creditclock_retention_passed_timestamp_seconds"]) > 0
    assert float(lines["creditclock_erasures_pending"]) == 0
    assert 'creditclock_retention_oldest_timestamp_seconds{kind="events"}' in lines
