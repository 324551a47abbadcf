"""Objects of the instruction set: several of each kind, dates that move with every change, removal and recovery."""

from collections.abc import Callable, Iterator

import pytest

from tests.api import Api, Json
from tests.instructions.desk import KEY_CODE, PASSWORD, SYSTEM_CORE, Desk
from tests.instructions.transcript import written
from tests.server import Server

MINUTE = 60_000
DAY = 86_400_000
SHEETS = {
    "TransferSheet": ("transfer_sheet", "sheet_data", "sheet_id"),
    "InvoiceSheet": ("invoice_sheet", "sheet_data", "sheet_id"),
    "ConversionSheet": ("conversion_sheet", "sheet_data", "sheet_id"),
    "TimeSheet": ("time_sheet", "sheet_data", "sheet_id"),
    "ContactList": ("contact_list", "list_data", "list_id"),
}


def owner(desk: Desk) -> Api:
    """The master, signed in to the API."""
    return desk.server.signed_in(desk.mail, PASSWORD)


def customer(desk: Desk, login: str) -> Json:
    (found,) = [one for one in owner(desk).get("/v1/customers").ok()["items"] if one["login"] == login]
    return found


def fill(desk: Desk, sheet: str) -> int:
    """A record more on the sheet in use; gives its number."""
    match sheet:
        case "TransferSheet":
            return desk.ok("TransferCredits", transfer_to=SYSTEM_CORE, credits=1)["transfer_record"]
        case "InvoiceSheet":
            return desk.ok("PayCredits", pay=SYSTEM_CORE, credits=1)["invoice_record"]
        case "ConversionSheet":
            return desk.ok("ConvertCreditsToClock", credits=1)["conversion_record"]
        case "TimeSheet":
            desk.ok("StartClockTimer")
            desk.server.advance(1_000)
            return desk.ok("StopClockTimer")["time_record"]
        case _:
            return desk.ok("AddContactRecord", user_name="Cat")["contact_record"]


@pytest.mark.parametrize("sheet", SHEETS)
def test_several_sheets(quick_server: Server, sheet: str) -> None:
    word, data, by = SHEETS[sheet]
    desk = desk_of(quick_server)
    first = desk.ok(f"View{sheet}")[word]
    old = fill(desk, sheet)
    before = desk.ok(f"View{sheet}")[data]["records"]
    assert str(old) in before
    made = desk.ok(f"Create{sheet}", reference="Second")[word]
    assert desk.ok(f"View{sheet}")[word] == first
    switched = desk.ok(f"Switch{sheet}", **{by: made})
    assert (switched[word], switched[data]["records"], switched[data]["reference"]) == (made, {}, "Second")
    new = fill(desk, sheet)
    assert list(desk.ok(f"View{sheet}")[data]["records"]) == [str(new)]
    assert desk.ok(f"Switch{sheet}", **{by: first})[data]["records"] == before
    assert list(desk.ok(f"Switch{sheet}", **{by: made})[data]["records"]) == [str(new)]
    # The one in use goes: the oldest other one is in use then.
    desk.ok(f"Unlink{sheet}", list_id=made)
    assert desk.ok(f"View{sheet}")[data]["records"] == before
    desk.refused(f"Switch{sheet}", "not_found", **{by: made})
    desk.ok(f"Unlink{sheet}", list_id=first)
    desk.refused(f"View{sheet}", "not_found")
    third = desk.ok(f"Create{sheet}")[word]
    assert third > made
    assert desk.ok(f"View{sheet}")[word] == third


DESKS: dict[str, Desk] = {}


def desk_of(server: Server) -> Desk:
    """An account with plenty of credits and minutes that these tests share; its tokens are kept alive."""
    desk = DESKS.get(server.database)
    if desk is None:
        desk = DESKS[server.database] = Desk.logged_in(server, credits=1_000, minutes=1_000)
        desk.log_master_in()
    desk.ok("CTokenKeepAlive")
    desk.ok("STokenKeepAlive")
    return desk


def test_records_go_to_the_sheets_even_where_all_were_unlinked(open_server: Server) -> None:
    desk = Desk.logged_in(open_server, credits=10)
    for sheet in ("TransferSheet", "InvoiceSheet", "ConversionSheet", "TimeSheet"):
        word = SHEETS[sheet][0]
        desk.ok(f"Unlink{sheet}", list_id=desk.ok(f"View{sheet}")[word])
    desk.refused("ViewInvoiceSheet", "not_found")
    paid = desk.ok("PayCredits", pay=SYSTEM_CORE, credits=1)
    desk.ok("ViewInvoiceRecord", record_id=paid["invoice_record"])
    made = desk.ok("ConvertCreditsToClock", credits=2)
    desk.ok("ViewConversionRecord", record_id=made["conversion_record"])
    desk.ok("StartClockTimer")
    stopped = desk.ok("StopClockTimer")
    desk.ok("ViewTimeRecord", record_id=stopped["time_record"])


