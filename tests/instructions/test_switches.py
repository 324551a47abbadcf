"""Settings of the instruction set: off, on and open, each setting alone, and authorization."""

import base64
import json
from collections.abc import Iterator

import pytest

from tests.api import Json
from tests.conftest import Servers
from tests.instructions.conftest import FREE
from tests.instructions.desk import KEY_CODE, PASSWORD, PATH, Desk, looked_at, post
from tests.server import PASSWORD as OWNERS
from tests.server import Server, Shop, creditclock


@pytest.fixture(scope="module")
def restarted(servers: Servers) -> Iterator[Server]:
    """A server that starts again with other settings for each test."""
    server = servers.made("sqlite")
    (server.folder / "creditclock.toml").write_text(FREE)
    yield server
    server.close()


def encoded(body: Json) -> bytes:
    return json.dumps(body).encode()


def start(server: Server, mode: str, **surroundings: str) -> None:
    server.stop()
    server.flags = ("--instruction-set", mode)
    server.surroundings = {f"CREDITCLOCK_{name.upper()}": value for name, value in surroundings.items()}
    server.start()


def acquired(server: Server, shop: Shop) -> Desk:
    """Somebody under a master that the operator made, which gave itself a key code."""
    desk = Desk.new(server)
    desk.mail = shop.login
    desk.refused("AcquireMaster", "wrong_key_code", master=shop.login, key="")
    desk.refused("AcquireMaster", "wrong_key_code", master=shop.login, key=KEY_CODE)
    desk.ok("MasterAccountLogin", user_email=shop.login, user_pass=OWNERS)
    made = desk.ok("MasterEditAccount", key="of its own")["account_data"]
    assert made["key_code"] == "of its own"
    desk.ok("AcquireMaster", master=shop.login, key="of its own")
    return desk


def test_off(restarted: Server) -> None:
    start(restarted, "off")
    for method, path in (("GET", "/ewallet"), ("GET", PATH), ("POST", PATH), ("POST", "/ewallet/instruction_set")):
        assert restarted.nobody.send(method, path, b"{}").status == 404


def test_on(restarted: Server) -> None:
    start(restarted, "on")
    shop = restarted.new_shop()
    desk = Desk.new(restarted)
    master: Json = {"user_name": "Mia", "user_pass": PASSWORD, "user_email": desk.mail}
    desk.refused("CreateMaster", "forbidden", **master)
    assert not restarted.rows("SELECT 1 FROM staff WHERE login = ?", desk.mail)
    desk = acquired(restarted, shop)
    desk.add("u1")
    said = desk.refused("SupplyCredits", "supply_requested", credits=40, cost=4.7, currency="EUR", notes="please")
    assert "warning" in said
    assert desk.wallet()["credits"] == 0
    (asked,) = shop.owner.get("/v1/supply-requests").ok()["items"]
    customer = shop.owner.get(f"/v1/customers/{asked['customer']}").ok()
    assert customer["login"] == "u1@ex.org"
    shop.owner.post(f"/v1/supply-requests/{asked['id']}/approve").ok()
    assert desk.wallet()["credits"] == 40
    sheet = desk.ok("ViewInvoiceSheet")["sheet_data"]["records"]
    record = desk.ok("ViewInvoiceRecord", record_id=next(iter(sheet)))["record_data"]
    assert (record["credits"], record["cost"], record["currency"], record["seller"]) == (40, 4.7, "EUR", 1)
    assert record["notes"] == "please"
    desk.refused("SupplyCredits", "supply_requested", credits=7)
    ids = [one["id"] for one in shop.owner.get("/v1/supply-requests").ok()["items"]]
    for one in ids:
        if one != asked["id"]:
            shop.owner.post(f"/v1/supply-requests/{one}/decline").ok()
    assert desk.wallet()["credits"] == 40
    made = desk.send("CreateMaster", **master)
    looked_at(made, "invalid")
    desk.ok("ReleaseMaster", key="of its own")
    made = desk.ok("CreateMaster", **master)["account_data"]
    assert made["key_code"] != KEY_CODE
    desk.refused("AcquireMaster", "wrong_key_code", master=desk.mail, key=KEY_CODE)


