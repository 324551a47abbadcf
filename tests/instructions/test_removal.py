"""Removal of accounts and masters: marked for 30 days and recovered, or forced, after which names are free."""

from tests.instructions.desk import KEY_CODE, PASSWORD, Desk
from tests.server import Server

ONLY = "sqlite"

DAY = 86_400_000


def again(desk: Desk) -> None:
    """New tokens under the same master, after the old ones expired."""
    fresh = Desk.new(desk.server)
    desk.client, desk.session = fresh.client, fresh.session
    desk.acquire()


def test_an_account_is_recovered_within_30_days(open_server: Server) -> None:
    desk = Desk.logged_in(open_server, credits=5)
    desk.add("u2")
    for name in ("u1", "u2"):
        desk.log_in(name)
        desk.ok("UnlinkAccount")
    open_server.advance(30 * DAY - 1_000)
    again(desk)
    assert desk.log_in("u1")["account"] == "u1@ex.org"
    desk.refused("SupplyCredits", "marked_for_removal", credits=1)
    assert desk.account()["to_unlink"] is True
    found = desk.ok("RecoverAccount")
    assert (found["account_data"]["to_unlink"], found["account_data"]["to_unlink_timestamp"]) == (False, None)
    desk.ok("SupplyCredits", credits=1)
    open_server.advance(2_000)
    found = desk.send("AccountLogin", user_email="u2@ex.org", user_pass=PASSWORD)
    if found["failed"]:
        assert found["details"] == "sign_in_failed"
    else:
        desk.refused("RecoverAccount", "recovery_over")
    open_server.advance(DAY)
    again(desk)
    desk.refused("AccountLogin", "sign_in_failed", user_email="u2@ex.org", user_pass=PASSWORD)
    desk.log_in("u1")
    assert desk.wallet()["credits"] == 6
    desk.add("u2")


def test_whom_the_business_removed_does_not_come_back_alone(open_server: Server) -> None:
    desk = Desk.logged_in(open_server)
    shop = open_server.signed_in(desk.mail, PASSWORD)
    path = f"/v1/customers/{shop.get('/v1/customers').ok()['items'][0]['id']}"
    # That it once went by itself counts no more.
    desk.ok("UnlinkAccount")
    desk.ok("RecoverAccount")
    shop.delete(path, {}).ok()
    desk.refused("ViewCreditEWallet", "customer_removed")
    desk.refused("RecoverAccount", "customer_removed")
    desk.refused("AccountLogin", "customer_removed", user_email="u1@ex.org", user_pass=PASSWORD)
    desk.refused("AccountLogin", "sign_in_failed", user_email="u1@ex.org", user_pass="a guess")
    assert shop.get(path).ok()["state"] == "removed"
    shop.post(f"{path}/recover").ok()
    assert [(one["what"], one["who"][:3]) for one in shop.get("/v1/audit", limit=4).ok()["items"]] == [
        ("customer.recover", "stf"),
        ("customer.remove", "stf"),
        ("instruction.RecoverAccount", "cus"),
        ("instruction.UnlinkAccount", "cus"),
    ]
    desk.log_in("u1")
    assert desk.account()["to_unlink"] is False
    # Who has left can be shut out as well.
    desk.ok("UnlinkAccount")
    shop.delete(path, {}).ok()
    desk.refused("RecoverAccount", "customer_removed")
    shop.delete(path, {}).refused(409, "customer_removed")


def test_a_master_is_recovered_within_30_days(open_server: Server) -> None:
    desk = Desk.logged_in(open_server)
    late = Desk.under_master(open_server)
    for one in (desk, late):
        one.log_master_in()
        one.ok("MasterUnlinkAccount")
    open_server.advance(30 * DAY - 1_000)
    again(desk)
    desk.log_master_in()
    desk.refused("MasterViewAccount", "marked_for_removal")
    assert desk.ok("MasterRecoverAccount")["account"] == desk.mail
    desk.refused("MasterRecoverAccount", "invalid")
    desk.ok("MasterViewAccount")
    open_server.advance(2_000)
    fresh = Desk.new(open_server)
    found = fresh.send("MasterAccountLogin", user_email=late.mail, user_pass=PASSWORD)
    if found["failed"]:
        assert found["details"] == "sign_in_failed"
    else:
        fresh.refused("MasterRecoverAccount", "recovery_over")
    desk.log_in("u1")


def test_forced_removal_frees_the_e_mails(open_server: Server) -> None:
    desk = Desk.logged_in(open_server, credits=5, minutes=5)
    desk.ok("StartClockTimer")
    old = desk.account()["id"]
    desk.ok("UnlinkAccount", forced_removal=True)
    desk.refused("AccountLogin", "sign_in_failed", user_email="u1@ex.org", user_pass=PASSWORD)
    desk.add("u1")
    assert desk.account()["id"] > old
    assert (desk.wallet()["credits"], desk.clock()["credit_clock"]) == (0, 0.0)
    desk.log_master_in()
    assert list(desk.ok("InspectSubPool")["subpool"].values()) == ["u1@ex.org"]
    desk.ok("MasterUnlinkAccount", forced_removal=True)
    desk.refused("AcquireMaster", "wrong_key_code", master=desk.mail, key=KEY_CODE)
    desk.refused("ViewAccount", "no_master")
    made = desk.ok("CreateMaster", user_name="Mia", user_pass=PASSWORD, user_email=desk.mail)["account_data"]
    assert made["id"] != desk.master
    assert made["subordonate_pool"] == {}
    desk.acquire()
    desk.add("u1")
    assert desk.account()["subordonate_of"] == made["id"]


def test_other_clients_of_a_removed_master_are_refused(open_server: Server) -> None:
    """The original let its accounts go on, and killed the server when it was asked about their tokens."""
    desk = Desk.logged_in(open_server)
    other = desk.another()
    other.add("u2")
    desk.log_master_in()
    desk.ok("MasterUnlinkAccount", forced_removal=True)
    other.refused("ViewAccount")
    other.refused("SupplyCredits", credits=5)
    found = other.ok("CheckCTokenStatus")
    assert found["valid"] is True
    assert other.ok("CTokenKeepAlive")["failed"] is False
    fresh = Desk.new(open_server)
    fresh.refused("AcquireMaster", "wrong_key_code", master=desk.mail, key=KEY_CODE)
