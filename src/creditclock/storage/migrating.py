"""Migrating: a database brought from one version of the schema to the newest, by Alembic."""

from itertools import count
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy.engine import Connection

from creditclock.storage.dialect import DatabaseProblem
from creditclock.storage.progress import Tell


def migrate(connection: Connection, found: str | None, tell: Tell) -> None:
    """Make the schema, or bring it from the version `found` to the newest, in the connection's transaction.

    `tell` hears before each step how many were done, and how many there are. Raises `DatabaseProblem` for a version
    that no migration leads on from.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    done = count(1)
    try:
        steps = len(list(ScriptDirectory.from_config(config).iterate_revisions("head", found or "base")))

        def on_step(**_: object) -> None:
            tell("Upgrading", next(done), steps)

        tell("Upgrading", 0, steps)
        config.attributes["connection"] = connection
        config.attributes["on_step"] = on_step
        command.upgrade(config, "head")
    except CommandError as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        raise DatabaseProblem(f"The database can't be upgraded by this program: {reason}.") from error
