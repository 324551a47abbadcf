"""What a server doesn't do on an address that others can reach, and what it warns of."""

import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import tls
from tests.server import OPERATOR_PASSWORD, PROGRAM, environment

TIMEOUT_S = 100
WEAK = ("short77", "password", "Password1", "choose-a-long-one", "creditclock")


def serve(
    folder: Path, *flags: str, listen: str = "0.0.0.0:0", password: str = OPERATOR_PASSWORD, **surroundings: str
) -> tuple[int, str]:
    """The exit status of a server that is stopped once it listens, and all that it said."""
    folder.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [PROGRAM, "serve", "--listen", listen, *flags],
        cwd=folder,
        env=environment(folder) | {"CREDITCLOCK_OPERATOR_PASSWORD": password} | surroundings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout
    said = ""
    for line in process.stdout:
        said += line
        if "Ctrl-C stops it" in line:
            process.send_signal(signal.SIGTERM)
    status = process.wait(TIMEOUT_S)
    process.stdout.close()
    assert "Traceback" not in said
    return status, said


def test_easy_passwords_are_refused_where_others_can_try_them(tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as threads:
        told = [threads.submit(serve, tmp_path / password, password=password) for password in WEAK]
        for status, said in (future.result() for future in told):
            assert status == 1
            assert "too easy to guess" in said
            assert WEAK[0] not in said
    assert not list(tmp_path.rglob("*.db"))


def test_easy_password_is_the_own_business_of_this_machine(tmp_path: Path) -> None:
    _, said = serve(tmp_path, listen="127.0.0.1:0", password="short77")
    assert "listens on" in said
    assert "WARNING" not in said


def test_what_an_instruction_set_gives_away_is_warned_of_by_its_name(tmp_path: Path) -> None:
    settings = ("CREDITCLOCK_OPEN_ENROLMENT", "CREDITCLOCK_SELF_SUPPLY")
    warnings = ("open_enrolment is on: whoever reaches it may make businesses", "self_supply is on: customers may give")
    cases = ((), settings[:1], settings[1:], settings)
    with ThreadPoolExecutor(2) as threads:
        told = [
            threads.submit(serve, tmp_path / f"case{number}", "--instruction-set", "on", **dict.fromkeys(case, "true"))
            for number, case in enumerate(cases)
        ]
        neither, enrolment, supply, both = (future.result() for future in told)
    assert [warning in neither[1] for warning in warnings] == [False, False]
    assert [warning in enrolment[1] for warning in warnings] == [True, False]
    assert [warning in supply[1] for warning in warnings] == [False, True]
    assert [one[0] for one in (neither, enrolment, supply)] == [0, 0, 0]
    assert both[0] == 1
    assert "they work together on a loopback address only" in both[1]


def test_plain_http_for_others_is_warned_of(tmp_path: Path) -> None:
    files = tls.made(tmp_path)
    cases = {
        "plain": (),
        "proxied": ("--proxies", "10.0.0.1, 2001:db8::/32"),
        "secured": ("--tls-cert", str(files.certificate), "--tls-key", str(files.key)),
    }
    with ThreadPoolExecutor(3) as threads:
        told = {name: threads.submit(serve, tmp_path / name, *flags) for name, flags in cases.items()}
        said = {name: future.result()[1] for name, future in told.items()}
    warning = "can be reached by others without TLS"
    assert said["plain"].count(warning) == 2, "once for people, once in the log"
    assert "--tls-cert" in said["plain"]
    assert warning not in said["proxied"]
    assert "https://0.0.0.0" in said["secured"]
    assert warning not in said["secured"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_key_of_root_may_be_read_by_a_group_of_the_server(tmp_path: Path) -> None:
    files = tls.made(tmp_path)
    files.key.chmod(0o640)
    status, said = serve(tmp_path, "--tls-cert", str(files.certificate), "--tls-key", str(files.key))
    assert status == 1, "who is root himself needs no group"
    assert "chmod 600" in said
