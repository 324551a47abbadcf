"""The examples, run as their readers would."""

import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import urllib3
from standardwebhooks import Webhook

from tests.conftest import Servers
from tests.server import Shop

EXAMPLES = Path(__file__).parents[2] / "examples"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = (
    '{"id":"evt_0000001000000000018","type":"clock.low","timestamp":"2026-11-20T09:30:00.000Z",'
    '"subject":"clk_0000001000000000003","data":{"left_ms":60000}}'
)


@pytest.fixture
def sqlite_shop(servers: Servers) -> Shop:
    return servers.kept("sqlite", test_clock=False).shop


def begun(name: str, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", str(EXAMPLES / name), *arguments]
    return subprocess.Popen(
        command, env=os.environ | variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def reaching(shop: Shop) -> dict[str, str]:
    return {"CREDITCLOCK_URL": f"http://127.0.0.1:{shop.server.port}", "CREDITCLOCK_TOKEN": str(shop.key.token)}


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.py")))
def test_an_example_that_is_told_nothing_says_what_it_needs(name: str) -> None:
    with begun(name) as program:
        said = program.communicate(timeout=60)[0]
    assert program.returncode == 1
    assert f"python {name}" in said
    assert "Traceback" not in said


def test_the_loop_is_warned_carried_on_by_a_top_up_and_ended_at_zero(sqlite_shop: Shop) -> None:
    customer = sqlite_shop.customer(ms=3_000)
    with begun("metered_loop.py", customer.clock, **reaching(sqlite_shop)) as program:
        assert program.stdout
        said = ""
        while said.count("warning:") < 2:  # at once, as less than a minute is left, and then with two seconds
            line = program.stdout.readline()
            assert line, said
            said += line
        sqlite_shop.key.post(f"/v1/clocks/{customer.clock}/grant", {"ms": 2_500}).ok()
        said += program.communicate(timeout=60)[0]
        assert program.returncode == 0, said
    assert re.search(r"started.*warning.*topped up.*warning.*Time is up.*used: 5500 ms", said, re.DOTALL), said


def test_the_workers_jobs_end_each_for_itself(sqlite_shop: Shop) -> None:
    rich, poor = sqlite_shop.customer(ms=600_000), sqlite_shop.customer(ms=200)
    with begun("async_worker.py", rich.clock, poor.clock, **reaching(sqlite_shop)) as program:
        said = program.communicate(timeout=60)[0]
        assert program.returncode == 0, said
    assert re.fullmatch(rf"{rich.clock}: done, .* left\n{poor.clock}: not done: Time is up.*\n", said), said


def test_the_receiver_acts_once_on_what_is_signed(tmp_path: Path) -> None:
    with begun("webhook_receiver.py", "0", str(tmp_path / "events.db"), CREDITCLOCK_WEBHOOK_SECRET=SECRET) as program:
        assert program.stdout
        port = program.stdout.readline().split()[-1]
        now = datetime.now(UTC)
        headers = {
            "webhook-id": "evt_0000001000000000018",
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(SECRET).sign("evt_0000001000000000018", now, BODY),
        }
        url = f"http://127.0.0.1:{port}/"
        answers = [
            urllib3.request("POST", url, body=body, headers=headers, retries=False) for body in (BODY, BODY, BODY + " ")
        ]
        time.sleep(0.1)
        program.kill()
        said = program.communicate(timeout=60)[0]
    assert [answer.status for answer in answers] == [200, 200, 401]
    assert [answer.data for answer in answers[:2]] == [b"thanks", b"I know that one already"]
    assert said.count("clock.low clk_0000001000000000003") == 1
