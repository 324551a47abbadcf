"""What was imported from an older installation, as the journal tells."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import select

from creditclock.storage import schema
from creditclock.storage.dialect import Connection

PAGE: Final = 1_000
_BEGINNING: Final = "import."


class Imported(NamedTuple):
    """A command of an import: its number in the journal, its name without `import.`, what it was about, its facts."""

    no: int
    name: str
    subject: str
    detail: dict[str, Any]


def imported(connection: Connection, master: int) -> Iterator[Imported]:
    """The commands of imports in the journal of a master, in their order; those that made masters are in that of 0."""
    table, after = schema.journal, 0
    while True:
        statement = (
            select(table.c.no, table.c.operation, table.c.subject, table.c.detail)
            .where(table.c.master_id == master, table.c.no > after)
            .order_by(table.c.no)
            .limit(PAGE)
        )
        found = connection.select(statement)
        for no, operation, subject, detail in found:
            if operation.startswith(_BEGINNING):
                yield Imported(no, operation.removeprefix(_BEGINNING), subject, msgspec.json.decode(detail))
        if len(found) < PAGE:
            return
        after = found[-1][0]
