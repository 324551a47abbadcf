"""What an administrator does on the server's machine: keys, and an operator who lost password or phone."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyotp
import pytest

from creditclock import installation
from creditclock.storage import key_file
from creditclock.storage.dialect import DatabaseProblem
from tests.conftest import Servers
from tests.server import OPERATOR_PASSWORD, PASSWORD, Server, creditclock, environment

NEW = "another pass phrase"
ROTATING = """
import sys, time
from pathlib import Path
from creditclock import installation
from creditclock.storage import key_file
from creditclock.storage.dialect import DatabaseProblem

ONLY = "sqlite"
while True:
    key_file.add(Path(sys.argv[1]), time.time_ns() // 1_000_000)
    print(flush=True)
"""


def said(server: Server, *words: str, code: int = 0, **variables: str) -> str:
    done = subprocess.run(
        [Path(sys.executable).with_name("creditclock"), *words, "--database", server.database],
        check=False,
        cwd=server.folder,
        env=environment(server.folder) | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == code, done
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def key_path(server: Server) -> Path:
    return (Path(server.path).parent if server.path else server.folder) / "creditclock.keys"


def sign_in(server: Server, password: str, **more: str) -> int:
    return server.nobody.post("/v1/sign-in", {"login": "operator", "password": password, **more}).status


@pytest.mark.timeout(400)
def test_keys_are_listed_rotated_and_retired_beside_a_running_server(servers: Servers, kind: str) -> None:
    with servers.made(kind) as server:
        shop = server.new_shop()
        hook = shop.owner.post("/v1/webhooks", {"url": "https://shop.example/"}).ok(201)
        path = key_path(server)
        which = {"database": server.database, "keys": str(path)}
        first = max(key["number"] for key in json.loads(path.read_text())["keys"])
        assert f"Key number {first + 1} was added" in said(server, "keys", "rotate")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        begun = shop.owner.post("/v1/second-factor", {"password": PASSWORD}).ok()
        assert [row[0] for row in server.rows("SELECT key FROM second_factor WHERE salt <> ''")] == [first + 1]
        code = pyotp.TOTP(begun["secret"]).now()  # pyright: ignore[reportPrivateImportUsage]
        shop.owner.post("/v1/second-factor/confirm", {"code": code}).ok()
        lines = said(server, "keys", "list").splitlines()
        assert lines[0].split() == ["number", "since", "webhooks", "second", "factors", "tokens", "newest"]
        assert [line.split()[-3:] for line in lines[-2:]] == [["0", "0", "no"], ["1", "0", "yes"]]
        used = int(lines[-2].split()[-4])
        assert used >= 1
        needed = f"{used} webhooks, 0 second factors and 0 tokens"
        for number, why in ((first + 1, "is the newest one"), (first, needed), (99, "There is no key number 99")):
            with pytest.raises(DatabaseProblem, match=why):
                installation.retire_key(which, number)
        shop.owner.delete(f"/v1/webhooks/{hook['id']}").ok()
        # The copied database may have others.
        server.change(("UPDATE webhook SET removed_at = 1 WHERE removed_at IS NULL", ()))
        with pytest.raises(DatabaseProblem, match="less than a minute"):
            installation.retire_key(which, first)
        # Time passes.
        keys = json.loads(path.read_text())["keys"]
        keys[-1]["since"] = "2026-01-01T00:00:00.000Z"
        path.write_text(json.dumps({"keys": keys}))
        for use in installation.list_keys(which)[:-2]:
            installation.retire_key(which, use.number)
        assert "was taken away" in said(server, "keys", "retire", str(first))
        assert [key["number"] for key in json.loads(path.read_text())["keys"]] == [first + 1]
        server.restart()
        server.new_shop().owner.post("/v1/webhooks", {"url": "https://shop.example/"}).ok(201)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A key file with one key."""
    found = tmp_path / "creditclock.keys"
    assert key_file.make(found, 0)
    return found


def test_crash_while_rotating_leaves_a_whole_file(path: Path) -> None:
    first = json.loads(path.read_text())["keys"][0]
    for crash in range(4):
        rotating = subprocess.Popen([sys.executable, "-c", ROTATING, str(path)], stdout=subprocess.PIPE)
        assert rotating.stdout
        for _ in range(3 + crash):
            rotating.stdout.readline()
        time.sleep(0.0007 * crash)  # somewhere in the next one
        os.kill(rotating.pid, signal.SIGKILL)
        rotating.wait()
        rotating.stdout.close()
        keys = json.loads(path.read_text())["keys"]
        assert [key["number"] for key in keys] == list(range(1, len(keys) + 1))
        assert keys[0] == first
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_full_disk_leaves_the_file_as_it_was(path: Path) -> None:
    before = path.read_bytes()
    program = "import resource, sys; from pathlib import Path; from creditclock.storage import key_file;"
    limit = "resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10)); key_file.add(Path(sys.argv[1]), 0)"
    run = [sys.executable, "-B", "-c", program + limit, str(path)]
    done = subprocess.run(run, check=False, capture_output=True, text=True, timeout=60)
    assert "It is as it was" in done.stderr
    assert path.read_bytes() == before
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_rotations_at_the_same_time_all_count(path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        numbers = [threads.submit(key_file.add, path, 0) for _ in range(24)]
    assert sorted(number.result() for number in numbers) == list(range(2, 26))
    assert sorted(key_file.read(path)) == list(range(1, 26))


@pytest.mark.timeout(400)
def test_operator_gets_a_new_password(servers: Servers, kind: str) -> None:
    server = servers.made(kind)
    with server:
        token = server.operator
        if kind == "sqlite":
            assert "Stop it first" in said(server, "operator", "reset", code=1)
            server.stop()
        shown = said(server, "operator", "reset")
        made = shown.partition(" It is ")[2].partition(" ")[0]
        assert len(made) >= 16
        if kind == "sqlite":
            server.start()
        assert sign_in(server, OPERATOR_PASSWORD) == 401
        token.get("/v1/masters").refused(401, "unauthorized")
        assert sign_in(server, made) == 200
        assert [row[:2] for row in server.rows("SELECT operation, caller FROM journal WHERE master_id = 0")].count(
            ("operator.reset_password", "system")
        ) == 1
        assert made not in repr([server.rows(f"SELECT * FROM {name}") for name in ("journal", "event", "stored")])


@pytest.mark.timeout(400)
def test_operator_who_lost_the_phone_gets_in(servers: Servers) -> None:
    server = servers.made("postgresql")
    with server:
        begun = server.operator.post("/v1/second-factor", {"password": OPERATOR_PASSWORD}).ok()
        code = pyotp.TOTP(begun["secret"]).now()  # pyright: ignore[reportPrivateImportUsage]
        server.operator.post("/v1/second-factor/confirm", {"code": code}).ok()
        assert "stays as it was" in said(server, "operator", "reset", CREDITCLOCK_NEW_PASSWORD=NEW)
        body = {"login": "operator", "password": NEW}
        server.nobody.post("/v1/sign-in", body).refused(401, "second_factor_needed")
        words = ("operator", "reset", "--remove-second-factor")
        assert NEW not in said(server, *words, CREDITCLOCK_NEW_PASSWORD=NEW)
        assert sign_in(server, NEW) == 200
        assert "guessed first" in said(server, "operator", "reset", code=1, CREDITCLOCK_NEW_PASSWORD="password123")
        assert "No operator has the login" in said(server, "operator", "reset", "--login", "ann", code=1)


@pytest.mark.parametrize("words", ["check", "keys list", "keys rotate", "operator reset", "db upgrade"])
def test_a_mistyped_folder_is_not_made(tmp_path: Path, words: str) -> None:
    done = creditclock(tmp_path, *words.split(), "--data", str(tmp_path / "typo" / "data"))
    assert done.returncode
    assert "There is no database" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_without_a_terminal_the_new_password_comes_from_a_variable(tmp_path: Path) -> None:
    done = creditclock(tmp_path, "operator", "reset", "--ask")
    assert done.returncode == 2
    assert "CREDITCLOCK_NEW_PASSWORD" in done.stderr


def test_how_to_upgrade_is_said_in_words_to_copy(servers: Servers, kind: str) -> None:
    server = servers.made(kind)
    server.change(("UPDATE alembic_version SET version_num = ?", ("0001",)))
    database = server.database.replace("creditclock@", "creditclock:very-secret@")
    done = creditclock(server.folder, "check", "--database", database)
    assert done.returncode
    assert "very-secret" not in done.stderr
    assert f"creditclock db upgrade --database {database.replace('very-secret', '***')}" in done.stderr.replace("'", "")


def test_audit_of_packages_tells_what_it_takes() -> None:
    command = [sys.executable, "-m", "tools.audit"]
    told = subprocess.run([*command, "--help"], check=True, capture_output=True, text=True, timeout=60).stdout
    assert "usage" in told
    refused = subprocess.run([*command, "--nope"], check=False, capture_output=True, text=True, timeout=60)
    assert refused.returncode == 2
    assert "--nope" in refused.stderr


@pytest.mark.parametrize("words", [("keys",), ("operator",)])
def test_help_is_shown(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert "VERB" in creditclock(tmp_path, *words).stdout
