"""Columns and constraints of which the schema is made."""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)

NAMING: Final = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
}
metadata: Final = MetaData(naming_convention=NAMING)


def number(name: str) -> Column[int]:
    """A column of numbers."""
    return Column(name, BigInteger, nullable=False)


def counter(name: str) -> Column[int]:
    """A column of numbers that begins at 0."""
    return Column(name, BigInteger, nullable=False, server_default="0")


def maybe_number(name: str) -> Column[int | None]:
    """A column of numbers or NULL."""
    return Column(name, BigInteger, nullable=True)


def words(name: str) -> Column[str]:
    """A column of text."""
    return Column(name, Text, nullable=False)


def maybe_words(name: str) -> Column[str | None]:
    """A column of text or NULL."""
    return Column(name, Text, nullable=True)


def key(*columns: str) -> PrimaryKeyConstraint:
    """The primary key: the master and these columns."""
    return PrimaryKeyConstraint("master_id", *columns)


def to(column: str, table: str) -> ForeignKeyConstraint:
    """A foreign key to the row of another table of the same master."""
    return ForeignKeyConstraint(["master_id", column], [f"{table}.master_id", f"{table}.id"])


def of_lane() -> ForeignKeyConstraint:
    """A foreign key to the lane row of the master."""
    return ForeignKeyConstraint(["master_id"], ["lane.master_id"])


def one_of(column: str, *values: str) -> CheckConstraint:
    """A check that a column holds one of these values, or NULL."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def table(name: str, *parts: Any) -> Table:  # noqa: ANN401 - columns and constraints share no type
    """A table whose key begins with the master."""
    return Table(name, metadata, number("master_id"), *parts, sqlite_with_rowid=False)
