"""A clock of this machine that nobody sets and that goes on while the machine sleeps."""

import sys
import time

if sys.platform == "linux":

    def uptime_ms() -> int:
        """Milliseconds since some moment, the time asleep included."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000

elif sys.platform == "darwin":

    def uptime_ms() -> int:
        """Milliseconds since some moment, the time asleep included."""
        # time.monotonic stands still while a Mac sleeps; the raw clock is mach_continuous_time, which doesn't.
        return time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW) // 1_000_000

else:

    def uptime_ms() -> int:
        """Milliseconds since some moment; on Windows the time asleep is included."""
        return time.monotonic_ns() // 1_000_000
