"""What the operator does through the instructions of the system: they act for real, and answer exactly their keys."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from creditclock.contract.instructions.system import SYSTEM
from creditclock.contract.values import master_of
from tests.api import Json
from tests.conftest import Servers
from tests.server import PASSWORD, Server, creditclock

PATH: Final = "/ewallet/instruction-set"
MINUTE: Final = 60_000
GOOD: Final = "Correct-horse-7"
KEY: Final = "key-code-of-a-test"
MAIL: Final = "u1@example.org"


@pytest.fixture(scope="module")
def running() -> Iterator[dict[str, Server]]:
    found: dict[str, Server] = {}
    yield found
    for server in found.values():
        server.close()


@pytest.fixture
def server(servers: Servers, running: dict[str, Server], kind: str) -> Server:
    if kind not in running:
        running[kind] = servers.new(kind, test_clock=True)
        running[kind].flags = ("--instruction-set", "on")
        running[kind].start()
    return running[kind]


class Client:
    """A client of the instruction set that has acquired a business and made an account there."""

    def __init__(self, server: Server, mail: str = MAIL) -> None:
        self.server = server
        self.shop = server.new_shop(customer_limit=10, exponent=0)
        self.shop.owner.post(f"/v1/masters/{self.shop.id}/key-code", {"key_code": KEY}).ok()
        self.tokens: dict[str, str] = {}
        self.tokens["client_id"] = self.say("request", request="client_id")["client_id"]
        self.tokens["session_token"] = self.say("request", request="session_token")["session_token"]
        self.say("acquire", acquire="master", master=self.shop.login, key=KEY)
        self.say("new", new="account", user_name="Ann", user_pass=GOOD, user_email=mail)
        self.say("login", login="account", user_email=mail, user_pass=GOOD)

    @property
    def number(self) -> int:
        return master_of(self.shop.id)

    def ask(self, action: str, **said: Json) -> Json:
        body = {"controller": "client", "ctype": "action", "action": action, **self.tokens, **said}
        return self.server.nobody.post(PATH, body).ok()

    def say(self, action: str, **said: Json) -> Json:
        answer = self.ask(action, **said)
        assert not answer["failed"], answer
        return answer

    def come_back(self) -> None:
        """Ask for another session token, and log in."""
        del self.tokens["session_token"]
        self.tokens["session_token"] = self.say("request", request="session_token")["session_token"]
        self.say("login", login="account", user_email=MAIL, user_pass=GOOD)

    @property
    def works(self) -> bool:
        return not self.ask("view", view="account")["failed"]

    @property
    def session(self) -> int:
        return self.say("verify", verify="ctoken", ctoken="session")["session"]

    @property
    def logouts(self) -> int:
        return self.server.rows("SELECT count(*) FROM attendance WHERE master_id = ? AND kind = 'logout'", self.number)[
            0
        ][0]


def run(server: Server, label: str, key: str | None = None, **said: Json) -> Json:
    """An answer of the operator's, which has the keys of the table or is a warning."""
    answer = server.operator.post(f"/v1/instructions/{label}", said, key=key).ok()
    keys = {"failed", "warning", "level", "details"} if answer["failed"] else set(SYSTEM[label].answer)
    assert set(answer) == keys
    return answer


def test_nobody_but_the_operator_runs_them(server: Server) -> None:
    client = Client(server)
    path = "/v1/instructions/FreezeMaster"
    client.shop.owner.post(path, {"master_id": client.number}).refused(403, "forbidden")
    client.shop.key.post(path, {"master_id": client.number}).refused(403, "forbidden")
    server.nobody.post(path, {"master_id": client.number}).refused(401, "unauthorized")
    refused = server.nobody.post(
        PATH, {"controller": "system", "ctype": "action", "action": "freeze", "freeze": "master", "master_id": 1}
    ).ok()
    assert refused.keys() == {"failed", "error"}
    assert refused["failed"]
    assert client.works
    server.operator.post("/v1/instructions/FreezeEverybody", {}).refused(404, "not_found")
    server.operator.post(path, {}).refused(422, "invalid")
    server.operator.post(path, {"master_id": 2**27}).refused(404, "not_found")
    server.operator.post(path, {"master_id": 0}).refused(404, "not_found")


def test_a_business_is_frozen_and_works_again(server: Server) -> None:
    client = Client(server)
    answer = run(server, "FreezeMaster", master_id=str(client.number))
    assert answer == {
        "failed": False,
        "masters_frozen": 1,
        "subordonates_frozen": 1,
        "frozen_failures": 0,
        "masters": [client.number],
        "subordonates": [2],
        "frozen_count": 2,
    }
    assert client.ask("supply", supply="credits", credits=5, currency="RON", cost=1)["failed"]
    assert client.shop.owner.get(f"/v1/masters/{client.shop.id}").ok()["state"] == "frozen"
    assert run(server, "UnfreezeMaster", master_id=client.number)["activation_count"] == 2
    assert client.works


