"""Who is erased is forgotten everywhere, the books stay as they were; before that everything can be exported."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from creditclock.storage.schema import metadata
from tests.api import Json
from tests.conftest import Servers
from tests.receiver import eventually
from tests.server import PASSWORD, Customer, Row, Server, Shop, key_of

DAY = 86_400_000
PATIENCE_S = 60
MARKS = ("zebra", "+99 777")
BOOKS = ("posting", "lot", "segment", "session", "account", "wallet", "clock", "reference")
WHO = {"login": "zebra-login", "name": "Zebra Name", "email": "zebra@example.org", "phone": "+99 777"}


def rows_of(shop: Shop, table: str) -> list[Row]:
    return sorted(shop.server.rows(f"SELECT * FROM {table} WHERE master_id = ?", key_of(shop.id)[0]), key=repr)


def marked(shop: Shop) -> list[str]:
    """Where something stands that tells who it was."""
    found: list[str] = []
    for table in metadata.sorted_tables:
        for row in shop.server.rows(f"SELECT * FROM {table.name}"):
            found += [f"{table.name}: {value}" for value in row if isinstance(value, str) and tells(value)]
    return found


def tells(value: str) -> bool:
    return any(mark in value.lower() for mark in MARKS)


def make(shop: Shop) -> Customer:
    """A customer with a name, and notes wherever one can be."""
    made = shop.key.post("/v1/customers", {**WHO, "password": PASSWORD}, key="made").ok(201)
    customer = Customer(made["id"], made["login"], made["wallets"][0], made["clocks"][0])
    other = shop.customer(credits=100)
    note = {"note": "zebra note"}
    wallet, clock = f"/v1/wallets/{customer.wallet}", f"/v1/clocks/{customer.clock}"
    shop.key.post(f"{wallet}/top-up", {"amount": 500, "reference": shop.server.unique("r"), **note}, key="up").ok()
    shop.key.post(f"{clock}/buy", {"amount": 100, **note}, key="buy").ok()
    shop.key.post(f"{clock}/grant", {"ms": 1_000, **note}, key="grant").ok()
    own = shop.signed_in(customer)
    own.post(f"{wallet}/pay", {"amount": 1, **note}, key="pay").ok()
    own.patch(f"/v1/customers/{customer.id}", {"name": "Zebra Zebra"}, key="rename").ok()
    session = own.post(f"{clock}/sessions", {"note": "zebra session"}, key="start").ok(201)
    own.post(f"/v1/sessions/{session['id']}/stop", {"seq": session["seq"]}, key="stop").ok()
    shop.key.post(
        f"/v1/wallets/{other.wallet}/transfer", {"amount": 1, "to_customer": customer.id, **note}, key="to"
    ).ok()
    shop.key.post(f"{wallet}/pay", {"amount": 9_999, **note}, key="refused").refused(402, "insufficient_credits")
    shop.key.post("/v1/customers", {"login": WHO["login"]}, key="taken").refused(409, "login_taken")
    return customer


def erase(shop: Shop, customer: Customer) -> None:
    shop.owner.delete(f"/v1/customers/{customer.id}", {"at_once": True}).ok()
    eventually(lambda: not shop.server.rows("SELECT 1 FROM erasure WHERE done_at IS NULL"), PATIENCE_S)


def test_nothing_tells_who_it_was_and_the_books_stay(test_clock_server: Server) -> None:
    shop = test_clock_server.new_shop()
    customer = make(shop)
    session = shop.start(customer.clock, lease_ms=86_400_000)
    shop.server.advance(shop.clock(customer.clock)["left_ms"])
    assert shop.session(session["id"])["reason"] == "empty"
    shop.key.post(f"/v1/wallets/{customer.wallet}/pay", {"amount": shop.balance(customer.wallet)}).ok()
    before = {table.name: rows_of(shop, table.name) for table in metadata.sorted_tables if "master_id" in table.c}
    assert marked(shop)
    erase(shop, customer)
    assert marked(shop) == []
    for table in BOOKS:
        assert rows_of(shop, table) == before[table], table
    journal = {row[1]: row for row in rows_of(shop, "journal")}
    assert len(journal) == len(before["journal"]) + 1
    salted = [row for row in before["journal"] if journal[row[1]] != row]
    assert all(journal[row[1]] == (*row[:-1], None) for row in salted)
    assert {row[4] for row in salted} >= {"customer.create", "customer.change", "wallet.top_up", "session.start"}
    strangers = [row for row in before["journal"] if row[4] == "app.create"]
    assert all(journal[row[1]] == row for row in strangers)
    select = "SELECT 1 FROM token WHERE master_id = ? AND principal = ? AND kind = 'customer'"
    assert not shop.server.rows(select, *key_of(customer.id))
    assert shop.server.check() == ""


def test_repeated_request_is_never_carried_out_again(server: Server) -> None:
    shop = server.new_shop()
    customer = make(shop)
    erase(shop, customer)
    made = shop.key.post("/v1/customers", {**WHO, "password": PASSWORD}, key="made").refused(409, "already_done")
    assert made["id"] == customer.id
    path = f"/v1/wallets/{customer.wallet}/top-up"
    shop.key.post(path, {"amount": 500, "note": "zebra note"}, key="up").refused(409, "already_done")
    shop.key.post(path, {"amount": 1}, key="up").refused(409, "already_done")
    asked = {"amount": 9_999, "note": "zebra note"}
    again = shop.key.post(f"/v1/wallets/{customer.wallet}/pay", asked, key="refused")
    again.refused(402, "insufficient_credits")
    shop.owner.delete(f"/v1/customers/{customer.id}", {"at_once": True}).refused(404, "not_found")
    assert server.rows("SELECT count(*) FROM erasure WHERE master_id = ?", key_of(shop.id)[0]) == [(1,)]


def test_nothing_is_left_in_the_file(servers: Servers) -> None:
    with servers.new("sqlite") as server:
        shop = server.new_shop()
        customer = make(shop)
        path = Path(server.path or "")
        assert tells(_bytes(path))
        erase(shop, customer)
        assert not tells(_bytes(path))


def _bytes(path: Path) -> str:
    files = [path, path.with_name(path.name + "-wal")]
    return "".join(file.read_bytes().decode("latin-1") for file in files if file.exists())


def test_removed_customer_is_forgotten_after_30_days(test_clock_server: Server) -> None:
    shop = test_clock_server.new_shop()
    customer = make(shop)
    shop.owner.delete(f"/v1/customers/{customer.id}", key="removed").ok()
    shop.server.advance(30 * DAY - 1)
    assert any("Zebra Zebra" in place for place in marked(shop))
    assert export(shop, customer)["customer"][0]["name"] == "Zebra Zebra"
    shop.server.advance(1)
    assert marked(shop) == []
    shop.owner.get(f"/v1/customers/{customer.id}/export").refused(404, "not_found")


def test_erasing_goes_on_where_a_dead_server_was(servers: Servers, kind: str) -> None:
    server = servers.made(kind)
    with server:
        shop = server.new_shop()
        customer = make(shop)
        items = [{"op": "wallet.top_up", "wallet": customer.wallet, "amount": 1, "note": "zebra"}] * 1_000
        shop.key.post("/v1/batch", {"operations": items}).ok()
        with ThreadPoolExecutor() as threads:
            asked = threads.submit(_try_to_erase, shop, customer)
            master = key_of(shop.id)[0]
            eventually(lambda: bool(server.rows("SELECT 1 FROM erasure WHERE master_id = ?", master)))
            server.kill()
            asked.result()
        server.start()
        eventually(lambda: not server.rows("SELECT 1 FROM erasure WHERE done_at IS NULL"), PATIENCE_S)
        assert marked(shop) == []
        assert server.check() == ""


def _try_to_erase(shop: Shop, customer: Customer) -> None:
    with suppress(Exception):
        shop.owner.delete(f"/v1/customers/{customer.id}", {"at_once": True})


def test_payment_that_races_with_erasing_leaves_no_note(server: Server) -> None:
    shop = server.new_shop()
    customer, payer = make(shop), shop.customer(credits=1_000)
    body = {"amount": 1, "to_customer": customer.id, "note": "zebra race"}

    def pay(number: int) -> int:
        return shop.key.post(f"/v1/wallets/{payer.wallet}/transfer", body, key=f"race{number}").status

    with ThreadPoolExecutor(8) as threads:
        payments = [threads.submit(pay, number) for number in range(40)]
        erase(shop, customer)
        found = {payment.result() for payment in payments}
    assert found <= {200, 409}
    erase_again = shop.server.rows("SELECT done_at FROM erasure WHERE master_id = ?", key_of(shop.id)[0])
    assert len(erase_again) == 1
    assert marked(shop) == []
    assert shop.balance(customer.wallet) == 0


def export(shop: Shop, customer: Customer, *, limit: int = 3) -> dict[str, list[Json]]:
    """All pages of an export, by kind."""
    found: dict[str, list[Json]] = {}
    cursor: dict[str, str] = {}
    while True:
        page = shop.owner.get(f"/v1/customers/{customer.id}/export", limit=limit, **cursor).ok()
        for item in page["items"]:
            found.setdefault(item["kind"], []).append(item["data"])
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


def test_export_has_everything_that_erasing_forgets(server: Server) -> None:
    shop = server.new_shop()
    customer = make(shop)
    found = export(shop, customer)
    again = export(shop, customer, limit=1_000)
    for clock in (*found["clock"], *again["clock"]):
        del clock["as_of"]
    assert again == found
    assert found["customer"][0]["name"] == "Zebra Zebra"
    assert [wallet["id"] for wallet in found["wallet"]] == [customer.wallet]
    assert [clock["id"] for clock in found["clock"]] == [customer.clock]
    on_wallet = [row for row in found["posting"] if row["account"] == customer.wallet]
    assert sum(row["amount"] for row in on_wallet) == shop.balance(customer.wallet)
    on_clock = [row for row in found["posting"] if row["account"] == customer.clock]
    assert sum(row["ms"] for row in on_clock) == shop.clock(customer.clock)["balance_ms"]
    assert {row["note"] for row in found["posting"] if row["kind"] == "top_up"} == {"zebra note"}
    assert len(found["lot"]) == 2
    assert [row["note"] for row in found["session"]] == ["zebra session"]
    assert len(found["token"]) == 1
    assert {row["key"] for row in found["answer"]} == {"pay", "rename", "start", "stop"}
    assert {row["type"] for row in found["event"]} >= {"customer.created", "wallet.changed", "session.ended"}
    assert {row["operation"] for row in found["journal"]} >= {"customer.create", "wallet.pay", "session.stop"}
    own = shop.signed_in(customer).get(f"/v1/customers/{customer.id}/export", limit=1_000).ok()
    assert own["items"][0]["data"] == found["customer"][0]
    stranger = shop.customer(password=PASSWORD)
    shop.signed_in(stranger).get(f"/v1/customers/{customer.id}/export").refused(404, "not_found")
    shop.key.get(f"/v1/customers/{customer.id}/export").refused(403, "forbidden")
    shop.owner.get(f"/v1/customers/{customer.id}/export", cursor="ff").refused(422, "invalid")
    assert json.dumps(found)
