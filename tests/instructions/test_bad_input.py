"""What killed, hung or robbed the original is refused here and changes nothing."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.api import Json
from tests.instructions.desk import KEY_CODE, PASSWORD, PATH, WIRES, Desk, looked_at, post
from tests.server import Row, Server

JSON = {"Content-Type": "application/json"}
NOTHING = object()
AMOUNTS: list[Any] = [
    NOTHING, None, 0, -1, -100, "0", "-1", "", " ", "abc", "0x10", "1.5", 1.5, 0.1, True, False, [1], {"a": 1}, "NaN",
    "Infinity", 2**63, 2**64, 10**30, 1e300, "9" * 40, "\u0000", "\u0661", "--1",
]  # fmt: skip
MINUTES: list[Any] = [
    NOTHING, None, 0, 0.4, -1, -0.5, "-1", "abc", "", "nan", "NaN", "inf", "-Infinity", True, [5], {"a": 1}, 1e300,
    10**30, "9" * 40,
]  # fmt: skip
NUMBERS: list[Any] = [NOTHING, None, 99, 0, -1, 2**63, 2**64, "abc", "", 1.5, True, [3], {"id": 3}, "3 OR 1=1"]
IDS = {
    "SwitchCreditEWallet": "ewallet_id",
    "SwitchCreditClock": "clock_id",
    "SwitchTransferSheet": "sheet_id",
    "SwitchInvoiceSheet": "sheet_id",
    "SwitchConversionSheet": "sheet_id",
    "SwitchTimeSheet": "sheet_id",
    "SwitchContactList": "list_id",
    "UnlinkCreditEWallet": "ewallet_id",
    "UnlinkCreditClock": "clock_id",
    "UnlinkTransferSheet": "list_id",
    "UnlinkInvoiceSheet": "list_id",
    "UnlinkConversionSheet": "list_id",
    "UnlinkTimeSheet": "list_id",
    "UnlinkContactList": "list_id",
    "ViewTransferRecord": "record_id",
    "ViewInvoiceRecord": "record_id",
    "ViewConversionRecord": "record_id",
    "ViewTimeRecord": "record_id",
    "ViewContactRecord": "record_id",
    "UnlinkTransferRecord": "record_id",
    "UnlinkInvoiceRecord": "record_id",
    "UnlinkConversionRecord": "record_id",
    "UnlinkTimeRecord": "record_id",
    "UnlinkContactRecord": "record_id",
    "InspectSubordonate": "subordonate",
}
BESIDES = {"alive", "installation", "seal"}
"""Tables that a server writes by itself."""


def counts(server: Server) -> dict[str, int]:
    """How many rows each table has."""
    if server.path:
        names = server.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    else:
        names = server.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {
        str(name): int(server.rows(f'SELECT count(*) FROM "{name}"')[0][0]) for (name,) in names if name not in BESIDES
    }


def money(server: Server, master: int) -> list[Row]:
    """Every balance of a master."""
    return server.rows("SELECT id, balance FROM account WHERE master_id = ? ORDER BY id", master)


class Watch:
    """Sends what shall be refused and change nothing, and says in the end what was not so."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.wrong: list[str] = []
        self._before = self._state()

    def _state(self) -> tuple[Any, ...]:
        server, master = self.desk.server, self.desk.master
        lane = server.rows("SELECT next_event FROM lane WHERE master_id = ?", master)
        return counts(server), money(server, master), lane

    def send(self, body: Json, code: str | None = None) -> None:
        """A body that is refused."""
        self.raw(json.dumps(body), code, headers=JSON)

    def raw(self, text: str, code: str | None = None, *, headers: dict[str, str] = JSON) -> None:
        """A text that is refused, whatever it is."""
        answer = self.desk.server.nobody.send("POST", PATH, text.encode("utf-8", "surrogatepass"), headers)
        try:
            assert answer.status == 200, answer
            found = answer.json
            if found.keys() == {"failed", "error"}:
                assert found["failed"] is True, answer
            else:
                looked_at(found, code)
            assert found.get("details") not in {"unexpected", "unreachable"}, answer
        except AssertionError as error:
            self.wrong.append(f"{text[:300]}\n    {error}")

    def label(self, label: str, code: str | None = None, **given: Any) -> None:  # noqa: ANN401 - anything that JSON has
        """An instruction with bad parameters."""
        body = {**WIRES[label].named, "client_id": self.desk.client, "session_token": self.desk.session, **given}
        self.send({key: value for key, value in body.items() if value is not NOTHING}, code)

    def end(self) -> None:
        """Nothing has changed and everything was refused."""
        after = self._state()
        assert not self.wrong, f"{len(self.wrong)} not refused\n" + "\n".join(self.wrong)
        assert after == self._before