def test_an_owner_makes_ten_masters_and_those_make_none(restarted: Server) -> None:
    start(restarted, "on")
    shop, other = restarted.new_shop(), restarted.new_shop()
    desk = Desk.new(restarted)
    desk.ok("MasterAccountLogin", user_email=shop.login, user_pass=OWNERS)
    mails = [f"{restarted.unique('made')}@ex.org" for _ in range(11)]
    for mail in mails[:10]:
        desk.ok("CreateMaster", user_name="Mia", user_pass=PASSWORD, user_email=mail)
        if mail == mails[0]:
            desk.ok("MasterAccountLogin", user_email=mail, user_pass=PASSWORD)
            desk.refused("CreateMaster", "master_limit", user_name="Mia", user_pass=PASSWORD, user_email=mails[10])
        desk.ok("MasterAccountLogin", user_email=shop.login, user_pass=OWNERS)
    desk.refused("CreateMaster", "master_limit", user_name="Mia", user_pass=PASSWORD, user_email=mails[10])
    assert not restarted.rows("SELECT 1 FROM staff WHERE login = ?", mails[10])
    desk.ok("MasterAccountLogin", user_email=other.login, user_pass=OWNERS)
    desk.ok("CreateMaster", user_name="Mia", user_pass=PASSWORD, user_email=mails[10])


def test_a_refused_master_leaves_nothing(restarted: Server) -> None:
    start(restarted, "on")
    shop = restarted.new_shop()
    desk = Desk.new(restarted)
    desk.ok("MasterAccountLogin", user_email=shop.login, user_pass=OWNERS)
    tables = ("lane", "master", "staff", "account", "credential", "tariff", "event")
    before = {table: restarted.rows(f"SELECT count(*) FROM {table}") for table in tables}
    master: Json = {"user_name": "Mia", "user_pass": PASSWORD, "user_email": desk.mail}
    desk.refused("CreateMaster", "invalid", **master, key="short")
    assert {table: restarted.rows(f"SELECT count(*) FROM {table}") for table in tables} == before
    desk.ok("CreateMaster", **master, key="long enough")
    assert restarted.rows("SELECT count(*) FROM master") == [(before["master"][0][0] + 1,)]
    assert not restarted.check()


def test_open_enrolment_alone(restarted: Server) -> None:
    start(restarted, "on", open_enrolment="true")
    desk = Desk.logged_in(restarted)
    desk.refused("SupplyCredits", "supply_requested", credits=5)


def test_self_supply_alone(restarted: Server) -> None:
    start(restarted, "on", self_supply="true")
    desk = Desk.new(restarted)
    desk.refused("CreateMaster", "forbidden", user_name="Mia", user_pass=PASSWORD, user_email=desk.mail)
    desk = acquired(restarted, restarted.new_shop())
    desk.add("u1")
    assert desk.ok("SupplyCredits", credits=5)["ewallet_credits"] == 5


def test_open_with_both_switched_off(restarted: Server) -> None:
    start(restarted, "open", open_enrolment="false", self_supply="false")
    desk = Desk.new(restarted)
    desk.refused("CreateMaster", "forbidden", user_name="Mia", user_pass=PASSWORD, user_email=desk.mail)
    desk = acquired(restarted, restarted.new_shop())
    desk.add("u1")
    desk.refused("SupplyCredits", "supply_requested", credits=5)


def test_basic_authorization(restarted: Server) -> None:
    start(restarted, "on", instruction_basic="true", timer_lease_ms="60000", self_supply="true")
    shop, foreign = restarted.new_shop(), restarted.new_shop()
    key = str(shop.key.token)

    def with_basic(login: str, secret: str) -> dict[str, str]:
        text = base64.b64encode(f"{login}:{secret}".encode()).decode()
        return {"Content-Type": "application/json", "Authorization": f"Basic {text}"}

    body = b'{"controller": "client", "ctype": "action", "action": "request", "request": "client_id"}'
    bad = [
        {},
        {"Authorization": "Basic"},
        {"Authorization": "Basic !!!"},
        {"Authorization": f"Bearer {key}"},
        with_basic("1234", "1234"),
        with_basic(shop.login, "wrong"),
        with_basic(shop.login, OWNERS),
        with_basic(foreign.login, key),
        with_basic("", key),
        with_basic(shop.login, ""),
    ]
    for headers in bad:
        answer = restarted.nobody.send("POST", PATH, body, headers)
        assert answer.status == 200
        found = looked_at(answer.json, None)
        assert found["details"] == "unauthorized", (headers, found)
        assert key not in answer.body.decode()
    good = with_basic(shop.login, key)
    assert restarted.nobody.send("POST", PATH, body, good).json["failed"] is False


