"""The key file: read, made, given another key, freed of one; replaced whole or not at all."""

import base64
import binascii
import contextlib
import os
import secrets
import stat
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Final

import msgspec

from creditclock.contract.instants import shown
from creditclock.storage.dialect import DatabaseProblem

BYTES: Final = 32
MODE: Final = 0o600
_OTHERS: Final = 0o077
_TRIES: Final = 100


class Key(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A key by its number, in base64; `since` is when it was made, in RFC 3339, None if that isn't known."""

    number: int
    key: str
    since: str | None = None

    @property
    def secret(self) -> bytes:
        """The key's bytes."""
        return base64.b64decode(self.key, validate=True)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    keys: list[Key]


def make(path: Path, now: int) -> bool:
    """Write a file with a new key, whole or not at all; false if there is one already. Raises `DatabaseProblem`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = _draft(path, [_new(1, now)])
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


def read(path: Path) -> dict[int, Key]:
    """The keys of a file by their numbers. Raises `DatabaseProblem` for a missing, a public or a broken one."""
    try:
        file = os.open(path, os.O_RDONLY)
        with os.fdopen(file, "rb") as opened:
            _check_private(path, os.fstat(file))
            text = opened.read()
        found = {key.number: key for key in msgspec.json.decode(text, type=_File).keys}
        lengths = [len(key.secret) for key in found.values()]
    except FileNotFoundError as error:
        raise DatabaseProblem(
            f"The key file {path} is missing, but this database was used with one. "
            "Restore it, or name it with CREDITCLOCK_KEYS; all servers of a database share one."
        ) from error
    except OSError as error:
        raise DatabaseProblem(f"The key file {path} can't be read: {error.strerror}.") from error
    except (msgspec.DecodeError, binascii.Error) as error:
        raise DatabaseProblem(f"{path} is no key file. Restore the right one.") from error
    if not found or min(found) < 1 or min(lengths) < BYTES:
        raise DatabaseProblem(f"{path} is no key file: it needs keys of {BYTES} bytes or more. Restore the right one.")
    return found


def add(path: Path, now: int) -> int:
    """Add a new key and give its number. Raises `DatabaseProblem`; then the file is as it was."""
    with _alone(path):
        keys = read(path)
        number = max(keys) + 1
        _replace(path, [*keys.values(), _new(number, now)])
    return number


def remove(path: Path, number: int) -> None:
    """Take a key out. Raises `DatabaseProblem`; then the file is as it was."""
    with _alone(path):
        _replace(path, [key for key in read(path).values() if key.number != number])


def stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes whenever the file is replaced; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _new(number: int, now: int) -> Key:
    return Key(number, base64.b64encode(secrets.token_bytes(BYTES)).decode(), shown(now))


def _draft(path: Path, keys: list[Key]) -> Path:
    """A file beside it with these keys, for its owner alone, on the disk."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    body = msgspec.json.format(msgspec.json.encode(_File(keys))) + b"\n"
    file = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, MODE)
    try:
        with os.fdopen(file, "wb") as opened:
            opened.write(body)
            opened.flush()
            os.fsync(file)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return draft


def _replace(path: Path, keys: list[Key]) -> None:
    """Put a new file in the place of the old one, with the same owner; whoever reads finds one of them, whole."""
    try:
        before = path.stat()
        draft = _draft(path, sorted(keys, key=lambda key: key.number))
        try:
            if sys.platform != "win32" and (before.st_uid, before.st_gid) != (os.geteuid(), os.getegid()):
                os.chown(draft, before.st_uid, before.st_gid)
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        if sys.platform != "win32":
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
    except OSError as error:
        reason = error.strerror or str(error)
        raise DatabaseProblem(f"The key file {path} can't be replaced: {reason}. It is as it was.") from error


@contextlib.contextmanager
def _alone(path: Path) -> Generator[None]:
    """Let no other process change the file at the same time. Raises `DatabaseProblem` where there is none."""
    if sys.platform == "win32":
        yield
        return
    import fcntl  # noqa: PLC0415 - not there on Windows

    for _ in range(_TRIES):
        try:
            file = os.open(path, os.O_RDONLY)
        except OSError:
            read(path)  # says what is wrong
            continue
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            # Somebody else may have put another file there while this one was waited for.
            if os.fstat(file).st_ino == path.stat().st_ino:
                yield
                return
        finally:
            os.close(file)
    raise DatabaseProblem(f"Others change the key file {path} all the time. Try again.")


def _check_private(path: Path, found: os.stat_result) -> None:
    if sys.platform == "win32":
        return
    # Root may look after the file of the user who runs the server.
    if found.st_uid != os.geteuid() and os.geteuid() != 0:
        raise DatabaseProblem(f"The key file {path} belongs to another user. Give it to the one who runs the server.")
    if stat.S_IMODE(found.st_mode) & _OTHERS:
        raise DatabaseProblem(f"Others can read the key file {path}. Do: chmod 600 {path}")
