"""What a process takes from the machine, under the names that every Prometheus client uses."""

import os
import sys
import threading
import time
from pathlib import Path
from typing import Final

from creditclock.measures.counting import Measures, Sample

_SELF: Final = Path("/proc/self")


def measure_process(measures: Measures, process: str) -> None:
    """Tell memory, files, threads and processor time of this process, which is the `process` of the server."""
    began = time.time()
    measures.gauge(
        "process_start_time_seconds", "When the process began; a change is a restart.", lambda: began, process=process
    )
    measures.read(
        "process_cpu_seconds_total",
        "counter",
        "Processor time. The lane can use one core: worry when its rate stays above 0.9.",
        lambda: [_labelled(time.process_time(), process)],
    )
    measures.gauge("process_threads", "Threads of Python.", threading.active_count, process=process)
    measures.gauge(
        "process_resident_memory_bytes",
        "Memory in use. Worry when it grows for days, or nears the machine's.",
        _resident,
        process=process,
    )
    measures.gauge(
        "process_open_fds",
        "Open files and connections. Worry above 80 % of process_max_fds: then new connections fail.",
        _open_files,
        process=process,
    )
    measures.gauge("process_max_fds", "How many files and connections may be open.", _most_files, process=process)


def _labelled(value: float, process: str) -> Sample:
    return Sample("", {"process": process}, value)


def _resident() -> int | None:
    """Bytes in memory, where the machine tells."""
    try:
        pages = int((_SELF / "statm").read_text().split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def _open_files() -> int | None:
    try:
        return len(os.listdir(_SELF / "fd"))  # noqa: PTH208 - names only, no paths
    except OSError:
        return None


def _most_files() -> int | None:
    if sys.platform == "win32":
        return None
    import resource  # noqa: PLC0415 - not there on Windows

    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
