"""Batches: several operations in one request, in their order, each on its own (design sections 3.3 and 6).

Writes go to the lane in pieces that share a group, a few at a time, so that the lane keeps their order and a batch
doesn't fill its queue. What the lane put off, it put off together with all that follows: it is sent again for a while.
"""

import asyncio
import hashlib
import itertools
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, NamedTuple, Protocol

from creditclock.commands.batch import FAILED, STALE
from creditclock.commands.job import Group, Job, Outcome
from creditclock.commands.queue import KEEPERS
from creditclock.contract import OPERATIONS, Command, Refusal
from creditclock.contract.batch import MOST_PASSWORDS
from creditclock.domain.access import Caller, allowed
from creditclock.storage.dialect import Conflict, Lost, Unusable
from creditclock.web.callers import forbidden, masters_of
from creditclock.web.decoding import digest_of, idempotency_key
from creditclock.web.entries import BATCH, Entry, entry_of, raw_entries
from creditclock.web.limits import Limits
from creditclock.web.places import Places
from creditclock.web.problems import problem, refusal_for
from creditclock.web.reading import weight_of
from creditclock.web.server import Server
from creditclock.web.special import CLOSING, material_of

PIECE: Final = 64
WINDOW: Final = 8
"""How many pieces may be on their way for one business, shared by its batches; each batch may have one."""
MOST_OF_MASTER: Final = 16
MOST: Final = 64
"""How many batches are carried out at once, of one business and in all."""
MOST_OF_CUSTOMER: Final = 2
MOST_OF_CUSTOMERS: Final = 8
"""How many of the business's are carried out at once for one customer, and for all of its customers."""
PATIENCE_S: Final = 5.0
"""How long a batch tries again what was put off."""
FIRST_WAIT_S: Final = 0.02
LONGEST_WAIT_S: Final = 1.0
ANSWER_BYTES: Final = 16_777_216
TOO_LARGE: Final = Refusal(
    "too_many",
    "The answers to this batch grow too large. Read this on its own, or with a smaller `limit`.",
    limit=ANSWER_BYTES,
)
LOOK_EVERY: Final = 100
LONGEST_KEY: Final = 64
STEPS: Final = CLOSING | {"master.unfreeze", "token.change_password", "webhook.replay"}
"""Writes for which something is looked up or done beside the lane: nothing else of the batch is on its way then."""
AFTER: Final = Refusal(
    "busy",
    "An operation before this one was put off, so this one was not carried out either. Send it again.",
    retry_after_s=1,
)
TOO_MANY_ENDS: Final = Refusal("busy", "Too many tokens end right now. Try again in a second.", retry_after_s=1)
_RENEW: Final = OPERATIONS["session.renew"]
_groups: Final = itertools.count(1)
log: Final = logging.getLogger("creditclock.web")

Read = Callable[[Command[Any], Caller, int], Awaitable[bytes]]


class LookUp(Protocol):
    """Finds the caller anew; `fresh` takes nothing from memory."""

    async def __call__(self, *, fresh: bool) -> Caller:
        """The caller. Raises a Refusal `unauthorized` or `forbidden`."""
        ...


class Asked(NamedTuple):
    """A batch as it came; `look_up` finds its caller anew, `gone` is done when its sender went away."""

    query: bytes
    body: bytes
    key: bytes | None
    caller: Caller
    source: str
    look_up: LookUp
    gone: "asyncio.Future[Any]"


