"""Every difference between SQLite and PostgreSQL, and nothing else (design section 3.4).

A `Connection` runs bulk statements on the driver: one statement reads many rows by key or by range, one writes many.
PostgreSQL's modules are imported by whoever uses it: its driver is an extra, and takes a while to load.
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
from creditclock.storage.dialect.sqlite import SqliteConnection, open_sqlite, set_up_sqlite, sqlite_trouble

__all__ = [
    "Ask",
    "Conflict",
    "Connection",
    "DatabaseProblem",
    "KeyRow",
    "Lost",
    "SqliteConnection",
    "Unanswered",
    "Unusable",
    "Values",
    "Violation",
    "Write",
    "open_sqlite",
    "set_up_sqlite",
    "sqlite_trouble",
]