def test_several_clocks_and_wallets(open_server: Server) -> None:
    desk = Desk.logged_in(open_server, credits=100, minutes=20)
    second = desk.ok("CreateCreditClock", reference="Two")["clock"]
    assert desk.clock()["id"] == 2
    desk.ok("StartClockTimer")
    assert desk.ok("SwitchCreditClock", clock_id=second)["clock_data"]["credit_clock"] == 0.0
    desk.ok("ConvertCreditsToClock", credits=7)
    desk.ok("StartClockTimer")
    open_server.advance(3 * MINUTE)
    assert desk.ok("StopClockTimer")["minutes_spent"] == 3.0
    assert desk.clock()["credit_clock"] == 4.0
    desk.refused("UnlinkCreditClock", "timer_state", clock_id=2)
    assert desk.ok("SwitchCreditClock", clock_id=2)["clock_data"]["clock_state"] == "active"
    assert desk.ok("StopClockTimer")["minutes_spent"] == 3.0
    assert desk.clock()["credit_clock"] == 17.0
    assert desk.wallet()["clock_archive"] == {"2": "Credit Clock", str(second): "Two"}
    other = desk.ok("CreateCreditEWallet", reference="Purse")["ewallet"]
    assert desk.wallet()["id"] == 2
    found = desk.ok("SwitchCreditEWallet", ewallet_id=other)["ewallet_data"]
    assert (found["credits"], found["reference"]) == (0, "Purse")
    desk.ok("SupplyCredits", credits=9)
    desk.refused("SwitchCreditClock", "not_found", clock_id=2)
    assert desk.ok("SwitchCreditEWallet", ewallet_id=2)["ewallet_data"]["credits"] == 93
    assert desk.clock()["credit_clock"] == 17.0
    assert desk.ok("SwitchCreditEWallet", ewallet_id=other)["ewallet_data"]["credits"] == 9
    desk.refused("UnlinkCreditEWallet", "invalid", ewallet_id=other)
    desk.ok("PayCredits", pay=SYSTEM_CORE, credits=9)
    desk.ok("UnlinkCreditEWallet", ewallet_id=other)
    assert desk.account()["ewallet_archive"] == {"2": "Credit EWallet"}
    assert desk.account()["ewallet"] == 2
    # The choice of a wallet survives a logout.
    desk.ok("AccountLogout")
    desk.log_in("u1")
    assert desk.clock()["credit_clock"] == 17.0


def test_without_a_wallet_or_a_clock(quick_server: Server) -> None:
    desk = Desk.logged_in(quick_server)
    desk.ok("UnlinkCreditClock", clock_id=2)
    for label in ("ViewCreditClock", "StartClockTimer", "StopClockTimer", "ViewTimeSheet", "CreateTimeSheet"):
        desk.refused(label, "not_found")
    assert desk.wallet()["clock"] is None
    made = desk.ok("CreateCreditClock")["clock"]
    assert desk.clock()["id"] == made
    desk.ok("UnlinkCreditEWallet", ewallet_id=2)
    assert desk.account()["ewallet"] is None
    desk.refused("SupplyCredits", "not_found", credits=5)
    desk.refused("ViewTransferSheet", "not_found")
    made = desk.ok("CreateCreditEWallet")["ewallet"]
    desk.ok("SwitchCreditEWallet", ewallet_id=made)
    desk.ok("SupplyCredits", credits=5)


def test_what_is_unlinked_stays_in_the_books(open_server: Server) -> None:
    desk = Desk.logged_in(open_server, credits=30)
    supplied = next(iter(desk.ok("ViewTransferSheet")["sheet_data"]["records"]))
    before = customer(desk, "u1@ex.org")
    wallet = before["wallets"][0]
    statement = owner(desk).get(f"/v1/wallets/{wallet}/records").ok()["items"]
    desk.ok("UnlinkTransferRecord", record_id=supplied)
    desk.ok("UnlinkTransferSheet", list_id=2)
    desk.ok("UnlinkInvoiceSheet", list_id=2)
    assert owner(desk).get(f"/v1/wallets/{wallet}/records").ok()["items"] == statement
    assert owner(desk).get(f"/v1/wallets/{wallet}").ok()["balance"] == 30
    desk.ok("UnlinkAccount", forced_removal=True)
    kept = owner(desk).get(f"/v1/wallets/{wallet}/records").ok()["items"]
    assert {record["id"] for record in statement} <= {record["id"] for record in kept}
    rows = open_server.rows("SELECT count(*) FROM posting WHERE master_id = ?", desk.master)
    assert rows[0][0] >= len(statement)


