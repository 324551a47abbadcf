"""What the server does by itself for the instruction set: tokens end, flagged businesses go, persons are forgotten."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from creditclock.contract.values import master_of
from tests.conftest import Servers
from tests.instructions.desk import Desk
from tests.instructions.test_system import GOOD, KEY, MAIL, MINUTE, PATH, Client
from tests.server import PASSWORD, Server
from tests.timing import keeps

ONLY = "sqlite"

DAY = 86_400_000
CONTACT = {"user_name": "Zebra", "user_email": "zebra@example.org", "user_phone": "555", "notes": "zebra"}


@pytest.fixture(scope="module")
def running() -> Iterator[dict[str, Server]]:
    found: dict[str, Server] = {}
    yield found
    for server in found.values():
        server.close()


@pytest.fixture
def server(servers: Servers, running: dict[str, Server], kind: str) -> Server:
    if kind not in running:
        running[kind] = servers.new(kind, test_clock=True)
        running[kind].flags = ("--instruction-set", "on")
        running[kind].start()
    return running[kind]


def count(server: Server, table: str, where: str = "1 = 1") -> int:
    return server.rows(f"SELECT count(*) FROM {table} WHERE {where}")[0][0]


def ask_for_credits(client: Client, **said: str) -> None:
    answer = client.ask("supply", supply="credits", credits=5, currency="RON", cost=5.0, **said)
    assert answer["details"] == "supply_requested"


def test_tokens_expire_end_and_are_removed(server: Server) -> None:
    client = Client(server)
    server.advance(31 * MINUTE)
    # It is still known as one that has expired.
    told = client.say("verify", verify="ctoken", ctoken="validity")
    assert (told["valid"], told["registered"], told["expired"]) == (False, True, True)
    assert client.logouts == 0
    server.advance(30 * MINUTE)
    assert client.logouts == 1
    assert count(server, "session_token", "removed_at IS NULL") == 0
    assert not client.say("verify", verify="ctoken", ctoken="validity")["registered"]
    assert count(server, "client_token") > 0
    server.advance(DAY)
    server.advance(DAY)
    assert [count(server, table) for table in ("session_token", "client_token", "visit")] == [0, 0, 0]
    assert server.check() == ""


def test_a_flagged_business_goes_after_30_days_with_its_customers(server: Server) -> None:
    client = Client(server)
    master = {"controller": "master", "ctype": "action", **client.tokens}
    login = {"action": "login", "user_email": client.shop.login, "user_pass": PASSWORD}
    assert not server.nobody.post(PATH, master | login).ok()["failed"]
    assert not server.nobody.post(PATH, master | {"action": "unlink", "unlink": "account"}).ok()["failed"]
    server.advance(30 * DAY - MINUTE)
    assert server.operator.get(f"/v1/masters/{client.shop.id}").ok()["state"] == "active"
    server.advance(2 * MINUTE)
    shown = server.operator.get(f"/v1/masters/{client.shop.id}").ok()
    assert (shown["state"], shown["customers"]) == ("removed", 0)
    assert count(server, "customer", f"master_id = {client.number} AND erased_at IS NULL") == 0
    assert MAIL not in str(server.rows("SELECT * FROM customer WHERE master_id = ?", client.number))
    assert count(server, "erasure", "done_at IS NULL") == 0
    assert server.check() == ""


def test_a_business_that_the_operator_removes_forgets_its_customers(server: Server) -> None:
    shop = server.new_shop()
    customer = shop.customer(credits=50, ms=DAY)
    shop.start(customer.clock)
    removed = server.operator.delete(f"/v1/masters/{shop.id}").ok()
    assert removed["state"] == "removed"
    assert server.operator.delete(f"/v1/masters/{shop.id}").ok()["state"] == "removed"
    server.nobody.post("/v1/sign-in", {"login": shop.login, "password": PASSWORD}).refused(401, "sign_in_failed")
    server.advance(1)
    assert count(server, "customer", f"master_id = {master_of(shop.id)} AND erased_at IS NULL") == 0
    assert server.check() == ""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_customers_have_numbers_whoever_made_them(server: Server) -> None:
    shop = server.new_shop(exponent=0)
    logins = [shop.customer(credits=5, ms=MINUTE).login for _ in range(3)]
    gone = shop.customer()
    shop.owner.delete(f"/v1/customers/{gone.id}", {"at_once": True}).ok()
    server.advance(1)
    shop.owner.post(f"/v1/masters/{shop.id}/key-code", {"key_code": KEY}).ok()
    server.advance(1)
    # A server that has nothing in memory makes one too.
    server.restart()
    logins.append(shop.customer(credits=5).login)
    said = {"controller": "client", "ctype": "action", "action": "request"}
    tokens = {"client_id": server.nobody.post(PATH, said | {"request": "client_id"}).ok()["client_id"]}
    asked = said | {"request": "session_token"} | tokens
    tokens["session_token"] = server.nobody.post(PATH, asked).ok()["session_token"]
    chief = {"controller": "master", "ctype": "action", **tokens}
    login = {"action": "login", "user_email": shop.login, "user_pass": PASSWORD}
    assert not server.nobody.post(PATH, chief | login).ok()["failed"]
    pool = server.nobody.post(PATH, chief | {"action": "inspect", "inspect": "subpool"}).ok()["subpool"]
    assert pool == {str(number): mail for number, mail in enumerate(logins, start=2)}
    look = {"action": "inspect", "inspect": "subordonate", "subordonate": 3}
    seen = server.nobody.post(PATH, chief | look).ok()["subordonate"]
    assert (seen["email"], seen["ewallet"], seen["ewallet_archive"]) == (logins[1], 3, {"3": "Credit EWallet"})
    assert server.rows("SELECT count(*) FROM master_profile WHERE unnumbered = 1") == [(0,)]
    assert server.check() == ""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_many_customers_are_made_at_once_with_numbers(server: Server) -> None:
    shop = server.new_shop(exponent=0)
    shop.owner.post(f"/v1/masters/{shop.id}/key-code", {"key_code": KEY}).ok()

    def make(number: int) -> int:
        return shop.key.post("/v1/customers", {"login": f"at.once.{number}"}).status

    with ThreadPoolExecutor(24) as threads:
        assert set(threads.map(make, range(120))) == {201}
    made = 120

    def batch() -> float:
        nonlocal made
        entries = [{"op": "customer.create", "login": f"b{n}", "key": f"b{n}"} for n in range(made, made + 200)]
        made += 200
        began = time.monotonic()
        results = shop.key.post("/v1/batch", {"operations": entries}).ok()["results"]
        took = time.monotonic() - began
        assert all("ok" in result for result in results)
        return took

    keeps(1.0, batch)
    numbers = server.rows("SELECT no FROM customer_profile WHERE master_id = ? ORDER BY no", master_of(shop.id))
    assert [row[0] for row in numbers] == list(range(2, 2 + made))


def test_a_first_key_code_numbers_whoever_sets_it(server: Server) -> None:
    shop = server.new_shop(exponent=0)
    customer = shop.customer()
    desk = Desk.new(server)
    desk.ok("MasterAccountLogin", user_email=shop.login, user_pass=PASSWORD)
    desk.ok("MasterEditAccount", key=KEY)
    server.advance(1)
    assert desk.ok("InspectSubPool")["subpool"] == {"2": customer.login}


def test_the_audit_tells_who_changed_what_through_instructions(server: Server) -> None:
    client = Client(server)
    desk = Desk.new(server)
    desk.ok("MasterAccountLogin", user_email=client.shop.login, user_pass=PASSWORD)
    desk.ok("MasterEditAccount", key="another-key-code")
    desk.ok("MasterUnlinkAccount")
    desk.ok("MasterRecoverAccount")
    server.operator.post("/v1/instructions/FreezeMaster", {"master_id": client.number}).ok()
    owners = [
        (one["what"], one["who"][:3], one["subject"][:3]) for one in client.shop.owner.get("/v1/audit").ok()["items"]
    ]
    assert owners == [
        ("instruction.run", "stf", "mas"),
        ("instruction.MasterRecoverAccount", "ict", "mas"),
        ("instruction.MasterUnlinkAccount", "ict", "mas"),
        ("instruction.MasterEditAccount", "ict", "mas"),
        ("instruction.AccountLogin", "cus", "cus"),
        ("master.set_key_code", "stf", "mas"),
        ("token.sign_in", "stf", "stf"),
    ]
    operators = server.operator.get("/v1/audit", limit=3).ok()["items"]
    told = [(one["what"], one["subject"]) for one in operators if one["what"].startswith("instruction.")]
    assert ("instruction.MasterAccountLogin", client.shop.id) in told
    assert "another-key-code" not in str(operators)


def test_reports_go_after_90_days(server: Server) -> None:
    said = {"controller": "client", "ctype": "action", "action": "report", "report": "issue", "issue": {"name": "N"}}
    assert not server.nobody.post(PATH, said).ok()["failed"]
    server.advance(89 * DAY)
    assert count(server, "issue_report") == 1
    server.advance(2 * DAY)
    assert count(server, "issue_report") == 0


def test_an_erased_account_is_exported_before_and_forgotten_after(server: Server) -> None:
    client = Client(server)
    client.say("edit", edit="account", user_alias="zebra alias")
    client.say("new", new="contact", contact="record", **CONTACT)
    ask_for_credits(client, notes="zebra note")
    (customer,) = client.shop.owner.get("/v1/customers").ok()["items"]
    path = f"/v1/customers/{customer['id']}"
    kinds: dict[str, list[object]] = {}
    cursor: dict[str, str] = {}
    for _ in range(50):
        page = client.shop.owner.get(f"{path}/export", **cursor).ok()
        for item in page["items"]:
            kinds.setdefault(item["kind"], []).append(item["data"])
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert {"profile", "contact", "attendance", "supply_request"} <= kinds.keys()
    assert "zebra alias" in str(kinds["profile"])
    assert "zebra@example.org" in str(kinds["contact"])
    assert "zebra note" in str(kinds["supply_request"])
    client.shop.owner.delete(path, {"at_once": True}).ok()
    server.advance(1)
    tables = ("contact", "customer_profile", "supply_request", "sheet", "wallet_profile", "note", "attendance")
    for table in tables:
        assert "zebra" not in str(server.rows(f"SELECT * FROM {table} WHERE master_id = ?", client.number)).lower()
    assert count(server, "supply_request", f"master_id = {client.number} AND state = 'pending'") == 0
    assert count(server, "attendance", f"master_id = {client.number}") == 0
    assert GOOD not in server.log
    assert server.check() == ""


def test_requests_are_approved_once_or_declined(server: Server) -> None:
    client = Client(server)
    for notes in ("first", "second"):
        ask_for_credits(client, notes=notes)
    owner = client.shop.owner
    first, second = owner.get("/v1/supply-requests", state="pending").ok()["items"]
    path = "/v1/supply-requests"
    server.shop.owner.post(f"{path}/{first['id']}/approve").refused(404, "not_found")
    approved = owner.post(f"{path}/{first['id']}/approve").ok()
    assert (approved["state"], approved["amount"]) == ("approved", 5)
    owner.post(f"{path}/{first['id']}/decline").refused(409, "already_done")
    assert client.shop.balance(approved["wallet"]) == 5
    assert owner.post(f"{path}/{second['id']}/decline").ok()["state"] == "declined"
    assert client.shop.balance(approved["wallet"]) == 5
    assert owner.get(path, state="pending").ok()["items"] == []
    assert server.check() == ""


def test_check_finds_a_record_that_says_something_else(server: Server) -> None:
    client = Client(server)
    ask_for_credits(client)
    (asked,) = client.shop.owner.get("/v1/supply-requests").ok()["items"]
    client.shop.owner.post(f"/v1/supply-requests/{asked['id']}/approve").ok()
    assert server.check() == ""
    own = (client.number,)
    server.change(("UPDATE sheet_record SET credits = credits + 1 WHERE master_id = ? AND kind = 'transfer'", own))
    assert "transfer sheet says 6" in server.check()
    server.change(("UPDATE sheet_record SET credits = credits - 1 WHERE master_id = ? AND kind = 'transfer'", own))
