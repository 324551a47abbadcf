"""`creditclock demo`: what it says, what it holds, and how it ends."""

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api import Json
from tests.portal.demo import Demo
from tests.server import creditclock, environment

FAREWELL = "Stopped. Run it again to go on where you were.\n"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with Demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


def test_first_start_shows_what_clocks_can_do(demo: Demo) -> None:
    cards = {card["customer"]: card for card in demo.board["cards"]}
    assert "has opened, 6 clocks are running" in demo.greeting
    assert [card["state"] for card in cards.values()].count("running") == 6
    assert cards["Daniel Novák"]["burn_rate"] == 1_500
    assert [seat["note"] for seat in cards["Emi Tanaka"]["seats"]] == ["Seat 4", "Seat 5"]
    assert cards["Farid Haddad"]["state"] == "paused"
    assert cards["Chloé Martin"]["left_ms"] <= 120_000
    assert [clock["customer"] for clock in demo.board["idle"]] == ["Hugo Silva"]


def test_every_login_that_is_told_works(demo: Demo) -> None:
    master = demo.line("(a customer also names the business: --master ").rstrip(")")
    for kind, who in (("operator", "operator"), ("owner", "staff"), ("customer", "customer")):
        login, password = demo.line(kind).split()
        signed_in = demo.signed_in(login, password, master if kind == "customer" else None)
        assert signed_in.get("/v1/who").ok()["kind"] == who


def test_a_client_of_the_instruction_set_gets_in_as_it_is_told(demo: Demo) -> None:
    tokens: dict[str, str] = {}

    def say(action: str, **said: str) -> Json:
        answer = demo.api.post("/ewallet/instruction-set", {"ctype": "action", "action": action, **said, **tokens}).ok()
        assert answer["failed"] is False, answer
        return answer

    tokens["client_id"] = say("request", request="client_id")["client_id"]
    tokens["session_token"] = say("request", request="session_token")["session_token"]
    for label, action, kind in (("AcquireMaster", "acquire", "master"), ("AccountLogin", "login", "account")):
        words = demo.line(label).split()
        say(action, **{action: kind}, **dict(zip(words[::2], words[1::2], strict=True)))
    assert say("view", view="account")["account"] == "ann"


def test_every_command_that_is_told_works(demo: Demo) -> None:
    commands = demo.greeting.partition("To try in another terminal:\n")[2].split("\n\n")[0].splitlines()
    assert len(commands) == 3
    answers: list[str] = []
    for command in commands:
        shortened = command.replace("sleep 30", "sleep 0.2")
        run = subprocess.run(
            ["sh", "-c", shortened],
            check=False,
            cwd=demo.folder,
            env=environment(demo.folder),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert run.returncode == 0, (shortened, run)
        answers.append(run.stdout + run.stderr)
    assert "Signed in as owner" in answers[0]
    assert "running" in answers[1]
    assert "of the clock" in answers[2]


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "[::]:0", "192.0.2.1:8400"])
def test_an_address_that_others_reach_is_refused(tmp_path: Path, listen: str) -> None:
    answer = creditclock(tmp_path, "demo", "--listen", listen)
    assert answer.returncode == 1
    assert "loopback" in answer.stderr
    assert not (tmp_path / "demo").exists()


def test_settings_of_a_real_server_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "creditclock.toml").write_text('database = "sqlite:///real.db"\nlisten = "0.0.0.0:1"\n')
    with Demo(tmp_path) as demo:
        demo.stop(signal.SIGINT)
    assert (tmp_path / "demo" / "demo.db").exists()
    assert not (tmp_path / "real.db").exists()


def test_the_next_start_goes_on(tmp_path: Path) -> None:
    with Demo(tmp_path) as demo:
        before = demo.board
        assert demo.stop(signal.SIGINT) == (0, FAREWELL)
        assert demo.errors == ""

        demo.start()
        after = demo.board
        assert "it goes on where it was" in demo.greeting
        assert {card["id"]: [seat["id"] for seat in card["seats"]] for card in after["cards"]} == {
            card["id"]: [seat["id"] for seat in card["seats"]] for card in before["cards"]
        }
        assert [card["at"] for card in after["cards"]] == [card["at"] for card in before["cards"]]

        owner = demo.signed_in(*demo.line("owner").split())
        for card in after["cards"]:
            for seat in card["seats"]:
                owner.post(f"/v1/sessions/{seat['id']}/end").ok()
        assert demo.board["cards"] == []
        assert demo.stop(signal.SIGTERM) == (0, FAREWELL)

        demo.start()
        assert (
            "Few clocks ran, so Ann Berger, Ben Okafor, Chloé Martin and Daniel Novák sat down again" in demo.greeting
        )
        assert demo.board["running"] == 4
        assert demo.stop(signal.SIGINT, signal.SIGINT, signal.SIGTERM) == (0, FAREWELL)
        assert demo.errors == ""
    assert "The books are right" in creditclock(tmp_path, "check", "--database", "sqlite:///demo/demo.db").stdout


@pytest.mark.parametrize("after_s", [0.5, 1.5])
def test_stopping_it_while_it_starts(tmp_path: Path, after_s: float) -> None:
    demo = Demo(tmp_path)
    demo.start(wait=False)
    time.sleep(after_s)
    status, said = demo.stop(signal.SIGINT)
    if status == 0:
        assert said.endswith(FAREWELL)
        assert demo.errors == ""
    else:
        # Until Python has read its modules, the signal ends it as it ends every program.
        assert status in {1, 130, -signal.SIGINT}
