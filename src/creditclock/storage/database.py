"""The database: opened, created, upgraded, and kept to one server where it is a file (design sections 3.4 and 6)."""

import os
import queue
import shlex
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import create_engine, delete, event, func, insert, inspect, select, text
from sqlalchemy.engine import Connection as SqlConnection
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from creditclock.storage import schema
from creditclock.storage.dialect import (
    Conflict,
    Connection,
    DatabaseProblem,
    Lost,
    SqliteConnection,
    Unusable,
    open_sqlite,
    set_up_sqlite,
    sqlite_trouble,
)
from creditclock.storage.lock import FileLock
from creditclock.storage.progress import Tell, unheard

if TYPE_CHECKING:
    from creditclock.storage.dialect.notices import Notices

READERS: Final = 8
CLAIM_S: Final = 5.0
"""How long a new server waits for the file: the writer of a killed one finishes its batch first."""
NEWEST: Final = max(path.name[:4] for path in (Path(__file__).parent / "migrations" / "versions").glob("[0-9]*.py"))
"""The version of this program's schema: that of its newest migration."""
_VERSION: Final = text("SELECT version_num FROM alembic_version")


class Database:
    """A database by its URL: `sqlite:///FILE` or `postgresql://…`. Raises `DatabaseProblem` for any other URL.

    A server's is `bounded`: a connection is given up when PostgreSQL doesn't answer in some seconds.
    """

    def __init__(self, url: str, *, bounded: bool = False) -> None:
        try:
            parsed = make_url(url)
        except (ArgumentError, ValueError):
            raise DatabaseProblem(_unknown(url)) from None
        self.kind = parsed.get_backend_name()
        if self.kind not in {"sqlite", "postgresql"}:
            raise DatabaseProblem(_unknown(url))
        if self.kind == "sqlite" and parsed.database in {None, "", ":memory:"}:
            raise DatabaseProblem("Name a file: sqlite:///creditclock.db")
        if "@" in (parsed.host or ""):
            raise DatabaseProblem("An @ in the password of a database's URL is written %40.")
        self.path = parsed.database if self.kind == "sqlite" else None
        self._shown = parsed.difference_update_query(["password"]).render_as_string()
        """The URL with stars for a password."""
        self._name = self.path or parsed.set(username=None, password=None, query={}).render_as_string()
        if self.kind == "sqlite":
            self._target = ""
        else:
            self._target = _target(parsed.set(drivername="postgresql").render_as_string(hide_password=False))
        self._bounded = bounded
        self._readers: queue.LifoQueue[Connection] = queue.LifoQueue()
        self._lock: FileLock | None = None
        self._file: tuple[int, int] | None = None

    def claim(self) -> None:
        """Be the only server of this file. Raises `DatabaseProblem` when another one is."""
        if self.path is None:
            return
        until = time.monotonic() + CLAIM_S
        try:
            # The same file has one lock, whatever names lead to it.
            path = Path(self.path).resolve()
            lock = FileLock(path.with_name(path.name + ".lock"))
            path.parent.mkdir(parents=True, exist_ok=True)
            _check_file(path)
            while not lock.take():
                if time.monotonic() > until:
                    raise DatabaseProblem(f"Another server uses {path}. Stop it first, or use PostgreSQL for several.")
                time.sleep(0.05)
        except (OSError, RuntimeError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise DatabaseProblem(f"{self.path} can't be used: {reason}. Name another file.") from error
        self._lock = lock

    def prepare(self, *, test: bool) -> None:
        """Create an empty database. Raises `DatabaseProblem` for one of another version, or of the other kind.

        A database made for tests has a clock that can be moved, so it can't be used for real, nor the other way round.
        """
        with self._engine() as engine:
            self._make()
            self._file = self._identity()
            kind = self._set_up(engine, test=test)
        if test and kind != "test":
            raise DatabaseProblem("This database holds real books: --test-clock is refused. Use another database.")
        if not test and kind == "test":
            raise DatabaseProblem("This database was made with --test-clock and works only with it.")

    def _set_up(self, engine: Engine, *, test: bool) -> str:
        """Make the tables and their first rows where they aren't there; gives the kind of the database."""
        with self._alone(engine):
            found, newest = self._versions(engine)
            if found is None:
                self._migrate(engine)
            elif found != newest:
                raise DatabaseProblem(self._other_version(found, newest))
            with engine.begin() as connection:
                kind = connection.scalar(
                    select(schema.installation.c.value).where(schema.installation.c.name == "kind")
                )
                # Also after a crash between the tables and their first rows.
                if kind is None:
                    kind = "test" if test else "real"
                    connection.execute(insert(schema.installation).values(name="kind", value=kind))
                    connection.execute(insert(schema.lane).values(**_EMPTY_LANE))
        return kind

    def check_version(self) -> None:
        """Raise `DatabaseProblem` unless the database exists in this version and can be read."""
        self.check_there()
        self._file = self._identity()
        with self._engine() as engine:
            found, newest = self._versions(engine)
            if found != newest:
                raise DatabaseProblem(self._other_version(found, newest))
            with self.reading() as connection:
                connection.select(select(schema.installation.c.value))

    def upgrade(self, tell: Tell = unheard) -> tuple[str | None, str]:
        """Bring the database to this version; gives the version before and after.

        `tell` hears before each step how many were done, and how many there are.
        """
        self.check_there()
        with self._engine() as engine, self._alone(engine):
            found, newest = self._versions(engine)
            if found is None or found > newest:
                raise DatabaseProblem(self._other_version(found, newest))
            if found != newest:
                self._migrate(engine, found, tell)
        return found, newest

    def connect(self, *, lane: bool = False) -> Connection:
        """A new connection; `lane` sets one up for the write path."""
        if self.path is not None:
            if self._file is not None:
                self.check_file()
            return SqliteConnection(self.path)
        from creditclock.storage.dialect.postgres import PostgresConnection  # noqa: PLC0415 - an extra

        return PostgresConnection(self._target, lane=lane, bounded=self._bounded)

    def check_file(self) -> None:
        """Raise `Unusable` when the file that was prepared is no longer there, or another one is in its place."""
        if self._file != self._identity():
            raise Unusable(
                "The file of the database was moved, removed or replaced while the server runs. "
                "Stop the server, put the file back or restore a copy, and start it again."
            )

    def _identity(self) -> tuple[int, int] | None:
        if self.path is None:
            return None
        try:
            found = Path(self.path).stat()
        except OSError:
            return (0, 0)
        return found.st_dev, found.st_ino

    def notices(self) -> "Notices | None":
        """Where servers on this database tell each other something; None where there is one server only."""
        if self.path is not None:
            return None
        from creditclock.storage.dialect.notices import Notices  # noqa: PLC0415 - an extra

        return Notices(self._target)

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """A connection in a transaction that reads one snapshot."""
        connection = self._reader()
        try:
            yield connection
        except Lost:
            # What ended this connection ended those that wait, too.
            connection.close()
            self._drop_readers()
            raise
        except (Conflict, Unusable):
            connection.close()
            raise
        except BaseException:
            self._give_back(connection)
            raise
        self._give_back(connection)

    def _reader(self) -> Connection:
        """A connection that has begun to read; those that were lost while nobody used them are dropped."""
        while True:
            try:
                connection = self._readers.get_nowait()
            except queue.Empty:
                connection = self.connect()
                connection.begin_read()
                return connection
            try:
                connection.begin_read()
            except Lost:
                connection.close()
            else:
                return connection

    def _give_back(self, connection: Connection) -> None:
        connection.rollback()
        if self._readers.qsize() < READERS:
            self._readers.put(connection)
        else:
            connection.close()

    def outages(self) -> tuple[tuple[int, int], ...]:
        """The intervals in which no server was alive, oldest first."""
        with self.reading() as connection:
            rows = connection.select(select(schema.outage.c.from_at, schema.outage.c.until_at).order_by("from_at"))
        return tuple((row[0], row[1]) for row in rows)

    def forget_alive(self, before: int) -> None:
        """Remove the marks of servers that are long gone."""
        with self._engine() as engine, engine.begin() as connection:
            connection.execute(delete(schema.alive).where(schema.alive.c.at < before))

    def close(self) -> None:
        """Close what is open and let others use the file."""
        self._drop_readers()
        if self._lock:
            self._lock.release()

    def _drop_readers(self) -> None:
        with suppress(queue.Empty):
            while True:
                self._readers.get_nowait().close()

    @contextmanager
    def _engine(self) -> Generator[Engine]:
        """For the statements around the work itself; what goes wrong is a `DatabaseProblem`, in a sentence."""
        if self.path is not None:
            path = self.path
            engine = create_engine("sqlite://", creator=lambda: open_sqlite(path), poolclass=NullPool)
            # The driver begins nothing by itself: a migration is done as a whole or not at all.
            event.listen(engine, "begin", _begin)
        else:
            from creditclock.storage.dialect.postgres import open_postgres  # noqa: PLC0415 - an extra

            engine = create_engine(
                "postgresql+psycopg://", creator=lambda: open_postgres(self._target), poolclass=NullPool
            )
        try:
            yield engine
        except DBAPIError as error:
            raise DatabaseProblem(self._sentence(error.orig)) from error
        except (SQLAlchemyError, Lost, Conflict, OSError) as error:
            raise DatabaseProblem(self._sentence(error)) from error
        finally:
            engine.dispose()

    def _sentence(self, error: BaseException | None) -> str:
        if self.path is not None:
            return f"{self._name} can't be used: {sqlite_trouble(error) or f'{_line(error)}. Try again.'}"
        return f"The database {self._name} can't be used: {_line(error)}. Check the URL, and whether PostgreSQL runs."

    def _make(self) -> None:
        """An empty file for nobody else to read, where there is none; SQLite gives its companions the same mode."""
        if self.path is not None:
            with suppress(FileExistsError):
                os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
                set_up_sqlite(self.path)

    def check_there(self) -> None:
        """Raise `DatabaseProblem` unless the file exists, where it is one; makes nothing."""
        if self.path is None:
            return
        if not Path(self.path).exists():
            raise DatabaseProblem(f"There is no database {self.path}. `creditclock serve` makes one.")
        if Path(self.path).is_dir():
            raise DatabaseProblem(_folder(self.path))

    def _other_version(self, found: str | None, newest: str) -> str:
        if found is None:
            return "This database is empty. `creditclock serve` sets it up."
        if found > newest:
            return f"This database has version {found}, this program {newest}: use the newer program that made it."
        return (
            f"This database has version {found}, this program needs {newest}. "
            f"Make a backup, then run: creditclock db upgrade --database {shlex.quote(self._shown)}"
        )

    @contextmanager
    def _alone(self, engine: Engine) -> Generator[None]:
        """Let no other process set the database up at the same time; the lock of a file is enough for SQLite."""
        if self.path is not None:
            yield
            return
        with engine.begin() as connection:
            connection.execute(select(func.pg_advisory_xact_lock(_SET_UP)))
            yield

    def _versions(self, engine: Engine) -> tuple[str | None, str]:
        with engine.connect() as connection:
            tables = inspect(connection).get_table_names()
            found = connection.scalar(_VERSION) if "alembic_version" in tables else None
            if found is None and tables:
                raise DatabaseProblem("This database holds something else. Name an empty one.")
        return found, NEWEST

    def _migrate(self, engine: Engine, found: str | None = None, tell: Tell = unheard) -> None:
        # Most starts migrate nothing, and what does it takes a quarter of a second to import.
        from creditclock.storage.migrating import migrate  # noqa: PLC0415

        with engine.begin() as connection:
            migrate(connection, found, tell)


_SET_UP: Final = 0x63726564
"""The number of the lock on PostgreSQL under which a database is set up."""
_EMPTY_LANE: Final = {
    "master_id": 0,
    "at": 0,
    "revision": 0,
    "next_id": 100,
    "next_journal": 1,
    "next_event": 1,
    "rights": 0,
    "frozen_at": None,
    "customers": 0,
    "apps": 0,
}


def _target(url: str) -> str:
    """What PostgreSQL's driver connects with. Raises `DatabaseProblem` if there is no driver or it can't read it."""
    try:
        from creditclock.storage.dialect.postgres import patient  # noqa: PLC0415 - an extra
    except ModuleNotFoundError:
        install = "pip install 'creditclock[server,postgres]'"
        raise DatabaseProblem(f"PostgreSQL needs a driver. Install it with: {install}") from None
    return patient(url)


def _unknown(url: str) -> str:
    # A password may stand anywhere in a URL that can't be read.
    shown = url if not set("@?") & set(url) else f"{url.partition('://')[0]}://…" if "://" in url else "This"
    return f"{shown!r} is no database that Creditclock knows: use sqlite:///FILE or postgresql://USER@HOST/DATABASE."


def _begin(connection: SqlConnection) -> None:
    connection.exec_driver_sql("BEGIN")


def _folder(path: str | Path) -> str:
    return f"{path} is a folder. Name a file in it: sqlite:///{path}/creditclock.db"


def _check_file(path: Path) -> None:
    """Raise `DatabaseProblem` for a file, or a folder for one, that can't be written."""
    if path.is_dir():
        raise DatabaseProblem(_folder(path))
    for place in (path, path.parent):
        if place.exists() and not os.access(place, os.R_OK | os.W_OK):
            raise DatabaseProblem(f"{place} can't be written. Give it to the user of the server, or name another file.")


def _line(error: BaseException | None) -> str:
    """What an error says, in one line without a full stop."""
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
