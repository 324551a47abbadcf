"""`creditclock demo`: a server with a made-up business whose clocks run, to look around."""

import argparse
import shlex
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType, ModuleType
from typing import Final

from creditclock.cli.life import live
from creditclock.cli.login import DEFAULT_URL
from creditclock.cli.progress import Progress
from creditclock.cli.scene import Scene, play
from creditclock.client import Client
from creditclock.client.errors import Problem
from creditclock.portal.logins import CUSTOMER, KEY_CODE, LOGINS, OPERATOR, OWNER

DATA: Final = "demo"
FILE: Final = "demo.db"


def run(load: Callable[[], ModuleType], arguments: argparse.Namespace) -> int:
    """Run the demo until it is told to stop; `load` imports the module that assembles servers."""
    folder = Path(arguments.data)
    overrides = {
        "data": str(folder),
        "database": f"sqlite:///{folder / FILE}",
        "listen": arguments.listen,
        "operator_password": OPERATOR.password,
        "test_clock": False,
        "instruction_set": "open",
        "lane": "thread",
        "log_level": "error",
    }
    stop = _Stop()

    def ready(address: str, _password: str | None) -> None:
        stop.serving = True
        run = partial(_fill, address, folder, stop, Progress(is_quiet=arguments.quiet), is_still=arguments.still)
        threading.Thread(target=run, name="demo", daemon=True).start()

    try:
        status: int = load().demo(overrides, ready)
    except KeyboardInterrupt:
        status = 0
    stop.end()
    if status == 0:
        after = "\n" if sys.stdout.isatty() else ""  # the terminal has written ^C
        print(f"{after}Stopped. Run it again to go on where you were.", flush=True)
    return status


class _Stop:
    """Takes INT and TERM, however often they come.

    While the server runs it takes them itself. Before, they end the process; afterwards they have nothing to add.
    """

    def __init__(self) -> None:
        self.serving = False
        self._stopped = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._take)

    @property
    def stopped(self) -> bool:
        """Whether the server has stopped."""
        return self._stopped.is_set()

    def end(self) -> None:
        """The server has stopped."""
        self._stopped.set()

    def wait(self, seconds: float) -> bool:
        """Wait, at most until the server has stopped; gives whether it has."""
        return self._stopped.wait(seconds)

    def _take(self, _number: int, _frame: FrameType | None) -> None:
        if not self.serving:
            self.serving = True
            raise KeyboardInterrupt


def _fill(address: str, folder: Path, stop: _Stop, progress: Progress, *, is_still: bool) -> None:
    """Sell and start what the demo shows, and tell people about it; then let guests come and go."""
    try:
        with Client(address) as client, progress as tell:
            scene = play(client, tell)
    except Problem as problem:
        if not stop.stopped:
            print(
                f"The demo listens on {address}, but its business could not be made: {problem} "
                f"Stop it and remove {folder / FILE} to begin anew.",
                file=sys.stderr,
                flush=True,
            )
        return
    if not stop.stopped:
        print(_greeting(address, folder, scene), flush=True)
    if not is_still:
        live(address, stop.wait)


def _greeting(address: str, folder: Path, scene: Scene) -> str:
    program = _program()
    here = "" if address == DEFAULT_URL else f" --url {address}"
    lines = [
        f"The demo runs: {_news(scene)}",
        "",
        f"  running clocks  {address}/",
        f"  API reference   {address}/docs",
        f"  older clients   {address}/ewallet/instruction-set",
        f"  data            {folder / FILE}",
        "",
        *(f"  {login.who:<14}  {login.login:<10}{login.password}" for login in LOGINS),
        f"                  (a customer also names the business: --master {scene.master})",
        "",
        "A client of the instruction set gets in so:",
        f"  AcquireMaster   master      {OWNER.login:<10}key        {KEY_CODE}",
        f"  AccountLogin    user_email  {CUSTOMER.login:<10}user_pass  {CUSTOMER.password}",
        "",
        "To try in another terminal:",
        f"  {program} sign-in {OWNER.login} --password {OWNER.password}{here}",
        f"  {program} clock list --state open",
        f"  {program} meter --clock {scene.spare} -- sleep 30",
        "",
        "Ctrl-C stops it.",
    ]
    return "\n".join(lines)


def _news(scene: Scene) -> str:
    """What happened, in a sentence."""
    clocks = f"{scene.running} clock{'' if scene.running == 1 else 's'}"
    if scene.is_new:
        return f"the Corner Café has opened, {clocks} are running."
    if scene.again:
        return f"it goes on where it was. Few clocks ran, so {_listed(scene.again)} sat down again: {clocks} running."
    return f"it goes on where it was, {clocks} running. They ran on meanwhile, or ended at their instant."


def _listed(names: tuple[str, ...]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _program() -> str:
    """How this program is called in another terminal."""
    own = Path(sys.argv[0])
    if not own.name.startswith("creditclock"):
        return f"{shlex.quote(sys.executable)} -m creditclock.cli.main"
    found = shutil.which("creditclock")
    if found and own.exists() and own.samefile(found):
        return "creditclock"
    return shlex.quote(str(own))
