"""`creditclock customer export`: one JSON document, whatever the length of a history."""

import json
import subprocess
from pathlib import Path

from tests.cli.test_commands import Person
from tests.conftest import Servers
from tests.server import PASSWORD, PROGRAM


def test_export_is_one_document(servers: Servers, tmp_path: Path) -> None:
    shop = servers.kept("sqlite", test_clock=False).shop
    owner = Person(shop.server, tmp_path)
    owner.runs("sign-in", shop.login, "--password-stdin", says=PASSWORD)
    customer = shop.customer(ms=1_000)
    path = f"/v1/wallets/{customer.wallet}/top-up"
    items = [{"op": "wallet.top_up", "wallet": customer.wallet, "amount": 1, "note": f"No. {n}"} for n in range(1_000)]
    shop.key.post("/v1/batch", {"operations": items}).ok()
    shop.key.post(path, {"amount": 1}).ok()
    said = json.loads(owner.runs("customer", "export", customer.id))
    assert said["customers"][0]["login"] == customer.login
    notes = [row["note"] for row in said["postings"] if row["account"] == customer.wallet]
    assert notes == [*(f"No. {n}" for n in range(1_000)), None]
    assert len(said["lots"]) == 1
    assert {"wallets", "clocks", "events", "journal"} <= said.keys()
    assert owner.runs("customer", "export", f"{customer.id[:-1]}x", code=2)


def test_nothing_is_written_before_the_first_page_is_there(servers: Servers, tmp_path: Path) -> None:
    shop = servers.kept("sqlite", test_clock=False).shop
    stranger = Person(shop.server, tmp_path)
    done = subprocess.run(
        [PROGRAM, "customer", "export", shop.customer().id],
        check=False,
        cwd=tmp_path,
        env=stranger.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (bool(done.returncode), done.stdout) == (True, "")
