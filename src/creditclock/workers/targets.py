"""Targets: webhooks with what is on its way to them, in memory, and what may be sent next (design section 5).

Events of one thing go to a webhook one at a time and in their order; those of different things at the same time, up
to a bound. A webhook that fails again and again is tried gently. Nothing here is shared between threads without a lock.
"""

import heapq
import time
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from typing import Final

from creditclock.commands.relaying import Result
from creditclock.domain.deliveries import began, next_try
from creditclock.domain.rows import Delivery, Webhook
from creditclock.workers.sender import Reply

PER_WEBHOOK: Final = 4
GENTLE: Final = 5
"""After so many failures in a row a webhook is tried one request at a time, with growing gaps."""
GAP_MS: Final = 1_000
LONGEST_GAP_MS: Final = 60_000
MOST: Final = 2_000
"""How much of what is on its way to one webhook is in memory."""
HTTP_GONE: Final = 410
Place = tuple[int, int]
"""Master and number of a webhook."""


class Pending:
    """A delivery on its way; `body` is the event's bytes, or None when they must be read first."""

    __slots__ = ("attempts", "body", "event", "first_at", "next_at", "subject", "tries")

    def __init__(self, row: Delivery, webhook: Webhook, body: bytes | None = None) -> None:
        self.event = row.event
        self.subject = row.subject
        self.attempts = row.attempts
        self.first_at = row.first_at
        self.body = body
        fresh = row.tried_at is None or row.tried_at < webhook.enabled_at
        self.tries = 0 if fresh else row.attempts
        self.next_at = 0 if fresh or row.next_at is None else row.next_at


