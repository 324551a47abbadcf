"""Notices: servers on one PostgreSQL tell each other of their commits, so that nobody waits for a poll."""

import contextlib
import logging
import secrets
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from creditclock.storage.database import Database
from creditclock.storage.outbox import Position

if TYPE_CHECKING:
    from creditclock.storage.dialect.notices import Notices

GATHER_S: Final = 0.01
HEAR_S: Final = 1.0
AGAIN_S: Final = 2.0
PER_NOTICE: Final = 100
log: Final = logging.getLogger("creditclock.notices")
_Said = tuple[str, list[Position]]


class NoticeWorker:
    """Says what this server committed, and hears what others did. Nothing is promised: readers also poll."""

    def __init__(self, database: Database, heard: Callable[[list[Position]], None]) -> None:
        self._saying, self._hearing = database.notices(), database.notices()
        self._heard = heard
        self._own = secrets.token_hex(6)
        self._news: dict[int, Position] = {}
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=target, args=(notices,), name=name, daemon=True)
            for target, notices, name in ((self._say, self._saying, "say"), (self._hear, self._hearing, "hear"))
            if notices is not None
        ]

    def start(self) -> None:
        """Begin; does nothing where there is one server only."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """End the threads."""
        self._stop.set()
        self._ready.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=2 * HEAR_S + AGAIN_S)

    def tell(self, told: Sequence[Position]) -> None:
        """Let others hear of a commit soon."""
        if not self._threads:
            return
        with self._lock:
            self._news.update((one[0], one) for one in told)
        self._ready.set()

    def _say(self, notices: "Notices") -> None:
        while not self._stop.is_set():
            self._ready.wait()
            self._ready.clear()
            with self._lock:
                news, self._news = list(self._news.values()), {}
            try:
                for start in range(0, len(news), PER_NOTICE):
                    notices.say(msgspec.json.encode((self._own, news[start : start + PER_NOTICE])).decode())
            except OSError as error:
                log.debug("others were not told: %s", error)
                self._stop.wait(AGAIN_S)
            self._stop.wait(GATHER_S)
        notices.close()

    def _hear(self, notices: "Notices") -> None:
        while not self._stop.is_set():
            try:
                for text in notices.heard(HEAR_S):
                    with contextlib.suppress(msgspec.DecodeError):
                        server, told = msgspec.json.decode(text, type=_Said)
                        if server != self._own:
                            self._heard(told)
            except OSError as error:
                log.debug("others are not heard: %s", error)
                self._stop.wait(AGAIN_S)
        notices.close()
