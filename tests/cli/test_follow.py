"""`creditclock event follow` tells what happens, a line each."""

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.terminal import Terminal
from tests.conftest import Servers
from tests.server import PROGRAM, Shop, environment


@pytest.fixture
def shop(servers: Servers) -> Shop:
    return servers.kept("sqlite", test_clock=False).new_shop()


def caller(shop: Shop, home: Path) -> dict[str, str]:
    address = f"http://127.0.0.1:{shop.server.port}"
    return environment(home) | {"CREDITCLOCK_URL": address, "CREDITCLOCK_TOKEN": shop.owner.token or "", "TZ": "UTC"}


def test_people_read_names_and_decimals(shop: Shop, tmp_path: Path) -> None:
    with Terminal([str(PROGRAM), "event", "follow", "--kinds", "wallet.*,clock.low"], caller(shop, tmp_path)) as screen:
        screen.until("Ctrl-C ends it")
        customer = shop.customer(credits=1_250, ms=60_000)
        shop.key.post(f"/v1/clocks/{customer.clock}/sessions").ok(201)
        screen.until("wallet.created")
        changed = screen.until("12.50 CREDIT")
        low = screen.until("left 1m00s")
    assert customer.wallet in changed
    assert "clock.low" in low
    assert "Traceback" not in screen.seen


def test_programs_read_json_lines_and_go_on_where_they_were(shop: Shop, tmp_path: Path) -> None:
    customer = shop.customer()
    place = shop.server.rows("SELECT max(no) FROM event WHERE subject = ?", customer.clock)[0][0]
    shop.key.post(f"/v1/wallets/{customer.wallet}/top-up", {"amount": 5}).ok()
    after = f"evt_{customer.id[4:11]}{place:012x}"
    command = [PROGRAM, "event", "follow", "--json", "--after", after]
    with subprocess.Popen(
        command, env=caller(shop, tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stderr
        events: list[Any] = [json.loads(process.stdout.readline())]
        while events[-1]["type"] != "wallet.changed":
            events.append(json.loads(process.stdout.readline()))
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        assert process.stderr.read() == ""
    assert events[-1]["data"]["amount"] == 5


def test_unknown_kind_is_explained(shop: Shop, tmp_path: Path) -> None:
    done = subprocess.run(
        [PROGRAM, "event", "follow", "--kinds", "wallet.melted"],
        check=False,
        env=caller(shop, tmp_path),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode != 0
    assert "wallet.melted" in done.stderr
    assert "wallet.changed" in done.stderr
    assert "Traceback" not in done.stderr
