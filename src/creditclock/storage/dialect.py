"""Every difference between SQLite and PostgreSQL, and nothing else (design section 3.4).

A `Connection` runs bulk statements on the driver: one statement reads many rows by key or by range, one writes many.
"""

import abc
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from sqlalchemy import BigInteger
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import ClauseElement

from creditclock.storage.relations import Range, Relation

# An extra: whoever keeps the books in SQLite needn't have it.
if TYPE_CHECKING or find_spec("psycopg"):
    import psycopg
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

KeyRow = tuple[int | str, ...]
Values = tuple[Any, ...]
BUSY_TIMEOUT_MS: Final = 5_000
LOCK_TIMEOUT_MS: Final = 10_000
PLANS_LAST_S: Final = 5.0
"""A plan that was made on a small table is bad on a large one; planning anew takes a few milliseconds."""
CHECKPOINT_PAGES: Final = 4_000
MOST_ROWS: Final = 64


class Ask(NamedTuple):
    """Rows to read: of a relation by `keys`, or of a range by `keys` of (master, parent)."""

    relation: Relation
    span: Range | None
    keys: list[KeyRow]


class Write(NamedTuple):
    """Rows to write: inserted, or put in the place of the row with the same key."""

    relation: Relation
    rows: list[Values]


class Lost(Exception):  # noqa: N818 - states a fact, is no error of ours
    """The connection to the database is gone; whether a commit happened is unknown."""


class Conflict(Exception):  # noqa: N818 - states a fact, is no error of ours
    """The database refused for now (busy, deadlock, serialization); the same again may work."""


class Violation(Exception):  # noqa: N818 - states a fact, is no error of ours
    """A constraint forbids the rows."""


class DatabaseProblem(Exception):  # noqa: N818 - it states what is wrong with a database
    """The database can't be used; the sentence says what to do."""


class Unusable(DatabaseProblem):
    """The database can't be read or written any more, since its disk is full or its file damaged, for instance."""


class Connection(abc.ABC):
    """An open connection with the statements that the lane and the readers need."""

    @abc.abstractmethod
    def lock(self, masters: Sequence[int]) -> tuple[list[Values], int | None]:
        """Begin a transaction that writes; lock the lane rows of `masters`, the first one certainly.

        Gives the rows that were locked, and the database's time in epoch milliseconds where that is what counts.
        """

    @abc.abstractmethod
    def begin_read(self) -> None:
        """Begin a transaction that reads one snapshot."""

    @abc.abstractmethod
    def fetch(self, asks: Sequence[Ask]) -> list[list[Values]]:
        """The rows for each ask, in no order."""

    @abc.abstractmethod
    def write_and_commit(self, writes: Sequence[Write]) -> None:
        """Write the rows in order and commit."""

    @abc.abstractmethod
    def select(self, statement: ClauseElement) -> list[Values]:
        """The rows of a Core statement."""

    @abc.abstractmethod
    def run(self, statement: ClauseElement) -> None:
        """Carry out a Core statement that gives no rows."""

    @abc.abstractmethod
    def commit(self) -> None:
        """End the transaction and keep what it wrote."""

    @abc.abstractmethod
    def rollback(self) -> None:
        """End the transaction and drop what it wrote; never fails."""

    @abc.abstractmethod
    def close(self) -> None:
        """Close the connection."""


def _key_columns(relation: Relation, span: Range | None) -> tuple[str, ...]:
    return ("master_id", span.parent) if span else relation.columns[: relation.width + 1]


def _condition(span: Range | None) -> str:
    return f" AND t.{span.where}" if span and span.where else ""


def _updates(relation: Relation) -> str:
    changed = relation.columns[relation.width + 1 :]
    return ", ".join(f"{name} = excluded.{name}" for name in changed)


def _conflict(relation: Relation) -> str:
    if not relation.changes:
        return ""
    return f" ON CONFLICT ({', '.join(_key_columns(relation, None))}) DO UPDATE SET {_updates(relation)}"


