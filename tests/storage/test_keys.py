"""The installation's key file: made once, for its owner alone, and never confused with another."""

import base64
import json
import shutil
import stat
from pathlib import Path

import pytest

from tests.conftest import Servers
from tests.server import Server, Shop, creditclock

URL = {"url": "https://shop.example/"}


@pytest.fixture(scope="module")
def first_used(servers: Servers) -> Server:
    """A server, stopped, on whose database a key was used."""
    server = servers.made("sqlite")
    with server:
        assert webhook(server.new_shop()) == 201
    return server


@pytest.fixture
def used(first_used: Server, tmp_path: Path) -> Server:
    """A copy of it."""
    folder = tmp_path / "server"
    shutil.copytree(first_used.folder, folder)
    return Server(folder)


def key_file(server: Server) -> Path:
    return (Path(server.path).parent if server.path else server.folder) / "creditclock.keys"


def refusal(server: Server) -> str:
    """What a server says that doesn't start."""
    done = creditclock(server.folder, "serve", "--database", server.database, "--listen", "127.0.0.1:0")
    assert done.returncode == 1, done
    assert "Traceback" not in done.stderr
    return done.stderr


def webhook(shop: Shop) -> int:
    return shop.owner.post("/v1/webhooks", URL).status


def test_file_is_made_when_a_key_is_first_used(servers: Servers) -> None:
    with servers.new("sqlite") as server:
        assert not key_file(server).exists()
        shop = server.new_shop()
        assert webhook(shop) == 201
        assert stat.S_IMODE(key_file(server).stat().st_mode) == 0o600
        (key,) = json.loads(key_file(server).read_text())["keys"]
        assert key["number"] == 1
        assert len(base64.b64decode(key["key"])) == 32
        before = key_file(server).read_bytes()
        assert webhook(shop) == 201
        server.restart()
        assert webhook(shop) == 201
        assert key_file(server).read_bytes() == before
        assert key["key"] not in repr(server.rows("SELECT * FROM installation"))
        assert [path.name for path in key_file(server).parent.iterdir() if "keys" in path.name] == ["creditclock.keys"]


def test_file_that_is_missing_is_not_made_anew(used: Server) -> None:
    key_file(used).unlink()
    assert "is missing" in refusal(used)
    assert not key_file(used).exists()


def test_file_of_another_installation_is_refused(used: Server) -> None:
    other = {"keys": [{"number": 1, "key": base64.b64encode(b"x" * 32).decode()}]}
    key_file(used).write_text(json.dumps(other))
    assert "is not the key file of this database" in refusal(used)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_file_that_others_can_read_is_refused(used: Server, mode: int) -> None:
    key_file(used).chmod(mode)
    assert f"chmod 600 {key_file(used)}" in refusal(used)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"keys": []}',
        '{"keys": [{"number": 1, "key": "short"}]}',
        '{"keys": [{"number": 1, "key": "c2hvcnQ="}]}',
        '{"keys": [{"number": 0, "key": "' + "A" * 44 + '"}]}',
        '{"keys": [{"number": 1}]}',
        "\u0000\u00ff",
    ],
)
def test_file_that_is_none_is_refused(used: Server, text: str) -> None:
    key_file(used).write_text(text, encoding="latin-1")
    assert "is no key file" in refusal(used)


def test_folder_in_its_place_is_refused(used: Server) -> None:
    key_file(used).unlink()
    key_file(used).mkdir()
    assert "can't be read" in refusal(used)


def test_file_may_lie_elsewhere(servers: Servers, tmp_path: Path) -> None:
    server = servers.new("sqlite")
    server.flags = ("--keys", str(tmp_path / "secret" / "keys.json"))
    with server:
        assert webhook(server.new_shop()) == 201
    assert (tmp_path / "secret" / "keys.json").exists()
    assert not key_file(server).exists()


def test_newest_key_makes_new_secrets_and_the_old_one_stays(used: Server) -> None:
    keys = json.loads(key_file(used).read_text())["keys"]
    keys.append({"number": 2, "key": base64.b64encode(b"y" * 32).decode()})
    key_file(used).write_text(json.dumps({"keys": keys}))
    with used:
        made = used.new_shop().owner.post("/v1/webhooks", URL).ok(201)
        assert made["secret"]
        assert [row[0] for row in used.rows("SELECT key FROM webhook ORDER BY created_at")][-2:] == [1, 2]
    key_file(used).write_text(json.dumps({"keys": keys[1:]}))
    assert "key number 1" in refusal(used)
    key_file(used).write_text(json.dumps({"keys": keys[:1]}))
    assert "key number 2" in refusal(used)


def test_servers_of_one_database_share_the_file(servers: Servers) -> None:
    with servers.new("postgresql") as one, Server(servers.folder(), one.database) as two:
        shop = one.new_shop()
        assert webhook(shop) == 201
        same = Shop(two, {"id": shop.id, "tariff": shop.tariff}, shop.login)
        problem = same.owner.post("/v1/webhooks", URL).refused(503, "busy")
        assert "key file" in problem["detail"]
        assert "is missing" in two.log
        two.stop()
        assert "is missing" in refusal(two)
        two.flags = ("--keys", str(key_file(one)))
        two.start()
        assert webhook(same) == 201
