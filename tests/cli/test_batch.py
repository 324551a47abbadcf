"""`creditclock batch`: the operations of a file happen in their order, and once, however often it is run."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.api import Json
from tests.cli.terminal import Terminal
from tests.cli.test_commands import Person
from tests.conftest import Servers
from tests.server import PROGRAM, Customer, Shop

Op = dict[str, Json]


@pytest.fixture
def shop(servers: Servers) -> Shop:
    return servers.kept("sqlite", test_clock=False).shop


@pytest.fixture
def person(shop: Shop, tmp_path: Path) -> Person:
    person = Person(shop.server, tmp_path)
    person.environment["CREDITCLOCK_TOKEN"] = shop.key.token or ""
    return person


def pay(customer: Customer, amount: int = 1, **more: Json) -> Op:
    return {"op": "wallet.pay", "wallet": customer.wallet, "amount": amount, **more}


def lines(operations: Sequence[Op]) -> str:
    return "".join(f"{json.dumps(operation)}\n" for operation in operations)


def test_file_happens_in_its_order_and_once(shop: Shop, person: Person) -> None:
    customer = shop.customer(credits=5_000)
    (person.home / "sales.jsonl").write_text(lines([pay(customer, note=str(number)) for number in range(2_500)]))
    assert person.runs("batch", "sales.jsonl") == "2500 done, 0 refused.\n"
    again = person.runs("batch", "sales.jsonl")
    assert again == "2500 done (2500 of them before), 0 refused.\n"
    records = shop.records("wallets", customer.wallet)[1:]
    assert [record["note"] for record in records] == [str(number) for number in range(2_500)]
    anew = person.runs("batch", "sales.jsonl", "--key-prefix", shop.server.unique("anew"))
    assert anew == "2500 done, 0 refused.\n"
    assert shop.balance(customer.wallet) == 0


def test_file_is_continued_under_its_prefix(shop: Shop, person: Person) -> None:
    customer = shop.customer(credits=100)
    prefix = shop.server.unique("day")
    file = person.home / "sales.jsonl"
    file.write_text(lines([pay(customer)] * 3))
    person.runs("batch", "sales.jsonl", "--key-prefix", prefix)
    file.write_text(lines([pay(customer)] * 5))
    said = person.runs("batch", "sales.jsonl", "--key-prefix", prefix)
    assert said == "5 done (3 of them before), 0 refused.\n"
    assert shop.balance(customer.wallet) == 95


def test_refusals_are_told_with_their_lines(shop: Shop, person: Person) -> None:
    customer = shop.customer(credits=10)
    whole = [pay(customer, 4), pay(customer, 40), {"op": "nothing"}, pay(customer, 6)]
    text = "\n" + lines(whole).replace('{"op": "nothing"}\n', '\n{"op": "nothing"}\n  \n')
    done = subprocess.run(
        [PROGRAM, "batch", "-"], check=False, env=person.environment, input=text, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (1, "")
    first, second, last = done.stdout.splitlines()
    assert first.startswith("line 3: wallet.pay: 0.34 CREDIT are missing")
    assert first.endswith("(insufficient_credits)")
    assert second.startswith("line 5: nothing: There is no operation")
    assert last == "2 done, 2 refused."


def test_old_refusals_are_told_as_such(shop: Shop, person: Person) -> None:
    customer = shop.customer(credits=10)
    (person.home / "sales.jsonl").write_text(lines([pay(customer, 40), {"wallet": customer.wallet}]))

    def said() -> list[str]:
        command = [PROGRAM, "batch", "sales.jsonl"]
        done = subprocess.run(
            command, check=False, cwd=person.home, env=person.environment, capture_output=True, text=True
        )
        return done.stdout.splitlines()

    first, second, _ = said()
    assert first.endswith("(insufficient_credits)")
    assert second.startswith("line 2: The field `op` is missing.")
    assert "(refused before; to try again put the refused lines into a new file)" in said()[0]
    assert "new file" in person.runs("help", "batch")


def test_array_is_read_as_well(shop: Shop, person: Person) -> None:
    customer = shop.customer(credits=10)
    text = json.dumps([pay(customer), pay(customer, 100)], indent=2)
    done = subprocess.run(
        [PROGRAM, "batch", "-", "--quiet"],
        check=False,
        env=person.environment,
        input=text,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stdout.startswith("operation 2: wallet.pay: ")
    assert len(done.stdout.splitlines()) == 1
    assert person.runs("batch", "-", "--quiet", says=json.dumps([pay(customer)])) == ""


def test_results_are_json_lines(shop: Shop, person: Person) -> None:
    customer = shop.customer(credits=10)
    operations = [pay(customer, 4, key=shop.server.unique("k")), {"op": "wallet.get", "wallet": customer.wallet}]
    results = [json.loads(line) for line in person.runs("batch", "-", "--json", says=lines(operations)).splitlines()]
    assert [(result["line"], result["op"]) for result in results] == [(1, "wallet.pay"), (2, "wallet.get")]
    assert results[0]["key"] == operations[0]["key"]
    assert results[0]["ok"]["wallet"]["balance"] == results[1]["ok"]["balance"] == 6
    again = person.runs("batch", "-", "--json", says=lines(operations)).splitlines()
    assert json.loads(again[0])["replayed"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "holds no operations"),
        ("\n \n", "holds no operations"),
        ("[]", "holds no operations"),
        ('{"op": "token.who"}\nnonsense\n', "Line 2 is not a JSON object"),
        ('{"op": "token.who"}\n5\n', "Line 2 is not a JSON object"),
        ('[{"op": "token.who"}, 5]', "Operation 2 is not a JSON object"),
        ('[{"op": "token.who"}', "Nothing was sent"),
        ('{"op": "app.create", "name": "Till", "kind": "secret"}', "Use --json"),
    ],
)
def test_what_is_not_understood_is_told_before_anything_is_sent(person: Person, text: str, told: str) -> None:
    assert told in person.runs("batch", "-", says=text, code=2)


def test_other_troubles_have_their_sentence_and_code(shop: Shop, person: Person) -> None:
    assert "can't be read" in person.runs("batch", "nothing.jsonl", code=2)
    assert "can't be read" in person.runs("batch", ".", code=2)
    assert "key prefix" in person.runs("batch", "-", "--key-prefix", "a b", says='{"op": "token.who"}', code=2)
    assert "key prefix" in person.runs("batch", "-", "--key-prefix", "a" * 49, says='{"op": "token.who"}', code=2)
    text = lines([pay(shop.customer(credits=1))])
    assert "CREDITCLOCK_TOKEN is wrong" in person.runs("batch", "-", says=text, code=4, CREDITCLOCK_TOKEN="wrong")
    assert "Nothing" not in person.runs("batch", "-", "--url", "http://127.0.0.1:9", says=text, code=3)


def test_interrupted_file_is_gone_on_with(shop: Shop, person: Person) -> None:
    customer = shop.customer(credits=20_000)
    (person.home / "sales.jsonl").write_text(lines([pay(customer, note=str(number)) for number in range(12_000)]))
    with subprocess.Popen(
        [PROGRAM, "batch", "sales.jsonl"],
        cwd=person.home,
        env=person.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        until = time.monotonic() + 20
        while shop.balance(customer.wallet) == 20_000:
            assert time.monotonic() < until
        os.kill(process.pid, signal.SIGINT)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Run it again to go on from line " in told
    assert "Traceback" not in told
    assert shop.balance(customer.wallet) > 8_000
    assert person.runs("batch", "sales.jsonl", "--quiet") == ""
    records = shop.records("wallets", customer.wallet)[1:]
    assert [record["note"] for record in records] == [str(number) for number in range(12_000)]


def test_file_outlives_a_server_that_is_killed(servers: Servers, tmp_path: Path) -> None:
    with servers.made("sqlite") as server:
        shop = server.new_shop()
        customer = shop.customer(credits=20_000)
        person = Person(server, tmp_path)
        person.environment["CREDITCLOCK_TOKEN"] = shop.key.token or ""
        (tmp_path / "sales.jsonl").write_text(lines([pay(customer, note=str(number)) for number in range(9_000)]))
        with subprocess.Popen(
            [PROGRAM, "batch", "sales.jsonl"], cwd=tmp_path, env=person.environment, stdout=subprocess.PIPE, text=True
        ) as process:
            until = time.monotonic() + 20
            while shop.balance(customer.wallet) > 19_000:
                assert time.monotonic() < until
            server.kill()
            server.start()
            said, _ = process.communicate(timeout=60)
        if process.returncode:  # the restart took longer than the command waits
            assert person.runs("batch", "sales.jsonl").endswith(", 0 refused.\n")
        else:
            assert said.endswith(", 0 refused.\n")
        notes = [record["note"] for record in shop.records("wallets", customer.wallet)[1:]]
        assert notes == [str(number) for number in range(9_000)]
        server.stop()
        assert server.check() == ""


def test_progress_is_shown_to_who_looks(shop: Shop, person: Person) -> None:
    customer = shop.customer(credits=20_000)
    file = person.home / "sales.jsonl"
    file.write_text(lines([*[pay(customer)] * 5_000, pay(customer, 10**9), *[pay(customer)] * 999]))
    with Terminal([str(PROGRAM), "batch", str(file)], person.environment) as terminal:
        terminal.until("Carrying out: 0 of 6 000")
        terminal.until(" 000 of 6 000")
        terminal.until("line 5001: wallet.pay:")
        terminal.until("\r5999 done, 1 refused.")
    with Terminal([str(PROGRAM), "batch", "--quiet", str(file)], person.environment) as terminal:
        terminal.until("line 5001: ")
        assert "Carrying out" not in terminal.seen


def test_batch_is_a_command_and_no_noun(person: Person) -> None:
    assert "creditclock batch [-h]" in person.runs("help", "batch")
    assert "run" in person.runs("batch", "run", code=2)
    assert "batch" in person.runs("--help")
