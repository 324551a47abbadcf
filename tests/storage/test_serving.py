"""Which databases and addresses a server takes, and what it says when it doesn't."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from tests.api import Api, pool
from tests.conftest import Servers
from tests.receiver import eventually
from tests.server import PROGRAM, Server, creditclock, environment

UNUSABLE = {
    "no URL": "nonsense",
    "another database": "mysql://localhost/x",
    "memory": "sqlite:///:memory:",
    "a folder that can't be": "sqlite:////proc/nothing/x.db",
    "nobody there": "postgresql:///?host=/nowhere",
}
UNREACHABLE = {"nowhere": "nowhere", "70000": "127.0.0.1:70000", "no.such.host.invalid": "no.such.host.invalid:0"}
PUBLIC = {"a test clock for everybody": "0.0.0.0:0", "a test clock for everybody by version 6": "[::]:0"}


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[str]]]:
    """What each refused server said. They are started at the same time, for each takes a while to say no."""
    cases = {name: ("--database", url) for name, url in UNUSABLE.items()}
    cases |= {name: ("--listen", listen) for name, listen in UNREACHABLE.items()}
    cases |= {name: ("--test-clock", "--listen", listen) for name, listen in PUBLIC.items()}
    with ThreadPoolExecutor(3) as threads:
        yield {name: threads.submit(_untouched, tmp_path_factory.mktemp("refused"), *c) for name, c in cases.items()}


def _untouched(folder: Path, *arguments: str) -> str:
    said = refusal(folder, *arguments)
    assert not (folder / "creditclock.db").exists()
    return said


def refusal(folder: Path, *arguments: str) -> str:
    """What `creditclock serve` says when it doesn't start: a sentence, and never how it came to it."""
    done = creditclock(folder, "serve", "--listen", "127.0.0.1:0", *arguments)
    assert done.returncode == 1, done
    assert done.stdout == ""
    assert "Traceback" not in done.stderr, done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("creditclock: "), done.stderr
    return last


def test_file_has_one_server_by_whatever_name(server: Server, tmp_path: Path) -> None:
    if not server.path:
        pytest.skip("PostgreSQL may have many")
    alias = tmp_path / "alias.db"
    alias.symlink_to(server.path)
    with ThreadPoolExecutor() as threads:
        refused = threads.submit(refusal, tmp_path, "--database", f"sqlite:///{alias}")
        upgrade = creditclock(tmp_path, "db", "upgrade", "--database", server.database)
        assert "Another server" in refused.result()
    assert upgrade.returncode == 1
    assert "Another server" in upgrade.stderr
    assert server.nobody.get("/readyz").status == 200


def test_test_clock_and_real_time_never_share_a_database(servers: Servers, kind: str, tmp_path: Path) -> None:
    real, test = servers.kept(kind, test_clock=False), servers.kept(kind, test_clock=True)
    if kind == "sqlite":
        real = servers.made(kind)
        test.stop()
    with ThreadPoolExecutor() as threads:
        one = threads.submit(refusal, tmp_path, "--database", real.database, "--test-clock")
        two = threads.submit(refusal, tmp_path, "--database", test.database)
        assert "real books" in one.result()
        assert "--test-clock" in two.result()
    if kind == "sqlite":
        test.start()


def test_test_clock_is_not_there_in_real_time(server: Server) -> None:
    server.operator.get("/v1/test-clock").refused(404, "not_found")
    server.operator.post("/v1/test-clock", {"advance_ms": 1}).refused(404, "not_found")


def test_test_clock_goes_forward_only(test_clock_server: Server) -> None:
    server = test_clock_server
    path = "/v1/test-clock"
    before = server.operator.get(path).ok()["now"]
    for body in ({}, {"advance_ms": 0}, {"advance_ms": -1}, {"now": "2000-01-01T00:00:00Z"}, {"now": "soon"},
                 {"advance_ms": 1, "now": before}):  # fmt: skip
        server.operator.post(path, body).refused(422, "invalid")
    server.operator.post(path, {"advance_ms": 2**53 - 1}).refused(422, "out_of_range")
    assert server.operator.get(path).ok()["now"] == before
    assert server.operator.post(path, {"now": before}).ok()["now"] == before
    server.shop.owner.post(path, {"advance_ms": 1}).refused(403, "forbidden")


