"""The lock of a database file: one server at a time."""

import errno
import os
import sys
from pathlib import Path
from typing import IO, Final

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

TAKEN: Final = {errno.EACCES, errno.EAGAIN, errno.EDEADLK, errno.EWOULDBLOCK}


class FileLock:
    """A file that a process holds as long as it lives."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def take(self) -> bool:
        """Take the lock; false if another process has it. Raises an OSError where files can't be locked."""
        file = open(self._path, "a", opener=_private)  # noqa: SIM115 - a Path has no opener; closed in `release`
        try:
            if sys.platform == "win32":
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.close()
            if error.errno not in TAKEN:
                raise
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Give the lock back."""
        if self._file:
            self._file.close()
            self._file = None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
