"""Databases that can't be used, at the start and in the midst of the work: a sentence, and on again afterwards."""

import itertools
import os
import resource
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Callable, Collection, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import urllib3

from creditclock.storage.database import Database, DatabaseProblem
from tests.api import Answer
from tests.conftest import Servers
from tests.proxy import Network
from tests.server import OPERATOR_PASSWORD, PROGRAM, Server, Shop, environment

LANES = ("process", "thread")
MIB = 1_048_576


def said(folder: Path, lane: str, *arguments: str) -> str:
    """The one sentence of a command that doesn't work, and nothing else."""
    done = subprocess.run(
        [PROGRAM, *arguments],
        check=False,
        cwd=folder,
        env=environment(folder) | {"CREDITCLOCK_LANE": lane},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (1, ""), done
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("creditclock: "), done.stderr
    return lines[0]


def refused(folder: Path, *arguments: str) -> str:
    """The sentence of a server that doesn't start, the same wherever its lane runs."""
    command = ("serve", "--listen", "127.0.0.1:0", *arguments)
    with ThreadPoolExecutor() as threads:
        one, two = [threads.submit(said, folder, lane, *command) for lane in LANES]
    assert one.result() == two.result()
    return one.result()


@contextmanager
def small_disk(folder: Path, options: str) -> Generator[Path]:
    """A disk of its own in memory, where the tests may make one."""
    folder.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "x", folder], check=False, capture_output=True
    ).returncode:
        pytest.skip("the tests may not mount a disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def eventually(happened: Callable[[], bool], within_s: float = 15) -> None:
    until = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("database", "words"),
    [
        (":notaport", "sqlite:///FILE"),
        ("mysql://somebody:sesame@localhost/x", "sqlite:///FILE"),
        ("postgresql://somebody:sesame@localhost:notaport/x", "sqlite:///FILE"),
        ("postgresql://somebody:open@sesame@localhost/x", "%40"),
        ("postgresql://somebody:sesame@127.0.0.1:1/x", "whether PostgreSQL runs"),
        ("postgresql://127.0.0.1:1/x?password=sesame", "whether PostgreSQL runs"),
        ("postgresql://127.0.0.1:1/x?pasword=sesame", "postgresql://USER"),
    ],
)
def test_url_that_leads_nowhere_is_told_without_its_password(tmp_path: Path, database: str, words: str) -> None:
    sentence = refused(tmp_path, "--database", database)
    assert words in sentence
    assert "sesame" not in sentence


def test_listen_says_what_it_needs(tmp_path: Path) -> None:
    assert "HOST:PORT" in said(tmp_path, "thread", "serve", "--listen", "abc")


def test_folder_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "books").mkdir()
    assert "is a folder" in refused(tmp_path, "--database", f"sqlite:///{tmp_path / 'books'}")
    assert "is a folder" in said(tmp_path, "thread", "db", "upgrade", "--database", f"sqlite:///{tmp_path / 'books'}")
    assert not (tmp_path / "books.lock").exists()


def test_letter_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("Dear aunt, this is a letter. " * 100)
    with ThreadPoolExecutor() as threads:
        url = f"sqlite:///{tmp_path / 'letter'}"
        upgrade = threads.submit(said, tmp_path, "thread", "db", "upgrade", "--database", url)
        assert "is no database" in said(tmp_path, "process", "serve", "--listen", "127.0.0.1:0", "--database", url)
        assert "is no database" in upgrade.result()


def test_full_disk_at_the_start_leaves_nothing_half_made(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "size=64k") as disk:
        url = f"sqlite:///{disk / 'creditclock.db'}"
        assert "disk of the database is full" in said(tmp_path, "process", "serve", "--database", url)
        subprocess.run(["mount", "-o", "remount,size=32m", disk], check=True)
        with Server(servers_folder(tmp_path), url) as server:
            assert server.nobody.get("/readyz").status == 200


def servers_folder(path: Path) -> Path:
    (path / "server").mkdir()
    return path / "server"


def test_disk_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "size=1m") as disk:
        (disk / "creditclock.db").touch()
        (disk / "creditclock.db.lock").touch()
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        assert "can't be written" in refused(tmp_path, "--data", str(disk))


def test_silent_postgresql_is_given_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://127.0.0.1:{silent.getsockname()[1]}/x"
        assert "whether PostgreSQL runs" in refused(tmp_path, "--database", url)


