"""Keys: the installation's own secrets, in a file beside the data and never in the database (design section 7).

Secrets that the server must be able to use again, such as those that sign webhooks, are derived from a key and a salt;
the database holds the salt. It remembers a fingerprint of each key that was used, so that another file is noticed.
"""

import contextlib
import hmac
import threading
import time
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import delete, func, insert, or_, select

from creditclock.contract.instants import parsed
from creditclock.storage import key_file, schema
from creditclock.storage.database import Database
from creditclock.storage.dialect import DatabaseProblem, Violation

NAME: Final = "creditclock.keys"
FOR_WEBHOOKS: Final = "webhook"
"""What the secrets of webhooks are derived for."""
FOR_SECOND_FACTORS: Final = "second factor"
"""What the secrets of second factors are derived for."""
SETTLED_MS: Final = 60_000
"""So long after a newer key was made no server derives new secrets from an older one any more."""
_PREFIX: Final = "key "
"""Begins the names of the fingerprints that the database remembers."""


class Keys:
    """The keys of an installation. The file is made when a key is used first, for its owner alone."""

    def __init__(self, path: Path, database: Database) -> None:
        self._path = path
        self._database = database
        self._keys: dict[int, bytes] = {}
        self._stamp: tuple[int, int, int] | None = None
        self._lock = threading.Lock()

    def check(self) -> None:
        """Raise `DatabaseProblem` for a file that others can read, or that isn't this installation's."""
        with self._lock:
            known = self._known()
            if known or self._path.exists():
                self._compare(_secrets(self._path), known)

    def newest(self) -> int:
        """The number of the key that new secrets are derived from. Raises `DatabaseProblem` as `check` does.

        A key that was added to the file meanwhile is found.
        """
        with self._lock:
            if not self._keys or key_file.stamp(self._path) != self._stamp:
                self._keys = self._opened()
            return max(self._keys)

    def in_use(self) -> int | None:
        """The number of the newest key, None while none was ever used. Raises `DatabaseProblem` as `check` does."""
        with self._lock:
            if not self._keys and not self._known():
                return None
        return self.newest()

    def derived(self, number: int, purpose: str, salt: str) -> bytes:
        """32 secret bytes, the same for the same key, purpose and salt. Raises `DatabaseProblem` as `check` does."""
        with self._lock:
            if number not in self._keys:
                self._keys = self._opened()
            if number not in self._keys:
                raise DatabaseProblem(f"{self._path} lacks the key number {number}. Restore the whole file.")
            return hmac.digest(self._keys[number], f"{purpose}\n{salt}".encode(), "sha256")

    def _opened(self) -> dict[int, bytes]:
        """The keys of the file, which is made where no key was ever used, compared and remembered."""
        known = self._known()
        made = not known and key_file.make(self._path, _now())
        self._stamp = key_file.stamp(self._path)
        keys = _secrets(self._path)
        try:
            self._compare(keys, known)
            self._remember({number: _fingerprint(key) for number, key in keys.items() if number not in known})
            self._compare(keys, self._known())
        except DatabaseProblem:
            if made:
                # Another server was quicker to make one: only its keys count.
                self._path.unlink(missing_ok=True)
            raise
        return keys

    def _known(self) -> dict[int, str]:
        """The fingerprints that the database remembers, by the numbers of the keys."""
        table = schema.installation
        with self._database.reading() as connection:
            rows = connection.select(select(table.c.name, table.c.value).where(table.c.name.startswith(_PREFIX)))
        return {int(name.removeprefix(_PREFIX)): value for name, value in rows}

    def _remember(self, fingerprints: dict[int, str]) -> None:
        """Add fingerprints; one that is there stays, whatever it is."""
        if not fingerprints:
            return
        connection = self._database.connect()
        try:
            for number, value in fingerprints.items():
                with contextlib.suppress(Violation):
                    connection.run(insert(schema.installation).values(name=f"{_PREFIX}{number}", value=value))
        finally:
            connection.close()

    def _compare(self, keys: dict[int, bytes], known: dict[int, str]) -> None:
        for number, fingerprint in known.items():
            if number not in keys or not hmac.compare_digest(_fingerprint(keys[number]), fingerprint):
                raise DatabaseProblem(
                    f"{self._path} is not the key file of this database: its key number {number} is another one. "
                    "Restore the right file, or name it with CREDITCLOCK_KEYS; all servers of a database share one."
                )


