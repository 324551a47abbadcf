"""The operator's and the desk's side of the instruction set, typed at a terminal."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from creditclock.contract.values import identify, master_of
from tests.cli.test_commands import Person
from tests.conftest import Servers
from tests.instructions.desk import Desk
from tests.server import OPERATOR_PASSWORD, PASSWORD, Server


@pytest.fixture(scope="module")
def server(servers: Servers) -> Iterator[Server]:
    found = servers.made("sqlite")
    found.flags = ("--instruction-set", "on")
    with found:
        yield found


@pytest.fixture
def operator(server: Server, tmp_path: Path) -> Person:
    person = Person(server, tmp_path)
    person.runs("sign-in", "operator", "--password-stdin", says=OPERATOR_PASSWORD)
    return person


def test_an_instruction_that_failed_gives_1(operator: Person) -> None:
    for more in ([], ["--json"]):
        operator.runs("instruction", "run", "CreateWorker", *more, code=1)
    operator.runs("instruction", "run", "SweepCleanupCTokens", "--json", code=1)
    operator.runs("instruction", "run", "StartAllCleaners")


def test_a_business_is_named_by_its_id_or_its_number(server: Server, operator: Person) -> None:
    shop, other = server.new_shop(), server.new_shop()
    operator.runs("instruction", "run", "FreezeMaster", "--master-id", shop.id)
    assert shop.owner.get(f"/v1/masters/{shop.id}").ok()["state"] == "frozen"
    operator.runs("instruction", "run", "UnfreezeMaster", "--master-id", str(master_of(shop.id)))
    assert shop.owner.get(f"/v1/masters/{shop.id}").ok()["state"] == "active"
    both = f"{shop.id}, {master_of(other.id)}"
    assert '"masters_cleaned":2' in operator.runs(
        "instruction", "run", "SweepCleanupMasters", "--master-ids", both, "--json"
    )
    for wrong in (identify("wal", 7, 100), "mas_7", "-5", "Corner"):
        said = operator.runs("instruction", "run", "FreezeMaster", f"--master-id={wrong}", code=2)
        assert f"'{wrong}' is neither the id of a business, mas_ and 19 more characters, nor its number" in said


def test_a_limit_that_another_command_sets_is_told_with_it(server: Server, operator: Person) -> None:
    shop = server.new_shop()
    said = operator.runs("instruction", "run", "IncreaseMasterSubPool", "--master-id", shop.id, code=1)
    assert "creditclock master change MASTER_ID --customer-limit NUMBER" in said
    operator.runs("master", "change", shop.id, "--customer-limit", "20")
    assert "30" in operator.runs("instruction", "run", "IncreaseMasterSubPool", "--master-id", shop.id)


def test_the_help_tells_what_each_parameter_is_for(operator: Person) -> None:
    told = " ".join(operator.runs("help", "instruction", "run").split())
    assert "CreateSession (also NewSession)" in told
    assert "how many workers are shown at most" in told
    assert "by their ids mas_… or their numbers" in told
    assert "example: creditclock instruction run FreezeMaster --master-id mas_…" in told


def test_a_request_for_credits_is_read_as_people_read_it(server: Server, tmp_path: Path) -> None:
    shop = server.new_shop()
    shop.owner.post(f"/v1/masters/{shop.id}/key-code", {"key_code": "key-of-a-test"}).ok()
    desk = Desk.new(server)
    desk.ok("AcquireMaster", master=shop.login, key="key-of-a-test")
    mail = desk.add("u1")
    desk.refused("SupplyCredits", "supply_requested", credits=40, cost=4.7, currency="RON")
    desk.refused("SupplyCredits", "supply_requested", credits=3, cost=0.1234, currency="EUR")
    owner = Person(server, tmp_path)
    owner.runs("sign-in", shop.login, "--password-stdin", says=PASSWORD)
    head, first, second = owner.runs("supply-request", "list").splitlines()
    assert "login" in head
    assert "currency" not in head
    for line, amount, cost in ((first, "40.00 CREDIT", "4.70 RON"), (second, "3.00 CREDIT", "0.1234 EUR")):
        assert mail in line
        assert amount in line
        assert cost in line
    one, other = (line.split()[0] for line in (first, second))
    assert "approved" in owner.runs("supply-request", "approve", one)
    assert "0.1234 EUR" in owner.runs("supply-request", "decline", other)
    assert desk.wallet()["credits"] == 40
    assert shop.owner.get("/v1/supply-requests").ok()["items"][0]["login"] == mail
