"""Client ids and session tokens: how long they work, whose they are, and what they show."""

import json

import pytest

from tests.instructions.desk import KEY_CODE, PASSWORD, Desk
from tests.instructions.transcript import TOKEN, written
from tests.server import Server

ONLY = "sqlite"

MINUTE = 60_000


def test_labels_look_as_ever(quick_server: Server) -> None:
    desk = Desk.new(quick_server)
    for label, prefix in ((desk.client, "ewsm-uid:"), (desk.session, "ewsm-st:")):
        assert label is not None
        assert TOKEN.match(label)
        assert label.startswith(prefix)
    labels = {desk.ok("RequestClientID")["client_id"] for _ in range(20)}
    assert len(labels) == 20
    rows = quick_server.rows("SELECT * FROM client_token") + quick_server.rows("SELECT * FROM session_token")
    assert str(desk.client) not in str(rows)
    assert str(desk.session) not in str(rows)


def test_tokens_work_for_30_minutes(open_server: Server) -> None:
    desk = Desk.new(open_server)
    ends = written(open_server.now + 30 * MINUTE)
    open_server.advance(30 * MINUTE - 1)
    desk.refused("AcquireMaster", "wrong_key_code", master="nobody@ex.org", key="x")
    open_server.advance(1)
    desk.refused("AcquireMaster", "invalid_tokens", master="nobody@ex.org", key="x")
    for label, token in (("CheckCTokenValid", "client_id"), ("CheckSTokenValid", "session_token")):
        found = desk.send(label)
        assert found.pop(token) == (desk.client if token == "client_id" else desk.session)
        assert found == {
            "failed": False, "valid": False, "registered": True, "expired": True, "reasons": "Expired",
            "details": f"Expiration date: {ends}",
        }  # fmt: skip
    found = desk.ok("CheckCTokenStatus")
    assert (found["valid"], found["plugged"], found["session"]) == (False, False, None)
    found = desk.ok("CheckSTokenStatus")
    assert (found["valid"], found["plugged"], found["session"]) == (False, False, None)
    for label in ("CTokenKeepAlive", "STokenKeepAlive", "RequestSessionToken", "CreateMaster"):
        desk.refused(label, "invalid_tokens" if label != "CreateMaster" else None)


def test_a_keep_alive_counts_from_now(open_server: Server) -> None:
    desk = Desk.new(open_server)
    open_server.advance(20 * MINUTE)
    for label, data in (("CTokenKeepAlive", "ctoken_data"), ("STokenKeepAlive", "stoken_data")):
        for _ in range(2):
            found = desk.ok(label)
            assert found[data]["valid_to"] == written(open_server.now + 30 * MINUTE)
            assert found["extended"] == 30
    open_server.advance(29 * MINUTE)
    desk.refused("ReleaseMaster", "no_master", key="x")
    open_server.advance(MINUTE)
    desk.refused("ReleaseMaster", "invalid_tokens", key="x")


def test_use_alone_extends_no_token(open_server: Server) -> None:
    desk = Desk.under_master(open_server)
    for _ in range(3):
        open_server.advance(9 * MINUTE)
        desk.refused("ViewAccount", "not_logged_in")
    open_server.advance(4 * MINUTE)
    desk.refused("ViewAccount", "invalid_tokens")


def test_an_account_whose_tokens_expired_is_seen_as_logged_out(open_server: Server) -> None:
    guest = Desk.logged_in(open_server)
    open_server.advance(20 * MINUTE)
    chief = guest.another()
    chief.log_master_in()
    (number,) = chief.ok("InspectSubPool")["subpool"]
    assert chief.ok("InspectSubordonate", subordonate=number)["subordonate"]["state"] == 1
    open_server.advance(10 * MINUTE)
    assert chief.ok("InspectSubordonate", subordonate=number)["subordonate"]["state"] == 0


def test_one_of_the_two_may_expire(open_server: Server) -> None:
    desk = Desk.under_master(open_server)
    open_server.advance(20 * MINUTE)
    desk.ok("CTokenKeepAlive")
    open_server.advance(11 * MINUTE)
    desk.refused("ViewAccount", "invalid_tokens")
    desk.session = desk.ok("RequestSessionToken")["session_token"]
    desk.refused("ViewAccount", "not_logged_in")
    assert desk.ok("CheckCTokenStatus")["session_token"] == desk.session