def test_the_pool_grows_and_shrinks(server: Server) -> None:
    client = Client(server)
    grown = run(server, "IncreaseMasterSubPool", key="grow", master_id=client.number)
    assert (grown["subpool_size"], grown["increased_by"]) == (20, 10)
    assert grown["master_data"]["subordonate_pool"] == {"2": MAIL}
    assert grown["master_data"]["account_limit"] == 20
    assert grown["master_data"]["acquired_ctokens"] == 1
    assert run(server, "IncreaseMasterSubPool", key="grow", master_id=client.number) == grown
    shrunk = run(server, "DecreaseMasterSubPool", master_id=client.number, decrease_by="3")
    assert (shrunk["subpool_size"], shrunk["decreased_by"]) == (17, 3)
    server.operator.post(
        "/v1/instructions/DecreaseMasterSubPool", {"master_id": client.number, "decrease_by": 18}
    ).refused(422, "invalid")
    assert client.shop.owner.get(f"/v1/masters/{client.shop.id}").ok()["customer_limit"] == 17


def test_sessions_and_workers_are_looked_at(server: Server) -> None:
    client = Client(server)
    worker = run(server, "InterogateSessionWorkers")["workers"]["1"]["worker_data"]
    assert worker["sessions"] == len(worker["session_pool"])
    assert str(client.session) in worker["session_pool"]
    assert run(server, "InterogateSessionWorkers", limit=0)["workers"] == {}
    shown = run(server, "InterogateEWalletSession", session_id=client.session)
    assert shown["session_data"]["user_account"] == [MAIL]
    assert shown["session_data"]["user_account_archive"] == {MAIL: "Ann"}
    made = run(server, "CreateSession", reference="ref")
    assert made["worker"] == 1
    empty = run(server, "InterogateEWalletSession", session_id=made["ewallet_session"])
    assert empty["session_data"]["user_account"] == []
    assert run(server, "InterogateSessionWorkers")["workers"]["1"]["worker_data"]["sessions"] == worker["sessions"] + 1
    server.operator.post("/v1/instructions/InterogateEWalletSession", {"session_id": 9_999}).refused(404, "not_found")


def test_a_session_is_removed_and_its_account_logged_out(server: Server) -> None:
    client = Client(server)
    number, token = client.session, client.tokens["session_token"]
    answer = run(server, "TargetCleanupSession", key="once", session_id=number)
    assert (answer["sessions"], answer["stokens"], answer["workers"]) == ([number], [token], [1])
    assert not client.works
    assert client.logouts == 1
    assert client.server.rows("SELECT session FROM customer_profile WHERE master_id = ?", client.number) == [(None,)]
    server.operator.post("/v1/instructions/TargetCleanupSession", {"session_id": number}).refused(404, "not_found")
    assert run(server, "TargetCleanupSession", key="once", session_id=number) == answer
    client.come_back()
    answer = run(server, "TargetCleanupSToken", session_token=client.tokens["session_token"])
    assert answer["stokens_cleaned"] == 1
    assert not client.works
    assert client.logouts == 2


def test_removing_a_client_id_removes_its_session_tokens(server: Server) -> None:
    client = Client(server)
    client.say("request", request="session_token")
    answer = run(server, "TargetCleanupCToken", client_id=client.tokens["client_id"])
    assert answer["ctokens"] == [client.tokens["client_id"]]
    assert (answer["stokens_cleaned"], answer["sessions_cleaned"], len(answer["stokens"])) == (2, 2, 2)
    assert client.tokens["session_token"] in answer["stokens"]
    assert client.ask("request", request="session_token")["details"] == "invalid_tokens"
    assert client.logouts == 1


@pytest.mark.parametrize(
    ("label", "field"),
    [
        ("RemoveSessionMapBySession", "session_id"),
        ("RemoveSessionMapBySToken", "session_token"),
        ("RemoveSessionMapByCToken", "client_id"),
    ],
)
def test_a_cut_link_ends_what_the_session_may(server: Server, label: str, field: str) -> None:
    client = Client(server)
    number = client.session
    said: dict[str, Json] = {"session_id": number, **client.tokens}
    assert run(server, label, **{field: said[field]}) == {
        "failed": False,
        "worker": 1,
        "maps_removed": 1,
        "sessions": [number],
    }
    assert client.ask("view", view="account")["details"] == "invalid_tokens"
    assert client.logouts == 1
    client.come_back()
    assert client.works


