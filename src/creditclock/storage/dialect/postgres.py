"""PostgreSQL: statements, connections, and what its errors mean."""

import time
from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import Any, Final, TypeVar

import msgspec
import psycopg
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import BigInteger
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import ClauseElement

from creditclock.storage.dialect.connection import (
    NO_TABLES,
    Ask,
    Conflict,
    Connection,
    DatabaseProblem,
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

T = TypeVar("T")

LOCK_TIMEOUT_MS: Final = 2_000
"""Who has waited so long in the queue is refused anyway."""
TRANSACTION_TIMEOUT_MS: Final = 5_000
"""For so long a server that froze or lost its network can keep the others from a business, not longer."""
PATIENCE_S: Final = 8.0
"""How long a server waits for an answer of PostgreSQL, which gives up a transaction before."""
PLANS_LAST_S: Final = 5.0
"""A plan that was made on a small table is bad on a large one; planning anew takes a few milliseconds."""

# PostgreSQL: a batch travels as one array per column.


def _cast(relation: Relation, column: str) -> str:
    return "bigint[]" if isinstance(relation.table.c[column].type, BigInteger) else "text[]"


@cache
def _postgres_fetch(kinds: tuple[tuple[Relation, Range | None], ...]) -> bytes:
    """One statement for several asks: each is a row with its number and its rows as JSON."""
    return " UNION ALL ".join(_postgres_part(i, relation, span) for i, (relation, span) in enumerate(kinds)).encode()


def _postgres_part(number: int, relation: Relation, span: Range | None) -> str:
    keys = key_columns(relation, span)
    arrays = ", ".join(f"%s::{_cast(relation, column)}" for column in keys)
    on = " AND ".join(f"t.{column} = k.{column}" for column in keys)
    columns = ", ".join(f"t.{column}" for column in relation.columns)
    return (
        f"SELECT {number}, json_agg(json_build_array({columns}))::text "  # noqa: S608 - names of the schema
        f"FROM unnest({arrays}) AS k ({', '.join(keys)}) JOIN {relation.table.name} AS t ON {on}{condition(span)}"
    )


@cache
def _postgres_write(relation: Relation) -> str:
    arrays = ", ".join(f"%s::{_cast(relation, column)}" for column in relation.columns)
    return (
        f"INSERT INTO {relation.table.name} ({', '.join(relation.columns)}) "  # noqa: S608 - names of the schema
        f"SELECT * FROM unnest({arrays}){conflict(relation)}"
    )


@cache
def _key_casts(relation: Relation, span: Range | None) -> tuple[str, ...]:
    return tuple(_cast(relation, column) for column in key_columns(relation, span))


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
_POSTGRES_MARK: Final = """
WITH seen AS (SELECT max(at) AS last, (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now FROM alive),
outages AS (
    INSERT INTO outage (from_at, until_at) SELECT last, now FROM seen WHERE now - last >= %s
    ON CONFLICT (from_at) DO NOTHING
),
marks AS (
    INSERT INTO alive (process, at) SELECT %s, now FROM seen ON CONFLICT (process) DO UPDATE SET at = excluded.at
)
SELECT now, last FROM seen
"""
# A generic plan that was made on an empty table reads it from end to end for ever: so no plan may do that.
_POSTGRES_SETTINGS: Final = (
    "SET plan_cache_mode = force_generic_plan",
    "SET enable_seqscan = off",
    "SET enable_hashjoin = off",
    "SET enable_mergejoin = off",
    "SET enable_bitmapscan = off",
    "SET jit = off",
    f"SET lock_timeout = {LOCK_TIMEOUT_MS}",
    f"SET transaction_timeout = {TRANSACTION_TIMEOUT_MS}",
    "SET timezone = 'UTC'",
)
_POSTGRES_READING: Final = ("SET plan_cache_mode = force_generic_plan", "SET jit = off", "SET timezone = 'UTC'")
_postgres_dialect: Final = postgresql.dialect(paramstyle="pyformat")


_POSTGRES_PATIENCE: Final = {
    "connect_timeout": 5,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 8_000,
}
"""So that a host that fell silent is noticed in some seconds; what the URL says instead counts."""


def patient(url: str) -> str:
    """What the driver connects with. Raises `DatabaseProblem` if it can't read the URL."""
    try:
        return make_conninfo("", **{**_POSTGRES_PATIENCE, **conninfo_to_dict(url)})
    except psycopg.Error:
        # The driver's sentence may hold a part of the password.
        raise DatabaseProblem(
            "PostgreSQL can't read this URL. Write it as postgresql://USER:PASSWORD@HOST:PORT/DATABASE, "
            "with special characters of the password as %XX."
        ) from None


def open_postgres(target: str) -> psycopg.Connection[Values]:
    """The driver's connection, by what `patient` gives."""
    return psycopg.connect(target)


def open_bounded(target: str) -> psycopg.Connection[Values]:
    """The same, given up when an answer takes longer than `PATIENCE_S`."""
    return _Bounded.connect(target)


class _Bounded(psycopg.Connection[Values]):
    """A connection that is closed when PostgreSQL doesn't answer in time, though its machine may.

    Time-outs of TCP notice a machine that is gone, those of PostgreSQL a statement that takes long; neither
    notices a PostgreSQL that stands still.
    """

    def wait(self, gen: PQGen[T], *args: Any, **kwargs: Any) -> T:  # noqa: ANN401 - the driver's own
        return super().wait(self._until_late(gen), *args, **kwargs)

    def _until_late(self, gen: PQGen[T]) -> PQGen[T]:
        until = time.monotonic() + PATIENCE_S
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if not ready and time.monotonic() > until:
                    self.pgconn.finish()
                    raise psycopg.OperationalError(f"PostgreSQL did not answer in {PATIENCE_S:.0f} s")
                wanted = gen.send(ready)
        except StopIteration as end:
            return end.value


class PostgresConnection(Connection):
    """A connection to PostgreSQL, by what `patient` gives; each step of a transaction is one round trip."""

    def __init__(self, target: str, *, lane: bool, bounded: bool) -> None:
        with self._told():
            self._driver = (open_bounded if bounded else open_postgres)(target)
            self._driver.autocommit = True
        self._driver.prepare_threshold = 2
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

    def begin(self) -> None:
        with self._told():
            self._driver.execute("BEGIN")

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
        try:
            return self._compiled(statement).fetchall()
        except psycopg.DataError as error:
            raise Unanswered(str(error)) from error

    def run(self, statement: ClauseElement) -> None:
        self._compiled(statement)

    def mark(self, process: str, now: int, outage_ms: int) -> tuple[int, int | None]:  # noqa: ARG002 - its own time counts
        # One statement: a server that stops in the middle of it keeps no other one waiting.
        with self._told():
            ((at, last),) = self._driver.execute(_POSTGRES_MARK, (outage_ms, process)).fetchall()
        return at, last

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

    def give_back(self, pages: int) -> bool:  # noqa: ARG002 - autovacuum does it
        return False

    def scrub(self) -> bool:
        # Old versions of rows are the server's own affair: autovacuum removes them.
        return True

    def _compiled(self, statement: ClauseElement) -> psycopg.Cursor[Values]:
        compiled = statement.compile(dialect=_postgres_dialect, compile_kwargs={"render_postcompile": True})
        with self._told():
            self._begin()
            return self._driver.execute(str(compiled).encode(), compiled.params)

    def _told(self) -> "_Told":
        return _Told()


_POSTGRES_TROUBLES: Final = {
    "25006": "The database can't be written: PostgreSQL is read-only. Connect to the primary server.",
    "42P01": NO_TABLES,
    "42703": NO_TABLES,
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