def test_what_the_api_moves_is_on_the_sheets(open_server: Server) -> None:
    desk = Desk.logged_in(open_server)
    other = desk.add("u2")
    found = customer(desk, "u1@ex.org")
    wallet, clock = found["wallets"][0], found["clocks"][0]
    payee = customer(desk, other)["wallets"][0]
    api = owner(desk)
    api.post(f"/v1/wallets/{wallet}/top-up", {"amount": 80}).ok()
    api.post(f"/v1/wallets/{wallet}/pay", {"amount": 5, "to_wallet": payee}).ok()
    api.post(f"/v1/wallets/{wallet}/transfer", {"amount": 6, "to_wallet": payee}).ok()
    api.post(f"/v1/clocks/{clock}/buy", {"amount": 7}).ok()
    desk.log_in("u1")
    sheet = desk.ok("ViewTransferSheet")["sheet_data"]["records"]
    moved = [desk.ok("ViewTransferRecord", record_id=number)["record_data"] for number in sheet]
    assert [(one["transfer_type"], one["transfer_from"], one["transfer_to"], one["credits"]) for one in moved] == [
        ("incoming", SYSTEM_CORE, "u1@ex.org", 80),
        ("payment", "u1@ex.org", other, 5),
        ("transfer", "u1@ex.org", other, 6),
    ]
    assert all(one["write_date"] == written(open_server.now) for one in moved)
    invoices = desk.ok("ViewInvoiceSheet")["sheet_data"]["records"]
    sellers = [desk.ok("ViewInvoiceRecord", record_id=number)["record_data"]["seller"] for number in invoices]
    assert sellers == [1, 3]
    (conversion,) = desk.ok("ViewConversionSheet")["sheet_data"]["records"]
    record = desk.ok("ViewConversionRecord", record_id=conversion)["record_data"]
    assert (record["conversion_type"], record["minutes"], record["credits"]) == ("credits2clock", 7.0, 7)
    assert desk.wallet()["credits"] == 62
    desk.ok("SwitchAccount", account=other)
    assert len(desk.ok("ViewTransferSheet")["sheet_data"]["records"]) == 2
    assert len(desk.ok("ViewInvoiceSheet")["sheet_data"]["records"]) == 1