def test_sweeps_remove_what_has_expired(server: Server) -> None:
    server.advance(31 * MINUTE)
    for label in ("SweepCleanupSessions", "SweepCleanupCTokens"):
        run(server, label)
    for label in ("SweepCleanupSessions", "SweepCleanupSTokens", "SweepCleanupCTokens", "SweepCleanupMasters"):
        assert run(server, label)["failed"]
    client = Client(server)
    run(server, "CreateSession")
    assert run(server, "SweepCleanupSessions")["failed"]
    server.advance(31 * MINUTE)
    swept = run(server, "SweepCleanupSessions")
    assert (swept["sessions_cleaned"], swept["stoken_count"], len(swept["stokens_cleaned"])) == (2, 2, 2)
    assert client.logouts == 1
    assert run(server, "SweepCleanupCTokens")["ctokens_cleaned"] == 2
    assert run(server, "SweepCleanupCTokens")["failed"]
    again = Client(server)
    server.advance(31 * MINUTE)
    assert run(server, "StartSessionCleaner") == {
        "failed": False,
        "cron": "SessionCleaner",
        "pool_entry": {"active": True},
    }
    assert again.logouts == 1
    cleaners = run(server, "StartAllCleaners")["cleaners"]
    assert list(cleaners) == ["accounts", "workers", "sessions", "ctokens"]
    assert server.rows("SELECT count(*) FROM client_token WHERE removed_at IS NULL") == [(0,)]


def test_a_removed_business_leaves_its_books_and_nobody(server: Server) -> None:
    client = Client(server)
    answer = run(server, "TargetCleanupMaster", master_id=client.number)
    assert answer == {
        "failed": False,
        "masters_cleaned": 1,
        "subordonates_cleaned": 1,
        "cleanup_failures": 0,
        "masters": [client.number],
        "subordonates": [2],
        "cleanup_count": 2,
    }
    assert client.ask("view", view="account")["failed"]
    assert server.operator.get(f"/v1/masters/{client.shop.id}").ok()["state"] == "removed"
    server.nobody.post("/v1/sign-in", {"login": client.shop.login, "password": PASSWORD}).refused(401, "sign_in_failed")
    assert server.rows("SELECT name FROM person WHERE master_id = ?", client.number) == [(None,)]
    assert MAIL not in str(server.rows("SELECT * FROM customer WHERE master_id = ?", client.number))
    assert server.check() == ""
    one, other = server.new_shop(), server.new_shop()
    numbers = [master_of(one.id), master_of(other.id), 2**27]
    swept = run(server, "SweepCleanupMasters", master_ids=numbers)
    assert (swept["masters"], swept["cleanup_failures"]) == (numbers[:2], 1)


def test_what_is_needless_says_why(server: Server) -> None:
    needless = [label for label, found in SYSTEM.items() if found.needless]
    assert len(needless) == 6
    for label in needless:
        assert run(server, label)["failed"]


def test_the_table_has_them_all_and_nothing_else() -> None:
    assert len(SYSTEM) == 29
    for label, found in SYSTEM.items():
        assert found.label == label
        assert found.answer[0] == "failed"
        assert len(set(found.answer)) == len(found.answer)


def test_the_command_line_runs_them(server: Server) -> None:
    number = Client(server).number
    url = f"http://127.0.0.1:{server.port}"
    token = server.folder / "token"
    token.write_text(server.operator.token or "")
    token.chmod(0o600)
    done = creditclock(
        server.folder, "instruction", "run", "FreezeMaster", "--master-id", str(number), "--json",
        "--url", url, "--token-file", str(token),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert '"frozen_count":2' in done.stdout.replace(" ", "")
    told = creditclock(server.folder, "instruction", "run", "--help")
    assert all(label in told.stdout for label in SYSTEM)


def test_reports_are_listed_and_read(server: Server) -> None:
    issue: dict[str, Any] = {"name": "Clock", "email": "ann@example.org", "details": {"version": 2}, "log": "bG9n"}
    for name in ("First", "Second"):
        said = {"controller": "client", "ctype": "action", "action": "report", "report": "issue"}
        assert not server.nobody.post(PATH, said | {"issue": issue | {"name": name}}).ok()["failed"]
    found = server.operator.get("/v1/issue-reports", limit=1).ok()
    assert [item["name"] for item in found["items"]] == ["Second"]
    following = server.operator.get("/v1/issue-reports", cursor=found["next"]).ok()
    assert [item["name"] for item in following["items"]] == ["First"]
    whole = server.operator.get(f"/v1/issue-reports/{found['items'][0]['id']}").ok()
    assert (whole["log"], whole["details"]) == ("log", '{"version":2}')
    server.operator.get(f"/v1/issue-reports/{found['items'][0]['id'][:-1]}f").refused(404, "not_found")
    server.shop.owner.get("/v1/issue-reports").refused(403, "forbidden")
