"""On what a benchmark ran: machine, versions, and how long its disk takes to make a write durable."""

import os
import platform
import sqlite3
import tempfile
import time
from pathlib import Path

import creditclock

PROBES = 200
BLOCK = 4_096


def describe_machine(folder: Path) -> list[str]:
    """Lines about the machine and the versions; `folder` is where the data will lie."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return [
        f"CPU: {_cpu()}, {cores} cores, shared by load generator, server and database",
        f"kernel: {platform.system()} {platform.release()}",
        f"load average before: {', '.join(f'{load:.1f}' for load in os.getloadavg())}",
        f"disk: {_probe_disk(folder)} in {folder}",
        f"versions: creditclock {creditclock.__version__}, {python}, SQLite {sqlite3.sqlite_version}",
    ]


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def _probe_disk(folder: Path) -> str:
    """Append a block and fsync, as a log does."""
    took: list[float] = []
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        for _ in range(PROBES):
            began = time.perf_counter()
            file.write(bytes(BLOCK))
            file.flush()
            os.fsync(file.fileno())
            took.append((time.perf_counter() - began) * 1e3)
    took.sort()
    return f"write of 4 KiB and fsync {took[PROBES // 2]:.2f} ms, p99 {took[PROBES * 99 // 100]:.2f} ms"
