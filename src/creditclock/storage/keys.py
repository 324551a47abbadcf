"""Keys: the installation's own secrets, in a file beside the data and never in the database (design section 7).

Secrets that the server must be able to use again, such as those that sign webhooks, are derived from a key and a salt;
the database holds the salt. It remembers a fingerprint of each key that was used, so that another file is noticed.
"""

import base64
import binascii
import contextlib
import hmac
import os
import secrets
import stat
import sys
import threading
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import insert, select

from creditclock.storage import schema
from creditclock.storage.database import Database
from creditclock.storage.dialect import DatabaseProblem, Violation

NAME: Final = "creditclock.keys"
FOR_WEBHOOKS: Final = "webhook"
"""What the secrets of webhooks are derived for."""
BYTES: Final = 32
MODE: Final = 0o600
_OTHERS: Final = 0o077
_PREFIX: Final = "key "
"""Begins the names of the fingerprints that the database remembers."""


class _Key(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: int
    key: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    keys: list[_Key]


class Keys:
    """The keys of an installation. The file is made when a key is used first, for its owner alone."""

    def __init__(self, path: Path, database: Database) -> None:
        self._path = path
        self._database = database
        self._keys: dict[int, bytes] = {}
        self._lock = threading.Lock()

    def check(self) -> None:
        """Raise `DatabaseProblem` for a file that others can read, or that isn't this installation's."""
        with self._lock:
            known = self._known()
            if known or self._path.exists():
                self._compare(_read(self._path), known)

    def newest(self) -> int:
        """The number of the key that new secrets are derived from. Raises `DatabaseProblem` as `check` does."""
        with self._lock:
            if not self._keys:
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
        made = not known and _make(self._path)
        keys = _read(self._path)
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


def key_file(database: Database, given: str, data: str) -> Path:
    """Where the keys are: where the settings say, or beside a SQLite file, or in the data folder."""
    if given:
        return Path(given)
    return (Path(data) if database.path is None else Path(database.path).resolve().parent) / NAME


def _make(path: Path) -> bool:
    """Write a file with a new key, whole or not at all; false if there is one already."""
    key = base64.b64encode(secrets.token_bytes(BYTES)).decode()
    body = msgspec.json.format(msgspec.json.encode(_File([_Key(1, key)]))) + b"\n"
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, MODE)
        try:
            os.write(file, body)
            os.fsync(file)
        finally:
            os.close(file)
        try:
            os.link(draft, path)
        except FileExistsError:
            return False
        finally:
            draft.unlink()
    except OSError as error:
        reason = error.strerror or str(error)
        raise DatabaseProblem(
            f"The key file {path} can't be made: {reason}. Name another with CREDITCLOCK_KEYS."
        ) from error
    return True


def _read(path: Path) -> dict[int, bytes]:
    try:
        file = os.open(path, os.O_RDONLY)
        with os.fdopen(file, "rb") as opened:
            _check_private(path, os.fstat(file))
            text = opened.read()
        keys = msgspec.json.decode(text, type=_File).keys
        found = {key.number: base64.b64decode(key.key, validate=True) for key in keys}
    except FileNotFoundError as error:
        raise DatabaseProblem(
            f"The key file {path} is missing, but this database was used with one. "
            "Restore it, or name it with CREDITCLOCK_KEYS; all servers of a database share one."
        ) from error
    except OSError as error:
        raise DatabaseProblem(f"The key file {path} can't be read: {error.strerror}.") from error
    except (msgspec.DecodeError, binascii.Error) as error:
        raise DatabaseProblem(f"{path} is no key file. Restore the right one.") from error
    if not found or min(found) < 1 or any(len(key) < BYTES for key in found.values()):
        raise DatabaseProblem(f"{path} is no key file: it needs keys of {BYTES} bytes or more. Restore the right one.")
    return found


def _check_private(path: Path, found: os.stat_result) -> None:
    if sys.platform == "win32":
        return
    if found.st_uid != os.geteuid():
        raise DatabaseProblem(f"The key file {path} belongs to another user. Give it to the one who runs the server.")
    if stat.S_IMODE(found.st_mode) & _OTHERS:
        raise DatabaseProblem(f"Others can read the key file {path}. Do: chmod 600 {path}")


def _fingerprint(key: bytes) -> str:
    """Tells whether a key is the same, and nothing about it."""
    return hmac.digest(key, b"creditclock key", "sha256").hex()[:32]
