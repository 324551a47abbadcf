"""What an administrator does on a server's own machine: the keys, and a password for an operator who lost it.

It works on the database and the key file directly; whoever may read them needs no token.
"""

import secrets
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from creditclock.commands.job import Job, Outcome
from creditclock.commands.lane import Lane
from creditclock.commands.presence import Presence
from creditclock.commands.timekeeping import DatabaseTime, WallTime
from creditclock.commands.upkeep import RESET_OPERATOR, ResetOperator
from creditclock.domain.access import system
from creditclock.domain.passwords import check_password
from creditclock.settings import read
from creditclock.storage import keys
from creditclock.storage.database import Database, DatabaseProblem
from creditclock.storage.dialect import Conflict, Lost
from creditclock.web.secrets import hashed

T = TypeVar("T")
ANSWER_S: Final = 60.0
"""How long the lane may take to carry out one command."""


class _Answer:
    """Waits for what comes of one command."""

    def __init__(self) -> None:
        self._there = threading.Event()
        self._outcome: Outcome | None = None

    def deliver(self, outcomes: list[Outcome]) -> None:
        """Take the outcome, from the lane's thread."""
        (self._outcome,) = outcomes
        self._there.set()

    def wait(self) -> None:
        """Return once it is done. Raises the Refusal, or `DatabaseProblem` when nobody knows why it failed."""
        self._there.wait(ANSWER_S)
        if self._outcome is None or (self._outcome.body is None and self._outcome.refusal is None):
            raise DatabaseProblem("The command could not be carried out; see the messages above.")
        if self._outcome.refusal is not None:
            raise self._outcome.refusal


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
        _carry_out(database, command, {"password": hashed(given)})
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


def _carry_out(database: Database, command: ResetOperator, material: dict[str, str]) -> None:
    """Send one command through a lane of our own, which locks and writes as those of servers do."""
    time_ = DatabaseTime() if database.path is None else WallTime()
    presence = Presence(database, time_)
    lane = Lane(database, time_, presence, due=lambda _at: None, told=lambda _told: None)
    answer = _Answer()
    job = Job(RESET_OPERATOR, command, system(0), (0,), answer)
    job.material = material
    lane.start()
    try:
        lane.submit(job)
        answer.wait()
    finally:
        lane.close()
        presence.close()
