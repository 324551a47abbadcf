"""Following events: where a stream goes on after a break, what was told before, when to connect again."""

import random
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

import msgspec

from creditclock.client.errors import Problem, UnexpectedAnswer, Unreachable
from creditclock.client.requests import Request, Try, is_retried, refusal, request, wait_before
from creditclock.client.sse import Parser
from creditclock.contract.events import Event, FollowEvents

CONNECT_S: Final = 10.0
SILENCE_S: Final = 45.0
"""A server says something every 15 s; one that is silent for longer than this is lost."""
SHORTEST_RETRY_MS: Final = 200
LONGEST_RETRY_MS: Final = 60_000
REMEMBERED: Final = 4_096
"""So many ids are remembered, to know an event that is told again."""


class Following:
    """The events of a stream over all its connections."""

    def __init__(self, kinds: str | Sequence[str] | None, after: str | None, patience: timedelta | None) -> None:
        self._kinds = kinds if kinds is None or isinstance(kinds, str) else ",".join(kinds)
        self._patience = None if patience is None else patience.total_seconds()
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._parser = Parser()
        self._failures = 0
        self._retry_ms: int | None = None
        self._lost_at: float | None = None
        self.last_id = after

    def request(self, token: str | None) -> Request:
        """The request that goes on after the last event."""
        self._parser = Parser()
        built = request(FollowEvents(kinds=self._kinds), token=token)
        if self.last_id is not None:
            built.headers["Last-Event-ID"] = self.last_id
        return built

    def feed(self, piece: bytes) -> Iterator[Event]:
        """The events that a piece of the stream completes, each once."""
        self._failures = 0
        self._lost_at = None
        try:
            for message in self._parser.feed(piece):
                event = None if message.data is None else msgspec.json.decode(message.data, type=Event)
                if event is not None and event.id not in self._seen:
                    self._seen[event.id] = None
                    if len(self._seen) > REMEMBERED:
                        self._seen.popitem(last=False)
                    yield event
                # Only what the caller is done with counts as received.
                self.last_id = message.id or self.last_id
        except (msgspec.DecodeError, ValueError) as error:
            raise UnexpectedAnswer(f"The stream is not one of creditclock's events ({error}).") from error
        if self._parser.retry_ms is not None:
            self._retry_ms = min(self._parser.retry_ms, LONGEST_RETRY_MS)

    def wait_after(self, lost: Try | Unreachable | None) -> float:
        """Seconds until the next connection, after one that failed, broke off or came to its end (None).

        Raises the problem if another try won't help, or the patience is over.
        """
        problem: Problem = Unreachable("The server ended the stream of events.")
        if isinstance(lost, Try):
            problem = refusal(lost)
            if not is_retried(lost.status):
                raise problem
        elif lost is not None:
            problem = lost
        now = time.monotonic()
        self._lost_at = now if self._lost_at is None else self._lost_at
        if self._patience is not None and now - self._lost_at >= self._patience:
            raise problem
        chance = random.random()  # noqa: S311 - spreads callers
        self._failures += 1
        if self._failures == 1:
            return max(self._retry_ms or 0, SHORTEST_RETRY_MS) / 1_000 * chance
        return wait_before(self._failures, chance, lost.headers if isinstance(lost, Try) else None)