class Batches:
    """Carries out batches, a bounded number at once."""

    def __init__(self, server: Server, read: Read, limits: Limits) -> None:
        self._server = server
        self._read = read
        self._limits = limits
        self._places = Places()

    async def run(self, asked: Asked) -> bytes:
        """The answer to a batch. Raises a Refusal for a body that is none, and `busy` when there are too many."""
        header = None if asked.key is None else idempotency_key(asked.key)
        raws = raw_entries(asked.query, asked.body)
        with self._place_for(asked.caller):
            batch = _Batch(self._server, self._read, asked, len(raws))
            has_escapes = b"\\u" in asked.body
            for place, raw in enumerate(raws):
                try:
                    batch.entries[place] = _keyed(entry_of(raw, has_escapes=has_escapes), header, place)
                except Refusal as refusal:
                    batch.refuse(place, refusal)
                if place % LOOK_EVERY == LOOK_EVERY - 1:
                    await asyncio.sleep(0)
            batch.charge(self._limits, asked.source)
            batch.count_passwords()
            await batch.carry_out(lambda: max(1, WINDOW // self._places.taken(asked.caller.master)))
        return b'{"results":[' + b",".join(batch.results) + b"]}"

    def _place_for(self, caller: Caller) -> AbstractContextManager[None]:
        bounds: list[tuple[Hashable, int]] = [(caller.master, MOST_OF_MASTER), ("all", MOST)]
        if caller.kind == "customer":
            # Customers can't take the places of the business that they are with.
            customers = (caller.master, "customers")
            bounds += [((caller.master, caller.id), MOST_OF_CUSTOMER), (customers, MOST_OF_CUSTOMERS)]
        full = "Too many batches are carried out right now. Try again in a second."
        return self._places.one(bounds, full, retry_after_s=1)


def _keyed(entry: Entry, header: str | None, place: int) -> Entry:
    """An entry without a key of its own gets one made from the batch's key and its place."""
    if header is None or entry.key is not None or not entry.operation.writes:
        return entry
    key = f"{header}/{place}"
    if len(key) > LONGEST_KEY:
        key = f"{hashlib.sha256(header.encode()).hexdigest()[:48]}/{place}"
    return entry._replace(key=key)


class _Batch:
    """One batch on its way: its entries, what came of them, and who sent it."""

    def __init__(self, server: Server, read: Read, asked: Asked, size: int) -> None:
        self._server = server
        self._read = read
        self._caller = asked.caller
        self._look_up = asked.look_up
        self._gone = asked.gone
        self._at = 0
        self._ready: dict[int, tuple[dict[str, str], Command[Any]]] = {}
        self._bytes = 0
        self._put_off: Refusal | None = None
        self._is_stale = False
        self.entries: list[Entry | None] = [None] * size
        self.results: list[bytes] = [b""] * size

    def refuse(self, place: int, refusal: Refusal, *, replayed: bool = False) -> None:
        """Answer an entry with a problem."""
        self._say(place, b'{"problem":' + problem(refusal)[1], replayed=replayed)

    def charge(self, limits: Limits, source: str) -> None:
        """Count the entries as if each had come alone; those of a kind that are too many are refused.

        A customer or a program gets as many as there is room for, the first ones.

        Raises a Refusal `too_many_requests` where that is all of them.
        """
        kept: list[int] = []
        others: list[int] = []
        for place, entry in enumerate(self.entries):
            (kept if entry and entry.operation.urgency in KEEPERS else others).append(place)
        room = limits.room(self._caller, source)
        weights = [*itertools.accumulate(map(self._weight, others))]
        # The first may weigh more than there is room for: who has left the bucket full gets it all the same.
        number = max(1, sum(weight <= room for weight in weights))
        for places, operation, weight in (
            (kept, _RENEW, len(kept)),
            (others, BATCH, weights[:number][-1] if others else 0),
        ):
            try:
                if places:
                    limits.caller(operation, self._caller, source, weight)
            except Refusal as refusal:
                if len(places) == len(self.entries):
                    raise
                self._refuse_all(places, refusal)
        if others[number:]:
            self._refuse_all(others[number:], limits.no_room())

    def _weight(self, place: int) -> int:
        entry = self.entries[place]
        return weight_of(entry.command) if entry and not entry.operation.writes else 1

    def _refuse_all(self, places: Sequence[int], refusal: Refusal) -> None:
        """Answer those of some entries that have no answer yet with a problem."""
        for place in places:
            if not self.results[place]:
                self.refuse(place, refusal)

    def count_passwords(self) -> None:
        """Refuse what brings a password after the last that may."""
        found = 0
        for place, entry in enumerate(self.entries):
            if entry and entry.operation.writes and getattr(entry.command, "password", None):
                found += 1
                if found > MOST_PASSWORDS:
                    detail = f"Only {MOST_PASSWORDS} operations of a batch may bring a password. Send this on its own."
                    self.refuse(place, Refusal("too_many", detail, limit=MOST_PASSWORDS))

    async def carry_out(self, window: Callable[[], int]) -> None:
        """Carry out all entries that weren't refused yet; `window` tells how many pieces may be on their way."""
        wait, until = FIRST_WAIT_S, time.monotonic() + PATIENCE_S
        while step := self._next():
            places, masters = step
            if self._gone.done():
                self._stop(Refusal("busy", "The connection ended before this was carried out. Send it again."))
                return
            self._put_off = None
            if self._entry(places[0]).operation.writes:
                await self._write(places, masters, window)
            else:
                await self._ask(places[0])
            if self._is_stale:
                await self._find_caller()
            if self.results[places[0]]:
                wait, until = FIRST_WAIT_S, time.monotonic() + PATIENCE_S
            elif time.monotonic() > until or not self._server.lane.alive:
                self._stop(self._put_off or TOO_MANY_ENDS)
                return
            else:
                await asyncio.sleep(wait)
                wait = min(LONGEST_WAIT_S, wait * 2)

    def _stop(self, reason: Refusal) -> None:
        """Put off whatever wasn't carried out, for a reason that is the first one's."""
        refusal = reason
        for place, said in enumerate(self.results):
            if not said:
                self.refuse(place, refusal)
                refusal = AFTER

    def _next(self) -> tuple[list[int], tuple[int, ...]] | None:
        """The places of what can be carried out together now: a read, or writes to the same masters."""
        places: list[int] = []
        masters: tuple[int, ...] = ()
        while self._at < len(self.results) and self.results[self._at]:
            self._at += 1
        for place in range(self._at, len(self.results)):
            if self.results[place]:
                continue
            entry = self._entry(place)
            try:
                own = self._masters(entry)
            except Refusal as refusal:
                self.refuse(place, refusal)
                continue
            is_alone = not entry.operation.writes or entry.operation.name in STEPS
            if places and (is_alone or own != masters):
                break
            places.append(place)
            masters = own
            if is_alone:
                break
        return (places, masters) if places else None

    def _masters(self, entry: Entry) -> tuple[int, ...]:
        operation = entry.operation
        if not allowed(self._caller, operation.by, operation.scopes):
            raise forbidden(operation, self._caller)
        return masters_of(entry.command, self._caller)

    async def _ask(self, place: int) -> None:
        entry = self._entry(place)
        if self._bytes > ANSWER_BYTES:
            self.refuse(place, TOO_LARGE)
            return
        try:
            self._caller = await self._look_up(fresh=False)
            (master, *_) = self._masters(entry)
            body = await self._read(entry.command, self._caller, master)
        except Exception as error:  # noqa: BLE001 - each entry fails on its own
            self._fail(place, error)
            return
        self._bytes += len(body)
        if self._bytes > ANSWER_BYTES:
            self.refuse(place, TOO_LARGE)
        else:
            self._say(place, b'{"ok":' + body)
        await asyncio.sleep(0)

    async def _write(self, places: Sequence[int], masters: tuple[int, ...], window: Callable[[], int]) -> None:
        """Let the lane carry out writes in their order, until one of them is put off."""
        group = Group(next(_groups))
        pieces = deque(places[at : at + PIECE] for at in range(0, len(places), PIECE))
        flight: deque[tuple[list[int], asyncio.Future[list[Outcome]]]] = deque()
        while pieces or flight:
            while pieces and len(flight) < window() and not self._is_halted:
                jobs = await self._jobs(pieces.popleft(), masters, group)
                try:
                    if jobs:
                        flight.append((list(jobs), self._server.carry_out_in_order(list(jobs.values()))))
                except Refusal as busy:
                    self._put_off = busy
            if not flight:
                break
            sent, done = flight.popleft()
            for place, outcome in zip(sent, await done, strict=True):
                self._take(place, outcome)
        if self._entry(places[0]).operation.name in CLOSING:
            try:
                await self._server.lane.wish(None)
            except Exception as error:  # noqa: BLE001 - as for a request of its own
                self._fail(places[0], error)

    @property
    def _is_halted(self) -> bool:
        """Whether nothing more may be sent now."""
        return self._is_stale or self._put_off is not None or self._gone.done()

    async def _jobs(self, places: Sequence[int], masters: tuple[int, ...], group: Group) -> dict[int, Job]:
        """The jobs of a piece by their places, up to one that is put off."""
        jobs: dict[int, Job] = {}
        for place in places:
            entry = self._entry(place)
            operation = entry.operation
            if place not in self._ready:
                try:
                    self._ready[place] = await material_of(self._server, entry.command, self._caller)
                except Exception as error:  # noqa: BLE001 - each entry fails on its own
                    self._fail(place, error)
                    if self._put_off:
                        break
                    continue
            material, command = self._ready[place]
            job = jobs[place] = Job(operation, command, self._caller, masters, self._server)
            job.group = group
            job.material = material
            if entry.key is not None:
                job.key = entry.key
                job.digest = digest_of(operation, command)
        return jobs

    def _take(self, place: int, outcome: Outcome) -> None:
        """Answer an entry with what came of it, unless it is to be sent again."""
        refusal = outcome.refusal
        if outcome.status == STALE:
            self._is_stale = True
        elif refusal and refusal.code == "busy":
            self._put_off = self._put_off or refusal
        elif refusal:
            self.refuse(place, refusal, replayed=outcome.replayed)
        elif outcome.body is None or outcome.status == FAILED:
            self._fail(place, RuntimeError(outcome.job.operation.name))
        else:
            self._say(place, b'{"ok":' + outcome.body, replayed=outcome.replayed)

    async def _find_caller(self) -> None:
        """Somebody's rights ended: who sent the batch may have others now, or none."""
        self._is_stale = False
        try:
            self._caller = await self._look_up(fresh=True)
        except Refusal as refusal:
            self._refuse_all(range(len(self.results)), refusal)
        except (Conflict, Lost, Unusable) as trouble:
            self._put_off = refusal_for(trouble)

    def _fail(self, place: int, error: Exception) -> None:
        """Answer an entry with what went wrong; what was put off is sent again."""
        refusal = refusal_for(error)
        if refusal.code == "unexpected":
            log.error("%s in a batch failed", self._entry(place).operation.name, exc_info=error)
        elif refusal is not error:
            log.warning("%s in a batch: %s", self._entry(place).operation.name, error)
        if refusal.code == "busy":
            self._put_off = refusal
        else:
            self.refuse(place, refusal)

    def _say(self, place: int, text: bytes, *, replayed: bool = False) -> None:
        self.results[place] = text + (b',"replayed":true}' if replayed else b"}")

    def _entry(self, place: int) -> Entry:
        entry = self.entries[place]
        assert entry
        return entry