# SQLite: keys travel as one JSON array, rows as the values of a few statements with 64, 32, … 1 of them.
# Stepping row by row would give up the interpreter's lock at each row.


@cache
def _sqlite_fetch(relation: Relation, span: Range | None) -> str:
    name = relation.table.name
    on = " AND ".join(
        f"t.{column} = json_extract(k.value, '$[{i}]')" for i, column in enumerate(_key_columns(relation, span))
    )
    columns = ", ".join(f"t.{column}" for column in relation.columns)
    return (
        f"SELECT json_group_array(json_array({columns})) FROM json_each(?) AS k "  # noqa: S608 - names of the schema
        f"CROSS JOIN {name} AS t{f' INDEXED BY {span.index_name}' if span else ''} ON {on}{_condition(span)}"
    )


@cache
def _sqlite_write(relation: Relation, number: int) -> str:
    row = f"({', '.join('?' * len(relation.columns))})"
    return (
        f"INSERT INTO {relation.table.name} ({', '.join(relation.columns)}) "  # noqa: S608 - names of the schema
        f"VALUES {', '.join([row] * number)}{_conflict(relation)}"
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
_sqlite_dialect: Final = sqlite.dialect(paramstyle="named")
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
_NO_TABLES: Final = "The database has not the tables of this program. Restore a copy of it."
_SQLITE_CODE: Final = 0xFF
"""The part of an error's number that says its kind."""


def sqlite_trouble(error: BaseException | None) -> str | None:
    """What makes a SQLite file unusable, as a sentence; None for an error of another sort."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & _SQLITE_CODE
    if code == sqlite3.SQLITE_ERROR and str(error).startswith("no such "):
        return _NO_TABLES
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


class SqliteConnection(Connection):
    """A connection to a SQLite file: write-ahead log, every commit on disk before it is acknowledged."""

    def __init__(self, path: str) -> None:
        with _SqliteTold():
            self._driver = open_sqlite(path)
        self._closed = False
        try:
            for pragma in (
                f"busy_timeout = {BUSY_TIMEOUT_MS}",
                "journal_mode = WAL",
                "synchronous = FULL",
                "foreign_keys = ON",
                f"wal_autocheckpoint = {CHECKPOINT_PAGES}",
                "cache_size = -65536",
                "temp_store = MEMORY",
            ):
                self._do(f"PRAGMA {pragma}")
        except BaseException:
            self.close()
            raise

    def lock(self, masters: Sequence[int]) -> tuple[list[Values], int | None]:
        self._do("BEGIN IMMEDIATE")
        return self._do(_SQLITE_LANES, (_encoder.encode(list(masters)).decode(),)), None

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
        return self._compiled(statement)

    def run(self, statement: ClauseElement) -> None:
        self._compiled(statement)

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


# PostgreSQL: a batch travels as one array per column.


def _cast(relation: Relation, column: str) -> str:
    return "bigint[]" if isinstance(relation.table.c[column].type, BigInteger) else "text[]"


@cache
def _postgres_fetch(kinds: tuple[tuple[Relation, Range | None], ...]) -> bytes:
    """One statement for several asks: each is a row with its number and its rows as JSON."""
    return " UNION ALL ".join(_postgres_part(i, relation, span) for i, (relation, span) in enumerate(kinds)).encode()


def _postgres_part(number: int, relation: Relation, span: Range | None) -> str:
    keys = _key_columns(relation, span)
    arrays = ", ".join(f"%s::{_cast(relation, column)}" for column in keys)
    on = " AND ".join(f"t.{column} = k.{column}" for column in keys)
    columns = ", ".join(f"t.{column}" for column in relation.columns)
    return (
        f"SELECT {number}, json_agg(json_build_array({columns}))::text "  # noqa: S608 - names of the schema
        f"FROM unnest({arrays}) AS k ({', '.join(keys)}) JOIN {relation.table.name} AS t ON {on}{_condition(span)}"
    )


@cache
def _postgres_write(relation: Relation) -> str:
    arrays = ", ".join(f"%s::{_cast(relation, column)}" for column in relation.columns)
    return (
        f"INSERT INTO {relation.table.name} ({', '.join(relation.columns)}) "  # noqa: S608 - names of the schema
        f"SELECT * FROM unnest({arrays}){_conflict(relation)}"
    )


@cache
def _key_casts(relation: Relation, span: Range | None) -> tuple[str, ...]:
    return tuple(_cast(relation, column) for column in _key_columns(relation, span))


@cache
def _casts(relation: Relation) -> tuple[str, ...]:
    return tuple(_cast(relation, column) for column in relation.columns)


def _arrays(casts: Sequence[str], rows: Sequence[Values]) -> list[object]:
    """The rows turned into one parameter per column; numbers as an array literal, which is quickest to write."""
    columns: list[object] = []
    for cast, column in zip(casts, zip(*rows, strict=True), strict=True):
        if cast == "bigint[]":
            columns.append("{" + ",".join("NULL" if value is None else str(value) for value in column) + "}")
        else:
            columns.append(list(column))
    return columns


_POSTGRES_LANE: Final = "SELECT * FROM lane WHERE master_id = %s FOR UPDATE"
_POSTGRES_LANES: Final = "SELECT * FROM lane WHERE master_id = ANY(%s) ORDER BY master_id FOR UPDATE SKIP LOCKED"
_POSTGRES_NOW: Final = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint"
# A generic plan that was made on an empty table reads it from end to end for ever: so no plan may do that.
_POSTGRES_SETTINGS: Final = (
    "SET plan_cache_mode = force_generic_plan",
    "SET enable_seqscan = off",
    "SET enable_hashjoin = off",
    "SET enable_mergejoin = off",
    "SET enable_bitmapscan = off",
    "SET jit = off",
    f"SET lock_timeout = {LOCK_TIMEOUT_MS}",
    "SET transaction_timeout = 30000",
    "SET timezone = 'UTC'",
)
_POSTGRES_READING: Final = ("SET plan_cache_mode = force_generic_plan", "SET jit = off", "SET timezone = 'UTC'")
_postgres_dialect: Final = postgresql.dialect(paramstyle="pyformat")


_POSTGRES_PATIENCE: Final = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""So that a host that fell silent is noticed in half a minute; what the URL says instead counts."""


def patient(url: str) -> str:
    """What the driver connects with. Raises `DatabaseProblem` if there is no driver or it can't read the URL."""
    if not find_spec("psycopg"):
        raise DatabaseProblem("PostgreSQL needs a driver. Install it with: pip install 'creditclock[server,postgres]'")
    try:
        return make_conninfo("", **{**_POSTGRES_PATIENCE, **conninfo_to_dict(url)})
    except psycopg.Error:
        # The driver's sentence may hold a part of the password.
        raise DatabaseProblem(
            "PostgreSQL can't read this URL. Write it as postgresql://USER:PASSWORD@HOST:PORT/DATABASE, "
            "with special characters of the password as %XX."
        ) from None


def open_postgres(target: str) -> "psycopg.Connection[Values]":
    """The driver's connection, by what `patient` gives."""
    return psycopg.connect(target)


class PostgresConnection(Connection):
    """A connection to PostgreSQL, by what `patient` gives; each step of a transaction is one round trip."""

    def __init__(self, target: str, *, lane: bool) -> None:
        with self._told():
            self._driver: psycopg.Connection[Values] = psycopg.connect(target, autocommit=True, prepare_threshold=2)
        self._driver.prepared_max = 500
        self._planned_at = time.monotonic()
        self._begins = False
        try:
            with self._told():
                for setting in _POSTGRES_SETTINGS if lane else _POSTGRES_READING:
                    self._driver.execute(setting.encode())
        except BaseException:
            self._driver.close()
            raise

    def lock(self, masters: Sequence[int]) -> tuple[list[Values], int | None]:
        with self._told(), self._driver.pipeline():
            if time.monotonic() - self._planned_at > PLANS_LAST_S:
                self._driver.execute("DISCARD PLANS")
                self._planned_at = time.monotonic()
            self._driver.execute("BEGIN")
            first = self._driver.execute(_POSTGRES_LANE, (masters[0],))
            others = self._driver.execute(_POSTGRES_LANES, (list(masters[1:]),)) if len(masters) > 1 else None
            now = self._driver.execute(_POSTGRES_NOW)
            rows = first.fetchall() + (others.fetchall() if others else [])
            (at,) = now.fetchall()[0]
        return rows, at

    def begin_read(self) -> None:
        # Where nothing is asked, nothing is begun.
        self._begins = True

    def fetch(self, asks: Sequence[Ask]) -> list[list[Values]]:
        statement = _postgres_fetch(tuple((ask.relation, ask.span) for ask in asks))
        values = list(chain.from_iterable(_arrays(_key_casts(ask.relation, ask.span), ask.keys) for ask in asks))
        with self._told():
            self._begin()
            rows = self._driver.execute(statement, values).fetchall()
        found: list[list[Values]] = [[] for _ in asks]
        for number, text in rows:
            if text is not None:
                found[number] = msgspec.json.decode(text)
        return found

    def _begin(self) -> None:
        if self._begins:
            self._driver.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            self._begins = False

    def write_and_commit(self, writes: Sequence[Write]) -> None:
        with self._told(), self._driver.pipeline():
            for write in writes:
                self._driver.execute(
                    _postgres_write(write.relation).encode(), _arrays(_casts(write.relation), write.rows)
                )
            self._driver.execute("COMMIT")

    def select(self, statement: ClauseElement) -> list[Values]:
        return self._compiled(statement).fetchall()

    def run(self, statement: ClauseElement) -> None:
        self._compiled(statement)

    def commit(self) -> None:
        with self._told():
            self._driver.execute("COMMIT")

    def rollback(self) -> None:
        self._begins = False
        try:
            if not self._driver.closed:
                self._driver.rollback()
        except psycopg.Error:
            self._driver.close()

    def close(self) -> None:
        self._driver.close()

    def _compiled(self, statement: ClauseElement) -> psycopg.Cursor[Values]:
        compiled = statement.compile(dialect=_postgres_dialect, compile_kwargs={"render_postcompile": True})
        with self._told():
            self._begin()
            return self._driver.execute(str(compiled).encode(), compiled.params)

    def _told(self) -> "_Told":
        return _Told()


_POSTGRES_TROUBLES: Final = {
    "25006": "The database can't be written: PostgreSQL is read-only. Connect to the primary server.",
    "42P01": _NO_TABLES,
    "42703": _NO_TABLES,
    "53100": "The disk of PostgreSQL is full. Make room on it.",
    "58030": "The disk of PostgreSQL fails. Check the disk and PostgreSQL's log.",
    "XX001": "The database is damaged. Look into PostgreSQL's log.",
    "XX002": "The database is damaged. Look into PostgreSQL's log.",
}
"""What makes the database unusable, by the number of PostgreSQL's error."""


class _Told:
    """Turns the driver's errors into this module's."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(
            error,
            psycopg.errors.DeadlockDetected | psycopg.errors.SerializationFailure | psycopg.errors.LockNotAvailable,
        ):
            raise Conflict(str(error)) from error
        if isinstance(error, psycopg.IntegrityError):
            raise Violation(str(error)) from error
        if isinstance(error, psycopg.Error) and (trouble := _POSTGRES_TROUBLES.get(error.sqlstate or "")):
            raise Unusable(trouble) from error
        if isinstance(error, psycopg.OperationalError):
            raise Lost(str(error)) from error
