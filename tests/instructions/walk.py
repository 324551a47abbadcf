"""A walk through all instructions in an order that makes sense, in which every answer must be the walker's own."""

import json

from tests.api import Json
from tests.instructions.desk import KEY_CODE, PASSWORD, SYSTEM_CORE, Desk
from tests.server import Server

SHEETS = {
    "TransferSheet": ("sheet_id", "transfer_sheet"),
    "InvoiceSheet": ("sheet_id", "invoice_sheet"),
    "ConversionSheet": ("sheet_id", "conversion_sheet"),
    "TimeSheet": ("sheet_id", "time_sheet"),
    "ContactList": ("list_id", "contact_list"),
}


class Walker(Desk):
    """Walks with e-mails and amounts that nobody else has; `seen` are the instructions that it sent."""

    def __init__(self, server: Server, number: int) -> None:
        super().__init__(server)
        self.number = number
        self.seen: set[str] = set()
        self.ann = f"ann{number}@ex.org"
        self.bob = f"bob{number}@ex.org"

    def send(self, label: str, **given: Json) -> Json:
        """Also looks whether there is somebody else in the answer."""
        found = super().send(label, **given)
        said = json.dumps(found)
        self.seen.add(label)
        for word in ("ewsm-uid:", "ewsm-st:"):
            for piece in said.split(word)[1:]:
                whole = word + piece.partition('"')[0]
                mine = {self.client, self.session}
                assert whole in mine or None in mine or label.startswith("Request"), (label, found)
        assert found.get("account") in {None, self.ann, self.bob, self.mail, self._edited(self.mail)}, (label, found)
        return found

    @staticmethod
    def _edited(mail: str) -> str:
        return f"new.{mail}"

    def walk(self) -> None:
        """From a client id to the removal of the master, after which all names are free again."""
        self.client = self.session = None
        self.client = self.ok("RequestClientID")["client_id"]
        self.session = self.ok("RequestSessionToken")["session_token"]
        self._ask_about_tokens()
        self._make_master()
        self._make_accounts()
        self._move_credits()
        self._use_timer()
        self._sheets()
        self._wallets_and_clocks()
        self._records()
        self._look_as_master()
        self._leave()

    def _ask_about_tokens(self) -> None:
        session = self.ok("CheckCTokenSession")["session"]
        assert self.ok("CheckSTokenSession")["session"] == session
        for label in ("CheckCTokenValid", "CheckSTokenValid"):
            assert self.ok(label)["valid"] is True
        assert self.ok("CheckCTokenLinked")["session_token"] == self.session
        assert self.ok("CheckSTokenLinked")["client_id"] == self.client
        assert self.ok("CheckCTokenStatus")["session"] == session
        assert self.ok("CheckSTokenStatus")["session"] == session
        assert self.ok("CTokenKeepAlive")["ctoken"] == self.client
        assert self.ok("STokenKeepAlive")["stoken"] == self.session
        self.report(name="x", log="aGVsbG8=", email=f"c{self.number}@ex.org", details=[])

    def _make_master(self) -> None:
        made = self.ok("CreateMaster", user_name=f"Mia {self.number}", user_pass=PASSWORD, user_email=self.mail)
        self.master = made["account_data"]["id"]
        assert made["account_data"]["name"] == f"Mia {self.number}"
        assert self.ok("AcquireMaster", master=self.mail, key=KEY_CODE)["master"] == self.mail

    def _make_accounts(self) -> None:
        for name, mail in (("Ann", self.ann), ("Bob", self.bob)):
            made = self.ok("CreateAccount", user_name=name, user_pass=PASSWORD, user_email=mail)["account_data"]
            assert (made["email"], made["subordonate_of"]) == (mail, self.master)
            session = self.ok("AccountLogin", user_email=mail, user_pass=PASSWORD)["session_data"]
            assert session["session_user_account"] == mail
        assert self.ok("SwitchAccount", account=self.ann)["account"] == self.ann
        assert self.ok("ViewAccount")["account_data"]["name"] == "Ann"
        assert self.ok("EditAccount", user_phone=str(self.number))["account_data"]["phone"] == str(self.number)

    def _move_credits(self) -> None:
        supplied = 1_000 + self.number
        assert self.ok("SupplyCredits", credits=supplied, cost=float(self.number))["ewallet_credits"] == supplied
        paid = self.ok("PayCredits", pay=self.bob, credits=100 + self.number)
        assert (paid["paid"], paid["spent_credits"], paid["ewallet_credits"]) == (self.bob, 100 + self.number, 900)
        moved = self.ok("TransferCredits", transfer_to=self.bob, credits=self.number)
        assert moved["ewallet_credits"] == 900 - self.number
        bought = self.ok("ConvertCreditsToClock", credits=str(200 - self.number))
        assert (bought["ewallet_credits"], bought["credit_clock"]) == (700, float(200 - self.number))
        back = self.ok("ConvertClockToCredits", minutes=100 - self.number)
        assert (back["ewallet_credits"], back["credit_clock"]) == (800 - self.number, 100.0)
        assert self.wallet()["credits"] == 800 - self.number
        self.ok("SwitchAccount", account=self.bob)
        assert self.wallet()["credits"] == 100 + 2 * self.number
        self.ok("SwitchAccount", account=self.ann)

    def _use_timer(self) -> None:
        clock = self.ok("StartClockTimer")["clock"]
        for label in ("PauseClockTimer", "ResumeClockTimer", "StopClockTimer"):
            found = self.ok(label)
            assert found["clock"] == clock
        assert found["record_data"]["id"] == found["time_record"]
        assert self.clock()["id"] == clock

    def _sheets(self) -> None:
        for sheet, (by, word) in SHEETS.items():
            first = self.ok(f"View{sheet}")[word]
            made = self.ok(f"Create{sheet}", reference=f"Sheet {self.number}")[word]
            shown = self.ok(f"Switch{sheet}", **{by: made})
            data = shown["list_data" if sheet == "ContactList" else "sheet_data"]
            assert (data["reference"], data["records"]) == (f"Sheet {self.number}", {})
            self.ok(f"Switch{sheet}", **{by: first})
            self.ok(f"Unlink{sheet}", list_id=made)

    def _wallets_and_clocks(self) -> None:
        wallet = self.wallet()["id"]
        other = self.ok("CreateCreditEWallet", reference=f"Purse {self.number}")["ewallet"]
        data = self.ok("SwitchCreditEWallet", ewallet_id=other)["ewallet_data"]
        assert (data["reference"], data["credits"]) == (f"Purse {self.number}", 0)
        self.ok("SwitchCreditEWallet", ewallet_id=wallet)
        self.ok("UnlinkCreditEWallet", ewallet_id=other)
        clock = self.clock()["id"]
        other = self.ok("CreateCreditClock", reference=f"Clock {self.number}")["clock"]
        assert self.ok("SwitchCreditClock", clock_id=other)["clock_data"]["reference"] == f"Clock {self.number}"
        self.ok("SwitchCreditClock", clock_id=clock)
        self.ok("UnlinkCreditClock", clock_id=other)

    def _records(self) -> None:
        for kind in ("Transfer", "Invoice", "Conversion", "Time"):
            records = self.ok(f"View{kind}Sheet")["sheet_data"]["records"]
            number = int(next(iter(records)))
            found = self.ok(f"View{kind}Record", record_id=number)["record_data"]
            assert found["id"] == number
            if kind == "Invoice":
                assert (found["credits"], found["cost"]) == (1_000 + self.number, float(self.number))
            if kind == "Transfer":
                assert (found["transfer_from"], found["transfer_to"]) == (SYSTEM_CORE, self.ann)
            self.ok(f"Unlink{kind}Record", record_id=number)
        number = self.ok("AddContactRecord", user_name=f"Cat {self.number}")["contact_record"]
        assert self.ok("ViewContactRecord", record_id=number)["record_data"]["name"] == f"Cat {self.number}"
        self.ok("UnlinkContactRecord", record_id=number)

    def _look_as_master(self) -> None:
        assert self.ok("MasterAccountLogin", user_email=self.mail, user_pass=PASSWORD)["account"] == self.mail
        assert self.ok("MasterViewAccount")["account_data"]["id"] == self.master
        edited = self.ok("MasterEditAccount", user_email=self._edited(self.mail), company=f"Co {self.number}")
        assert edited["account_data"]["company"] == f"Co {self.number}"
        self.ok("MasterEditAccount", user_email=self.mail)
        assert self.ok("InspectCTokens")["ctokens"] == [self.client]
        assert self.ok("InspectCToken", ctoken=self.client)["ctoken"] == self.client
        pool = self.ok("InspectSubPool")["subpool"]
        assert sorted(pool.values()) == sorted([self.ann, self.bob])
        for number, mail in pool.items():
            assert self.ok("InspectSubordonate", subordonate=number)["subordonate"]["email"] == mail
        assert len(self.ok("MasterViewLogin")["login_records"]) == 1
        self.ok("MasterAccountLogout")
        self.ok("MasterAccountLogin", user_email=self.mail, user_pass=PASSWORD)
        assert len(self.ok("MasterViewLogout")["logout_records"]) == 1

    def _leave(self) -> None:
        self.ok("UnlinkAccount")
        assert self.ok("RecoverAccount")["account"] == self.ann
        assert len(self.ok("ViewLoginRecords")["login_records"]) == 1
        self.ok("AccountLogout")
        self.ok("SwitchAccount", account=self.bob)
        assert self.ok("ViewLogoutRecords")["logout_records"] == {}
        self.ok("UnlinkAccount", forced_removal=True)
        self.ok("MasterUnlinkAccount")
        self.ok("MasterRecoverAccount")
        assert self.ok("ReleaseMaster", key=KEY_CODE)["released"] == self.mail
        self.ok("MasterUnlinkAccount", forced_removal=True)
