"""The old file: opened to be read only, inspected, and read in pages."""

import contextlib
import sqlite3
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, Final

from creditclock.contract import Refusal
from creditclock.ewallet.tables import CLOCKS, LOGINS, MASTERS, RECORDS, SHEETS, USERS, WALLETS, Column, Table

Old = dict[str, Any]
"""A row of the old file by the names that its columns have here; what isn't there is None."""
PAGE: Final = 1_000
BUSY_S: Final = 5.0
ALL: Final = (MASTERS, USERS, WALLETS, CLOCKS, *SHEETS.values(), *RECORDS.values(), *LOGINS.values())


class OldFile:
    """A file of the EWallet Credit Clock suit, as it is at one instant. Nothing in it is ever changed.

    `missing` are the tables and columns that are not there, and could do without.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._columns: dict[str, dict[str, str]] = {}
        self.missing: list[str] = []
        for table in ALL:
            self._inspect(table)

    def has(self, table: Table) -> bool:
        """Whether a table is there, with what is needed of it."""
        return table.name in self._columns

    def knows(self, table: Table, column: str) -> bool:
        """Whether a column of a table is there."""
        return column in self._columns.get(table.name, ())

    def rows(self, table: Table, *order: str) -> Iterator[Old]:
        """The rows of a table in the order of some of its columns, otherwise of its number."""
        if not self.has(table):
            return
        columns = self._columns[table.name]
        parts = [f"{_quoted(columns[one.name])}" if one.name in columns else "NULL" for one in table.columns]
        by = ", ".join(_quoted(columns[name]) for name in order or ("id",))
        statement = f"SELECT {', '.join(parts)} FROM {_quoted(table.name)} ORDER BY {by}"  # noqa: S608 - names are quoted
        names = [column.name for column in table.columns]
        with self._reading():
            cursor = self._connection.execute(statement)
            while page := cursor.fetchmany(PAGE):
                for row in page:
                    yield dict(zip(names, row, strict=True))

    def counts(self, table: Table) -> dict[Any, int]:
        """How many rows of a table each owner has."""
        if not self.has(table):
            return {}
        owner = _quoted(self._columns[table.name]["owner"])
        statement = f"SELECT {owner}, count(*) FROM {_quoted(table.name)} GROUP BY {owner}"  # noqa: S608 - names are quoted
        with self._reading():
            return dict(self._connection.execute(statement))

    def last(self, table: Table) -> int:
        """The largest number of a table, 0 in an empty one."""
        if not self.has(table):
            return 0
        number = _quoted(self._columns[table.name]["id"])
        statement = f"SELECT max({number}) FROM {_quoted(table.name)} WHERE typeof({number}) = 'integer'"  # noqa: S608 - names are quoted
        with self._reading():
            return self._connection.execute(statement).fetchone()[0] or 0

    def _inspect(self, table: Table) -> None:
        """Find the columns of a table. Refuses (`invalid`) a file without what the import can't do without."""
        with self._reading():
            found = self._connection.execute(f"PRAGMA table_info({_quoted(table.name)})").fetchall()
            keys = self._connection.execute(f"PRAGMA foreign_key_list({_quoted(table.name)})").fetchall()
        if not found:
            self._miss(table, f"There is no table {table.name}")
            return
        names = {row[1].lower(): row[1] for row in found}
        primary = [row[1] for row in found if row[5]]
        columns: dict[str, str] = {}
        for column in table.columns:
            name = _found(column, names, keys)
            if name is None and column.name == "id" and len(primary) == 1:
                name = primary[0]
            if name is not None:
                columns[column.name] = name
            elif column.is_needed:
                wanted = " or ".join(column.names)
                self._miss(table, f"The table {table.name} has no column {wanted}")
                return
            else:
                self.missing.append(f"The table {table.name} has no column {' or '.join(column.names)}.")
        self._columns[table.name] = columns

    def _miss(self, table: Table, what: str) -> None:
        if table.is_needed:
            raise Refusal(
                "invalid",
                f"{what} in {self._path}. Name the file data/ewallet.db of an old installation, or a copy of it.",
            )
        self.missing.append(f"{what}: nothing of that table is moved.")

    @contextlib.contextmanager
    def _reading(self) -> Generator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise _unreadable(self._path, error) from error


@contextlib.contextmanager
def opened(path: Path) -> Generator[OldFile]:
    """The file, to be read only. Raises a Refusal `invalid` for one that can't be read, or is something else."""
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "is not there"
        raise Refusal("invalid", f"{path} {what}. Name the file data/ewallet.db of an old installation.")
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=BUSY_S)
    except sqlite3.Error as error:
        raise _unreadable(path, error) from error
    with contextlib.closing(connection):
        connection.isolation_level = None
        connection.text_factory = _text
        try:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.Error as error:
            raise _unreadable(path, error) from error
        yield OldFile(connection, path)


def _found(column: Column, names: dict[str, str], keys: list[tuple[Any, ...]]) -> str | None:
    """The column of the old file: one with a known name, or the one that refers to the parent."""
    known = next((names[name] for name in column.names if name in names), None)
    if known is None and column.parent is not None:
        return next((key[3] for key in keys if key[2] == column.parent), None)
    return known


def _unreadable(path: Path, error: sqlite3.Error) -> Refusal:
    if "not a database" in str(error):
        return Refusal(
            "invalid", f"{path} is no SQLite database. Name the file data/ewallet.db of an old installation."
        )
    return Refusal(
        "invalid",
        f"{path} can't be read: {error}. Stop the old installation, copy its file with what lies beside it, "
        "and name the copy.",
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: bytes) -> str:
    """Texts that are no UTF-8 are read as far as they go."""
    return value.decode(errors="replace")
