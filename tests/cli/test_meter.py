"""`creditclock meter` with real programs, a real server and a real terminal."""

import math
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from statistics import median

import pytest

from tests.cli.terminal import Terminal
from tests.conftest import Servers
from tests.server import PROGRAM, Shop, environment
from tests.timing import keeps, succeeds

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

WITNESS = """
import os, signal, sys, time
def came(number, frame):
    with open(sys.argv[1], "a") as file:
        print(time.time(), file=file)
    sys.exit(0)
signal.signal(signal.SIGTERM, came)
open(sys.argv[1], "w").close()
while True:
    time.sleep(10)
"""


class Metered:
    """Runs programs on new clocks of a shop."""

    def __init__(self, shop: Shop, folder: Path) -> None:
        self.shop = shop
        self.folder = folder
        self.environment = environment(folder) | {
            "CREDITCLOCK_URL": f"http://127.0.0.1:{shop.server.port}",
            "CREDITCLOCK_TOKEN": shop.key.token or "",
        }
        self.clock = ""

    def command(self, *arguments: str, ms: int) -> list[str]:
        self.clock = self.shop.customer(ms=ms).clock
        return [str(PROGRAM), "meter", "--clock", self.clock, *arguments]

    def start(self, *arguments: str, ms: int = 600_000) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments, ms=ms),
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def session(self) -> dict[str, str]:
        eventually(lambda: bool(self.shop.clock(self.clock)["sessions"]))
        return self.shop.clock(self.clock)["sessions"][0]

    def state(self) -> str:
        return self.shop.clock(self.clock)["state"]


@pytest.fixture
def metered(servers: Servers, tmp_path: Path) -> Metered:
    return Metered(servers.kept("sqlite", test_clock=False).shop, tmp_path)