RICH: dict[str, Desk] = {}


@pytest.fixture
def rich(open_server: Server) -> Desk:
    """An account with credits, minutes, records and a contact, and another one beside it; leave it as it is."""
    if open_server.database not in RICH:
        RICH[open_server.database] = made_rich(open_server)
    return RICH[open_server.database]


@pytest.fixture
def quick(quick_server: Server) -> Desk:
    """The same on SQLite alone."""
    if quick_server.database not in RICH:
        RICH[quick_server.database] = made_rich(quick_server)
    return RICH[quick_server.database]


def made_rich(server: Server) -> Desk:
    desk = Desk.under_master(server)
    desk.add("u1")
    desk.add("u2")
    desk.ok("SupplyCredits", credits=100)
    desk.ok("TransferCredits", credits=10, transfer_to="u1@ex.org")
    desk.ok("ConvertCreditsToClock", credits=20)
    desk.ok("AddContactRecord", user_name="Cat")
    desk.log_master_in()
    return desk


def test_amounts(quick: Desk) -> None:
    watch = Watch(quick)
    for amount in AMOUNTS:
        watch.label("SupplyCredits", credits=amount)
        watch.label("PayCredits", pay="u1@ex.org", credits=amount)
        watch.label("TransferCredits", transfer_to="u1@ex.org", credits=amount)
        watch.label("ConvertCreditsToClock", credits=amount)
    for amount in MINUTES:
        watch.label("ConvertClockToCredits", minutes=amount)
    for amount in (
        "NaN",
        "Infinity",
        "-Infinity",
        "1e400",
        "-1e400",
        "1E1000000",
        "01",
        "+1",
        ".5",
        "1.",
        "0x1F",
        "1_0",
    ):
        for label, key in (
            ("SupplyCredits", "credits"),
            ("ConvertClockToCredits", "minutes"),
            ("SupplyCredits", "cost"),
        ):
            body = quick.body(label, credits=1) if key == "cost" else quick.body(label)
            watch.raw(f"{json.dumps(body)[:-1]}, {json.dumps(key)}: {amount}}}")
    watch.end()


def test_more_than_there_is(rich: Desk) -> None:
    watch = Watch(rich)
    for credits in (71, 1_000, 10**11):  # noqa: A001 - what the protocol calls it
        watch.label("PayCredits", "insufficient_credits", pay="u1@ex.org", credits=credits)
        watch.label("TransferCredits", "insufficient_credits", transfer_to="u1@ex.org", credits=credits)
        watch.label("ConvertCreditsToClock", credits=credits)
    for minutes in (21, "21.5", 1e6):
        watch.label("ConvertClockToCredits", "not_refundable", minutes=minutes)
    watch.label("UnlinkCreditEWallet", ewallet_id=3)
    watch.label("UnlinkCreditClock", clock_id=3)
    watch.end()


def test_all_minutes_of_a_clock_leave_it_empty(quick_server: Server) -> None:
    """The original gave the credits and kept the minutes."""
    desk = Desk.logged_in(quick_server, credits=10, minutes=20)
    found = desk.ok("ConvertClockToCredits", minutes=20)
    assert (found["credit_clock"], found["ewallet_credits"], found["converted_minutes"]) == (0.0, 30, 20.0)
    desk.refused("ConvertClockToCredits", "not_refundable", minutes=1)


def test_who_is_paid(rich: Desk) -> None:
    other = Desk.logged_in(rich.server, "stranger")
    watch = Watch(rich)
    people = [
        "u2@ex.org",
        "stranger@ex.org",
        "nobody@ex.org",
        "",
        "x" * 101,
        "a b",
        "\u0000",
        "u1@ex.org\n",
        other.mail,
    ]
    for who in [NOTHING, None, 5, True, [], {}, *people]:
        watch.label("PayCredits", pay=who, credits=1)
        watch.label("TransferCredits", transfer_to=who, credits=1)
    watch.end()
    assert other.wallet()["credits"] == 0


