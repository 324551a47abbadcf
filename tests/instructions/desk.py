"""A desk: somebody who sends instructions, with a client id and a session token.

What names an instruction and the keys of its answer come from `wire.txt`, which was written from the protocol.
"""

import json
from pathlib import Path
from typing import NamedTuple, Self

from tests.api import Answer, Api, Json
from tests.server import Server

PATH = "/ewallet/instruction-set"
SYSTEM_CORE = "ewsc.systemcore@alvearesolutions.ro"
KEY_CODE = "EWSC-Master-Key-Code"
PASSWORD = "Passw0rd!x"
REFUSAL = {"failed", "level", "details"}
FOR_EVENTS = {
    "EventList": ("client", "list", "account available_events"),
    "EventPoll": ("client", "poll", "account events more"),
    "EventAcknowledge": ("client", "acknowledge", "account acknowledged"),
    "MasterEventList": ("master", "list", "account available_events"),
    "MasterEventPoll": ("master", "poll", "account events more"),
    "MasterEventAcknowledge": ("master", "acknowledge", "account acknowledged"),
}


class Wire(NamedTuple):
    """What names an instruction, and the keys of its answer."""

    named: dict[str, str]
    keys: frozenset[str]


def _wires() -> dict[str, Wire]:
    found: dict[str, Wire] = {}
    for line in Path(__file__).with_name("wire.txt").read_text(encoding="utf-8").splitlines():
        label, controller, selector, keys = (part.strip() for part in line.split("|"))
        pairs = [pair.partition("=") for pair in selector.split()]
        selected = {key: value for key, _, value in pairs if value != "*"}
        named = {"controller": controller, "ctype": "action", **selected}
        found[label] = Wire(named, frozenset(["failed", *keys.split()]))
    for label, (controller, event, keys) in FOR_EVENTS.items():
        named = {"controller": controller, "ctype": "event", "event": event}
        found[label] = Wire(named, frozenset(["failed", *keys.split()]))
    return found


WIRES = _wires()


def post(api: Api, body: Json) -> Answer:
    """Send a body as JSON; the answer is one with status 200 and a JSON object."""
    answer = api.send("POST", PATH, json.dumps(body).encode(), {"Content-Type": "application/json"})
    assert answer.status == 200, answer
    assert answer.headers["content-type"] == "application/json", answer
    assert isinstance(answer.json, dict), answer
    return answer


def looked_at(found: Json, code: str | None = None) -> Json:
    """A refusal, after a look at its form."""
    assert found["failed"] is True, found
    said = found.keys() & {"error", "warning"}
    assert len(said) == 1, found
    assert found.keys() - said == REFUSAL, found
    text = found[said.pop()]
    assert isinstance(text, str), found
    assert text.endswith((".", "?")), found
    assert found["level"] == "session-manager", found
    assert isinstance(found["details"], str), found
    assert "Traceback" not in json.dumps(found), found
    assert code is None or found["details"] == code, (code, found)
    return found


class Desk:
    """Somebody at a server, with tokens, a master's e-mail and accounts of its own."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.client: str | None = None
        self.session: str | None = None
        self.mail = f"{server.unique('mia')}@ex.org"
        self.master = 0

    @classmethod
    def new(cls, server: Server) -> Self:
        """With a client id and a session token."""
        desk = cls(server)
        desk.client = desk.ok("RequestClientID")["client_id"]
        desk.session = desk.ok("RequestSessionToken")["session_token"]
        return desk

    @classmethod
    def under_master(cls, server: Server) -> Self:
        """With an acquired master of its own."""
        desk = cls.new(server)
        made = desk.ok("CreateMaster", user_name="Mia", user_pass=PASSWORD, user_email=desk.mail)
        desk.master = made["account_data"]["id"]
        desk.acquire()
        return desk

    @classmethod
    def logged_in(cls, server: Server, name: str = "u1", *, credits: int = 0, minutes: int = 0) -> Self:  # noqa: A002
        """With a master and an account that is logged in, credits in its wallet, and minutes on its clock."""
        desk = cls.under_master(server)
        desk.add(name)
        if credits + minutes:
            desk.ok("SupplyCredits", credits=credits + minutes)
        if minutes:
            desk.ok("ConvertCreditsToClock", credits=minutes)
        return desk

    def another(self) -> "Desk":
        """Another client under the same master."""
        desk = Desk.new(self.server)
        desk.mail, desk.master = self.mail, self.master
        desk.acquire()
        return desk

    def acquire(self) -> None:
        self.ok("AcquireMaster", master=self.mail, key=KEY_CODE)

    def add(self, name: str) -> str:
        """Make an account and log it in; gives its e-mail."""
        mail = f"{name}@ex.org"
        self.ok("CreateAccount", user_name=name.title(), user_pass=PASSWORD, user_email=mail)
        self.log_in(name)
        return mail

    def log_in(self, name: str) -> Json:
        return self.ok("AccountLogin", user_email=f"{name}@ex.org", user_pass=PASSWORD)

    def log_master_in(self) -> Json:
        return self.ok("MasterAccountLogin", user_email=self.mail, user_pass=PASSWORD)

    def body(self, label: str, **given: Json) -> Json:
        """What is sent for an instruction; what is given as None is left out."""
        tokens = {"client_id": self.client, "session_token": self.session}
        whole = {**WIRES[label].named, **tokens, **given}
        return {key: value for key, value in whole.items() if value is not None}

    def send(self, label: str, **given: Json) -> Json:
        return post(self.server.nobody, self.body(label, **given)).json

    def report(self, **issue: Json) -> Json:
        """An accepted report."""
        found = self.send("IssueReport", issue=issue)
        assert found["failed"] is False, found
        assert found.keys() == WIRES["IssueReport"].keys, found
        return found

    def ok(self, label: str, **given: Json) -> Json:
        """What a success answers, with exactly the keys of the protocol."""
        found = self.send(label, **given)
        assert found["failed"] is False, (label, found)
        assert found.keys() == WIRES[label].keys, (label, found)
        return found

    def refused(self, label: str, code: str | None = None, **given: Json) -> Json:
        """A refusal, after a look at its form and its code."""
        return looked_at(self.send(label, **given), code)

    def wallet(self) -> Json:
        return self.ok("ViewCreditEWallet")["ewallet_data"]

    def clock(self) -> Json:
        return self.ok("ViewCreditClock")["clock_data"]

    def account(self) -> Json:
        return self.ok("ViewAccount")["account_data"]