def test_basic_authorization_keeps_to_its_master(restarted: Server) -> None:
    start(restarted, "on", instruction_basic="true")
    shop, foreign = restarted.new_shop(), restarted.new_shop()
    by_shop = restarted.nobody.holding(None)
    desk = Desk(restarted)

    def send(label: str, of: Shop, **given: Json) -> Json:
        text = base64.b64encode(f"{of.login}:{of.key.token}".encode()).decode()
        headers = {"Content-Type": "application/json", "Authorization": f"Basic {text}"}
        return by_shop.send("POST", PATH, encoded(desk.body(label, **given)), headers).json

    desk.client = send("RequestClientID", shop)["client_id"]
    desk.session = send("RequestSessionToken", shop)["session_token"]
    looked_at(send("MasterAccountLogin", foreign, user_email=shop.login, user_pass=OWNERS), "forbidden")
    assert send("MasterAccountLogin", shop, user_email=shop.login, user_pass=OWNERS)["failed"] is False
    assert send("MasterEditAccount", shop, key="K-9-long-enough")["failed"] is False
    looked_at(send("AcquireMaster", foreign, master=shop.login, key="K-9-long-enough"), "forbidden")
    assert send("AcquireMaster", shop, master=shop.login, key="K-9-long-enough")["failed"] is False
    account: Json = {"user_name": "A", "user_pass": PASSWORD, "user_email": "a@ex.org"}
    looked_at(send("CreateAccount", foreign, **account), "forbidden")
    assert send("CreateAccount", shop, **account)["failed"] is False
    looked_at(send("MasterViewAccount", foreign), "forbidden")


def test_a_lease_of_ones_own(restarted: Server) -> None:
    start(restarted, "open", timer_lease_ms="61000")
    desk = Desk.logged_in(restarted, minutes=5)
    desk.ok("StartClockTimer")
    found = restarted.rows("SELECT lease_ms FROM session WHERE master_id = ? AND state = 'running'", desk.master)
    assert [tuple(row) for row in found] == [(61_000,)]


def test_open_is_for_this_machine_alone(servers: Servers) -> None:
    folder = servers.folder()
    for listen in ("0.0.0.0:0", "[::]:0"):
        done = creditclock(folder, "serve", "--instruction-set", "open", "--listen", listen)
        assert done.returncode != 0
        assert "instruction set" in done.stderr


def test_open_is_nothing_behind_a_proxy(servers: Servers) -> None:
    folder = servers.folder()
    for settings in (("open", "false"), ("on", "true")):
        surroundings = {"CREDITCLOCK_PROXIES": "127.0.0.1", "CREDITCLOCK_INSTRUCTION_SET": settings[0]}
        if settings[1] == "true":
            surroundings |= {"CREDITCLOCK_OPEN_ENROLMENT": "true", "CREDITCLOCK_SELF_SUPPLY": "true"}
        done = creditclock(folder, "serve", "--listen", "127.0.0.1:0", **surroundings)
        assert done.returncode != 0
        assert "proxies" in done.stderr


def test_reports_of_one_address_push_few_others_out(restarted: Server) -> None:
    start(restarted, "on", proxies="127.0.0.1")
    body = encoded(Desk(restarted).body("IssueReport", issue={"email": "c@ex.org"}))

    def report(address: str) -> Json:
        headers = {"Content-Type": "application/json", "X-Forwarded-For": address}
        return restarted.nobody.send("POST", PATH, body, headers).json

    answers = [report("203.0.113.9") for _ in range(40)]
    assert [answer["failed"] for answer in answers] == [False] * 30 + [True] * 10
    assert looked_at(answers[-1], "too_many_requests")["warning"].endswith("Try again in a minute.")
    assert report("203.0.113.10")["source"] == "203.0.113.10"


def test_a_source_is_nobody_s_word(restarted: Server) -> None:
    start(restarted, "on")
    body = Desk(restarted).body("IssueReport", issue={"email": "c@ex.org"}, remote_addr="6.6.6.6")
    for headers in ({"X-Forwarded-For": "6.6.6.6"}, {"Forwarded": "for=6.6.6.6"}, {"X-Real-IP": "6.6.6.6"}):
        whole = {"Content-Type": "application/json", **headers}
        answer = restarted.nobody.send("POST", PATH, encoded(body), whole)
        assert answer.json["source"] == "127.0.0.1"
    assert post(restarted.nobody, body).json["source"] == "127.0.0.1"
