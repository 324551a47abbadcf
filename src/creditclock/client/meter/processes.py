"""Which processes belong to a program: all that it has started, however deep, daemons included (Linux).

On Linux the meter adopts what loses its parent (`PR_SET_CHILD_SUBREAPER`), so everything stays below it in the tree
of processes that `/proc` shows. Elsewhere only the members of the program's process group are known.
"""

import contextlib
import ctypes
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

_PR_SET_CHILD_SUBREAPER: Final = 36
_GONE: Final = frozenset("ZX")


class Process(NamedTuple):
    """A process, in the state that `/proc` tells."""

    pid: int
    parent: int
    group: int
    state: str

    @property
    def is_stopped(self) -> bool:
        """Whether a signal or a debugger has stopped it."""
        return self.state in "Tt"


def adopt_orphans() -> None:
    """Make this process the parent of those below it that lose theirs."""
    if sys.platform == "linux":
        # A kernel that refuses leaves the meter with the process group alone, as on other systems.
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def below(ancestor: int, *, without: frozenset[int], group: int) -> list[Process]:
    """The living processes below `ancestor`, or in `group`; what is below those in `without` is left out."""
    if sys.platform != "linux":
        return [Process(group, ancestor, group, "S")] if _exists(group) else []
    every = list(_every())
    children: dict[int, list[Process]] = {}
    for process in every:
        children.setdefault(process.parent, []).append(process)
    found = {process.pid: process for process in every if process.group == group}
    waiting = [ancestor, *found]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child.pid not in without and child.pid not in found:
                found[child.pid] = child
                waiting.append(child.pid)
    return [process for pid, process in found.items() if pid != ancestor]


def parent_of(pid: int) -> int:
    """The parent of a process; OSError if it is gone or the system doesn't tell."""
    return _look(str(pid)).parent


def _every() -> Iterator[Process]:
    for name in os.listdir("/proc"):  # noqa: PTH208 - names are enough
        if name.isdigit():
            with contextlib.suppress(OSError):
                process = _look(name)
                if process.state not in _GONE:
                    yield process


def _look(name: str) -> Process:
    # The name of the program stands in brackets and may hold anything, brackets too.
    fields = Path("/proc", name, "stat").read_bytes().rpartition(b")")[2].split()
    return Process(int(name), int(fields[1]), int(fields[2]), fields[0].decode())


def _exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
