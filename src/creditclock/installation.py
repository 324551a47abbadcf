"""What an administrator does on a server's own machine: the keys, and a password for an operator who lost it.

It works on the database and the key file directly; whoever may read them needs no token.
"""

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from creditclock.commands.alone import LaneAlone
from creditclock.commands.upkeep import RESET_OPERATOR, ResetOperator
from creditclock.domain.passwords import check_password
from creditclock.settings import read
from creditclock.storage import keys
from creditclock.storage.database import Database, DatabaseProblem
from creditclock.storage.dialect import Conflict, Lost
from creditclock.web.secrets import hashed

T = TypeVar("T")


def reset_operator(
    overrides: Mapping[str, Any], login: str, password: str | None, second_factor: Literal["keep", "remove"]
) -> str | None:
    """Give an operator another password, and end the operator's tokens; gives the password if it was made here.

    It goes through the lane and is in the journal. A SQLite database must not be served meanwhile; on PostgreSQL the
    servers go on. Raises `DatabaseProblem`, or a Refusal `not_found` or `weak_password`.
    """
    given = password or secrets.token_urlsafe(12)
    check_password(given, [login])
    database = Database(read(overrides).database_url)
    try:
        database.check_there()
        database.claim()
        database.check_version()
        command = ResetOperator(login=login, second_factor=second_factor)
        with LaneAlone(database) as lane:
            (refusal,) = lane.carry_out([lane.job(RESET_OPERATOR, command, 0, {"password": hashed(given)})])
        if refusal is not None:
            raise refusal
    finally:
        database.close()
    return None if password else given


def list_keys(overrides: Mapping[str, Any]) -> list[keys.KeyUse]:
    """The installation's keys, and what depends on each. Raises `DatabaseProblem`."""
    return _with_keys(overrides, keys.key_uses)


def rotate_keys(overrides: Mapping[str, Any]) -> int:
    """Add a key, from which new secrets are derived; gives its number. Raises `DatabaseProblem`."""
    return _with_keys(overrides, keys.rotate)


def retire_key(overrides: Mapping[str, Any], number: int) -> None:
    """Take a key away for ever. Raises `DatabaseProblem` while something depends on it."""
    _with_keys(overrides, lambda path, database: keys.retire(path, database, number))


def _with_keys(overrides: Mapping[str, Any], use: Callable[[Path, Database], T]) -> T:
    settings = read(overrides)
    database = Database(settings.database_url)
    try:
        database.check_version()
        return use(keys.path_of(database, settings.keys, settings.data), database)
    except (Conflict, Lost) as error:
        reason = str(error).strip().splitlines()[0].rstrip(".")
        raise DatabaseProblem(f"The database can't be used right now: {reason}. Try again.") from error
    finally:
        database.close()
