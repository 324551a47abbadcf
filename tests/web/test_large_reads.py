"""Pages of many rows: whoever reads them keeps nobody else from working."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from statistics import median

import pytest

from creditclock.web.reading import ReadTurns
from tests.api import Answer, Api, Json, pool
from tests.server import PASSWORD, Customer, Server, Shop
from tests.timing import keeps

RECORDS = 3_000
CONNECTIONS = 24
MEASURED_S = 1.5
MOST_MS = 100.0
Attack = Callable[[Api], Answer]


@pytest.fixture(scope="module")
def readers() -> dict[Server, tuple[Shop, Customer]]:
    return {}


@pytest.fixture
def reader(server: Server, readers: dict[Server, tuple[Shop, Customer]]) -> tuple[Shop, Customer]:
    """A customer with a long statement, and the business."""
    if server not in readers:
        shop = server.new_shop()
        customer = shop.customer(password=PASSWORD)
        top_up = {"op": "wallet.top_up", "wallet": customer.wallet, "amount": 1}
        for _ in range(RECORDS // 1_000):
            shop.key.post("/v1/batch", {"operations": [top_up] * 1_000}).ok()
        readers[server] = shop, customer
    return readers[server]


@contextmanager
def flooded(server: Server, caller: Api, attack: Attack, connections: int) -> Generator[Counter[int]]:
    """Somebody asks over many connections for as long as the context is open; gives how it was answered."""
    over = threading.Event()
    statuses: Counter[int] = Counter()

    def ask() -> None:
        own = Api(pool(server.port), caller.token)
        while not over.is_set():
            answer = attack(own)
            statuses[answer.status] += 1
            if answer.status != 200:
                assert int(answer.headers["retry-after"]) >= 1
                over.wait(0.05)

    threads = [threading.Thread(target=ask) for _ in range(connections)]
    for thread in threads:
        thread.start()
    try:
        yield statuses
    finally:
        over.set()
        for thread in threads:
            thread.join()


def renewals_ms(shop: Shop) -> float:
    """The median of renewals that are made one after the other for a while."""
    session: Json = shop.start(shop.customer(ms=3_600_000).clock)
    found: list[float] = []
    until = time.monotonic() + MEASURED_S
    while time.monotonic() < until or not found:
        began = time.monotonic()
        session = shop.act("renew", session)
        found.append((time.monotonic() - began) * 1_000)
    return median(found)


def page_of(customer: Customer) -> Attack:
    return lambda caller: caller.get(f"/v1/wallets/{customer.wallet}/records", limit=1_000)


def batch_of(customer: Customer) -> Attack:
    read = {"op": "wallet.records", "wallet": customer.wallet, "limit": 1_000}
    return lambda caller: caller.post("/v1/batch", {"operations": [read] * 1_000})


@pytest.mark.parametrize("who", ["customer", "key"])
def test_large_pages_keep_no_other_business_waiting(server: Server, reader: tuple[Shop, Customer], who: str) -> None:
    shop, customer = reader
    caller = shop.signed_in(customer) if who == "customer" else shop.key
    with flooded(server, caller, page_of(customer), CONNECTIONS) as statuses:
        keeps(MOST_MS, lambda: renewals_ms(server.shop))
    assert statuses[200]
    assert set(statuses) <= {200, 429, 503}


def test_a_turn_is_given_to_nobody_who_has_just_gone() -> None:
    """Whoever waits may go, or lose patience, in the very moment in which a turn becomes free."""

    async def play() -> list[str]:
        turns, told = ReadTurns(), list[str]()
        free = asyncio.Event()

        async def read(name: str) -> None:
            async with turns.one(7):
                told.append(name)
                await free.wait()

        readers = [asyncio.create_task(read(name)) for name in "abcd"]
        await asyncio.sleep(0)
        free.set()
        # It has gone, but has not run yet when the first two leave.
        readers[2].cancel()
        await asyncio.wait(readers, timeout=5)
        assert [reader.cancelled() for reader in readers] == [False, False, True, False]
        assert [reader.exception() for reader in readers if not reader.cancelled()] == [None] * 3
        async with turns.one(7), turns.one(7):
            return told

    assert asyncio.run(play()) == ["a", "b", "d"]


@pytest.mark.parametrize("who", ["customer", "key"])
def test_batch_of_large_reads_keeps_no_other_business_waiting(
    server: Server, reader: tuple[Shop, Customer], who: str
) -> None:
    shop, customer = reader
    caller = shop.signed_in(customer) if who == "customer" else shop.key
    with flooded(server, caller, batch_of(customer), 1) as statuses:
        keeps(MOST_MS, lambda: renewals_ms(server.shop))
    assert set(statuses) <= {200, 429}


def test_pages_of_any_size_are_the_whole_statement(timed: Shop) -> None:
    customer = timed.customer(credits=1_000)
    for _ in range(3):
        timed.key.post(f"/v1/clocks/{customer.clock}/buy", {"amount": 100}).ok()
        timed.key.post(f"/v1/clocks/{customer.clock}/grant", {"ms": 60_000}).ok()
    timed.key.post(f"/v1/clocks/{customer.clock}/return", {"ms": 150_000}).ok()
    for path in (f"/v1/wallets/{customer.wallet}/records", f"/v1/clocks/{customer.clock}/records"):
        whole = timed.key.get(path, limit=1_000).ok()["items"]
        for limit in (1, 2, 3, 5):
            assert in_pages(timed.key, path, limit) == whole


def in_pages(caller: Api, path: str, limit: int) -> list[Json]:
    """All items of a list, read so many at a time."""
    items: list[Json] = []
    page: Json = {"next": ""}
    for _ in range(100):
        query = {"cursor": page["next"]} if page["next"] else {}
        page = caller.get(path, limit=limit, **query).ok()
        assert len(page["items"]) <= limit
        items += page["items"]
        if page["next"] is None:
            return items
    pytest.fail("the pages have no end")