class Target:
    """A webhook, and what is on its way to it."""

    def __init__(self, webhook: Webhook) -> None:
        self.webhook = webhook
        self.loaded = False
        """Whether what is on its way is here."""
        self.has_more = False
        """Whether more is on its way than is here."""
        self.stopped = False
        """Whether nothing may be sent, since the webhook isn't enabled any more."""
        self.seen = webhook.position
        """The last event that was looked at."""
        self.failures = 0
        self._not_before = 0
        self._rest_until = 0.0
        self._chains: dict[str, list[Pending]] = {}
        self._sending: dict[str, Pending] = {}
        self._unwritten: Counter[int] = Counter()
        self._later: list[tuple[int, str]] = []
        self._ready: deque[str] = deque()
        self._queued: set[str] = set()

    @property
    def place(self) -> Place:
        """Master and number of the webhook."""
        return self.webhook.master, self.webhook.id

    @property
    def size(self) -> int:
        """How much is on its way."""
        return sum(map(len, self._chains.values()))

    @property
    def sending(self) -> int:
        """How much is being sent right now."""
        return len(self._sending)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is on its way."""
        return not self._chains

    @property
    def is_failing(self) -> bool:
        """Whether the last try failed."""
        return self.failures > 0

    def renew(self, webhook: Webhook) -> None:
        """Take in the webhook as it is now."""
        self.stopped = False
        if webhook.version != self.webhook.version:
            self.loaded = False
            self.seen = webhook.position
            if webhook.url != self.webhook.url or webhook.enabled_at != self.webhook.enabled_at:
                self.failures, self._not_before = 0, 0
        self.webhook = webhook
        self.seen = max(self.seen, webhook.position)

    def replace(self, rows: Sequence[Delivery]) -> None:
        """Take in what is on its way; what is being sent, or was and isn't written down, stays as it is."""
        busy = {pending.event for pending in self._sending.values()} | set(self._unwritten)
        kept = [pending for chain in self._chains.values() for pending in chain if pending.event in busy]
        found = [*kept, *(Pending(row, self.webhook) for row in rows if row.event not in busy)]
        self._chains, self._later, self._ready, self._queued = {}, [], deque(), set()
        for pending in sorted(found, key=lambda one: one.event):
            self._chains.setdefault(pending.subject, []).append(pending)
        for subject in list(self._chains):
            self._line_up(subject)
        self.loaded, self.has_more = True, len(rows) >= MOST

    def add(self, found: Iterable[Pending]) -> None:
        """Take in more that is on its way, or what is on its way anew."""
        touched: dict[str, None] = {}
        for pending in found:
            busy = self._sending.get(pending.subject)
            if pending.event in self._unwritten or (busy and busy.event == pending.event):
                continue
            chain = self._chains.setdefault(pending.subject, [])
            chain[:] = [other for other in chain if other.event != pending.event]
            chain.append(pending)
            if len(chain) > 1:
                chain.sort(key=lambda one: one.event)
            touched[pending.subject] = None
        for subject in touched:
            self._line_up(subject)

    def due(self, now: int) -> bool:
        """Whether something may be sent now."""
        limit = 1 if self.failures >= GENTLE else PER_WEBHOOK
        if self.stopped or len(self._sending) >= limit or now < self._not_before:
            return False
        if self._rest_until > time.monotonic():
            return False
        while self._later and self._later[0][0] <= now:
            subject = heapq.heappop(self._later)[1]
            chain = self._chains.get(subject)
            if chain and chain[0].next_at <= now and subject not in self._queued and subject not in self._sending:
                self._queued.add(subject)
                self._ready.append(subject)
        return bool(self._ready)

    def take(self) -> Pending:
        """What is sent next, after `due`."""
        subject = self._ready.popleft()
        self._queued.discard(subject)
        pending = self._chains[subject][0]
        self._sending[subject] = pending
        return pending

    def next_at(self) -> int | None:
        """The earliest instant at which something may be due; None while nothing waits."""
        if self.stopped or not (self._ready or self._later):
            return None
        return self._not_before if self._ready else max(self._later[0][0], self._not_before)

    def done(self, pending: Pending, reply: Reply, tried_at: int, jitter: int) -> Result:
        """Take in what came of a try; gives what is to be written down."""
        del self._sending[pending.subject]
        chain = self._chains[pending.subject]
        since = began(self.webhook, pending.first_at, tried_at)
        before, pending.attempts, pending.tries = pending.attempts, pending.attempts + 1, pending.tries + 1
        pending.first_at = tried_at if pending.first_at is None else pending.first_at
        next_at = None
        if reply.problem is None:
            self.failures, self._not_before = 0, 0
        else:
            self.failures += 1
            next_at = next_try(pending.tries, since, tried_at, reply.asked_ms, jitter)
            self._slow_down(tried_at, reply)
        if next_at is None:
            chain[:] = [other for other in chain if other is not pending]
        else:
            pending.next_at = next_at
            pending.body = None
        self._unwritten[pending.event] += 1
        self._line_up(pending.subject)
        said = "yes" if reply.problem is None else "gone" if reply.status == HTTP_GONE else "no"
        return Result(pending.event, before, tried_at, said, reply.status, reply.problem, next_at)

    def put_off(self, pending: Pending, rest_until: float) -> None:
        """A try ended without a result; nothing is sent until a moment of the monotonic clock."""
        del self._sending[pending.subject]
        self._rest_until = rest_until
        self._line_up(pending.subject)

    def written(self, results: Iterable[Result]) -> None:
        """Results have been written down."""
        self._unwritten -= Counter(result.event for result in results)

    def _slow_down(self, now: int, reply: Reply) -> None:
        if self.failures > GENTLE:
            gap = min(GAP_MS << min(self.failures - GENTLE, 10), LONGEST_GAP_MS)
            self._not_before = max(self._not_before, now + gap)
        if reply.asked_ms:
            # Whoever asks for patience means all of its requests.
            self._not_before = max(self._not_before, now + min(reply.asked_ms, LONGEST_GAP_MS))
        if self.failures == GENTLE:
            for chain in self._chains.values():
                for pending in chain:
                    pending.body = None

    def _line_up(self, subject: str) -> None:
        """Let the first of a subject wait for its time."""
        chain = self._chains.get(subject)
        if not chain:
            self._chains.pop(subject, None)
        elif subject not in self._sending:
            heapq.heappush(self._later, (chain[0].next_at, subject))
