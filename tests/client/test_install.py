"""The base install: few packages, a quick import, and an example that runs."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import Servers

ROOT = Path(__file__).parents[2]
UV = ROOT / ".venv/tools/bin/uv"
MOST_PACKAGES = 6
LONGEST_IMPORT_S = 0.2


def run(*command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=100, cwd=ROOT, env=os.environ | variables
    )


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with the base install of the wheel, and nothing else."""
    if not UV.exists():
        pytest.skip("uv is not installed here: make setup brings it")
    environment = tmp_path_factory.mktemp("base") / "venv"
    # From the lock and the cache; it builds the wheel as for anybody else.
    sync = [
        UV,
        "sync",
        "--frozen",
        "--offline",
        "--no-editable",
        "--compile-bytecode",
        "--no-python-downloads",
        "--python",
        sys.executable,
    ]
    done = run(*sync, UV_PROJECT_ENVIRONMENT=str(environment))
    if done.returncode:
        pytest.skip(f"uv has no copy of the packages, and may not fetch them: {done.stderr.strip()[-300:]}")
    return environment / "bin/python"


def test_it_brings_few_packages(python: Path) -> None:
    done = run(UV, "pip", "list", "--python", python, "--format", "freeze")
    names = {line.partition("==")[0] for line in done.stdout.splitlines()}
    assert names == {"creditclock", "msgspec", "urllib3"}
    assert len(names) <= MOST_PACKAGES


def test_it_is_imported_quickly(python: Path) -> None:
    """Counted in the processor's time, so that it doesn't matter what else this machine does."""
    program = "import time; import creditclock; creditclock.Client; print(time.process_time())"
    measured = [float(run(python, "-c", program).stdout) for _ in range(5)]
    assert min(measured) < LONGEST_IMPORT_S, measured


def test_an_example_runs_on_it(python: Path, servers: Servers, tmp_path: Path) -> None:
    shop = servers.kept("sqlite", test_clock=False).shop
    customer = shop.customer(ms=700)
    example = shutil.copy(ROOT / "examples/metered_loop.py", tmp_path)
    began = time.monotonic()
    done = run(
        python,
        example,
        customer.clock,
        CREDITCLOCK_URL=f"http://127.0.0.1:{shop.server.port}",
        CREDITCLOCK_TOKEN=str(shop.key.token),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "used: 700 ms" in done.stdout
    assert time.monotonic() - began < 30
