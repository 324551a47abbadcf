"""Clients of the old server, after the move: they find what they know by its number."""

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Servers
from tests.imports.old import PASSWORD, furnished
from tests.imports.test_import import imported
from tests.server import Server

Answer = dict[str, Any]


class Client:
    """A client of the old server: one client id, one session token."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._tokens: dict[str, str] = {}
        self._tokens["client_id"] = self.sends("request", request="client_id")["client_id"]
        self._tokens["session_token"] = self.sends("request", request="session_token")["session_token"]

    def sends(self, action: str, controller: str = "client", **more: str | int) -> Answer:
        body = {"controller": controller, "ctype": "action", "action": action, **self._tokens, **more}
        answer: Answer = self._server.nobody.post("/ewallet/instruction-set", body).ok()
        assert answer["failed"] is False, answer
        return answer

    def sees(self, what: str, which: str, **more: str | int) -> Answer:
        named: dict[str, Any] = {what: which, **more}
        return self.sends("view", view=what, **named)


@pytest.fixture
def server(servers: Servers, kind: str, tmp_path: Path) -> Server:
    made = servers.made(kind)
    made.flags = ("--instruction-set", "on")
    imported(made, furnished(tmp_path / "ewallet.db").path)
    return made


@pytest.mark.timeout(400)
def test_an_account_finds_what_it_had(server: Server) -> None:
    with server:
        ann = Client(server)
        ann.sends("acquire", acquire="master", master="m@ex.org", key="Key-Of-Mia")
        ann.sends("login", user_email="u1@ex.org", user_pass=PASSWORD)
        account = ann.sends("view", view="account")["account_data"]
        assert (account["id"], account["name"], account["alias"]) == (2, "Ann", "annie")
        assert account["create_date"] == "04-03-2021 09:30:00"
        assert account["ewallet_archive"] == {"2": "Credit EWallet", "4": "Savings"}
        assert account["contact_list_archive"] == {"2": "Contact List"}
        wallet = ann.sees("credit", "ewallet")["ewallet_data"]
        assert (wallet["id"], wallet["credits"], wallet["clock"], wallet["transfer_sheet"]) == (2, 70, 2, 2)
        clock = ann.sees("credit", "clock")["clock_data"]
        assert (clock["id"], clock["credit_clock"], clock["clock_state"]) == (2, 20.5, "inactive")
        transfer = ann.sees("transfer", "record", record_id=1)["record_data"]
        assert (transfer["reference"], transfer["credits"]) == ("Lunch", 30)
        assert (transfer["transfer_from"], transfer["transfer_to"]) == ("u1@ex.org", "u2@ex.org")
        invoice = ann.sees("invoice", "record", record_id=1)["record_data"]
        assert (invoice["credits"], invoice["currency"], invoice["cost"], invoice["seller"]) == (100, "RON", 12.5, 1)
        conversion = ann.sees("conversion", "record", record_id=2)["record_data"]
        assert (conversion["conversion_type"], conversion["minutes"]) == ("clock2credits", 5.0)
        used = ann.sees("time", "record", record_id=1)["record_data"]
        assert (used["time_start"], used["time_stop"]) == ("04-03-2021 09:30:00", "04-03-2021 09:32:00")
        assert used["time_spent"] == 2.0
        contact = ann.sees("contact", "record", record_id=1)["record_data"]
        assert (contact["name"], contact["email"]) == ("Bob", "u2@ex.org")
        logins = ann.sends("view", view="login")["login_records"]
        assert logins["1"] == "04-03-2021 09:30:00"
        assert list(logins)[-1] == "4"


@pytest.mark.timeout(400)
def test_an_account_goes_on_where_it_was(server: Server) -> None:
    with server:
        ann = Client(server)
        ann.sends("acquire", acquire="master", master="m@ex.org", key="Key-Of-Mia")
        ann.sends("login", user_email="u1@ex.org", user_pass=PASSWORD)
        assert ann.sends("convert", convert="clock2credits", minutes=10)["ewallet_credits"] == 80
        moved = ann.sends("transfer", transfer="credits", transfer_to="u2@ex.org", credits=7)
        assert moved["transfer_record"] == 3
        records = ann.sees("transfer", "list")["sheet_data"]["records"]
        assert records == {"1": "Lunch", "3": "TransferRecord"}
        ann.sends("start", start="clock_timer")
        ann.sends("stop", stop="clock_timer")
        assert ann.sends("new", new="credit", credit="ewallet")["ewallet"] == 5
        mia = Client(server)
        mia.sends("login", "master", login="master", user_email="m@ex.org", user_pass=PASSWORD)
        shown = mia.sends("view", "master", view="account")["account_data"]
        assert (shown["company"], shown["account_limit"]) == ("Mia's Café", 10)
        assert shown["subordonate_pool"] == {"2": "u1@ex.org", "3": "u2@ex.org"}
        assert not server.check()