def dates(desk: Desk) -> Iterator[tuple[str, Callable[[], str], list[tuple[str, Json]]]]:
    """What has a write_date, how it is read, and what changes it."""

    def of(label: str, data: str, **given: Json) -> Callable[[], str]:
        return lambda: desk.ok(label, **given)[data]["write_date"]

    contact = desk.ok("AddContactRecord", user_name="x")["contact_record"]
    yield (
        "contact list",
        of("ViewContactList", "list_data"),
        [
            ("AddContactRecord", {"user_name": "y"}),
            ("UnlinkContactRecord", {"record_id": contact}),
        ],
    )
    yield (
        "account",
        of("ViewAccount", "account_data"),
        [
            ("EditAccount", {"user_alias": "A"}),
            ("EditAccount", {"user_name": "B"}),
            ("EditAccount", {"user_pass": "Passw0rd!x"}),
            ("AccountLogin", {"user_email": "u1@ex.org", "user_pass": PASSWORD}),
            ("CreateCreditEWallet", {}),
            ("SwitchCreditEWallet", {"ewallet_id": 2}),
            ("CreateContactList", {}),
            ("SwitchContactList", {"list_id": 2}),
        ],
    )
    yield (
        "wallet",
        of("ViewCreditEWallet", "ewallet_data"),
        [
            ("SupplyCredits", {"credits": 20}),
            ("PayCredits", {"pay": SYSTEM_CORE, "credits": 1}),
            ("TransferCredits", {"transfer_to": SYSTEM_CORE, "credits": 1}),
            ("ConvertCreditsToClock", {"credits": 5}),
            ("ConvertClockToCredits", {"minutes": 1}),
            ("CreateCreditClock", {}),
            ("SwitchCreditClock", {"clock_id": 2}),
            ("CreateTransferSheet", {}),
            ("SwitchTransferSheet", {"sheet_id": 2}),
            ("CreateInvoiceSheet", {}),
            ("SwitchInvoiceSheet", {"sheet_id": 2}),
        ],
    )
    yield (
        "clock",
        of("ViewCreditClock", "clock_data"),
        [
            ("ConvertCreditsToClock", {"credits": 5}),
            ("ConvertClockToCredits", {"minutes": 1}),
            ("StartClockTimer", {}),
            ("PauseClockTimer", {}),
            ("ResumeClockTimer", {}),
            ("StopClockTimer", {}),
            ("CreateTimeSheet", {}),
            ("SwitchTimeSheet", {"sheet_id": 2}),
            ("CreateConversionSheet", {}),
            ("SwitchConversionSheet", {"sheet_id": 2}),
        ],
    )
    yield (
        "transfer sheet",
        of("ViewTransferSheet", "sheet_data"),
        [
            ("SupplyCredits", {"credits": 20}),
            ("PayCredits", {"pay": SYSTEM_CORE, "credits": 1}),
            ("TransferCredits", {"transfer_to": SYSTEM_CORE, "credits": 1}),
            ("UnlinkTransferRecord", {"record_id": 2}),
        ],
    )
    yield (
        "invoice sheet",
        of("ViewInvoiceSheet", "sheet_data"),
        [
            ("SupplyCredits", {"credits": 20}),
            ("PayCredits", {"pay": SYSTEM_CORE, "credits": 1}),
            ("UnlinkInvoiceRecord", {"record_id": 2}),
        ],
    )
    yield (
        "conversion sheet",
        of("ViewConversionSheet", "sheet_data"),
        [
            ("ConvertCreditsToClock", {"credits": 5}),
            ("ConvertClockToCredits", {"minutes": 1}),
            ("UnlinkConversionRecord", {"record_id": 1}),
        ],
    )
    yield (
        "time sheet",
        of("ViewTimeSheet", "sheet_data"),
        [
            ("StartClockTimer", {}),
            ("UnlinkTimeRecord", {"record_id": 1}),
        ],
    )
    yield (
        "time record",
        of("ViewTimeRecord", "record_data", record_id=2),
        [
            ("PauseClockTimer", {}),
            ("ResumeClockTimer", {}),
            ("StopClockTimer", {}),
        ],
    )
    yield (
        "master",
        of("MasterViewAccount", "account_data"),
        [
            ("MasterEditAccount", {"user_alias": "A"}),
            ("MasterEditAccount", {"user_name": "Mia2"}),
            ("MasterEditAccount", {"company": "Co"}),
            ("MasterEditAccount", {"key": "K"}),
            ("MasterEditAccount", {"user_pass": "Passw0rd!x"}),
        ],
    )
    yield "client id", of("InspectCToken", "ctoken_data", ctoken=desk.client), [
        ("CTokenKeepAlive", {}),
        ("RequestSessionToken", {}),
        ],  # fmt: skip


def test_every_change_moves_its_date(open_server: Server) -> None:
    desk = Desk.logged_in(open_server, credits=100, minutes=20)
    desk.log_master_in()
    wrong: list[str] = []
    for what, read, changes in dates(desk):
        for label, given in changes:
            desk.server.advance(2_000)
            desk.ok("STokenKeepAlive")
            desk.ok(label, **given)
            at = written(desk.server.now)
            if read() != at:
                wrong.append(f"{what}: {label} {given} leaves {read()}, it is {at}")
            if desk.clock()["clock_state"] == "active":
                continue
            desk.server.advance(1_000)
            if read() > at:
                wrong.append(f"{what}: a look at it after {label} moves it")
    assert not wrong, "\n".join(wrong)


def test_journals_have_true_dates(open_server: Server) -> None:
    desk = Desk.logged_in(open_server)
    desk.log_master_in()
    ins, outs = [written(open_server.now)], list[str]()
    master_ins, master_outs = [written(open_server.now)], list[str]()
    for _ in range(2):
        open_server.advance(MINUTE)
        desk.ok("AccountLogout")
        desk.ok("MasterAccountLogout")
        outs.append(written(open_server.now))
        master_outs.append(written(open_server.now))
        open_server.advance(MINUTE)
        desk.log_in("u1")
        desk.log_master_in()
        ins.append(written(open_server.now))
        master_ins.append(written(open_server.now))
    desk.refused("AccountLogin", "sign_in_failed", user_email="u1@ex.org", user_pass="wrong")
    assert list(desk.ok("ViewLoginRecords")["login_records"].values()) == ins
    assert list(desk.ok("ViewLogoutRecords")["logout_records"].values()) == outs
    assert list(desk.ok("MasterViewLogin")["login_records"].values()) == master_ins
    assert list(desk.ok("MasterViewLogout")["logout_records"].values()) == master_outs


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
