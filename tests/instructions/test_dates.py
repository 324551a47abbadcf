"""Dates of the instruction set: every change moves write_date, journals say when somebody came and went."""

from collections.abc import Callable, Iterator

from tests.api import Json
from tests.instructions.desk import PASSWORD, SYSTEM_CORE, Desk
from tests.instructions.transcript import written
from tests.server import Server

ONLY = "sqlite"

MINUTE = 60_000


Changes = list[tuple[str, Json]]


def dates(desk: Desk) -> Iterator[tuple[str, Callable[[], str], Changes]]:
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
            ("MasterEditAccount", {"key": "Key-code-9"}),
            ("MasterEditAccount", {"user_pass": "Passw0rd!x"}),
        ],
    )
    tokens: Changes = [("CTokenKeepAlive", {}), ("RequestSessionToken", {})]
    yield "client id", of("InspectCToken", "ctoken_data", ctoken=desk.client), tokens


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
