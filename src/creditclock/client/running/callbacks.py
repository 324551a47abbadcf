"""Callbacks of a session: called one after the other in a thread of their own, so that nothing waits for them."""

import logging
import queue
import threading
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")
_PATIENCE_S: Final = 5.0
log: Final = logging.getLogger("creditclock")


class Callbacks:
    """The thread begins with the first call."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def call(self, function: Callable[[T], object], argument: T) -> None:
        """Have a function called soon. What it raises is logged."""
        self._calls.put(lambda: function(argument))
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="creditclock callbacks", daemon=True)
            self._thread.start()

    def flush(self) -> None:
        """Wait until what was called has come to its end, within bounds."""
        if self._thread is not None and self._thread is not threading.current_thread():
            done = threading.Event()
            self._calls.put(done.set)
            done.wait(_PATIENCE_S)

    def close(self) -> None:
        """Let what was called come to its end, within bounds."""
        self._calls.put(None)
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(_PATIENCE_S)

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            try:
                call()
            except Exception:
                log.exception("a callback of a session failed")
