"""Somebody who reads a page and does what it says, at a terminal, with a real server."""

import contextlib
import io
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Self

from tests.cli.terminal import Terminal
from tests.docs.blocks import RUN, Block, blocks_of, check
from tests.server import PROGRAM, environment
from tests.timing import TRIES

ADDRESS = "http://127.0.0.1:8400"
RECEIVER = "9000"
"""The port of a server that the reader starts, such as a receiver of webhooks."""
WITHIN_S = 60.0
MEASURED = ("command-line", "meter-a-script")
"""The pages that show how long something took."""
_END = "\x1e"
_SHELL = f'cd "$HOME"; stty -echo; while IFS= read -r block; do . "$block"; printf "{_END}\\n"; done'
_PLACE = re.compile(r"\b([a-z]{3,5})_…")
_ID = re.compile(r"\b(?:([a-z]{3})_[0-9a-f]{7}[\w-]{12,}|(whsec)_[\w+/=]{20,})")


def finds_true(page: str, is_true: Callable[[], None]) -> None:
    """Read a page; one that shows how long things took is read a few times, until nothing else made them longer."""
    for left in reversed(range(TRIES if page in MEASURED else 1)):
        try:
            is_true()
        except AssertionError:
            if not left:
                raise
        else:
            return


class Reader:
    """Does blocks one after the other. `wal_…` in a block is the last id of its kind that was printed or told."""

    def __init__(self, folder: Path, url: str | None = None, told: Iterable[str] = ()) -> None:
        self.folder = folder
        self.url = url
        self._known: dict[str, str] = {}
        self._names: dict[str, Any] = {"__name__": "__main__"}
        self._shell: Terminal | None = None
        self._beside: list[subprocess.Popen[bytes]] = []
        self._receiver = str(_free_port())
        self._count = 0
        for text in told:
            self._learn(text)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shell:
            self._shell.__exit__()
        for process in self._beside:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(WITHIN_S)

    def reads(self, path: Path) -> None:
        """Do what a page says, to its end."""
        for block in blocks_of(path):
            if "seen there" in dict(block.remarks):
                self._waits_for(block)
            elif "not run" not in dict(block.remarks) and (block.language in RUN or block.said("file")):
                prints = tuple(shown._replace(text=self._placed(shown.text)) for shown in block.prints)
                check(block._replace(prints=prints), self.does(block))

    def does(self, block: Block) -> str:
        """Do one block; gives what it printed."""
        text = self._filled(block.text)
        for name in block.said("file"):
            (self.folder / name).write_text(text, encoding="utf-8")
            return ""
        if "another terminal" in dict(block.remarks):
            printed = self._begins(text)
        elif block.language == "python":
            printed = self._executes(text)
        else:
            printed = self._types(text, block)
        self._learn(printed)
        return printed

    def _filled(self, text: str) -> str:
        """A block with the addresses of this run, and the ids that a reader copies from what was printed."""
        return self._placed(_PLACE.sub(lambda place: self._known[place[1]], text))

    def _placed(self, text: str) -> str:
        return text.replace(ADDRESS, self.url or ADDRESS).replace(RECEIVER, self._receiver)

    def _learn(self, text: str) -> None:
        self._known.update({match[1] or match[2]: match[0] for match in _ID.finditer(text)})

    def _executes(self, text: str) -> str:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(text, "<page>", "exec"), self._names)
        return printed.getvalue()

    def _types(self, text: str, block: Block) -> str:
        if self._shell is None:
            self._shell = Terminal(["sh", "-eu", "-c", _SHELL], self._environment())
        self._count += 1
        path = self.folder / f".block-{self._count}"
        for code in block.said("exit"):
            text = f"(\n{text}) && code=0 || code=$?\ntest $code -eq {code}\n"
        path.write_text(text, encoding="utf-8")
        self._shell.type(f"{path}\n")
        printed = ""
        try:
            for prompt, _, typed in (typing.partition(": ") for typing in block.said("types")):
                printed += self._shell.until(f"{prompt}: ", WITHIN_S)
                self._shell.type(f"{typed}\n")
            printed += self._shell.until(_END, WITHIN_S)
        except OSError as error:
            raise AssertionError(f"{text} failed: {self._shell.seen}") from error
        return printed.removesuffix(_END)

    def _begins(self, text: str) -> str:
        """Start a block beside the others; a server is waited for."""
        with self._seen.open("wb") as seen:
            process = subprocess.Popen(
                ["sh", "-eu", "-c", text],
                cwd=self.folder,
                env=self._environment() | {"CREDITCLOCK_LISTEN": "127.0.0.1:0"},
                stdin=subprocess.DEVNULL,
                stdout=seen,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._beside.append(process)
        if "creditclock serve" in text:
            self._waits_for(Block("text", "listens on http"))
            self.url = self._seen.read_text().split("listens on ")[1].split(" ")[0]
        return self._seen.read_text()

    @property
    def _seen(self) -> Path:
        """What the last of the other terminals shows."""
        return self.folder / ".seen"

    def _waits_for(self, block: Block) -> None:
        last = time.monotonic() + WITHIN_S
        while True:
            try:
                check(Block("sh", "", (), (block,)), self._seen.read_text(errors="replace"))
            except AssertionError:
                if time.monotonic() > last:
                    raise
                time.sleep(0.05)
            else:
                self._learn(self._seen.read_text(errors="replace"))
                return

    def _environment(self) -> dict[str, str]:
        found = environment(self.folder)
        del found["CREDITCLOCK_OPERATOR_PASSWORD"]
        path = f"{PROGRAM.parent}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        return found | {"PATH": path, "TERM": "dumb"} | ({"CREDITCLOCK_URL": self.url} if self.url else {})


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
