"""Every difference between SQLite and PostgreSQL, and nothing else (design section 3.4).

A `Connection` runs bulk statements on the driver: one statement reads many rows by key or by range, one writes many.
"""

from creditclock.storage.dialect.connection import (
    Ask,
    Conflict,
    Connection,
    DatabaseProblem,
    KeyRow,
    Lost,
    Unanswered,
    Unusable,
    Values,
    Violation,
    Write,
)
from creditclock.storage.dialect.notices import Notices
from creditclock.storage.dialect.postgres import PostgresConnection, open_postgres, patient
from creditclock.storage.dialect.sqlite import SqliteConnection, open_sqlite, set_up_sqlite, sqlite_trouble

__all__ = [
    "Ask",
    "Conflict",
    "Connection",
    "DatabaseProblem",
    "KeyRow",
    "Lost",
    "Notices",
    "PostgresConnection",
    "SqliteConnection",
    "Unanswered",
    "Unusable",
    "Values",
    "Violation",
    "Write",
    "open_postgres",
    "open_sqlite",
    "patient",
    "set_up_sqlite",
    "sqlite_trouble",
]
