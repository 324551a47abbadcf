"""The proof that the books are right and nobody changed them: `creditclock check`."""

import contextlib
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

import msgspec

from creditclock.commands.timekeeping import WallTime
from creditclock.contract import Refusal
from creditclock.contract.instants import shown
from creditclock.contract.values import MasterId, identify, master_of
from creditclock.domain.rows import Seal
from creditclock.settings import Settings, read
from creditclock.storage import books, chain, checks, seals
from creditclock.storage.database import Database, DatabaseProblem
from creditclock.storage.dialect import Conflict, Connection, Lost, Violation
from creditclock.storage.keys import Keys, path_of
from creditclock.storage.progress import Tell, unheard

Watch = AbstractContextManager[Tell]
"""Somebody who hears how far long work is, while it goes on."""
UNKNOWN: Final = 2
"""The exit status when nothing could be checked."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The last seal of a business: its journal up to `no` in one hash. In scope 0 it is the installation's own."""

    master: MasterId
    no: int
    hash: str
    at: str
    key: int | None
    signature: str | None


class Heads(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept elsewhere, so that later nobody can have changed what was there then."""

    taken_at: str
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
        findings, counts, remark = _examine(settings, watch, earlier, heads)
    except (DatabaseProblem, Refusal) as problem:
        print(f"creditclock: {problem}", file=sys.stderr)  # noqa: T201 - the command line's answer
        return UNKNOWN
    for finding in findings:
        print(finding)  # noqa: T201 - the command's answer
    if remark:
        print(remark, file=sys.stderr)  # noqa: T201 - the command's answer
    summary = ", ".join(f"{number} {name}" for name, number in counts.items())
    print(f"The books are {'right' if not findings else 'NOT right'}: {summary}.")  # noqa: T201 - the command's answer
    return 1 if findings else 0


def _examine(
    settings: Settings, watch: Watch | None, earlier: Heads | None, heads: Path | None
) -> tuple[list[str], Mapping[str, int], str | None]:
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
                    findings += _changed(connection, earlier.heads)
            if heads and not findings:
                _write(heads, Heads(taken_at=shown(began), heads=[_head(seal) for seal in chain.heads(connection)]))
        with contextlib.suppress(DatabaseProblem, Lost, Conflict, Violation):
            # A copy that is only read can be checked as well; then nobody is told.
            checks.note(database, checks.Checked(began, len(findings)))
    finally:
        database.close()
    return findings, counts, signatures.remark


class _Signatures:
    """Looks at the signatures of seals, as far as their keys are there."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._keys = Keys(path_of(database, settings.keys, settings.data), database)
        self._missing: dict[int, str] = {}

    def is_right(self, seal: Seal) -> bool:
        """Whether a seal is signed by the key that it names, or that key isn't there."""
        assert seal.key is not None
        if seal.key in self._missing:
            return True
        try:
            return seals.is_signed(self._keys, seal)
        except DatabaseProblem as problem:
            self._missing[seal.key] = str(problem)
            return True

    @property
    def remark(self) -> str | None:
        """What couldn't be looked at, and why."""
        if not self._missing:
            return None
        numbers = ", ".join(map(str, sorted(self._missing)))
        reason = next(iter(self._missing.values()))
        return f"Signatures by key number {numbers} were not looked at: {reason}"


def _changed(connection: Connection, earlier: Sequence[Head]) -> list[str]:
    """What isn't any more as it was when heads were taken."""
    found: list[str] = []
    for head in earlier:
        now = chain.sealed(connection, master_of(head.master), head.no)
        if now is None:
            found.append(f"{head.master}: its journal had {head.no} rows when the heads were taken, now it has fewer")
        elif now != head.hash:
            found.append(f"{head.master}: its journal up to number {head.no} is not what it was on {head.at}")
    return found


def _head(seal: Seal) -> Head:
    return Head(
        master=identify("mas", seal.master, 0),
        no=seal.no,
        hash=seal.hash,
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
