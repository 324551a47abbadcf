"""Objects of the instruction set: several of each kind, dates that move with every change, removal and recovery."""

import pytest

from tests.api import Api, Json
from tests.instructions.desk import PASSWORD, SYSTEM_CORE, Desk
from tests.instructions.transcript import written
from tests.server import Server

MINUTE = 60_000
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
    if desk is None or desk.send("CTokenKeepAlive")["failed"]:
        desk = DESKS[server.database] = Desk.logged_in(server, credits=1_000, minutes=1_000)
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