class KeyUse(NamedTuple):
    """A key, since when it is there (None if that isn't known), and how many secrets are derived from it."""

    number: int
    since: str | None
    webhooks: int
    second_factors: int
    tokens: int
    newest: bool


def key_uses(path: Path, database: Database) -> list[KeyUse]:
    """The keys of a file and what depends on each; none where no key was ever needed.

    Raises `DatabaseProblem` as `Keys.check` does.
    """
    Keys(path, database).check()
    if not path.exists():
        return []
    found = key_file.read(path)
    webhook, factor = schema.webhook, schema.second_factor
    tokens = (schema.client_token, schema.session_token)
    uses: list[KeyUse] = []
    with database.reading() as connection:
        for number, key in sorted(found.items()):
            webhooks = select(func.count()).where(
                webhook.c.removed_at.is_(None), or_(webhook.c.key == number, webhook.c.old_key == number)
            )
            factors = select(func.count()).where(factor.c.key == number, factor.c.salt != "")
            counts = [connection.select(statement)[0][0] for statement in (webhooks, factors)]
            living = [select(func.count()).where(one.c.key == number, one.c.removed_at.is_(None)) for one in tokens]
            counts.append(sum(connection.select(statement)[0][0] for statement in living))
            uses.append(KeyUse(number, key.since, *counts, newest=number == max(found)))
    return uses


def rotate(path: Path, database: Database) -> int:
    """Add a key, from which new secrets are derived from now on; gives its number. Raises `DatabaseProblem`."""
    Keys(path, database).newest()
    number = key_file.add(path, _now())
    Keys(path, database).newest()
    return number


def retire(path: Path, database: Database, number: int) -> None:
    """Take a key away for ever. Raises `DatabaseProblem` while something depends on it or may come to."""
    uses = {use.number: use for use in key_uses(path, database)}
    use = uses.get(number)
    if use is None:
        listed = ", ".join(map(str, uses))
        raise DatabaseProblem(f"There is no key number {number} in {path}. There are: {listed}.")
    if use.newest:
        raise DatabaseProblem(f"Key number {number} is the newest one. Do first: creditclock keys rotate")
    if use.webhooks or use.second_factors or use.tokens:
        raise DatabaseProblem(
            f"Key number {number} is still needed by {use.webhooks} webhooks, {use.second_factors} second factors and "
            f"{use.tokens} tokens of the instruction set. "
            "Rotate the secrets of those webhooks and wait until the old ones have ended; "
            "let those people remove their second factor and begin anew; wait until those tokens have expired."
        )
    newer = [other.since for other in uses.values() if other.number > number and other.since]
    if newer and _now() < min(map(parsed, newer)) + SETTLED_MS:
        raise DatabaseProblem(
            "The newer key is there for less than a minute: a server may not know it. Try again then."
        )
    # The database forgets the key first: if this stops here, the file still has it and it is remembered again.
    connection = database.connect()
    try:
        connection.run(delete(schema.installation).where(schema.installation.c.name == f"{_PREFIX}{number}"))
    finally:
        connection.close()
    key_file.remove(path, number)


def path_of(database: Database, given: str, data: str) -> Path:
    """Where the keys are: where the settings say, or beside a SQLite file, or in the data folder."""
    if given:
        return Path(given)
    return (Path(data) if database.path is None else Path(database.path).resolve().parent) / NAME


def _fingerprint(key: bytes) -> str:
    """Tells whether a key is the same, and nothing about it."""
    return hmac.digest(key, b"creditclock key", "sha256").hex()[:32]


def _secrets(path: Path) -> dict[int, bytes]:
    return {number: key.secret for number, key in key_file.read(path).items()}


def _now() -> int:
    """When a key is made, by the machine's own clock: nothing is computed from it."""
    return time.time_ns() // 1_000_000
