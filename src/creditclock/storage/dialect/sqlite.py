"""SQLite: statements, connections, and what its errors mean."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.sql import ClauseElement

from creditclock.storage.dialect.connection import (
    NO_TABLES,
    Ask,
    Conflict,
    Connection,
    Lost,
    Unanswered,
    Unusable,
    Values,
    Violation,
    Write,
    condition,
    conflict,
    key_columns,
)
from creditclock.storage.relations import Range, Relation

BUSY_TIMEOUT_MS: Final = 5_000
CHECKPOINT_PAGES: Final = 4_000
MOST_ROWS: Final = 64
INCREMENTAL: Final = 2
SPARE_PAGES: Final = 1_000
"""So many unused pages are never given back."""
SCRUB_MS: Final = 20
_OVERFLOW: Final = "integer overflow"
_BEYOND: Final = 2**63
"""SQLite's integers are smaller."""

# SQLite: keys travel as one JSON array, rows as the values of a few statements with 64, 32, … 1 of them.
# Stepping row by row would give up the interpreter's lock at each row.


@cache
def _sqlite_fetch(relation: Relation, span: Range | None) -> str:
    name = relation.table.name
    on = " AND ".join(
        f"t.{column} = json_extract(k.value, '$[{i}]')" for i, column in enumerate(key_columns(relation, span))
    )
    columns = ", ".join(f"t.{column}" for column in relation.columns)
    return (
        f"SELECT json_group_array(json_array({columns})) FROM json_each(?) AS k "  # noqa: S608 - names of the schema
        f"CROSS JOIN {name} AS t{f' INDEXED BY {span.index_name}' if span else ''} ON {on}{condition(span)}"
    )


@cache
def _sqlite_write(relation: Relation, number: int) -> str:
    row = f"({', '.join('?' * len(relation.columns))})"
    return (
        f"INSERT INTO {relation.table.name} ({', '.join(relation.columns)}) "  # noqa: S608 - names of the schema
        f"VALUES {', '.join([row] * number)}{conflict(relation)}"
    )


def _portions(rows: list[Values]) -> Iterator[list[Values]]:
    """The rows in portions of powers of two, so that few statements serve any number."""
    start, size = 0, MOST_ROWS
    while start < len(rows):
        while size > len(rows) - start:
            size //= 2
        yield rows[start : start + size]
        start += size


_SQLITE_LANES: Final = "SELECT l.* FROM json_each(?) AS k CROSS JOIN lane AS l ON l.master_id = k.value"
_SQLITE_MARK: Final = (
    "INSERT INTO alive (process, at) VALUES (?, ?) ON CONFLICT (process) DO UPDATE SET at = excluded.at"
)


class _Compiler(SQLiteCompiler):
    """A compiler that writes hints such as INDEXED BY, which SQLAlchemy's own leaves out."""

    def get_from_hint_text(self, table: object, text: str | None) -> str | None:  # noqa: ARG002 - its signature
        return text


_sqlite_dialect: Final = sqlite.dialect(paramstyle="named")
_sqlite_dialect.statement_compiler = _Compiler
_encoder: Final = msgspec.json.Encoder()


def _json(rows: Iterable[Values]) -> str:
    return _encoder.encode(list(rows)).decode()


_SQLITE_TROUBLES: Final = {
    sqlite3.SQLITE_FULL: "The disk of the database is full. Make room on it.",
    sqlite3.SQLITE_IOERR: "The disk of the database fails. Check the disk and the room on it.",
    sqlite3.SQLITE_READONLY: "The database can't be written. Check the file, its folder and their owner.",
    sqlite3.SQLITE_CANTOPEN: "The database can't be opened. Check the file, its folder and their owner.",
    sqlite3.SQLITE_CORRUPT: "The database is damaged. Restore a copy of it.",
    sqlite3.SQLITE_NOTADB: "The file is no database. Name another one, or restore a copy of it.",
}
_SQLITE_CODE: Final = 0xFF
"""The part of an error's number that says its kind."""


def sqlite_trouble(error: BaseException | None) -> str | None:
    """What makes a SQLite file unusable, as a sentence; None for an error of another sort."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & _SQLITE_CODE
    if code == sqlite3.SQLITE_ERROR and str(error).startswith("no such "):
        return NO_TABLES
    return _SQLITE_TROUBLES.get(code)


def open_sqlite(path: str) -> sqlite3.Connection:
    """The driver's connection to a file that exists; none is ever made."""
    return sqlite3.connect(
        f"{Path(path).absolute().as_uri()}?mode=rw",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=512,
    )


def set_up_sqlite(path: str) -> None:
    """Let an empty file give unused pages back when it is told to: that can't be chosen later."""
    with closing(open_sqlite(path)) as file:
        file.execute(f"PRAGMA auto_vacuum = {INCREMENTAL}")
        file.execute("VACUUM")


class _ExactSum:
    """`sum()` of integers of any size, where SQLite's own ends at 2^63; what is beyond that comes as text."""

    def __init__(self) -> None:
        self._total: int | None = None

    def step(self, value: int | str | None) -> None:
        if value is not None:
            self._total = (self._total or 0) + int(value)

    def inverse(self, value: int | str | None) -> None:
        if value is not None:
            self._total = (self._total or 0) - int(value)

    def value(self) -> int | str | None:
        total = self._total
        return total if total is None or -_BEYOND <= total < _BEYOND else str(total)

    def finalize(self) -> int | str | None:
        return self.value()


