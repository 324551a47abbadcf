"""What is told about running a server for real: the drills of backup and restore, and the files under `deploy`."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Servers
from tests.docs.blocks import blocks_of, check
from tests.docs.reader import Reader
from tests.server import creditclock

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "deploy" / "creditclock.service"
IMAGE = ROOT / "deploy" / "Containerfile"


def test_backup_and_restore_are_as_they_are_told(servers: Servers) -> None:
    with servers.made("sqlite") as server:
        shop = server.new_shop()
        customer = shop.customer(credits=2_000, ms=60_000)
        with Reader(server.folder) as reader:
            for block in blocks_of(ROOT / "docs" / "run" / "backup.md"):
                if block.text == "systemctl stop creditclock\n":
                    shop.customer(credits=1)
                    server.stop()
                elif block.text == "systemctl start creditclock\n":
                    server.start()
                elif block.language == "sh" and "not run" not in dict(block.remarks):
                    check(block, reader.does(block))
        assert shop.balance(customer.wallet) == 2_000
        assert len(shop.owner.get("/v1/customers").ok()["items"]) == 1
    done = creditclock(server.folder, "check", "--database", "sqlite:///copy-2.db")
    assert done.returncode == 0, done


def test_a_dump_of_postgresql_can_be_restored(servers: Servers, tmp_path: Path) -> None:
    dump = tmp_path / "creditclock.dump"
    with servers.made("postgresql") as server:
        shop = server.new_shop()
        customer = shop.customer(credits=2_000, ms=60_000)
        command = [servers.postgres.binary("pg_dump"), "--format", "custom", "--file", dump, server.database]
        subprocess.run(command, check=True, timeout=60)
    restored = servers.postgres.create_database()
    command = [servers.postgres.binary("pg_restore"), "--exit-on-error", "--no-owner", "--dbname", restored, dump]
    subprocess.run(command, check=True, timeout=60)
    done = creditclock(tmp_path, "check", "--database", restored)
    assert done.returncode == 0, done
    server.database = restored
    with server:
        assert shop.balance(customer.wallet) == 2_000


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd on this machine")
def test_the_unit_is_understood_by_systemd(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    unit.write_text(
        re.sub(r"^ExecStart=\S+", f"ExecStart={shutil.which('true')}", UNIT.read_text(), flags=re.MULTILINE)
    )
    done = subprocess.run(["systemd-analyze", "verify", unit], check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_image_is_made_with_the_tools_of_the_lock() -> None:
    version = re.search(r"^UV_VERSION := (\S+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert version
    assert f"uv=={version[1]}\n" in IMAGE.read_text()


def test_the_image_copies_what_is_there() -> None:
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", IMAGE.read_text(), re.MULTILINE)
    names = " ".join(copied).split()
    assert [name for name in names if not (ROOT / name).exists()] == []
    ignored = (IMAGE.with_name("Containerfile.dockerignore")).read_text().splitlines()
    assert {f"!{name}" for name in names} <= set(ignored)
