"""What attackers tried first: keys of masters, wallets that nobody sees, timers of others, races of one batch."""

import threading

from tests.instructions.desk import KEY_CODE, PASSWORD, Desk
from tests.server import Server

OTHER = "Another-passw0rd!"
MINUTE = 60_000


def test_a_changed_password_ends_what_a_session_sees_of_its_master(open_server: Server) -> None:
    thief = Desk.under_master(open_server)
    thief.log_master_in()
    owner = thief.another()
    owner.log_master_in()
    assert owner.ok("MasterEditAccount", user_pass=OTHER, key="A-new-key-code")["edit"]["key"]
    for label in ("InspectCTokens", "MasterViewAccount"):
        assert "A-new-key-code" not in str(thief.refused(label, "not_logged_in"))
    assert owner.ok("InspectCTokens")["account_data"]["key_code"] == "A-new-key-code"


def test_who_made_a_master_sees_it_until_its_password_is_changed(open_server: Server) -> None:
    maker = Desk.under_master(open_server)
    assert maker.ok("InspectCTokens")["account_data"]["key_code"] == KEY_CODE
    owner = maker.another()
    owner.log_master_in()
    owner.ok("MasterEditAccount", user_pass=OTHER)
    maker.refused("InspectCTokens", "not_logged_in")


def test_credits_come_to_a_wallet_that_its_owner_sees(open_server: Server) -> None:
    desk = Desk.logged_in(open_server, "ann", credits=50)
    desk.add("ben")
    first = desk.wallet()["id"]
    desk.ok("UnlinkCreditEWallet", ewallet_id=first)
    desk.ok("SwitchAccount", account="ann@ex.org")
    desk.refused("PayCredits", "not_found", pay="ben@ex.org", credits=5)
    desk.ok("SwitchAccount", account="ben@ex.org")
    made = desk.ok("CreateCreditEWallet")["ewallet"]
    assert desk.wallet()["id"] == made
    desk.ok("SwitchAccount", account="ann@ex.org")
    desk.ok("PayCredits", pay="ben@ex.org", credits=5)
    desk.ok("SwitchAccount", account="ben@ex.org")
    assert desk.wallet()["credits"] == 5


def test_a_timer_runs_out_after_its_account_has_logged_out(open_server: Server) -> None:
    desk = Desk.logged_in(open_server, "ann", minutes=300)
    desk.ok("StartClockTimer")
    desk.ok("AccountLogout")
    desk.add("ben")
    for _ in range(4):
        desk.server.advance(20 * MINUTE)
        desk.ok("STokenKeepAlive")
        desk.ok("CTokenKeepAlive")
        desk.ok("ViewAccount")
    desk.log_in("ann")
    assert desk.ok("StopClockTimer")["minutes_spent"] == 30.0
    assert desk.clock()["credit_clock"] == 270.0


def test_nobody_takes_the_system_core_s_e_mail_and_the_master_is_paid_by_its_own(open_server: Server) -> None:
    desk = Desk.logged_in(open_server, "ann", credits=50)
    mail = "ewsc.systemcore@alvearesolutions.ro"
    desk.refused("CreateAccount", "invalid", user_name="X", user_pass=PASSWORD, user_email=mail)
    assert desk.ok("PayCredits", pay=desk.mail, credits=1)["ewallet_credits"] == 49
    assert desk.ok("PayCredits", pay=mail, credits=1)["ewallet_credits"] == 48


def test_what_the_tutor_sends_untouched_is_left_out(open_server: Server) -> None:
    desk = Desk.new(open_server)
    made = desk.ok(
        "CreateMaster",
        user_name="Mia",
        user_pass=PASSWORD,
        user_email=desk.mail,
        user_phone="<user-phone type-str>",
        key="<key type-str>",
    )["account_data"]
    assert (made["phone"], made["key_code"]) == (None, KEY_CODE)
    desk.refused("AcquireMaster", "wrong_key_code", master="<master type-str>", key="<key type-str>")


def test_the_newest_token_that_works_is_the_one_that_is_told(open_server: Server) -> None:
    desk = Desk.new(open_server)
    first = desk.session
    desk.ok("RequestSessionToken")
    desk.server.advance(20 * MINUTE)
    desk.ok("STokenKeepAlive")
    desk.ok("CTokenKeepAlive")
    desk.server.advance(20 * MINUTE)
    assert desk.ok("CheckCTokenStatus")["session_token"] == first
    assert desk.ok("CheckCTokenLinked")["session_token"] == first


def test_masters_change_hands_in_one_batch_with_whoever_looks(open_server: Server) -> None:
    desks = [Desk.under_master(open_server) for _ in range(3)]
    looking = desks[0].another()
    looking.log_master_in()
    wrong: list[str] = []

    def move(desk: Desk) -> None:
        for target in desks * 3:
            found = desk.send("AcquireMaster", master=target.mail, key=KEY_CODE)
            wrong.extend([str(found)] if found["failed"] else [])

    def look() -> None:
        for _ in range(20):
            found = looking.send("InspectCTokens")
            wrong.extend([str(found)] if found["failed"] else [])

    threads = [threading.Thread(target=move, args=(desk,)) for desk in desks for _ in range(2)]
    threads += [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