class SqliteConnection(Connection):
    """A connection to a SQLite file: write-ahead log, every commit on disk before it is acknowledged."""

    def __init__(self, path: str) -> None:
        with _SqliteTold():
            self._driver = open_sqlite(path)
        self._closed = False
        self._sums_exactly = False
        try:
            for pragma in (
                f"busy_timeout = {BUSY_TIMEOUT_MS}",
                "journal_mode = WAL",
                "synchronous = FULL",
                "foreign_keys = ON",
                f"wal_autocheckpoint = {CHECKPOINT_PAGES}",
                "cache_size = -65536",
                "temp_store = MEMORY",
                # What is deleted or replaced is overwritten with zeros.
                "secure_delete = ON",
            ):
                self._do(f"PRAGMA {pragma}")
        except BaseException:
            self.close()
            raise

    def lock(self, masters: Sequence[int]) -> tuple[list[Values], int | None]:
        self._do("BEGIN IMMEDIATE")
        return self._do(_SQLITE_LANES, (_encoder.encode(list(masters)).decode(),)), None

    def begin(self) -> None:
        self._do("BEGIN IMMEDIATE")

    def begin_read(self) -> None:
        self._do("BEGIN")

    def fetch(self, asks: Sequence[Ask]) -> list[list[Values]]:
        found: list[list[Values]] = []
        for ask in asks:
            ((text,),) = self._do(_sqlite_fetch(ask.relation, ask.span), (_json(ask.keys),))
            found.append(msgspec.json.decode(text))
        return found

    def write_and_commit(self, writes: Sequence[Write]) -> None:
        for write in writes:
            for portion in _portions(write.rows):
                self._do(_sqlite_write(write.relation, len(portion)), list(chain.from_iterable(portion)))
        self._do("COMMIT")

    def select(self, statement: ClauseElement) -> list[Values]:
        try:
            try:
                return self._compiled(statement)
            except sqlite3.OperationalError as error:
                if self._sums_exactly or str(error) != _OVERFLOW:
                    raise
            # Slower by half, and it takes the interpreter's lock at each row: only where it must be.
            self._driver.create_window_function("sum", 1, _ExactSum)
            self._sums_exactly = True
            return self._compiled(statement)
        except sqlite3.Error as error:
            raise Unanswered(str(error)) from error

    def run(self, statement: ClauseElement) -> None:
        self._compiled(statement)

    def mark(self, process: str, now: int, outage_ms: int) -> tuple[int, int | None]:
        self._do("BEGIN IMMEDIATE")
        try:
            ((last,),) = self._do("SELECT max(at) FROM alive")
            if last is not None and now - last >= outage_ms:
                self._do("INSERT INTO outage (from_at, until_at) VALUES (?, ?) ON CONFLICT DO NOTHING", (last, now))
            self._do(_SQLITE_MARK, (process, now))
            self._do("COMMIT")
        except BaseException:
            self.rollback()
            raise
        return now, last

    def commit(self) -> None:
        self._do("COMMIT")

    def rollback(self) -> None:
        if self._closed:
            return
        try:
            if self._driver.in_transaction:
                self._driver.execute("ROLLBACK")
        except sqlite3.Error:
            self.close()

    def close(self) -> None:
        self._closed = True
        self._driver.close()

    def give_back(self, pages: int) -> bool:
        ((unused,),) = self._do("PRAGMA freelist_count")
        ((all_pages,),) = self._do("PRAGMA page_count")
        ((mode,),) = self._do("PRAGMA auto_vacuum")
        # A tenth is left for what comes next.
        if mode != INCREMENTAL or unused <= max(SPARE_PAGES, all_pages // 10):
            return False
        self._do(f"PRAGMA incremental_vacuum({pages})")
        return True

    def scrub(self) -> bool:
        # Most of the log goes to the file while others write; only for the rest they wait, and only if nobody reads.
        self._do("PRAGMA wal_checkpoint(PASSIVE)")
        self._do(f"PRAGMA busy_timeout = {SCRUB_MS}")
        try:
            ((is_busy, _, _),) = self._do("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self._do(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        return not is_busy

    def _compiled(self, statement: ClauseElement) -> list[Values]:
        compiled = statement.compile(dialect=_sqlite_dialect, compile_kwargs={"render_postcompile": True})
        return self._do(str(compiled), compiled.params or {})

    def _do(self, text: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[Values]:
        if self._closed:
            raise Lost("the connection is closed")
        with _SqliteTold():
            return self._driver.execute(text, values).fetchall()


class _SqliteTold:
    """Turns the driver's errors into this module's."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, sqlite3.Error):
            return
        if isinstance(error, sqlite3.IntegrityError):
            raise Violation(str(error)) from error
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & _SQLITE_CODE
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise Conflict(str(error)) from error
        if trouble := sqlite_trouble(error):
            raise Unusable(trouble) from error