def test_numbers_of_things(rich: Desk) -> None:
    watch = Watch(rich)
    for label, key in IDS.items():
        for number in NUMBERS:
            watch.label(label, **{key: number})
        # Those of the other account.
        if not label.endswith("Record") and label != "InspectSubordonate":
            watch.label(label, "not_found", **{key: 2})
    for label in ("ViewTransferRecord", "UnlinkTransferRecord", "ViewInvoiceRecord", "UnlinkInvoiceRecord"):
        watch.label(label, "not_found", record_id=1)
    watch.label("ViewTransferRecord", "not_found", record_id=4)
    watch.end()


def test_costs_currencies_and_texts(quick: Desk) -> None:
    watch = Watch(quick)
    for cost in (-1, "-0.5", "abc", True, [], 1e300, "NaN", "inf"):
        watch.label("SupplyCredits", credits=1, cost=cost)
        watch.label("PayCredits", pay="u1@ex.org", credits=1, cost=cost)
    for currency in ("12", "\u20ac", "TOOLONGNAME", 5, [], "R N"):
        watch.label("SupplyCredits", credits=1, currency=currency)
        watch.label("PayCredits", pay="u1@ex.org", credits=1, currency=currency)
    for text in ("x" * 501, 5, True, [], {}, "\u0000", "\u001b[2J"):
        watch.label("SupplyCredits", credits=1, notes=text)
        watch.label("AddContactRecord", user_name="x", notes=text)
    for text in ("x" * 201, 5, True, [], {}, "a\nb", "\u0000"):
        for key in ("user_name", "user_email", "user_phone"):
            watch.label("AddContactRecord", **{key: text})
        for label in (
            "CreateCreditEWallet",
            "CreateCreditClock",
            "CreateTransferSheet",
            "CreateTimeSheet",
            "CreateContactList",
        ):
            watch.label(label, reference=text)
        watch.label("EditAccount", user_alias=text)
        watch.label("MasterEditAccount", company=text)
    watch.end()


def test_what_names_no_instruction(quick: Desk) -> None:
    watch = Watch(quick)
    whole = quick.body("StartClockTimer")
    for key, values in {
        "controller": ["system", "nobody", "", 5, True, [], {}, "System", "client "],
        "ctype": [NOTHING, None, "event", "nothing", "", 5, [], {}],
        "action": [NOTHING, None, "nothing", "", 5, True, [], {}, "start "],
        "start": [NOTHING, None, "cleaner", "listener", "nothing", "", 5, True, [], {}],
    }.items():
        for value in values:
            body = {**whole, key: value}
            watch.send({name: inner for name, inner in body.items() if inner is not NOTHING})
    for action, target in (("pause", "x"), ("resume", "x"), ("stop", "x"), ("view", "credit"), ("new", "worker")):
        watch.send({**whole, "action": action, action: target})
    system = {"controller": "system", "ctype": "action"}
    watch.send({**system, "action": "new", "new": "worker"})
    watch.send({**system, "action": "freeze", "freeze": "master", "master_id": quick.master})
    watch.send({**system, "action": "cleanup", "cleanup": "masters", "master_id": quick.master})
    watch.send({**whole, "controller": "client", "__class__": "x", "action": "__init__"})
    watch.end()


def test_bodies(quick: Desk) -> None:
    watch = Watch(quick)
    whole = json.dumps(quick.body("SupplyCredits", credits=1))
    bodies = [
        "", " ", "{}", "[]", "null", "[1]", "[{}]", '"text"', "5", "true", "NaN", "{", "}", whole[:-1], whole + whole, "\ufeff" + whole,
        whole.replace('"', "'"), "\u0000", "[" * 100_000, '{"a":' * 20_000, '{"a":' * 5_000 + "1" + "}" * 5_000,
    ]  # fmt: skip
    for body in bodies:
        for headers in (JSON, {}, {"Content-Type": "text/html"}):
            watch.raw(body, headers=headers)
    watch.raw(json.dumps({**quick.body("SupplyCredits", credits=1), "pad": "x" * 1_000_000}), "body_too_large")
    watch.raw(json.dumps({**quick.body("SupplyCredits", credits=1), "more": ["y" * 100] * 10_000}), "body_too_large")
    watch.end()
    nobody = quick.server.nobody
    for body in (b"\xff\xfe", b'{"controller": "\xc3"}', whole.encode("utf-16")):
        answer = nobody.send("POST", PATH, body, JSON)
        assert answer.status == 200
        looked_at(answer.json, "invalid_json")
    for body in ("", "{}", "[]", "null"):
        found = nobody.send("POST", PATH, body.encode(), JSON).json
        assert found.keys() == {"failed", "error"}
        assert found["failed"] is True


