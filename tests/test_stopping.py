"""What `make crash`, `fuzz`, `bench` and `overload` run can be stopped with Ctrl-C at any moment."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROGRAMS = {
    "crash": ("tests.crash", "--database", "sqlite"),
    "fuzz": ("tests.fuzz",),
    "overload": ("bench.overload", "--database", "sqlite"),
}
PATIENCE_S = 60.0


@pytest.mark.parametrize("words", [pytest.param(words, id=name) for name, words in PROGRAMS.items()])
def test_ctrl_c_leaves_nothing_behind(tmp_path: Path, words: tuple[str, ...]) -> None:
    """As at a terminal, every process of the group is told."""
    with subprocess.Popen(
        [sys.executable, "-m", *words],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as program:
        try:
            wait_for_server(tmp_path, program)
            os.killpg(program.pid, signal.SIGINT)
            _, said = program.communicate(timeout=PATIENCE_S)
        finally:
            program.kill()
    assert program.returncode == 130, said
    assert "Traceback" not in said
    assert said.strip().splitlines()[-1].startswith("Stopped")
    assert list(tmp_path.iterdir()) == []
    assert not servers_in(tmp_path)


def wait_for_server(folder: Path, program: subprocess.Popen[str]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not any(folder.glob("*/creditclock.db")):
        assert program.poll() is None
        assert time.monotonic() < until
        time.sleep(0.02)


def servers_in(folder: Path) -> list[str]:
    """The processes that were told of a folder."""
    found: list[str] = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in words:
            found.append(words)
    return found
