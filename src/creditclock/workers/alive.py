"""The alive worker: a mark each second, so that it is known when no server was there (design section 4, Outage)."""

import logging
import threading
from collections.abc import Callable
from typing import Final

from creditclock.commands.lane import Lane
from creditclock.commands.presence import EVERY_MS, Presence

SHORTEST_S: Final = 0.1
log: Final = logging.getLogger("creditclock.alive")


class AliveWorker:
    """Writes a mark each second where the lane hasn't; `marked` is called each second too."""

    def __init__(self, presence: Presence, lane: Lane, marked: Callable[[], None]) -> None:
        self._presence = presence
        self._lane = lane
        self._marked = marked
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alive", daemon=True)

    @property
    def age_s(self) -> float | None:
        """How long ago the last mark was written; None before the first."""
        return self._presence.age_s

    def start(self) -> None:
        """Begin to write marks."""
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        said = ""
        while not self._stop.wait(max(SHORTEST_S, EVERY_MS / 1000 - (self.age_s or 0.0))):
            if not self._presence.markable:
                continue
            try:
                if (self.age_s or 0.0) >= EVERY_MS / 1000:
                    self._presence.mark()
                self._lane.healthy = True
                self._marked()
                if said:
                    log.warning("alive marks are written again")
                said = ""
            except Exception as error:  # noqa: BLE001 - whatever it is, the next mark may succeed
                self._lane.healthy = False
                if str(error) != said:
                    log.error("no alive mark: %s: %s", type(error).__name__, error)  # noqa: TRY400 - one line is enough
                said = str(error)
