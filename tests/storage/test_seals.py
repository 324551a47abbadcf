"""The journal is sealed, and whoever changes it afterwards, or what it moved, is found out by `creditclock check`."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from creditclock.contract.values import master_of
from tests.api import Json
from tests.conftest import Servers
from tests.server import Server, creditclock
from tests.storage.test_trouble import eventually

Change = tuple[str, Sequence[object]]


def sealed(servers: Servers, kind: str) -> tuple[Server, int]:
    """A server that was stopped after its journals were sealed, and a business with something in its books."""
    server = servers.made(kind)
    server.flags = ("--webhook-addresses", "any")
    server.start()
    shop = server.new_shop()
    customer = shop.customer(credits=5_000)
    shop.key.post(f"/v1/clocks/{customer.clock}/buy", {"amount": 600}).ok()
    shop.act("stop", shop.start(customer.clock))
    # Nobody answers there, but a webhook has a secret, and so the installation has a key.
    shop.owner.post("/v1/webhooks", {"url": "http://127.0.0.1:1/"}).ok(201)
    server.restart()
    eventually(lambda: not server.rows(UNSEALED))
    server.stop()
    return server, master_of(shop.id)


UNSEALED = (
    "SELECT master_id FROM lane WHERE next_journal - 1 > coalesce("
    "(SELECT max(no) FROM seal WHERE seal.master_id = lane.master_id), 0)"
)


@pytest.fixture(scope="module")
def kept() -> Iterator[dict[str, tuple[Server, int]]]:
    found: dict[str, tuple[Server, int]] = {}
    yield found
    for server, _ in found.values():
        server.close()


@pytest.fixture
def books(servers: Servers, kind: str, kept: dict[str, tuple[Server, int]]) -> tuple[Server, int]:
    if kind not in kept:
        kept[kind] = sealed(servers, kind)
    return kept[kind]


def found(server: Server, change: Change, back: Change) -> str:
    """What the check finds after a change, which is taken back then."""
    server.change(change)
    try:
        return server.check()
    finally:
        server.change(back)


def test_whatever_is_changed_is_found(books: tuple[Server, int]) -> None:
    server, master = books
    (detail,) = server.rows("SELECT detail FROM journal WHERE master_id = ? AND no = 5", master)[0]
    statement = "UPDATE journal SET detail = ? WHERE master_id = ? AND no = 5"
    journal = found(server, (statement, ("{}", master)), (statement, (detail, master)))

    number, at = server.rows("SELECT id, at FROM posting WHERE master_id = ? ORDER BY id LIMIT 1", master)[0]
    statement = "UPDATE posting SET at = ? WHERE master_id = ? AND id = ?"
    posting = found(server, (statement, (at - 1, master, number)), (statement, (at, master, number)))

    no, digest, signature = server.rows(
        "SELECT no, hash, signature FROM seal WHERE master_id = ? AND key IS NOT NULL ORDER BY no DESC LIMIT 1", master
    )[0]
    statement = "UPDATE seal SET hash = ? WHERE master_id = ? AND no = ?"
    seal = found(server, (statement, ("0" * 64, master, no)), (statement, (digest, master, no)))
    for complaint in (journal, posting, seal):
        assert "changed after it was sealed" in complaint

    statement = "UPDATE seal SET signature = ? WHERE master_id = ? AND no = ?"
    other = f"{'A' * 86}=="
    forged = [found(server, (statement, (other, master, no)), (statement, (signature, master, no)))]
    statement = "UPDATE seal SET key = ? WHERE master_id = ? AND no = ?"
    forged.append(found(server, (statement, (99, master, no)), (statement, (1, master, no))))
    for complaint in forged:
        assert "is not signed by this installation's key" in complaint
    assert server.check() == ""


def test_what_was_written_last_is_sealed_when_the_server_stops(books: tuple[Server, int]) -> None:
    assert not books[0].rows(UNSEALED)


def test_salts_may_go(books: tuple[Server, int]) -> None:
    server, master = books
    salts = server.rows("SELECT no, salt FROM journal WHERE master_id = ?", master)
    server.change(("UPDATE journal SET salt = NULL WHERE master_id = ?", (master,)))
    assert server.check() == ""
    server.change(*(("UPDATE journal SET salt = ? WHERE master_id = ? AND no = ?", (s, master, n)) for n, s in salts))


def test_heads_kept_elsewhere_prove_that_nothing_was_made_anew(books: tuple[Server, int], tmp_path: Path) -> None:
    server, master = books
    heads = tmp_path / "heads.json"
    database = ("--database", server.database)
    assert creditclock(server.folder, "check", *database, "--heads", str(heads)).returncode == 0
    kept = json.loads(heads.read_text())["heads"]
    assert {master_of(head["master"]) for head in kept} >= {0, master}
    assert creditclock(server.folder, "check", *database, "--since", str(heads)).returncode == 0
    now = json.loads(heads.read_text())["taken_at"]

    def since(taken_at: str, heads_: list[Json]) -> str:
        heads.write_text(json.dumps({"taken_at": taken_at, "heads": heads_}))
        done = creditclock(server.folder, "check", *database, "--since", str(heads))
        assert done.returncode == 1
        return done.stdout

    unsigned = [{**head, "key": None, "signature": None, "hash": "0" * 64} for head in kept]
    assert since(now, unsigned).count("is not what it was") == len(kept)
    assert "is not signed by this installation's key" in since(now, [{**head, "hash": "0" * 64} for head in kept])
    assert "has none in the file" in since(f"{int(now[:4]) + 1}{now[4:]}", kept[:1])


def test_file_that_holds_no_heads_is_refused(tmp_path: Path) -> None:
    (tmp_path / "heads").write_text('{"taken_at": 1, "heads": []}')
    done = creditclock(tmp_path, "check", "--since", str(tmp_path / "heads"))
    assert done.returncode == 2
    assert "--heads" in done.stderr


def test_without_the_key_the_chain_is_still_looked_at(books: tuple[Server, int]) -> None:
    server, _ = books
    keys = server.folder / "creditclock.keys"
    away = keys.rename(server.folder / "away")
    try:
        done = creditclock(server.folder, "check", "--database", server.database)
    finally:
        away.rename(keys)
    assert done.returncode == 0, done
    assert "were not looked at" in done.stderr
