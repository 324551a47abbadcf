"""What tests of webhooks share: a business of one's own with its webhooks, and questions about them."""

from collections.abc import Generator
from contextlib import contextmanager

from tests.api import Json
from tests.server import Server, Shop


@contextmanager
def shop_of(server: Server) -> Generator[Shop]:
    """A business of one's own, whose webhooks are gone in the end."""
    found = server.new_shop()
    assert found.key.token, "made before, for that is told too"
    yield found
    for webhook in found.owner.get("/v1/webhooks").ok()["items"]:
        found.owner.delete(f"/v1/webhooks/{webhook['id']}").ok()


def make(shop: Shop, url: str, *events: str) -> Json:
    return shop.owner.post("/v1/webhooks", {"url": url, "events": events}).ok(201)


def get(shop: Shop, webhook: Json) -> Json:
    return shop.owner.get(f"/v1/webhooks/{webhook['id']}").ok()


def send_test(shop: Shop, webhook: Json) -> str:
    """The id of an event that only this webhook hears of."""
    return shop.owner.post(f"/v1/webhooks/{webhook['id']}/test").ok()["event"]


def deliveries(shop: Shop, webhook: Json, **query: object) -> list[Json]:
    return shop.owner.get(f"/v1/webhooks/{webhook['id']}/deliveries", **query).ok()["items"]


def delivery(shop: Shop, webhook: Json) -> Json:
    """The newest one."""
    return deliveries(shop, webhook)[0]
