"""A connection as the lane and the readers need it, whatever the database."""

import abc
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy.sql import ClauseElement

from creditclock.storage.relations import Range, Relation

KeyRow = tuple[int | str, ...]
Values = tuple[Any, ...]
NO_TABLES: Final = "The database has not the tables of this program. Restore a copy of it."


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


class Unanswered(Exception):  # noqa: N818 - states a fact, is no error of ours
    """The database could not work out an answer, to a sum beyond its numbers for instance; `rollback` comes next."""


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
    def begin(self) -> None:
        """Begin a transaction that writes beside the lane, without locking a master."""

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
        """The rows of a Core statement; a sum beyond 64 bits comes as another number or as text.

        Raises `Unanswered` where the values that are stored can't be computed with.
        """

    @abc.abstractmethod
    def run(self, statement: ClauseElement) -> None:
        """Carry out a Core statement that gives no rows."""

    @abc.abstractmethod
    def mark(self, process: str, now: int, outage_ms: int) -> tuple[int, int | None]:
        """Write down that a process is alive, at the database's time where that is what counts, else at `now`.

        In the same step the time since the newest mark of any process is remembered as an outage if it is
        `outage_ms` or longer. Gives the instant of this mark, and of the newest one before it.
        """

    @abc.abstractmethod
    def commit(self) -> None:
        """End the transaction and keep what it wrote."""

    @abc.abstractmethod
    def rollback(self) -> None:
        """End the transaction and drop what it wrote; never fails."""

    @abc.abstractmethod
    def close(self) -> None:
        """Close the connection."""

    @abc.abstractmethod
    def give_back(self, pages: int) -> bool:
        """Give at most so many unused pages back to the disk; whether there are more that should be."""

    @abc.abstractmethod
    def scrub(self) -> bool:
        """Leave no old version of a row outside the database itself; false when somebody was in the way."""


def key_columns(relation: Relation, span: Range | None) -> tuple[str, ...]:
    """The columns by which a relation's rows, or those of a range, are read."""
    return ("master_id", span.parent) if span else relation.columns[: relation.width + 1]


def condition(span: Range | None) -> str:
    """What the rows of a range satisfy besides, as SQL."""
    return "".join(f" AND t.{part}" for part in span.where.split(" AND ")) if span and span.where else ""


def updates(relation: Relation) -> str:
    """The columns that a row in the place of another one sets."""
    changed = relation.columns[relation.width + 1 :]
    return ", ".join(f"{name} = excluded.{name}" for name in changed)


def conflict(relation: Relation) -> str:
    """What happens where a row with the same key is there."""
    if not relation.changes:
        return ""
    return f" ON CONFLICT ({', '.join(key_columns(relation, None))}) DO UPDATE SET {updates(relation)}"
