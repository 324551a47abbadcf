"""The proof that the books are right and nobody changed them: `creditclock check`."""

import contextlib
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

import msgspec

from creditclock.commands.timekeeping import WallTime
from creditclock.contract import Refusal
from creditclock.contract.instants import parsed, shown
from creditclock.contract.values import Instant, MasterId, identify, master_of
from creditclock.domain.rows import Seal
from creditclock.settings import Settings, read
from creditclock.storage import books, chain, checks, seals
from creditclock.storage.database import Database, DatabaseProblem
from creditclock.storage.dialect import Conflict, Connection, Lost, Violation
from creditclock.storage.keys import Keys, path_of
from creditclock.storage.progress import Tell, unheard

Watch = AbstractContextManager[Tell]
"""Somebody who hears how far long work is, while it goes on."""
SETTLED_MS: Final = 600_000
"""A journal that is so old has a seal, unless no server ran since."""
UNKNOWN: Final = 2
"""The exit status when nothing could be checked."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The last seal of a business: its journal up to `no` in one hash. In scope 0 it is the installation's own."""

    master: MasterId
    no: int
    hash: str
    posting: int
    at: Instant
    key: int | None
    signature: str | None


class Heads(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept elsewhere, so that later nobody can have changed what was there then."""

    taken_at: Instant
    heads: list[Head]


def check(
    overrides: Mapping[str, Any], watch: Watch | None = None, *, heads: Path | None = None, since: Path | None = None
) -> int:
    """Recompute the books from the postings and the chain of the journal; prints what is off, and gives 1 then.

    `watch` hears how far it is. `heads` is a file for the heads of all chains, `since` such a file of an earlier day.
    """
    try:
        settings = read(overrides)
        earlier = None if since is None else _read(since)
        findings, counts, remarks = _examine(settings, watch, earlier, heads)
    except (DatabaseProblem, Refusal) as problem:
        print(f"creditclock: {problem}", file=sys.stderr)  # noqa: T201 - the command line's answer
        return UNKNOWN
    for finding in findings:
        print(finding)  # noqa: T201 - the command's answer
    summary = ", ".join(_counted(number, name) for name, number in counts.items())
    print(f"The books are {'right' if not findings else 'NOT right'}: {summary}.")  # noqa: T201 - the command's answer
    for remark in remarks:
        print(remark, file=sys.stderr)  # noqa: T201 - the command's answer
    return 1 if findings else 0


def _examine(
    settings: Settings, watch: Watch | None, earlier: Heads | None, heads: Path | None
) -> tuple[list[str], Mapping[str, int], list[str]]:
    """What is off, how many rows were looked at, and what couldn't be looked at."""
    database = Database(settings.database_url)
    try:
        database.check_version()
        signatures = _Signatures(settings, database)
        with database.reading() as connection:
            began = WallTime().now()
            with watch or contextlib.nullcontext(unheard) as tell:
                findings, counts = books.check(connection, tell)
                findings += chain.check(connection, signatures.is_right, tell)
                if earlier:
                    findings += _changed(connection, earlier, signatures.is_right)
            remarks = signatures.remarks + _unsealed(connection, began)
            if heads and not findings:
                taken = [_head(seal) for seal in chain.heads(connection)]
                _write(heads, Heads(taken_at=shown(began), heads=taken))
                remarks.append(f"Wrote the last seals of {_counted(len(taken), 'journals')} to {heads}.")
        with contextlib.suppress(DatabaseProblem, Lost, Conflict, Violation):
            # A copy that is only read can be checked as well; then nobody is told.
            checks.note(database, checks.Checked(began, len(findings)))
    finally:
        database.close()
    return findings, counts, remarks


class _Signatures:
    """Looks at the signatures of seals, as far as their keys are there."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._keys = Keys(path_of(database, settings.keys, settings.data), database)
        self._missing: dict[int, str] = {}

    def is_right(self, seal: Seal) -> bool:
        """Whether a seal is signed by the key that it names, or that key was retired or its file isn't here."""
        assert seal.key is not None
        if seal.key in self._missing:
            return True
        try:
            return seals.is_signed(self._keys, seal)
        except DatabaseProblem as problem:
            newest = self._newest()
            if newest is not None and seal.key > newest:
                return False
            self._missing[seal.key] = str(problem)
            return True

    def _newest(self) -> int | None:
        try:
            return self._keys.newest()
        except DatabaseProblem:
            return None

    @property
    def remarks(self) -> list[str]:
        """What couldn't be looked at, and why."""
        if not self._missing:
            return []
        numbers = ", ".join(map(str, sorted(self._missing)))
        reason = next(iter(self._missing.values()))
        return [f"Signatures by key number {numbers} were not looked at: {reason}"]


def _unsealed(connection: Connection, now: int) -> list[str]:
    number = chain.unsealed(connection, now - SETTLED_MS)
    if not number:
        return []
    journals, have = _counted(number, "journals"), "has" if number == 1 else "have"
    return [f"{journals} {have} rows older than ten minutes that are not sealed: a running server seals them."]


def _counted(number: int, things: str) -> str:
    """A number and what it counts."""
    return f"{number} {things.removesuffix('s') if number == 1 else things}"


def _changed(connection: Connection, earlier: Heads, is_right: Callable[[Seal], bool]) -> list[str]:
    """What isn't any more as it was when heads were taken."""
    found: list[str] = []
    for head in earlier.heads:
        now = chain.sealed(connection, master_of(head.master), head.no)
        if head.key is not None and not is_right(_seal(head)):
            found.append(f"{head.master}: its head in the file is not signed by this installation's key")
        elif now is None:
            found.append(f"{head.master}: its journal had {head.no} rows when the heads were taken, now it has fewer")
        elif now != head.hash:
            found.append(f"{head.master}: its journal up to number {head.no} is not what it was on {head.at}")
    there = {master_of(head.master) for head in earlier.heads}
    old = chain.old_masters(connection, parsed(earlier.taken_at) - SETTLED_MS)
    found += [
        f"{identify('mas', master, 0)}: it was there when the heads were taken, but has none in the file"
        for master in old
        if master not in there
    ]
    return found


def _seal(head: Head) -> Seal:
    return Seal(master_of(head.master), head.no, head.hash, head.posting, parsed(head.at), head.key, head.signature)


def _head(seal: Seal) -> Head:
    return Head(
        master=identify("mas", seal.master, 0),
        no=seal.no,
        hash=seal.hash,
        posting=seal.posting,
        at=shown(seal.at),
        key=seal.key,
        signature=seal.signature,
    )


def _read(path: Path) -> Heads:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Heads)
    except OSError as error:
        raise Refusal("invalid", f"{path} can't be read: {error.strerror}.") from error
    except msgspec.DecodeError as error:
        raise Refusal("invalid", f"{path} holds no heads: {error}. Name a file that --heads wrote.") from error


def _write(path: Path, heads: Heads) -> None:
    try:
        path.write_bytes(msgspec.json.format(msgspec.json.encode(heads)) + b"\n")
    except OSError as error:
        raise Refusal("invalid", f"{path} can't be written: {error.strerror}.") from error
