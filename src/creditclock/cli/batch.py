"""`creditclock batch`: carries out the operations of a file, each once, however often it is run."""

import argparse
import hashlib
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from creditclock.cli.currency import missing_said
from creditclock.cli.failure import EXIT_CODES, Code, Failure, failure
from creditclock.cli.login import connect, named_token
from creditclock.cli.progress import Progress
from creditclock.cli.subparsers import Subparsers
from creditclock.cli.visible import visible
from creditclock.client.errors import Problem, Unreachable
from creditclock.contract import OPERATIONS
from creditclock.contract.batch import MOST_OPERATIONS, BatchResult, RunBatch

if TYPE_CHECKING:
    from creditclock.client import Client

MOST_BYTES: Final = 900_000
"""How large a request gets: the server takes a little more."""
TIMEOUT_S: Final = 60.0
TOTAL_S: Final = 300.0
TRIES: Final = 10
BUSY_TRIES: Final = 30
"""How often the rest of a batch that the server put off is sent again while nothing of it is carried out."""
_LONGEST_WAIT_S: Final = 10
_PREFIX: Final = re.compile(r"[!-~]{1,48}")
_DESCRIPTION: Final = """\
Carry out the operations of a file in their order, up to 1 000 in a request.

FILE holds one JSON object a line, or one JSON array of them; - stands for standard input. `op` names an operation;
beside it stand its fields, as the API takes them: amounts in minor units, durations in milliseconds. One that is
refused doesn't stop the others.

Each operation gets a key made from the whole file and its line, so that the same file can be run again after an
interruption: nothing happens twice. To carry out the same file anew, give another --key-prefix; with the same prefix
a file may be continued with further lines. An operation's own `key` counts first.

What was refused stays refused when the same file is run again: the old answer is told, with "refused before". To try
such lines again put them into a new file."""
_EXAMPLE: Final = """\
example: creditclock batch sales.jsonl, which holds

  {"op": "wallet.top_up", "wallet": "wal_…", "amount": 2000, "reference": "payment-4711"}
  {"op": "clock.buy", "clock": "clk_…", "ms": 3600000}"""


class Entry(NamedTuple):
    """An operation of the file, and the number of its line."""

    number: int
    operation: dict[str, Any]


