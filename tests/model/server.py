"""A real `creditclock serve` in its own process, and `creditclock check` after it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from tests.model.wire import Wire

PROGRAM = Path(sys.executable).with_name("creditclock")
PASSWORD = "operator-of-a-test"
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 30
POLL_S = 0.05


class Server:
    """Serves `database` while the context is open; its files and its log lie in a temporary folder that goes with it.

    Without `database` it is a new SQLite file in that folder, which lies in `parent`.
    """

    def __init__(
        self,
        database: str | None = None,
        *,
        test_clock: bool = True,
        parent: Path | None = None,
        arguments: Sequence[str] = (),
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cc-server-", dir=parent))
        self.database = database or f"sqlite:///{self.folder / 'creditclock.db'}"
        self.port = _free_port()
        self._arguments = [*(["--test-clock"] if test_clock else []), *arguments]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        command = [PROGRAM, "serve", "--database", self.database, "--listen", f"127.0.0.1:{self.port}"]
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [*command, *self._arguments],
                cwd=self.folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            self._wait_until_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    @property
    def wire(self) -> Wire:
        """A new connection."""
        return Wire(self.port)

    def cpu_seconds(self) -> float:
        """Processor time that the server and the processes it started took so far; 0 where that can't be known."""
        return sum(_ticks(pid) for pid in _family(self.pid)) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        if not self._process:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def check(self) -> str | None:
        """What `creditclock check` complains about once the server has stopped; None if the books are right."""
        self.stop()
        done = subprocess.run(
            [PROGRAM, "check", "--database", self.database],
            check=False,
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
        )
        return f"creditclock check: exit {done.returncode}\n{done.stdout}{done.stderr}" if done.returncode else None

    @property
    def _environment(self) -> dict[str, str]:
        home = str(self.folder)
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("CREDITCLOCK_", "XDG_"))}
        return clean | {"HOME": home, "CREDITCLOCK_OPERATOR_PASSWORD": PASSWORD}

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                with self.wire as wire:
                    if wire.call("GET", "/readyz").ok:
                        return
            except OSError:
                pass
            if not self._process or self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"creditclock serve didn't start:\n{self.log}")
            time.sleep(POLL_S)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _family(pid: int) -> list[int]:
    """A process and those it started that still run."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *(member for child in children for member in _family(int(child)))]


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])
