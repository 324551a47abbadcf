"""Size: how many bytes a database takes."""

from pathlib import Path

from sqlalchemy import func, select

from creditclock.storage.database import Database


def size_of(database: Database) -> int:
    """The bytes of a database, a file's write-ahead log too."""
    if database.path is not None:
        files = (Path(database.path), Path(f"{database.path}-wal"))
        return sum(file.stat().st_size for file in files if file.exists())
    with database.reading() as connection:
        return connection.select(select(func.pg_database_size(func.current_database())))[0][0]