def add_batch(subparsers: Subparsers, shared: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "batch",
        help="carry out many operations from a file",
        description=_DESCRIPTION,
        epilog=f"{_EXAMPLE}\n\n{EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[shared],
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE", help="the operations, or - for standard input")
    parser.add_argument("--key-prefix", metavar="TEXT", help="what the keys begin with, by default the file's digest")
    parser.add_argument("--quiet", action="store_true", help="print refusals only")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    whole = _read(arguments.file)
    prefix: str = arguments.key_prefix or hashlib.sha256(whole).hexdigest()[:32]
    if not _PREFIX.fullmatch(prefix):
        raise Failure("A key prefix has 1 to 48 printable ASCII characters without spaces.", Code.USAGE)
    is_array = whole.lstrip()[:1] == b"["
    entries = [_keyed(entry, prefix) for entry in (_of_array(whole) if is_array else _of_lines(whole))]
    if not entries:
        raise Failure(f"{_name(arguments.file)} holds no operations.", Code.USAGE)
    noun = "operation" if is_array else "line"
    if not arguments.json:
        _check_secrets(entries, noun)
    with connect(arguments) as client, Progress(is_quiet=arguments.quiet or arguments.json) as progress:
        sending = _Sending(client, progress, noun, as_json=arguments.json)
        try:
            sending.send(entries)
        except Problem as problem:
            raise sending.broken_off(entries, failure(problem, named_token(arguments))) from problem
        except Failure as error:
            raise sending.broken_off(entries, error) from error
        except KeyboardInterrupt:
            progress.close()
            print(f"creditclock: Interrupted. {sending.rest(entries)}", file=sys.stderr)
            raise
    if not (arguments.quiet or arguments.json):
        print(sending.summary())
    return Code.REFUSED if sending.refused else Code.OK


class _Sending:
    """The operations on their way, and what came of those that were sent."""

    def __init__(self, client: "Client", progress: Progress, noun: str, *, as_json: bool) -> None:
        self._client = client
        self._progress = progress
        self._noun = noun
        self._as_json = as_json
        self._knows_money = True
        """False once a wallet couldn't be read: who may not read one is not to ask for each."""
        self.done = self.refused = self.replayed = 0

    def send(self, entries: list[Entry]) -> None:
        """Send all; what the server put off is sent again for a while."""
        at = tries = 0
        self._progress("Carrying out", 0, len(entries))
        while at < len(entries):
            chunk = _chunk(entries, at)
            taken, put_off = self._take(chunk, self._results(chunk))
            at += taken
            self._progress("Carrying out", at, len(entries))
            if put_off is not None:
                tries = 1 if taken else tries + 1
                if tries > BUSY_TRIES:
                    raise Failure(str(put_off["detail"]), Code.UNREACHABLE)
                time.sleep(min(_LONGEST_WAIT_S, int(put_off.get("retry_after_s", 1))))

    def summary(self) -> str:
        """What came of it, in a sentence."""
        again = f" ({self.replayed} of them before)" if self.replayed else ""
        return f"{self.done} done{again}, {self.refused} refused."

    def rest(self, entries: list[Entry]) -> str:
        """How far it came, and how to go on."""
        answered = self.done + self.refused
        if answered == len(entries):
            return f"All were carried out: {self.summary()}"
        place = f"{self._noun} {entries[answered].number}"
        return f"{self.summary()} Run it again to go on from {place}: nothing happens twice."

    def broken_off(self, entries: list[Entry], error: Failure) -> Failure:
        """The failure with how far it came; as it is where nothing was carried out yet."""
        if not self.done + self.refused and error.code in {Code.NOT_SIGNED_IN, Code.REFUSED}:
            return error
        return Failure(f"{error} {self.rest(entries)}", Code(error.code))

    def _results(self, chunk: list[Entry]) -> list[BatchResult]:
        from creditclock.client import Patience

        command = RunBatch(operations=[entry.operation for entry in chunk])
        results = self._client.call(command, Patience(timeout=TIMEOUT_S, tries=TRIES, total=TOTAL_S)).results
        if len(results) != len(chunk):
            raise Unreachable("The answer to a batch is not complete.")
        return results

    def _take(self, chunk: list[Entry], results: list[BatchResult]) -> tuple[int, dict[str, Any] | None]:
        """Count and tell what came of a request: how much of it, and the problem of what was put off."""
        for taken, (entry, result) in enumerate(zip(chunk, results, strict=True)):
            problem = result.problem if isinstance(result.problem, dict) else None
            if problem and problem.get("code") == "busy":
                return taken, problem
            if problem and problem.get("code") == "unauthorized":
                raise Failure(str(problem["detail"]), Code.NOT_SIGNED_IN)
            self.replayed += result.replayed and not problem
            if problem:
                self.refused += 1
            else:
                self.done += 1
            if self._as_json:
                head = {"line": entry.number, "op": entry.operation.get("op"), "key": entry.operation["key"]}
                print(msgspec.json.encode(head | msgspec.to_builtins(result)).decode())
            elif problem:
                self._progress.close()
                print(visible(self._refusal(entry, problem, is_old=result.replayed)))
        return len(chunk), None

    def _refusal(self, entry: Entry, problem: dict[str, Any], *, is_old: bool) -> str:
        name = entry.operation.get("op")
        place = f"{self._noun} {entry.number}" + (f": {name}" if name is not None else "")
        before = f" (refused before; to try again put the refused {self._noun}s into a new file)" if is_old else ""
        return f"{place}: {self._detail(entry, problem)} ({problem.get('code')}){before}"

    def _detail(self, entry: Entry, problem: dict[str, Any]) -> str:
        """What the server said, with decimals instead of minor units where the currency can be known."""
        operation, missing = OPERATIONS.get(str(entry.operation.get("op"))), problem.get("missing")
        if (
            self._knows_money
            and operation
            and problem.get("code") == "insufficient_credits"
            and isinstance(missing, int)
        ):
            try:
                return missing_said(self._client, operation, entry.operation, missing)
            except (Problem, Failure):
                self._knows_money = False
        return str(problem.get("detail", "refused"))


def _name(name: str) -> str:
    return "Standard input" if name == "-" else name


def _read(name: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise Failure(f"{name} can't be read: {error.strerror}.", Code.USAGE) from error


def _of_lines(whole: bytes) -> Iterator[Entry]:
    for number, text in enumerate(whole.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if text.strip():
            yield Entry(number, _operation(f"Line {number}", text))


def _of_array(whole: bytes) -> Iterator[Entry]:
    try:
        raws = msgspec.json.decode(whole, type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Failure(f"What begins as a JSON array is none ({error}). Nothing was sent.", Code.USAGE) from error
    for number, raw in enumerate(raws, 1):
        yield Entry(number, _operation(f"Operation {number}", raw))


def _operation(place: str, text: bytes | msgspec.Raw) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Failure(f"{place} is not a JSON object ({error}). Nothing was sent.", Code.USAGE) from error


def _check_secrets(entries: list[Entry], noun: str) -> None:
    for entry in entries:
        operation = OPERATIONS.get(str(entry.operation.get("op")))
        if operation and operation.shows_secret:
            raise Failure(
                f"{noun.capitalize()} {entry.number}: {operation.name} shows a secret, once. "
                "Use --json to see it. Nothing was sent.",
                Code.USAGE,
            )


def _keyed(entry: Entry, prefix: str) -> Entry:
    operation = entry.operation
    if operation.get("key") is not None:
        return entry
    return entry._replace(operation={**operation, "key": f"{prefix}-{entry.number}"})


def _chunk(entries: list[Entry], at: int) -> list[Entry]:
    """The next operations that go into one request."""
    chunk: list[Entry] = []
    size = 0
    for entry in entries[at : at + MOST_OPERATIONS]:
        # What is sent differs from the file in white space, escapes and the key.
        size += len(msgspec.json.encode(entry.operation)) + 1
        if chunk and size > MOST_BYTES:
            break
        chunk.append(entry)
    return chunk
