"""The how-to pages, done as they say, at a business whose owner is Ann and whose customer is Bob."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Servers
from tests.docs.reader import Reader, finds_true
from tests.server import PASSWORD, Shop

HOWTO = Path(__file__).parents[2] / "docs" / "howto"


@pytest.fixture(scope="module")
def shop(servers: Servers) -> Iterator[Shop]:
    server = servers.new("sqlite")
    (server.folder / "creditclock.toml").write_text('webhook_addresses = "any"\n')
    with server:
        body = {"name": "Corner Café", "login": "ann", "password": PASSWORD, "currency": "EUR"}
        yield Shop(server, server.operator.post("/v1/masters", body).ok(201), "ann")


@pytest.fixture(scope="module")
def told(shop: Shop) -> tuple[str, ...]:
    """What a reader has before the page begins: a secret key, and Bob with 20.00 and an hour."""
    body = {"login": "bob", "password": PASSWORD}
    bob = shop.key.post("/v1/customers", body).ok(201)
    wallet, clock = bob["wallets"][0], bob["clocks"][0]
    shop.key.post(f"/v1/wallets/{wallet}/top-up", {"amount": 2_000}).ok()
    shop.key.post(f"/v1/clocks/{clock}/grant", {"ms": 3_600_000}).ok()
    return shop.key.token or "", bob["id"], wallet, clock


@pytest.mark.parametrize("page", sorted(path.stem for path in HOWTO.glob("*.md")))
def test_a_page_is_true(page: str, shop: Shop, told: tuple[str, ...], tmp_path: Path) -> None:
    def is_true() -> None:
        with Reader(tmp_path, f"http://127.0.0.1:{shop.server.port}", told) as reader:
            reader.reads(HOWTO / f"{page}.md")

    finds_true(page, is_true)
    assert not shop.server.check()
