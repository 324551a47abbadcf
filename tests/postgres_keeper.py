"""Runs a server for as long as somebody holds its standard input open, then stops it and removes its folder.

Used as `python postgres_keeper.py FOLDER UID GID COMMAND…`, so that neither a crash nor a `kill -9` of the tests leaves
a server behind: the end of the pipe is seen however its other end went away.
"""

import ctypes
import shutil
import signal
import subprocess
import sys
from types import FrameType

PR_SET_PDEATHSIG = 1
PATIENCE_S = 10


def main(folder: str, uid: str, gid: str, *command: str) -> int:
    signal.signal(signal.SIGTERM, _stop)
    try:
        server = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            user=int(uid) if uid else None,
            group=int(gid) if gid else None,
            extra_groups=[] if uid else None,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 (this process has one thread)
        )
        try:
            sys.stdin.read(1)
        finally:
            # What it holds is thrown away with the folder, so it need not write anything.
            server.send_signal(signal.SIGQUIT)
            try:
                server.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(1)


def _die_with_parent() -> None:
    """Asked after the change of user, which would forget it."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
