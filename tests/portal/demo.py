"""A real `creditclock demo` in its own process, as somebody starts it in a terminal."""

import signal
import subprocess
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from tests.api import Api, Json, pool
from tests.server import PROGRAM, environment

LAST_LINE = "Ctrl-C stops it."
STOP_TIMEOUT_S = 30


class Demo:
    """A demo whose data lie in `folder`; `greeting` is what it says once it is ready.

    Nobody comes or goes in it by itself, unless it is `lively`. Its port stays the same over restarts.
    """

    def __init__(self, folder: Path, *, lively: bool = False) -> None:
        self.folder = folder
        self.lively = lively
        self.greeting = ""
        self.url = ""
        self.port = 0
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process:
            self._process.kill()
            self._process.communicate()

    @property
    def errors(self) -> str:
        return (self.folder / "errors").read_text()

    @property
    def board(self) -> Json:
        return self.api.get("/board.json").ok()

    @property
    def page(self) -> str:
        return self.api.get("/").body.decode()

    def start(self, *, wait: bool = True) -> None:
        with (self.folder / "errors").open("w") as errors:
            self._process = subprocess.Popen(
                [PROGRAM, "demo", "--listen", f"127.0.0.1:{self.port}", *([] if self.lively else ["--still"])],
                cwd=self.folder,
                env=environment(self.folder),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        if wait:
            self._read_greeting()

    def stop(self, *signals: signal.Signals) -> tuple[int, str]:
        """Send signals; gives the exit status and what was said in the end."""
        assert self._process
        for number in signals:
            self._process.send_signal(number)
        said, _ = self._process.communicate(timeout=STOP_TIMEOUT_S)
        return self._process.returncode, said

    def signed_in(self, login: str, password: str, master: str | None = None) -> Api:
        body = {"login": login, "password": password} | ({"master": master} if master else {})
        return self.api.holding(self.api.post("/v1/sign-in", body).ok()["token"])

    def line(self, start: str) -> str:
        """What the greeting says after some words."""
        return next(line for line in map(str.strip, self.greeting.splitlines()) if line.startswith(start))[len(start) :]

    def _read_greeting(self) -> None:
        assert self._process
        assert self._process.stdout
        lines: list[str] = []
        while not lines or lines[-1] != LAST_LINE:
            line = self._process.stdout.readline()
            assert line, self.errors
            lines.append(line.rstrip("\n"))
        self.greeting = "\n".join(lines)
        self.url = self.line("running clocks").strip()
        self.port = urlsplit(self.url).port or 0
        self.api = Api(pool(self.port))