def test_a_second_session_token_leaves_the_first_working(open_server: Server) -> None:
    desk = Desk.logged_in(open_server)
    desk.log_master_in()
    first = str(desk.session)
    second = str(desk.ok("RequestSessionToken")["session_token"])
    for token in (first, second):
        linked = desk.ok("CheckSTokenLinked", session_token=token)
        assert (linked["linked"], linked["client_id"]) == (True, desk.client)
        assert desk.ok("CheckSTokenSession", session_token=token)["plugged"] is True
    sessions = {desk.ok("CheckSTokenSession", session_token=token)["session"] for token in (first, second)}
    assert len(sessions) == 2
    assert desk.ok("CheckCTokenLinked")["session_token"] == second
    assert desk.account()["email"] == "u1@ex.org"
    desk.refused("ViewAccount", "not_logged_in", session_token=second)
    seen = desk.ok("InspectCToken", ctoken=desk.client)["ctoken_data"]
    assert seen["stoken"] == second
    assert seen["stokens"] == [first, second]
    desk.refused("MasterViewAccount", "not_logged_in", session_token=second)
    desk.ok("CreateAccount", session_token=second, user_name="B", user_pass=PASSWORD, user_email="u2@ex.org")
    desk.ok("AccountLogin", session_token=second, user_email="u2@ex.org", user_pass=PASSWORD)
    assert desk.ok("ViewAccount", session_token=second)["account"] == "u2@ex.org"
    assert desk.ok("ViewAccount")["account"] == "u1@ex.org"


def test_a_foreign_session_token_is_refused_and_reveals_nothing(open_server: Server) -> None:
    desk = Desk.logged_in(open_server)
    foreign = Desk.logged_in(open_server, "u9", credits=70)
    for label in ("ViewAccount", "ViewCreditEWallet", "STokenKeepAlive", "CTokenKeepAlive", "AccountLogout"):
        found = desk.refused(label, "invalid_tokens", session_token=foreign.session)
        said = json.dumps(found)
        for secret in (foreign.client, foreign.session, desk.client, "u9@ex.org", foreign.mail):
            assert str(secret) not in said
    assert foreign.wallet()["credits"] == 70
    desk.log_master_in()
    found = desk.refused("InspectCToken", "not_found", ctoken=foreign.client)
    assert str(foreign.client) not in json.dumps(found)
    assert foreign.client not in desk.ok("InspectCTokens")["ctokens"]


def test_a_login_elsewhere_takes_the_account_over(open_server: Server) -> None:
    desk = Desk.logged_in(open_server)
    other = desk.another()
    other.log_in("u1")
    desk.refused("ViewAccount", "not_logged_in")
    desk.refused("SupplyCredits", "not_logged_in", credits=5)
    assert other.account()["state"] == 1
    labels = [event["label"] for event in other.ok("EventPoll")["events"]]
    assert labels == ["SessionTakenOver"]
    told = other.ok("EventPoll")["events"][0]
    assert told["data"] == {"account": "u1@ex.org", "clock": None}
    assert told["timestamp"] == written(open_server.now)
    desk.log_in("u1")
    other.refused("ViewAccount", "not_logged_in")


def test_a_running_timer_goes_with_the_account(open_server: Server) -> None:
    desk = Desk.logged_in(open_server, minutes=50)
    desk.ok("StartClockTimer")
    open_server.advance(MINUTE)
    other = desk.another()
    other.log_in("u1")
    open_server.advance(MINUTE)
    assert other.ok("PauseClockTimer")["pending_count"] == 1
    other.ok("ResumeClockTimer")
    assert other.ok("StopClockTimer")["minutes_spent"] == 2.0


def test_the_master_counts_the_clients_that_work(open_server: Server) -> None:
    desk = Desk.under_master(open_server)
    desk.log_master_in()
    others = [desk.another() for _ in range(2)]
    desk.acquire()
    assert desk.ok("MasterViewAccount")["account_data"]["acquired_ctokens"] == 3
    assert set(desk.ok("InspectCTokens")["ctokens"]) == {desk.client, *(other.client for other in others)}
    others[0].ok("ReleaseMaster", key=KEY_CODE)
    assert desk.ok("MasterViewAccount")["account_data"]["acquired_ctokens"] == 2
    elsewhere = Desk.under_master(open_server)
    others[1].mail = elsewhere.mail
    others[1].acquire()
    assert desk.ok("InspectCTokens")["ctokens"] == [desk.client]
    open_server.advance(20 * MINUTE)
    desk.ok("STokenKeepAlive")
    desk.ok("CTokenKeepAlive")
    desk.another()
    open_server.advance(15 * MINUTE)
    assert len(desk.ok("InspectCTokens")["ctokens"]) == 2


def test_a_release_logs_everybody_out(open_server: Server) -> None:
    desk = Desk.logged_in(open_server)
    desk.add("u2")
    desk.ok("ReleaseMaster", key=KEY_CODE)
    desk.refused("ViewAccount", "no_master")
    desk.acquire()
    desk.refused("ViewAccount", "not_logged_in")
    desk.refused("SwitchAccount", "not_logged_in", account="u1@ex.org")
    desk.log_in("u1")
    assert len(desk.ok("ViewLogoutRecords")["logout_records"]) == 1


def test_tokens_survive_a_restart(open_server: Server) -> None:
    desk = Desk.logged_in(open_server, credits=3)
    if not open_server.path:
        pytest.skip("one database is enough")
    open_server.restart()
    assert desk.wallet()["credits"] == 3
    assert desk.ok("CheckSTokenStatus")["client_id"] == desk.client