def test_test_clock_stands_where_it_stood_after_a_restart(test_clock_server: Server) -> None:
    server = test_clock_server
    customer = server.shop.customer(ms=100_000)
    server.advance(1_000)
    session = server.shop.start(customer.clock)
    server.advance(7)
    server.shop.act("pause", session)
    stood = server.now
    server.restart()
    assert server.now == stood
    assert server.shop.clock(customer.clock)["balance_ms"] == 99_993


@pytest.mark.parametrize("case", [*UNUSABLE, *UNREACHABLE, *PUBLIC])
def test_what_cannot_be_served_is_told_in_a_sentence(refusals: dict[str, Future[str]], case: str) -> None:
    told = refusals[case].result()
    if case in PUBLIC:
        assert "loopback" in told
    elif case in UNREACHABLE:
        assert case in told


def test_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    letter = b"This is a letter to my aunt, and not a database. " * 100
    (tmp_path / "creditclock.db").write_bytes(letter)
    refusal(tmp_path, "--data", str(tmp_path))
    check = creditclock(tmp_path, "check", "--data", str(tmp_path))
    assert check.returncode == 2, check
    assert "Traceback" not in check.stderr
    assert (tmp_path / "creditclock.db").read_bytes() == letter


def test_taken_port_is_told_in_a_sentence(server: Server, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'x.db'}"
    assert str(server.port) in refusal(tmp_path, "--database", database, "--listen", f"127.0.0.1:{server.port}")


def test_operators_password_is_made_and_shown_if_none_is_given(tmp_path: Path) -> None:
    surroundings = environment(tmp_path)
    del surroundings["CREDITCLOCK_OPERATOR_PASSWORD"]
    command = [PROGRAM, "serve", "--database", f"sqlite:///{tmp_path / 'x.db'}", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, env=surroundings, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        greeting, first = process.stdout.readline(), process.stdout.readline()
        port = int(greeting.split(" ")[3].rpartition(":")[2])
        password = re.search("with the password (\\S+)", first)
        assert password
        body = {"login": "operator", "password": password[1]}
        answer = Api(pool(port)).post("/v1/sign-in", body).ok()
        process.terminate()
    assert answer["who"]["kind"] == "operator"
    assert process.returncode == 0


def test_two_servers_may_set_up_one_database_at_once(servers: Servers) -> None:
    database = servers.database("postgresql")
    both = [Server(servers.folder(), database) for _ in range(2)]
    with ThreadPoolExecutor() as threads:
        started = [threads.submit(server.start) for server in both]
    try:
        for future in started:
            future.result()
        for server in both:
            assert server.operator.get("/v1/who").ok()["kind"] == "operator"
            assert "Traceback" not in server.log
        assert len(both[0].rows("SELECT * FROM staff")) == 1
    finally:
        for server in both:
            server.close()


def test_connections_to_postgresql_that_break_are_made_anew(servers: Servers) -> None:
    with servers.made("postgresql") as server:
        shop = server.new_shop()
        customer = shop.customer(credits=1_000)
        path = f"/v1/wallets/{customer.wallet}"
        paid = 0
        for _ in range(3):
            with psycopg.connect(server.database, autocommit=True) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            for n in range(10):
                answer = shop.key.post(f"{path}/pay", {"amount": 1}, key=f"pay-{paid + n}")
                while answer.status == 503:
                    answer.refused(503, "busy")
                    answer = shop.key.post(f"{path}/pay", {"amount": 1}, key=f"pay-{paid + n}")
                answer.ok()
            paid += 10
            for _ in range(5):
                look = shop.key.get(path)
                assert look.status in {200, 503}, look
            assert shop.key.get(path).ok()["balance"] == 1_000 - paid
            eventually(lambda: server.nobody.get("/readyz").status == 200)
        assert not re.search("request .* failed", server.log), server.log


def test_nothing_is_served_without_the_process_that_writes(servers: Servers) -> None:
    """If it dies the server ends, so that whoever watches over it starts both again."""
    server = servers.kept("sqlite", test_clock=False)
    customer = server.shop.customer(credits=5)
    os.kill(server.writer, signal.SIGKILL)
    assert server.wait() != 0
    server.start()
    assert server.shop.balance(customer.wallet) == 5
