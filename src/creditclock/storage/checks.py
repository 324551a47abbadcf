"""Checks: when the books were last recomputed, and whether they were right."""

from typing import Final, NamedTuple

from sqlalchemy import delete, insert, select

from creditclock.storage import schema
from creditclock.storage.database import Database
from creditclock.storage.dialect import Connection

_NAME: Final = "checked"


class Checked(NamedTuple):
    """A check of the books: when it began, and how many things were off."""

    at: int
    findings: int


def note(database: Database, checked: Checked) -> None:
    """Remember a check in the database itself. Raises what the database raises, for one that is only read, say."""
    table = schema.installation
    connection = database.connect()
    try:
        connection.run(delete(table).where(table.c.name == _NAME))
        connection.run(insert(table).values(name=_NAME, value=f"{checked.at} {checked.findings}"))
    finally:
        connection.close()


def last(connection: Connection) -> Checked | None:
    """The last check that was remembered."""
    table = schema.installation
    found = connection.select(select(table.c.value).where(table.c.name == _NAME))
    if not found:
        return None
    at, findings = str(found[0][0]).split()
    return Checked(int(at), int(findings))