def eventually(holds: Callable[[], bool], within: float = 10.0) -> float:
    """Wait until something holds; gives the seconds it took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < within
        time.sleep(0.01)
    return time.monotonic() - began


def states(marker: str) -> list[str]:
    """The states of the living processes that were started with this argument."""
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if words[:2] == [b"sleep", marker.encode()] and state != "Z":
            found.append(state)
    return found


def output(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


def test_term_comes_within_100_ms_of_zero_and_the_exit_code_is_124(metered: Metered) -> None:
    keeps(100, lambda: median(term_ms(metered) for _ in range(3)))


def term_ms(metered: Metered) -> float:
    """How long after zero a program that ran on the clock was told to end."""
    note = metered.folder / "note"
    note.unlink(missing_ok=True)
    process = metered.start("--", sys.executable, "-c", WITNESS, str(note), ms=1_500)
    session = metered.session()
    code, out, err = output(process)
    ended = metered.shop.session(session["id"])
    assert (code, out, ended["reason"], ended["used_ms"]) == (124, "", "empty", 1_500)
    assert "Time is up" in err
    if not note.exists():
        return math.inf  # It was told before it listened.
    late = (float(note.read_text()) - datetime.fromisoformat(ended["ended_at"]).timestamp()) * 1_000
    assert late >= -1
    return late


def test_what_ignores_term_is_killed_and_nothing_is_left(metered: Metered) -> None:
    script = "trap '' TERM; sleep 4711.1 & setsid sleep 4711.1 & (setsid sh -c 'sleep 4711.1 &' &); sleep 4711.1"
    process = metered.start("--grace", "300ms", "--", "bash", "-c", script, ms=4_000)
    eventually(lambda: len(states("4711.1")) == 4)
    assert output(process)[0] == 124
    assert states("4711.1") == []


def test_a_program_that_ends_by_itself_gives_its_status_and_stops_the_clock(metered: Metered) -> None:
    assert output(metered.start("--", "sh", "-c", "sleep 4712.1 & echo out; exit 7"))[:2] == (7, "out\n")
    assert states("4712.1") == []
    assert metered.state() == "idle"
    assert output(metered.start("--", "sh", "-c", "kill -9 $$"))[0] == 137


def test_a_pause_from_elsewhere_makes_the_program_wait(metered: Metered) -> None:
    process = metered.start("--", "bash", "-c", "sleep 4713.1 & sleep 4713.1")
    session = metered.session()
    eventually(lambda: states("4713.1") == ["S", "S"])

    def slowest_s() -> float:
        metered.shop.act("pause", session)
        paused = eventually(lambda: states("4713.1") == ["T", "T"])
        metered.shop.act("resume", session)
        return max(paused, eventually(lambda: states("4713.1") == ["S", "S"]))

    keeps(3, slowest_s)
    metered.shop.key.post(f"/v1/sessions/{session['id']}/end").ok()
    assert output(process)[0] == 125
    assert states("4713.1") == []


def test_a_top_up_in_the_last_moments_extends(metered: Metered) -> None:
    def extends() -> bool:
        process = metered.start("--", "sleep", "4714.1", ms=1_500)
        session = metered.session()
        due = datetime.fromisoformat(session["due_at"]).timestamp()
        time.sleep(max(0.0, due - 0.1 - time.time()))
        metered.shop.key.post(f"/v1/clocks/{metered.clock}/grant", {"ms": 1_000}).ok()
        assert output(process)[0] == 124
        return metered.shop.session(session["id"])["used_ms"] == 2_500

    succeeds(extends)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_reach_the_program_and_its_status_comes_back(metered: Metered, number: signal.Signals) -> None:
    script = f"trap 'exit {number + 30}' {number.name[3:]}; touch ready; while :; do sleep 0.02; done"
    process = metered.start("--", "bash", "-c", script)
    eventually((metered.folder / "ready").exists)
    process.send_signal(number)
    assert output(process)[0] == number + 30
    assert metered.state() == "idle"


def test_a_killed_meter_takes_its_program_with_it(metered: Metered) -> None:
    process = metered.start("--grace", "200ms", "--", "bash", "-c", "trap '' TERM; sleep 4715.1 & sleep 4715.1")
    eventually(lambda: len(states("4715.1")) == 2)
    process.kill()
    assert eventually(lambda: states("4715.1") == []) < 3
    output(process)


def test_what_cannot_be_run_costs_nothing(metered: Metered) -> None:
    for command, code in ((("no-such-program",), 127), (("/etc/passwd",), 126)):
        assert output(metered.start("--", *command))[0] == code
        assert metered.shop.records("clocks", metered.clock)[-1]["kind"] == "grant"
    code, _, err = output(metered.start("--", "true", ms=0))
    assert code == 124
    assert "creditclock: " in err


def test_without_the_server_the_program_ends_with_the_lease(servers: Servers, tmp_path: Path) -> None:
    with servers.new("sqlite") as server:
        metered = Metered(server.new_shop(), tmp_path)
        process = metered.start("--lease", "5s", "--", "sleep", "4716.1")
        eventually(lambda: states("4716.1") == ["S"])
        time.sleep(1)
        server.kill()
        took = eventually(lambda: states("4716.1") == [], within=8)
        assert 1 < took < 5.2
        code, _, err = output(process)
        assert code == 125
        assert "can't be reached" in err
        assert "may lose up to" in err


def test_a_short_outage_of_the_server_is_lived_through(servers: Servers, tmp_path: Path) -> None:
    with servers.new("sqlite") as server:
        metered = Metered(server.new_shop(), tmp_path)
        process = metered.start("--", "sh", "-c", "until [ -e enough ]; do sleep 0.05; done")
        session = metered.session()
        server.kill()
        time.sleep(0.5)
        server.start()
        (metered.folder / "enough").touch()
        assert output(process)[0] == 0
        assert metered.shop.session(session["id"])["reason"] == "stopped"


def test_ctrl_z_pauses_program_and_session_and_fg_resumes_both(metered: Metered) -> None:
    with Terminal(["bash", "--norc", "-i"], metered.environment | {"PS1": "ready> "}) as terminal:
        terminal.until("ready> ")
        program = "while :; do echo tick; sleep 0.1; done"
        terminal.type(f"{' '.join(metered.command(ms=600_000))} -- bash -c '{program}'\n")
        terminal.until("tick\r\n")
        for _ in range(2):
            terminal.type("\x1a")
            terminal.until("Stopped")
            terminal.until("ready> ")
            assert metered.state() == "paused"
            before = metered.shop.clock(metered.clock)["balance_ms"]
            time.sleep(0.5)
            assert metered.shop.clock(metered.clock)["balance_ms"] == before
            terminal.type("fg\n")
            terminal.until("tick\r\n")
            assert metered.state() == "running"
        terminal.type("\x03")
        terminal.until("ready> ")
        terminal.type("echo code=$?\n")
        terminal.until("code=130")
        assert metered.state() == "idle"


def test_an_interactive_program_has_the_terminal_and_leaves_it_in_order(metered: Metered) -> None:
    with Terminal(["bash", "--norc", "-i"], metered.environment | {"PS1": "ready> "}) as terminal:
        terminal.until("ready> ")
        program = 'import signal, tty; signal.signal(15, signal.SIG_IGN); tty.setraw(0); print("key", input.__name__)'
        program += "; import os; print(os.read(0, 1)); os.read(0, 1)"
        (metered.folder / "raw.py").write_text(program)
        command = " ".join(metered.command("--grace", "200ms", ms=2_500))
        terminal.type(f"{command} -- {sys.executable} {metered.folder / 'raw.py'}\n")
        terminal.until("key input")
        terminal.type("\x03")
        terminal.until(r"b'\x03'")
        terminal.until("Used")
        terminal.until("ready> ")
        terminal.type("stty -a | grep -c ' icanon'\n")
        terminal.until("\r1\r\n")


def test_a_clock_that_was_emptied_during_ctrl_z_ends_the_program(metered: Metered) -> None:
    with Terminal(["bash", "--norc", "-i"], metered.environment | {"PS1": "ready> "}) as terminal:
        terminal.until("ready> ")
        terminal.type(f"{' '.join(metered.command('--burn-rate', '1000', ms=60_000))} -- sleep 4717.1\n")
        eventually(lambda: states("4717.1") == ["S"])
        terminal.type("\x1a")
        terminal.until("Stopped")
        session = metered.session()
        metered.shop.key.post(f"/v1/sessions/{session['id']}/end").ok()
        terminal.type("fg\n")
        terminal.until("ended from elsewhere")
        assert eventually(lambda: states("4717.1") == []) < 3