def test_three_servers_may_set_up_one_database_at_once(servers: Servers) -> None:
    database = servers.database("postgresql")
    three = [Server(servers.folder(), database) for _ in range(3)]
    try:
        with ThreadPoolExecutor() as threads:
            list(threads.map(Server.start, three))
        assert [server.nobody.get("/readyz").status for server in three] == [200] * 3
    finally:
        for server in three:
            server.close()


def test_only_the_servers_user_can_read_its_files(servers: Servers) -> None:
    with servers.new("sqlite") as server:
        path = Path(server.path or "")
        modes = {file.name: mode(file) for file in path.parent.glob(f"{path.name}*")}
        path.chmod(0o640)
        server.restart()
        assert mode(path) == 0o640
    assert modes == dict.fromkeys(
        ("creditclock.db", *(f"creditclock.db{end}" for end in ("-wal", "-shm", ".lock"))), 0o600
    )


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_nobody_but_a_new_server_makes_a_database(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'books#.db'}")
    with pytest.raises(DatabaseProblem, match="can't be opened"):
        database.connect()
    with pytest.raises(DatabaseProblem, match="can't be opened"), database.reading():
        pass
    with pytest.raises(DatabaseProblem, match="can't be opened"):
        database.forget_alive(1)
    assert list(tmp_path.iterdir()) == []
    database.claim()
    database.prepare(test=False)
    database.connect(lane=True).close()
    assert (tmp_path / "books#.db").exists()
    database.close()


def pay(shop: Shop, wallet: str) -> Answer:
    return shop.key.post(f"/v1/wallets/{wallet}/pay", {"amount": 1, "note": "x" * 200})


def refuses(shop: Shop, wallet: str, words: str, reads: Collection[int] = (200,)) -> None:
    """Payments are refused with a sentence that says why, reads go on, and the server isn't ready."""
    eventually(lambda: pay(shop, wallet).status == 503)
    answer = pay(shop, wallet)
    answer.refused(503, "busy")
    assert words in answer.body.decode()
    assert shop.key.get(f"/v1/wallets/{wallet}").status in reads
    eventually(lambda: shop.server.nobody.get("/readyz").status == 503)
    assert shop.server.nobody.get("/readyz").body == b"not ready\n"


def goes_on(shop: Shop, wallet: str, paid: int) -> None:
    """Without a restart payments are taken again, alive marks move, and the log tells no story."""
    server = shop.server
    eventually(lambda: server.nobody.get("/readyz").status == 200)
    pay(shop, wallet).ok()
    assert shop.balance(wallet) == 1_000_000 - paid - 1
    before = server.rows("SELECT max(at) FROM alive")
    eventually(lambda: server.rows("SELECT max(at) FROM alive") > before)
    assert "Traceback" not in server.log
    assert server.log.count("no alive mark") <= 3, server.log
    assert server.stop() == 0
    assert server.check() == ""


def test_full_disk_is_told_and_survived(tmp_path: Path) -> None:
    with (
        small_disk(tmp_path / "disk", "size=16m") as disk,
        Server(servers_folder(tmp_path), f"sqlite:///{disk / 'creditclock.db'}") as server,
    ):
        shop = server.new_shop()
        wallet = shop.customer(credits=1_000_000).wallet
        filler = disk / "filler"
        with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
            file.writelines(itertools.repeat(b"x" * 4_096))
        paid = 0
        while pay(shop, wallet).status == 200:
            paid += 1
        refuses(shop, wallet, "disk of the database is full")
        filler.unlink()
        goes_on(shop, wallet, paid)


def test_failing_disk_is_told_and_survived(servers: Servers) -> None:
    with servers.made("sqlite") as server:
        shop = server.new_shop()
        wallet = shop.customer(credits=1_000_000).wallet
        limits = resource.prlimit(server.writer, resource.RLIMIT_FSIZE)
        resource.prlimit(server.writer, resource.RLIMIT_FSIZE, (4_096, limits[1]))
        refuses(shop, wallet, "disk of the database fails")
        resource.prlimit(server.writer, resource.RLIMIT_FSIZE, limits)
        goes_on(shop, wallet, 0)


