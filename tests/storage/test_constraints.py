"""What the database itself refuses, whatever the program does."""

import sqlite3
from collections.abc import Sequence

import psycopg
import pytest

from creditclock.contract.values import MAX
from tests.server import Customer, Server, Shop, key_of

Change = tuple[str, Sequence[object]]


class Books:
    """A business with a wallet, a clock with a lot, an ended and an open session; and another business."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.shop: Shop = server.new_shop()
        other = server.new_shop()
        self.customer: Customer = self.shop.customer(credits=1_000)
        for _ in range(20):
            self.stranger: Customer = other.customer(credits=5)
        self.shop.key.post(f"/v1/clocks/{self.customer.clock}/buy", {"amount": 500}).ok()
        ended = self.shop.start(self.customer.clock)
        self.shop.act("stop", ended)
        session = self.shop.start(self.customer.clock, lease_ms=86_400_000)
        self.master, self.wallet = key_of(self.customer.wallet)
        self.clock = key_of(self.customer.clock)[1]
        self.session = key_of(session["id"])[1]
        self.ended = key_of(ended["id"])[1]
        self.tariff = key_of(self.shop.tariff)[1]
        self.foreign = key_of(self.stranger.id)[1]
        self.lot = server.rows("SELECT id FROM lot WHERE master_id = ?", self.master)[0][0]

    def values(self) -> dict[str, object]:
        return {
            "m": self.master, "wallet": self.wallet, "clock": self.clock, "session": self.session, "ended": self.ended,
            "tariff": self.tariff, "lot": self.lot, "foreign": self.foreign, "max": MAX,
        }  # fmt: skip


REFUSED = {
    "a wallet below nothing": "UPDATE account SET balance = -1 WHERE master_id = {m} AND id = {wallet}",
    "a clock below nothing": "UPDATE account SET balance = -1 WHERE master_id = {m} AND id = {clock}",
    "a balance beyond counting": "UPDATE account SET balance = {max} + 1 WHERE master_id = {m} AND id = {wallet}",
    "a balance of the business itself": "UPDATE account SET balance = 0, floor = 0 WHERE master_id = {m} AND id = 1",
    "a wallet without a balance": "UPDATE account SET balance = NULL WHERE master_id = {m} AND id = {wallet}",
    "a wallet without a floor": "UPDATE account SET floor = NULL WHERE master_id = {m} AND id = {wallet}",
    "another unit": "UPDATE account SET unit = 'gold' WHERE master_id = {m} AND id = {wallet}",
    "a posting of nothing": "UPDATE posting SET amount = 0 WHERE master_id = {m}",
    "a posting below nothing": "UPDATE posting SET amount = -5 WHERE master_id = {m}",
    "a posting to itself": "UPDATE posting SET debit = credit WHERE master_id = {m}",
    "a posting to nobody": "UPDATE posting SET credit = 5000000 WHERE master_id = {m} AND credit >= 100",
    "a posting to another business": "UPDATE posting SET credit = {foreign} WHERE master_id = {m} AND credit >= 100",
    "a posting of no lot": "UPDATE posting SET lot = 5000000 WHERE master_id = {m} AND lot IS NOT NULL",
    "a wallet of a foreign customer": "UPDATE wallet SET customer = {foreign} WHERE master_id = {m}",
    "a clock of a foreign customer": "UPDATE clock SET customer = {foreign} WHERE master_id = {m}",
    "a clock with a foreign wallet": "UPDATE clock SET wallet = {foreign} + 1 WHERE master_id = {m}",
    "a clock with no tariff": "UPDATE clock SET tariff = {wallet} WHERE master_id = {m}",
    "a clock of no business": "UPDATE clock SET master_id = 5000000 WHERE master_id = {m}",
    "no places": "UPDATE clock SET parallel = 0 WHERE master_id = {m}",
    "too many places": "UPDATE clock SET parallel = 1001 WHERE master_id = {m}",
    "a clock that owes": "UPDATE clock SET ahead = 1 WHERE master_id = {m}",
    "a clock that is a millisecond ahead": "UPDATE clock SET ahead = -1000 WHERE master_id = {m}",
    "more than was bought": "UPDATE lot SET left_ms = bought_ms + 1 WHERE master_id = {m}",
    "less than nothing left": "UPDATE lot SET left_ms = -1 WHERE master_id = {m}",
    "a lot that expires before it starts": "UPDATE lot SET expires_at = starts_at WHERE master_id = {m}",
    "a lot that cost less than nothing": "UPDATE lot SET amount_paid = -1 WHERE master_id = {m}",
    "another kind of lot": "UPDATE lot SET kind = 'found' WHERE master_id = {m}",
    "a lot on a foreign clock": "UPDATE lot SET clock = {foreign} + 2 WHERE master_id = {m}",
    "a run without a lease": "UPDATE session SET lease_until = NULL WHERE master_id = {m} AND id = {session}",
    "an ended session without a reason": "UPDATE session SET reason = NULL WHERE master_id = {m} AND id = {ended}",
    "an ended session with a lease": "UPDATE session SET lease_until = 1 WHERE master_id = {m} AND id = {ended}",
    "an ended session that runs": "UPDATE session SET state = 'running' WHERE master_id = {m} AND id = {ended}",
    "an ended session that still holds": "UPDATE session SET held = 5 WHERE master_id = {m} AND id = {ended}",
    "a running session that ended": "UPDATE session SET ended_at = 1, reason = 'empty', used = 0"
    " WHERE master_id = {m} AND id = {session}",
    "a pause without a limit": "UPDATE session SET state = 'paused', lease_until = NULL"
    " WHERE master_id = {m} AND id = {session}",
    "another state": "UPDATE session SET state = 'asleep' WHERE master_id = {m} AND id = {session}",
    "another reason": "UPDATE session SET reason = 'bored' WHERE master_id = {m} AND id = {ended}",
    "no burn": "UPDATE session SET burn_rate = 0 WHERE master_id = {m}",
    "too much burn": "UPDATE session SET burn_rate = 10001 WHERE master_id = {m}",
    "the same revival twice": "UPDATE session SET revives = {ended} WHERE master_id = {m}",
    "a session on a foreign clock": "UPDATE session SET clock = {foreign} + 2 WHERE master_id = {m}",
    "a session with no tariff": "UPDATE session SET tariff = {clock} WHERE master_id = {m}",
    "two newest versions": "INSERT INTO tariff SELECT master_id, 5000000, tariff, 2, 1, name, price, burn_rate,"
    " lease_ms, minimum_ms, increment_ms, parallel, pause_count, pause_each_ms, pause_total_ms, after_pause,"
    " revive_ms, valid_ms, created_at, low_ms FROM tariff WHERE master_id = {m}",
    "a price of nothing": "UPDATE tariff SET price = 0 WHERE master_id = {m}",
    "too short a lease": "UPDATE tariff SET lease_ms = 4999 WHERE master_id = {m}",
    "a customer erased before it was removed": "UPDATE customer SET erased_at = 1 WHERE master_id = {m}",
    "a login twice": "INSERT INTO customer SELECT master_id, 5000000, login, NULL, NULL, created_at FROM customer"
    " WHERE master_id = {m}",
    "another exponent": "UPDATE master SET exponent = 5 WHERE master_id = {m}",
    "a business that is not its own": "UPDATE master SET id = 1 WHERE master_id = {m}",
    "an operator in a business": "UPDATE staff SET role = 'operator' WHERE master_id = {m}",
    "another role": "UPDATE staff SET role = 'janitor' WHERE master_id = {m}",
    "fewer customers than none": "UPDATE lane SET customers = -1 WHERE master_id = {m}",
    "a row of no business": "INSERT INTO note (master_id, id, text) VALUES (5000000, 1, 'x')",
    "a reference twice": "INSERT INTO reference (master_id, reference, entry) VALUES ({m}, 'r', 1), ({m}, 'r', 2)",
    "a plan of a business": "INSERT INTO plan (master_id, id, name, created_at) VALUES ({m}, 5000000, 'x', 0)",
    "an outage that ends before it began": "INSERT INTO outage (from_at, until_at) VALUES (10, 10)",
}


@pytest.fixture(scope="module")
def shelves() -> dict[Server, Books]:
    return {}


@pytest.fixture
def books(server: Server, shelves: dict[Server, Books]) -> Books:
    if server not in shelves:
        shelves[server] = Books(server)
    return shelves[server]


@pytest.mark.parametrize("statement", [pytest.param(text, id=name) for name, text in REFUSED.items()])
def test_database_refuses(books: Books, statement: str) -> None:
    with pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError)):
        books.server.change((statement.format_map(books.values()), ()))


def test_what_is_posted_is_not_gone_when_its_account_is(books: Books) -> None:
    for table, number in (("account", books.wallet), ("account", books.clock), ("lot", books.lot)):
        with pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError)):
            books.server.change((f"DELETE FROM {table} WHERE master_id = ? AND id = ?", (books.master, number)))