def test_a_wrong_content_type_is_no_matter(quick: Desk) -> None:
    body = json.dumps(quick.body("ViewCreditEWallet")).encode()
    for headers in ({}, {"Content-Type": "text/plain"}, {"Content-Type": "application/x-www-form-urlencoded"}):
        answer = quick.server.nobody.send("POST", PATH, body, headers)
        assert answer.json["failed"] is False


def test_tokens_that_are_none(rich: Desk) -> None:
    other = Desk.logged_in(rich.server, "stranger", credits=50)
    watch = Watch(rich)
    client, session = str(rich.client), str(rich.session)
    broken: list[Any] = [
        NOTHING, None, 5, 1.5, True, [], {}, [client], {"label": client}, "", " ", "a:b", "a:b:c:d", ":", "::", "x" * 10_000,
        "\u0000", "\u2603", client.lower(), client[:-1], f"{client}0",
    ]  # fmt: skip
    labels = ("ViewCreditEWallet", "CTokenKeepAlive", "MasterViewAccount", "AcquireMaster", "StopClockTimer")
    for label in labels:
        for token in [*broken, session, other.client]:
            watch.label(label, "invalid_tokens", client_id=token)
        for token in [*broken, client, other.session, session.lower()]:
            watch.label(label, "invalid_tokens", session_token=token)
    watch.end()
    for token in broken:
        for label in (wire for wire in WIRES if wire.startswith("Check")):
            given = {"client_id": token, "session_token": token}
            body = {**WIRES[label].named, **{key: value for key, value in given.items() if value is not NOTHING}}
            found = post(rich.server.nobody, body).json
            assert found["failed"] is False
            assert client not in json.dumps(found).replace(str(token), "")
            assert session not in json.dumps(found)


def test_e_mails(quick: Desk) -> None:
    fresh = Desk.new(quick.server)
    watch = Watch(quick)
    for mail in (NOTHING, None, 5, True, [], "", "u1@ex.org", "u2@ex.org", "a b@ex.org", "x" * 101, "\u0000", "cus_1"):
        watch.label("CreateAccount", user_name="New", user_pass=PASSWORD, user_email=mail)
    for name in (NOTHING, None, "", " ", 5, "x" * 201, "a\nb"):
        watch.label("CreateAccount", user_name=name, user_pass=PASSWORD, user_email="new@ex.org")
    for secret in (NOTHING, None, "", "short1!", "nodigits!!", "12345678!", "NoSymbol1", 5, "x" * 201):
        watch.label("CreateAccount", user_name="New", user_pass=secret, user_email="new@ex.org")
    watch.label("CreateAccount", "weak_password", user_name="New", user_pass="new1@ex.org", user_email="new1@ex.org")
    watch.label("EditAccount", "login_taken", user_email="u1@ex.org")
    watch.label("EditAccount", user_email="")
    watch.label("MasterEditAccount", user_email="")
    watch.desk = fresh
    for mail in (
        NOTHING,
        None,
        5,
        "",
        "no address",
        "Edited",
        "@",
        "a@",
        "@b",
        "a@b@c",
        quick.mail,
        "x" * 101 + "@b.c",
    ):
        watch.label("CreateMaster", user_name="New", user_pass=PASSWORD, user_email=mail)
    watch.desk = quick
    watch.end()


def test_eleven_accounts(quick_server: Server) -> None:
    desk = Desk.logged_in(quick_server, "u1")
    for number in range(2, 11):
        desk.ok("CreateAccount", user_name="x", user_pass=PASSWORD, user_email=f"u{number}@ex.org")
    watch = Watch(desk)
    watch.label("CreateAccount", user_name="x", user_pass=PASSWORD, user_email="u11@ex.org")
    watch.end()
    desk.ok("UnlinkAccount", forced_removal=True)
    desk.ok("CreateAccount", user_name="x", user_pass=PASSWORD, user_email="u11@ex.org")


