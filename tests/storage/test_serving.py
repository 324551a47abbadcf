"""Which databases and addresses a server takes, and what it says when it doesn't."""

import re
import subprocess
from pathlib import Path

import psycopg
import pytest

from tests.conftest import Servers
from tests.server import PROGRAM, Server, creditclock, environment


def refusal(folder: Path, *arguments: str) -> str:
    """What `creditclock serve` says when it doesn't start: a sentence, and never how it came to it."""
    done = creditclock(folder, "serve", "--listen", "127.0.0.1:0", *arguments)
    assert done.returncode == 1, done
    assert done.stdout == ""
    assert "Traceback" not in done.stderr, done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("creditclock: "), done.stderr
    return last


def test_file_has_one_server(servers: Servers) -> None:
    with servers.new("sqlite") as server:
        assert server.path
        assert "Another server" in refusal(server.folder, "--database", server.database)
        alias = server.folder / "alias.db"
        alias.symlink_to(server.path)
        assert "Another server" in refusal(server.folder, "--database", f"sqlite:///{alias}")
        upgrade = creditclock(server.folder, "db", "upgrade", "--database", server.database)
        assert upgrade.returncode == 1
        assert "Another server" in upgrade.stderr
        assert server.nobody.get("/readyz").status == 200
        server.kill()
        server.start()


def test_test_clock_and_real_time_never_share_a_database(servers: Servers, kind: str) -> None:
    real, test = servers.kept(kind, test_clock=False), servers.kept(kind, test_clock=True)
    if kind == "sqlite":
        real, test = servers.new(kind), servers.new(kind, test_clock=True)
        for server in (real, test):
            with server:
                pass
    assert "real books" in refusal(real.folder, "--database", real.database, "--test-clock")
    assert "--test-clock" in refusal(test.folder, "--database", test.database)


@pytest.mark.parametrize("address", ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "example.org:0", ":0"])
def test_test_clock_is_for_this_machine_only(tmp_path: Path, address: str) -> None:
    database = f"sqlite:///{tmp_path / 'x.db'}"
    assert "loopback" in refusal(tmp_path, "--database", database, "--test-clock", "--listen", address)
    assert not (tmp_path / "x.db").exists()


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


def test_test_clock_stands_where_it_stood_after_a_restart(servers: Servers, kind: str) -> None:
    with servers.new(kind, test_clock=True) as server:
        shop = server.new_shop()
        customer = shop.customer(ms=100_000)
        server.advance(3 * 86_400_000)
        shop.start(customer.clock)
        server.advance(7)
        key = shop.key.token
        server.stop()
        stood = server.now
        server.start()
        assert server.now in {stood, stood - 7}
        clock = server.nobody.holding(key).get(f"/v1/clocks/{customer.clock}").ok()
        assert clock["balance_ms"] in {100_000 - 7, 100_000}


@pytest.mark.parametrize(
    "database",
    [
        "nonsense", "mysql://localhost/x", "sqlite://", "sqlite:///:memory:", "sqlite:////proc/nothing/x.db", "sqlite:///.",
        "postgresql://nobody@127.0.0.1:1/nothing", "postgresql:///?host=/nowhere", "",
    ],
)  # fmt: skip
def test_database_that_cannot_be_used_is_told_in_a_sentence(tmp_path: Path, database: str) -> None:
    if database:
        refusal(tmp_path, "--database", database)
    else:
        (tmp_path / "creditclock.db").write_bytes(b"This is a letter to my aunt, and not a database. " * 100)
        refusal(tmp_path, "--data", str(tmp_path))
    check = creditclock(tmp_path, "check", *(["--database", database] if database else ["--data", str(tmp_path)]))
    assert check.returncode == 2, check
    assert "Traceback" not in check.stderr


@pytest.mark.parametrize("listen", ["nowhere", "127.0.0.1:x", "127.0.0.1:70000", "127.0.0.1:-1", "256.0.0.1:0", "no.such.host.invalid:0"])
def test_address_that_cannot_be_listened_on_is_told_in_a_sentence(tmp_path: Path, listen: str) -> None:
    refusal(tmp_path, "--database", f"sqlite:///{tmp_path / 'x.db'}", "--listen", listen)
    assert not (tmp_path / "x.db").exists()


def test_taken_port_is_told_in_a_sentence(server: Server, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'x.db'}"
    assert str(server.port) in refusal(tmp_path, "--database", database, "--listen", f"127.0.0.1:{server.port}")


def test_operators_password_is_made_and_shown_once(tmp_path: Path) -> None:
    surroundings = environment(tmp_path)
    del surroundings["CREDITCLOCK_OPERATOR_PASSWORD"]
    command = [PROGRAM, "serve", "--database", f"sqlite:///{tmp_path / 'x.db'}", "--listen", "127.0.0.1:0"]

    def lines(number: int) -> list[str]:
        process = subprocess.Popen(
            command, env=surroundings, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert process.stdout
        said = [process.stdout.readline() for _ in range(number)]
        process.terminate()
        said += process.stdout.readlines()
        process.stdout.close()
        assert process.wait() == 0
        return said

    assert "password" in lines(2)[1]
    assert "password" not in "".join(lines(1))


def test_two_servers_may_set_up_one_database_at_once(servers: Servers) -> None:
    database = servers.database("postgresql")
    both = [Server(servers.folder(), database) for _ in range(2)]
    command = [PROGRAM, "serve", "--database", database, "--listen", "127.0.0.1:0"]
    processes = [
        subprocess.Popen(
            command, cwd=server.folder, env=environment(server.folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True,
        )
        for server in both
    ]  # fmt: skip
    greetings = [process.stdout.readline() for process in processes if process.stdout]
    for process in processes:
        process.terminate()
    errors = [process.communicate()[1] for process in processes]
    assert all("listens on" in greeting for greeting in greetings), errors
    assert not any("Traceback" in error for error in errors), errors
    with both[0] as server:
        assert server.operator.get("/v1/who").ok()["kind"] == "operator"
        assert len(server.rows("SELECT * FROM staff")) == 1


def test_connections_to_postgresql_that_break_are_made_anew(servers: Servers) -> None:
    with servers.new("postgresql") as server:
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
            assert server.nobody.get("/readyz").status == 200
        assert not re.search("request .* failed", server.log), server.log


def test_everything_ends_when_it_is_told_to(servers: Servers, kind: str) -> None:
    server = servers.new(kind)
    server.start()
    shop = server.new_shop()
    shop.start(shop.customer(ms=60_000).clock)
    assert server.stop() == 0
    assert "Traceback" not in server.log
    assert not server.check()
