"""Bodies, selectors and tokens that are none, and keys that are no parameters, change nothing."""

import json
from typing import Any

from tests.api import Json
from tests.instructions.desk import KEY_CODE, PASSWORD, PATH, WIRES, Desk, looked_at, post
from tests.instructions.watch import JSON, NOTHING, Watch
from tests.server import Server

WRONG: dict[str, list[Any]] = {
    "controller": ["system", "nobody", "", 5, True, [], {}, "System", "client "],
    "ctype": [NOTHING, None, "event", "nothing", "", 5, [], {}],
    "action": [NOTHING, None, "nothing", "", 5, True, [], {}, "start "],
    "start": [NOTHING, None, "cleaner", "listener", "nothing", "", 5, True, [], {}],
}
"""What StartClockTimer isn't named by."""
LONGEST = 100
"""What is longer is no token that could be told about."""


def test_what_names_no_instruction(quick: Desk) -> None:
    watch = Watch(quick)
    whole = quick.body("StartClockTimer")
    for key, values in WRONG.items():
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
        "", " ", "{}", "[]", "null", "[1]", "[{}]", '"text"', "5", "true", "NaN", "{", "}", whole[:-1], whole + whole,
        "\ufeff" + whole, whole.replace('"', "'"), "\u0000", "[" * 100_000, '{"a":' * 20_000,
        '{"a":' * 5_000 + "1" + "}" * 5_000,
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
        NOTHING, None, 5, 1.5, True, [], {}, [client], {"label": client}, "", " ", "a:b", "a:b:c:d", ":", "::",
        "x" * 10_000, "\u0000", "\u2603", client.lower(), client[:-1], f"{client}0",
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
            if isinstance(token, str) and 0 < len(token) <= LONGEST:
                assert found["failed"] is False
            else:
                looked_at(found, "invalid_tokens")
            assert client not in json.dumps(found).replace(str(token), "")
            assert session not in json.dumps(found)


def test_nothing_is_assigned_that_is_no_parameter(quick_server: Server) -> None:
    """The original took whatever was sent for a column."""
    desk = Desk.new(quick_server)
    gifts: Json = {
        "credits": 999, "credit_clock": 99.0, "user_state_code": 1, "state": 1, "to_unlink": True, "is_active": False,
        "active": False, "to_unlink_timestamp": "01-01-2020 00:00:00", "key_code": "mine", "account_limit": 9_999,
        "acquired_ctokens": 7, "user_id": 1, "master_id": 1, "time_start": 1, "wallet_id": 1, "id": 1, "balance": 5,
        "subordonate_of": 1, "ewallet": 1, "clock": 1, "create_date": "01-01-2020 00:00:00",
        "valid_to": "01-01-2090 00:00:00",
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
