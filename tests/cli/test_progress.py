"""Long work tells a terminal how far it is, and nobody else."""

import contextlib
import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from creditclock.cli.progress import line
from creditclock.storage import migrations
from tests.cli.terminal import Terminal
from tests.cli.test_commands import Person
from tests.conftest import Servers
from tests.server import PROGRAM, Shop, creditclock, environment


@pytest.fixture
def shop(servers: Servers) -> Shop:
    return servers.kept("sqlite", test_clock=False).shop


@pytest.mark.parametrize(
    ("count", "total", "elapsed", "since", "told"),
    [
        (0, None, 0.0, 0, "Reading: 0"),
        (1_234_567, None, 0.5, 1_234_567, "Reading: 1 234 567"),
        (300, None, 2.0, 300, "Reading: 300, 150/s"),
        (0, 14, 5.0, 0, "Reading: 0 of 14"),
        (2, 14, 5.0, 2, "Reading: 2 of 14, 2.5 s each, 31 s left"),
        (500, 1_000, 100.0, 500, "Reading: 500 of 1 000, 5/s, 1 min 41 s left"),
        (500, 1_000_000, 5.0, 500, "Reading: 500 of 1 000 000, 100/s, 2 h 46 min left"),
        (900, 1_000, 10.0, 100, "Reading: 900 of 1 000, 10/s, 11 s left"),
        (14, 14, 7.0, 14, "Reading: 14 of 14, 2/s"),
    ],
)
def test_the_line_says_how_much_how_fast_and_how_long(
    count: int, total: int | None, elapsed: float, since: int, told: str
) -> None:
    assert line("Reading", count, total, elapsed, since) == told


def test_check_is_watched(shop: Shop, tmp_path: Path) -> None:
    words = [str(PROGRAM), "check", "--database", shop.server.database]
    with Terminal(words, environment(tmp_path)) as terminal:
        terminal.until("Adding up: 0 of ")
        terminal.until("\rThe books are right")
    with Terminal([*words, "--quiet"], environment(tmp_path)) as terminal:
        terminal.until("The books are right")
        assert "Adding up" not in terminal.seen
    done = creditclock(tmp_path, *words[1:])
    assert done.stdout.startswith("The books are right")
    assert done.stderr == ""


def old(folder: Path) -> str:
    """A database of the first version."""
    file = folder / "old.db"
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__ or "").parent))
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        config.attributes |= {"connection": connection, "on_step": None}
        command.upgrade(config, "0001")
    engine.dispose()
    return f"sqlite:///{file}"


def test_upgrade_is_watched(tmp_path: Path) -> None:
    with Terminal([str(PROGRAM), "db", "upgrade", "--database", old(tmp_path)], environment(tmp_path)) as terminal:
        terminal.until("Upgrading: 0 of ")
        terminal.until("\rThe database has version ")
        terminal.until("it had 0001")
    with contextlib.closing(sqlite3.connect(tmp_path / "old.db")) as file:
        assert file.execute("SELECT version_num FROM alembic_version").fetchone() > ("0001",)


def test_lists_are_watched(shop: Shop, tmp_path: Path) -> None:
    customer = shop.customer()
    person = Person(shop.server, tmp_path)
    person.environment["CREDITCLOCK_TOKEN"] = shop.key.token or ""
    words = [str(PROGRAM), "customer", "list", "--login", customer.login, "--all"]
    with Terminal(words, person.environment) as terminal:
        terminal.until("Reading customers: 1")
        terminal.until(customer.id)
    for flag in ("--quiet", "--json"):
        with Terminal([*words, flag], person.environment) as terminal:
            terminal.until(customer.id)
            assert "Reading" not in terminal.seen


def test_demo_is_watched(tmp_path: Path) -> None:
    words = [str(PROGRAM), "demo", "--data", str(tmp_path / "demo"), "--listen", "127.0.0.1:0"]
    with Terminal(words, environment(tmp_path)) as terminal:
        terminal.until("Opening the Corner Café: ", 60)
        terminal.until("\rThe demo runs", 60)
        terminal.type("\x03")
        terminal.until("Stopped.", 60)


def test_a_line_never_grows_wider_than_the_terminal(tmp_path: Path, shop: Shop) -> None:
    words = ["sh", "-c", f"stty cols 12; exec {PROGRAM} check --database {shop.server.database}"]
    with Terminal(words, environment(tmp_path)) as terminal:
        terminal.until("The books are right")
        parts = terminal.seen.partition("The books")[0].split("\r")
    assert "Adding up: " in parts
    assert max(map(len, parts)) <= 11
