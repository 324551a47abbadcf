"""`creditclock meter`: runs any program on a clock."""

import argparse
import contextlib
import os
import sys
from datetime import datetime, timedelta
from typing import Final, Literal

from creditclock.cli.failure import failure
from creditclock.cli.login import connect, named_token
from creditclock.cli.subparsers import Subparsers
from creditclock.client import durations
from creditclock.client.errors import OutOfTime, Problem
from creditclock.client.meter.words import CANNOT_GO_ON, OUT_OF_TIME, Terms

Status = Literal["line", "title", "off"]
_NOT_EXECUTABLE: Final = 126
_NOT_FOUND: Final = 127
_NO_TITLE: Final = frozenset({"", "dumb", "linux"})
_PUSH_TITLE: Final = "\x1b[22;2t"
_POP_TITLE: Final = "\x1b[23;2t"

_EPILOG: Final = """\
Time runs while the program runs. Ctrl-Z stops both, fg lets both go on; a pause or a resume from elsewhere does the
same to the program. A top-up from elsewhere is noticed. At zero the program gets TERM and, after the grace, KILL.
On Linux that reaches everything the program has started; elsewhere, what has left its process group is not reached.

exit codes: 124 time ran out, 125 ended or not begun for another reason, 126 the program can't be run, 127 it can't be
found, otherwise the program's own (128 + n if signal n ended it).

example: creditclock meter --clock clk_… -- make -j8"""


def add_meter(subparsers: Subparsers, shared: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "meter",
        help="run a program on a clock",
        usage="creditclock meter --clock CLOCK_ID [options] -- COMMAND [ARGUMENT …]",
        description="Run a program on a clock, and end it when the clock is empty.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[shared],
    )
    parser.add_argument("--clock", required=True, metavar="CLOCK_ID", help="the clock that pays")
    parser.add_argument("--grace", type=_duration, default=2_000, metavar="TIME", help="from TERM to KILL (2s)")
    parser.add_argument("--lease", type=_duration, metavar="TIME", help="how long it may run without the server")
    parser.add_argument("--warn", type=_durations, default=(300_000, 60_000), metavar="TIMES", help="when (5m,1m)")
    parser.add_argument("--burn-rate", type=int, metavar="NUMBER", help="per mille of real time")
    parser.add_argument("--note", metavar="TEXT", help="a text for people, kept with the session")
    parser.add_argument("--quiet", action="store_true", help="say only why the program was ended")
    parser.add_argument(
        "--status",
        choices=("auto", "line", "title", "off"),
        default="auto",
        help="where to show what is left: on a line, or, when the program has the terminal, in its title",
    )
    parser.add_argument("command", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    parser.set_defaults(run=_meter, parser=parser)


class Screen:
    """Shows the meter's messages and what is left on standard error."""

    def __init__(self, status: Status, *, quiet: bool) -> None:
        self._status: Status = "off" if quiet else status
        self._quiet = quiet
        self._drawn = False
        self._titled = False

    def say(self, text: str, *, loud: bool) -> None:
        """Print a message on a line of its own."""
        if loud or not self._quiet:
            self.clear()
            self._write(f"creditclock: {text}{_end_of_line()}")

    def show(self, left: int, *, running: bool) -> None:
        """Show what is left, over what was shown before."""
        text = f"{durations.rounded(left)} left" + ("" if running else ", paused")
        if self._status == "line":
            until = datetime.now().astimezone() + timedelta(milliseconds=left)
            self._write(f"\r\x1b[2Kcreditclock: {text}{f', until {until:%H:%M:%S}' if running else ''}")
            self._drawn = True
        elif self._status == "title":
            # The title of before is put on the terminal's own stack.
            self._write(f"{'' if self._titled else _PUSH_TITLE}\x1b]2;{text}\x07")
            self._titled = True

    def clear(self) -> None:
        """Leave the line empty."""
        if self._drawn:
            self._write("\r\x1b[2K")
            self._drawn = False

    def close(self) -> None:
        """Leave the terminal as it was found."""
        self.clear()
        if self._titled:
            self._write(_POP_TITLE)

    def _write(self, text: str) -> None:
        # A terminal that went away must not end the program that is paid for.
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(text)
            sys.stderr.flush()


def _meter(arguments: argparse.Namespace) -> int:
    command: list[str] = arguments.command
    if command[:1] == ["--"]:
        command = command[1:]
    if not command:
        arguments.parser.error("name the program to run: creditclock meter --clock CLOCK_ID -- COMMAND")
    from creditclock.client.meter.run import run
    from creditclock.contract.sessions import StartSession

    start = StartSession(
        clock=arguments.clock, lease_ms=arguments.lease, burn_rate=arguments.burn_rate, note=arguments.note
    )
    terms = Terms(grace=arguments.grace, warn=arguments.warn)
    screen = Screen(_status(arguments.status), quiet=arguments.quiet)
    try:
        with connect(arguments) as client:
            return run(client, start, command, terms, screen)
    except Problem as problem:
        screen.say(str(failure(problem, named_token(arguments))), loud=True)
        return OUT_OF_TIME if isinstance(problem, OutOfTime) else CANNOT_GO_ON
    except FileNotFoundError:
        screen.say(f"{command[0]} was not found.", loud=True)
        return _NOT_FOUND
    except PermissionError:
        screen.say(f"{command[0]} can't be run: it is not executable.", loud=True)
        return _NOT_EXECUTABLE
    finally:
        screen.close()


def _status(wanted: Literal["auto", "line", "title", "off"]) -> Status:
    """Where to show what is left: never where it would get between what the program writes."""
    if wanted != "auto":
        return wanted
    if not sys.stderr.isatty():
        return "off"
    if not (sys.stdin.isatty() or sys.stdout.isatty()):
        return "line"
    return "off" if os.environ.get("TERM", "") in _NO_TITLE else "title"


def _end_of_line() -> str:
    # The program may have put the terminal into a mode in which a line feed alone doesn't return to the margin.
    return "\r\n" if sys.stderr.isatty() else "\n"


def _duration(text: str) -> int:
    try:
        return durations.parsed(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _durations(text: str) -> tuple[int, ...]:
    return tuple(_duration(part) for part in text.split(",") if part)