def test_file_that_is_moved_away_is_told_and_survived(servers: Servers) -> None:
    """What would be written to it now would be lost with it."""
    with servers.made("sqlite") as server:
        shop = server.new_shop()
        wallet = shop.customer(credits=1_000_000).wallet
        file = Path(server.path or "")
        file.rename(file.with_name("elsewhere"))
        paid = 0
        while pay(shop, wallet).status == 200:
            paid += 1
        refuses(shop, wallet, "moved, removed or replaced", (200, 503))
        file.with_name("elsewhere").rename(file)
        goes_on(shop, wallet, paid)


@pytest.mark.timeout(600)
def test_postgresql_that_is_lost_during_the_start_is_told_in_a_sentence(servers: Servers) -> None:
    database = servers.made("postgresql").database

    def start(connections: int) -> str:
        with Network(database, connections) as network:
            server = Server(servers.folder(), network.url)
            try:
                server.start()
            except RuntimeError:
                assert sum(line.startswith("creditclock: ") for line in server.log.splitlines()) == 1
            finally:
                server.kill()
        return server.log

    with ThreadPoolExecutor(2) as threads:
        for log in threads.map(start, (2, 5, 8)):
            assert "Traceback" not in log, log


def test_server_without_its_tables_is_not_ready(servers: Servers, kind: str) -> None:
    with servers.made(kind) as server:
        key = server.new_shop().key
        assert server.nobody.get("/readyz").status == 200
        server.change(("ALTER TABLE lane RENAME TO gone", ()))
        assert server.nobody.get("/readyz").status == 503
        key.get("/v1/customers").refused(503, "busy")
        server.change(("ALTER TABLE gone RENAME TO lane", ()), ("ALTER TABLE outage RENAME TO gone", ()))
        assert server.nobody.get("/readyz").status == 503
        server.change(("ALTER TABLE gone RENAME TO outage", ()))
        eventually(lambda: server.nobody.get("/readyz").status == 200)
        assert "Traceback" not in server.log


def test_lane_that_does_not_answer_is_not_ready(servers: Servers) -> None:
    with servers.made("sqlite") as server:
        os.kill(server.writer, signal.SIGSTOP)
        try:
            assert server.nobody.get("/readyz").status == 503
        finally:
            os.kill(server.writer, signal.SIGCONT)
        eventually(lambda: server.nobody.get("/readyz").status == 200)


def test_lane_that_is_killed_is_one_line_in_the_log(servers: Servers) -> None:
    with servers.made("sqlite") as server:
        shop = server.new_shop()
        wallet = shop.customer(credits=1_000_000).wallet
        writer = server.writer
        os.kill(writer, signal.SIGSTOP)
        pays = [{"op": "wallet.pay", "wallet": wallet, "amount": 1}] * 200
        with ThreadPoolExecutor(9) as threads:
            waiting = [threads.submit(pay, shop, wallet) for _ in range(8)]
            batch = threads.submit(shop.key.post, "/v1/batch", {"operations": pays})
            time.sleep(1)
            os.kill(writer, signal.SIGKILL)
            with suppress(urllib3.exceptions.HTTPError):
                results = batch.result().ok()["results"]
                assert {result["problem"]["status"] for result in results} <= {500, 503}
            for future in waiting:
                try:
                    future.result().refused(500, "unexpected")
                except urllib3.exceptions.HTTPError:
                    continue
        assert server.wait() == 1
        assert "Traceback" not in server.log
        assert len([line for line in server.log.splitlines() if "gone" in line]) == 1, server.log


def test_lane_does_not_know_the_operators_password(servers: Servers) -> None:
    with servers.made("sqlite") as server:
        surroundings = Path(f"/proc/{server.writer}/environ").read_bytes()
        assert b"HOME=" in surroundings
        assert OPERATOR_PASSWORD.encode() not in surroundings


def test_files_are_what_they_say(server: Server) -> None:
    answers = [server.nobody.get(path) for path in static_files()]
    assert len(answers) >= 1
    assert {(answer.status, answer.headers.get("x-content-type-options")) for answer in answers} == {(200, "nosniff")}


def static_files() -> list[str]:
    root = Path(__file__).parents[2] / "src" / "creditclock"
    folders = {"/static": root / "web" / "static", "/board": root / "portal" / "static"}
    return [f"{path}/{file.name}" for path, folder in folders.items() for file in folder.iterdir() if file.is_file()]
