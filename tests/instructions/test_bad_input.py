"""What killed or robbed the original is refused here and changes nothing: amounts, numbers, names, texts."""

import json
from typing import Any

from tests.api import Json
from tests.instructions.desk import PASSWORD, SYSTEM_CORE, Desk
from tests.instructions.watch import NOTHING, Watch
from tests.server import Server

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
MAILS: list[Any] = [
    NOTHING, None, 5, True, [], "", "u1@ex.org", "u2@ex.org", "a b@ex.org", "x" * 101, "\u0000", "cus_1",
]  # fmt: skip
NAMES: list[Any] = [NOTHING, None, "", " ", 5, "x" * 201, "a\nb"]
PASSWORDS: list[Any] = [NOTHING, None, "", "short1!", "nodigits!!", "12345678!", "NoSymbol1", 5, "x" * 201]
MASTERS: list[Any] = [NOTHING, None, 5, "", "no address", "Edited", "@", "a@", "@b", "a@b@c", "x" * 101 + "@b.c"]


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
    wrong: list[Any] = [NOTHING, None, 5, True, [], {}, *people]
    for who in wrong:
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
    costs: list[Any] = [-1, "-0.5", "abc", True, [], 1e300, "NaN", "inf"]
    currencies: list[Any] = ["12", "\u20ac", "TOOLONGNAME", 5, [], "R N"]
    notes: list[Any] = ["x" * 501, 5, True, [], {}, "\u0000", "\u001b[2J"]
    lines: list[Any] = ["x" * 201, 5, True, [], {}, "a\nb", "\u0000"]
    for cost in costs:
        watch.label("SupplyCredits", credits=1, cost=cost)
        watch.label("PayCredits", pay="u1@ex.org", credits=1, cost=cost)
    for currency in currencies:
        watch.label("SupplyCredits", credits=1, currency=currency)
        watch.label("PayCredits", pay="u1@ex.org", credits=1, currency=currency)
    for text in notes:
        watch.label("SupplyCredits", credits=1, notes=text)
        watch.label("AddContactRecord", user_name="x", notes=text)
    for text in lines:
        for key in ("user_name", "user_email", "user_phone"):
            watch.label("AddContactRecord", None, **{key: text})
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


def test_e_mails(quick: Desk) -> None:
    fresh = Desk.new(quick.server)
    watch = Watch(quick)
    for mail in MAILS:
        watch.label("CreateAccount", user_name="New", user_pass=PASSWORD, user_email=mail)
    for name in NAMES:
        watch.label("CreateAccount", user_name=name, user_pass=PASSWORD, user_email="new@ex.org")
    for secret in PASSWORDS:
        watch.label("CreateAccount", user_name="New", user_pass=secret, user_email="new@ex.org")
    watch.label("CreateAccount", "weak_password", user_name="New", user_pass="new1@ex.org", user_email="new1@ex.org")
    watch.label("EditAccount", "login_taken", user_email="u1@ex.org")
    watch.label("EditAccount", user_email="")
    watch.label("MasterEditAccount", user_email="")
    watch.desk = fresh
    for mail in [*MASTERS, quick.mail]:
        watch.label("CreateMaster", user_name="New", user_pass=PASSWORD, user_email=mail)
    watch.desk = quick
    watch.end()


def test_nobody_poses_as_whom_credits_are_paid_to(quick_server: Server) -> None:
    desk = Desk.logged_in(quick_server)
    account: Json = {"user_name": "Mia", "user_pass": PASSWORD}
    for mail in (SYSTEM_CORE, SYSTEM_CORE.upper()):
        desk.refused("CreateAccount", "invalid", **account, user_email=mail)
    desk.refused("CreateAccount", "login_taken", **account, user_email=desk.mail.upper())
    assert desk.ok("EditAccount", user_name="Ann", user_email=desk.mail.title())["edit"]["email"] is False
    desk.ok("CreateAccount", **account, user_email="mia@ex.org")
    # Whoever has such a name for other reasons gets nothing that is meant for the master.
    desk.ok("SupplyCredits", credits=3)
    owner = quick_server.signed_in(desk.mail, PASSWORD)
    other = owner.post("/v1/customers", {"login": desk.mail.upper()}).ok(201)
    for mail in (desk.mail, desk.mail.upper(), f"\uff25{SYSTEM_CORE[1:]}"):
        desk.ok("PayCredits", pay=mail, credits=1)
    assert owner.get(f"/v1/wallets/{other['wallets'][0]}").ok()["balance"] == 0


def test_eleven_accounts(quick_server: Server) -> None:
    desk = Desk.logged_in(quick_server, "u1")
    for number in range(2, 11):
        desk.ok("CreateAccount", user_name="x", user_pass=PASSWORD, user_email=f"u{number}@ex.org")
    watch = Watch(desk)
    watch.label("CreateAccount", user_name="x", user_pass=PASSWORD, user_email="u11@ex.org")
    watch.end()
    desk.ok("UnlinkAccount", forced_removal=True)
    desk.ok("CreateAccount", user_name="x", user_pass=PASSWORD, user_email="u11@ex.org")