def test_nothing_is_assigned_that_is_no_parameter(quick_server: Server) -> None:
    """The original took whatever was sent for a column."""
    desk = Desk.new(quick_server)
    gifts: Json = {
        "credits": 999, "credit_clock": 99.0, "user_state_code": 1, "state": 1, "to_unlink": True, "is_active": False,
        "active": False, "to_unlink_timestamp": "01-01-2020 00:00:00", "key_code": "mine", "account_limit": 9_999,
        "acquired_ctokens": 7, "user_id": 1, "master_id": 1, "time_start": 1, "wallet_id": 1, "id": 1, "balance": 5,
        "subordonate_of": 1, "ewallet": 1, "clock": 1, "create_date": "01-01-2020 00:00:00", "valid_to": "01-01-2090 00:00:00",
        "expires_on": "01-01-2090 00:00:00", "expiration_date": "01-01-2090 00:00:00", "failed": True, "exponent": 5,
    }  # fmt: skip
    made = desk.ok("CreateMaster", user_name="Mia", user_pass=PASSWORD, user_email=desk.mail, **gifts)["account_data"]
    assert (made["key_code"], made["account_limit"], made["acquired_ctokens"]) == (KEY_CODE, 10, 0)
    assert made["active"] is True
    desk.master = made["id"]
    desk.ok("AcquireMaster", master=desk.mail, key=KEY_CODE, **gifts)
    account = desk.ok("CreateAccount", user_name="A", user_pass=PASSWORD, user_email="a@ex.org", **gifts)[
        "account_data"
    ]
    assert (account["id"], account["state"], account["to_unlink"], account["subordonate_of"]) == (
        2,
        0,
        False,
        desk.master,
    )
    desk.refused("ViewCreditEWallet", "not_logged_in", **gifts)
    desk.ok("AccountLogin", user_email="a@ex.org", user_pass=PASSWORD, **gifts)
    assert desk.ok("CreateCreditEWallet", **gifts)["ewallet_data"]["credits"] == 0
    assert desk.ok("CreateCreditClock", **gifts)["clock_data"]["credit_clock"] == 0.0
    assert desk.ok("EditAccount", user_alias="AA", **gifts)["account_data"]["state"] == 1
    before = desk.ok("StartClockTimer", **gifts)
    assert before["clock"] == 2
    desk.ok("StopClockTimer", **gifts)
    desk.log_master_in()
    data = desk.ok("MasterEditAccount", user_alias="BB", **gifts)["account_data"]
    assert (data["account_limit"], data["key_code"], data["id"]) == (10, KEY_CODE, desk.master)
    assert desk.wallet()["credits"] == 0
    desk.add("b")
    desk.ok("UnlinkAccount", **{**gifts, "user_id": 2})
    assert desk.account()["to_unlink"] is True
    desk.ok("SwitchAccount", account="a@ex.org")
    assert desk.account()["to_unlink"] is False
    other = Desk.under_master(quick_server)
    desk.ok("MasterUnlinkAccount", **{**gifts, "master_id": other.master})
    other.log_master_in()
    other.ok("MasterViewAccount")


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_reports_write_no_files(quick_server: Server) -> None:
    desk = Desk.new(quick_server)
    before, around = files(quick_server.folder), files(quick_server.folder.parent)
    tricks = ["../../../tmp/x", "/etc/passwd", "..\\..\\x", "a\u0000b", "\u202e", "x" * 10_000]
    for trick in tricks:
        issue = {
            "name": trick,
            "email": trick,
            "log": trick,
            "details": trick,
            "timestamp": trick,
            "remote_addr": trick,
        }
        found = desk.ok("IssueReport", issue=issue, timestamp=trick, remote_addr=trick)
        assert found["source"] == "127.0.0.1"
        assert found["contact"].isprintable()
        assert len(found["contact"]) <= 254
        assert "/" not in found["issue"]
    body = json.dumps(desk.body("IssueReport", issue={"email": "x"})).encode()
    answer = quick_server.nobody.send("POST", PATH, body, {**JSON, "X-Forwarded-For": "../../x, 6.6.6.6"})
    assert answer.json["source"] == "127.0.0.1"
    assert files(quick_server.folder) == before
    assert files(quick_server.folder.parent) == around


def test_reports_have_bounds(quick: Desk) -> None:
    watch = Watch(quick)
    log = base64.b64encode(b"x" * 70_000).decode()
    watch.label("IssueReport", "body_too_large", issue={"email": "c@ex.org", "log": log})
    watch.label("IssueReport", "body_too_large", issue={"email": "c@ex.org", "details": ["x" * 17_000]})
    watch.label("IssueReport", "body_too_large", issue={"email": "c@ex.org", "log": log * 20})
    for issue in (NOTHING, None, "text", 5, [], True):
        watch.label("IssueReport", issue=issue)
    watch.end()
    for issue in ({}, {"log": 5, "email": [], "name": {}}, {"log": "%%%"}, {"email": "\u001b[31m"}):
        found = quick.ok("IssueReport", issue=issue)
        assert isinstance(found["contact"], str)
        assert isinstance(found["source"], str)
