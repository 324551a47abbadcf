"""A batch: commands decided one after the other over the working sets (design section 3.3)."""

import hashlib
import hmac
import logging
import os
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec

from creditclock.commands.handling import Tx
from creditclock.commands.job import Job, Outcome
from creditclock.commands.needs import facts_of, needs_of
from creditclock.commands.registry import HANDLERS
from creditclock.contract import OPERATIONS, Refusal, Urgency
from creditclock.domain.answers import Kept, kept_of
from creditclock.domain.rows import Journal, Stored
from creditclock.storage.dialect import Connection
from creditclock.storage.fetching import Need, fetch
from creditclock.storage.working_set import Miss, WorkingSet

ROUNDS: Final = 8
"""A command that misses rows this often is given up."""
WORK_S: Final = 0.005
"""After this much work a batch takes no further commands."""
REFUSED: Final = 0
ERASED: Final = ""
"""The digest of a request whose answer was erased."""
LOOK_EVERY: Final = 16
STALE: Final = -1
FAILED: Final = 500
NOT_STORED: Final = frozenset({"unauthorized", "too_many_requests", "busy", "clock_step"})
EXPIRED: Final = Refusal("unauthorized", "This token or key expired just now. Sign in again, or use another key.")
log: Final = logging.getLogger("creditclock.lane")
_encode: Final = msgspec.json.Encoder().encode


class Moment(NamedTuple):
    """What a batch takes from outside: the clock's instant, the outages, whether starts are safe."""

    now: int
    outages: tuple[tuple[int, int], ...]
    steady: bool


class Decided(NamedTuple):
    """The outcomes of a batch, and the jobs that found no time in it."""

    outcomes: list[Outcome]
    left: list[Job]


def decide(connection: Connection, sets: dict[int, WorkingSet], jobs: Sequence[Job], moment: Moment) -> Decided:
    """Decide the jobs in order; what a job misses is fetched for all at once, and only those run again.

    What comes after a job that waits, in its group, waits too; it is tried, so that what it misses is fetched as well.
    What had to wait for others in all rounds is left to the next batch.
    """
    fetch(connection, sets, (need for job in jobs for need in needs_of(job)))
    outcomes: list[Outcome] = []
    waiting: Sequence[Job] = jobs
    tries: Counter[Job] = Counter()
    for round_ in range(ROUNDS):
        misses: list[Miss] = []
        still: list[Job] = []
        held: set[int] = set()
        until = time.monotonic() + WORK_S
        for position, job in enumerate(waiting):
            if job.group is not None and id(job.group) in held:
                still.append(job)
                misses += _missed(sets, job, moment)
                continue
            if round_ == 0 and position % LOOK_EVERY == LOOK_EVERY - 1 and time.monotonic() > until and not held:
                return _later(connection, sets, moment, outcomes, still, misses, list(waiting[position:]))
            try:
                outcomes.append(_attempt(sets, job, moment))
            except Miss as miss:
                tries[job] += 1
                if tries[job] == ROUNDS:
                    extra = {"request": job.request}
                    log.error("%s needed more than %d rounds", job.operation.name, ROUNDS, extra=extra)  # noqa: TRY400 - no accident
                    outcomes.append(Outcome(job, FAILED, None, None))
                    continue
                misses.append(miss)
                still.append(job)
                if job.group is not None:
                    held.add(id(job.group))
        if not still:
            return Decided(outcomes, [])
        fetch(connection, sets, (Need(miss.master, *place) for miss in misses for place in miss.places))
        waiting = still
    return Decided(outcomes, list(waiting))


def _missed(sets: dict[int, WorkingSet], job: Job, moment: Moment) -> list[Miss]:
    """What a job that can't be decided yet would miss; nothing is changed."""
    begun = _begin(sets, job)
    try:
        _attempt(sets, job, moment)
    except Miss as miss:
        return [miss]
    finally:
        _drop(sets, begun)
    return []


def _later(
    connection: Connection,
    sets: dict[int, WorkingSet],
    moment: Moment,
    outcomes: list[Outcome],
    still: list[Job],
    misses: list[Miss],
    left: list[Job],
) -> Decided:
    """Finish the jobs that wait for rows; leave the rest to the next batch."""
    if still:
        fetch(connection, sets, (Need(miss.master, *place) for miss in misses for place in miss.places))
        rest = decide(connection, sets, still, moment)
        return Decided([*outcomes, *rest.outcomes], [*rest.left, *left])
    return Decided(outcomes, left)


def _attempt(sets: dict[int, WorkingSet], job: Job, moment: Moment) -> Outcome:
    """Run a job's handler. Raises `Miss`, with nothing changed, when a row isn't there yet."""
    caller, command, operation = job.caller, job.command, job.operation
    rows = sets[job.masters[0]]
    home = sets.get(caller.master, rows)
    if ended := _ended(job, home, moment):
        return ended
    now = max(moment.now, rows.lane.at)
    if stored := _kept_answer(home, job, now):
        return _replay(job, stored)
    begun = _begin(sets, job)
    tx = Tx(sets, rows, now, caller, job.material)
    tx.outages = moment.outages
    tx.masters = job.masters
    try:
        _check_open(job, rows, moment)
        answer = HANDLERS[type(command)](tx, command)
        body = _encode(answer)
    except Miss:
        _drop(sets, begun)
        raise
    except Refusal as refusal:
        _drop(sets, begun)
        if job.key is not None and refusal.code not in NOT_STORED:
            # A repetition has the same bytes, the id of the first request among them.
            refusal = Refusal(refusal.code, refusal.detail, **{**refusal.data, "request": job.request})
            home.mark()
            _store(home, job, REFUSED, _encode([refusal.code, refusal.detail, refusal.data]), None, tx.now)
        return Outcome(job, REFUSED, None, refusal)
    except Exception:
        _drop(sets, begun)
        log.exception("%s failed", operation.name, extra={"request": job.request})
        return Outcome(job, FAILED, None, None)
    if operation.journaled and not tx.quiet:
        _write_journal(tx, job)
    if job.key is not None:
        kept = None if operation.shows_secret else body
        _store(home, job, operation.status, kept, tx.subject, tx.now)
    return Outcome(job, operation.status, body, None)


def _ended(job: Job, home: WorkingSet, moment: Moment) -> Outcome | None:
    """What comes of a job whose caller may have no right to call any more: it is looked up anew, or has expired."""
    caller = job.caller
    if caller.rights not in {-1, home.lane.rights}:
        return Outcome(job, STALE, None, None)
    if caller.until is not None and moment.now >= caller.until:
        return Outcome(job, REFUSED, None, EXPIRED)
    return None


def _check_open(job: Job, rows: WorkingSet, moment: Moment) -> None:
    """Refuse starts and money where the master is frozen, and starts while the clock can't be trusted."""
    urgency = job.operation.urgency
    if rows.lane.frozen_at is not None and (job.operation.moves_value or urgency in {Urgency.START, Urgency.RENEW}):
        raise Refusal("master_frozen", "This business is frozen. Ask the operator of the installation.")
    if not moment.steady and urgency == Urgency.START:
        raise Refusal("clock_step", "The server's clock jumped, so nothing can start now. Try again in a minute.")


def _begin(sets: dict[int, WorkingSet], job: Job) -> tuple[list[WorkingSet], int]:
    """The masters in which a command is at work, and how many there are in all."""
    involved = [sets[master] for master in job.masters]
    for rows in involved:
        rows.mark()
    return involved, len(sets)


def _drop(sets: dict[int, WorkingSet], begun: tuple[list[WorkingSet], int]) -> None:
    """Let nothing be changed by a command; the masters that it made are the last ones."""
    involved, number = begun
    for rows in involved:
        rows.undo()
    for made in list(sets)[number:]:
        del sets[made]


def _replay(job: Job, stored: Stored) -> Outcome:
    """The answer to a repeated request; one that was erased with a person has no digest any more."""
    if stored.digest not in {job.digest, ERASED}:
        refusal = Refusal(
            "key_reused", "This Idempotency-Key came with another request before. Use a new key for a new request."
        )
        return Outcome(job, REFUSED, None, refusal)
    if stored.body is None:
        detail = "This request was carried out before; its answer held a secret, or is no longer kept."
        return Outcome(job, REFUSED, None, Refusal("already_done", detail, id=stored.subject))
    if stored.status == REFUSED:
        code, detail, data = msgspec.json.decode(stored.body, type=tuple[str, str, dict[str, Any]])
        return Outcome(job, REFUSED, None, Refusal(code, detail, **data), replayed=True)
    return Outcome(job, stored.status, stored.body.encode(), None, replayed=True)


def _kept_answer(rows: WorkingSet, job: Job, now: int) -> Stored | None:
    """The answer to the job's key as it is kept at this age, whenever it will be removed."""
    stored = None if job.key is None else rows.get(Stored, job.caller.principal, job.key)
    if stored is None:
        return None
    left = kept_of(now - stored.created_at, moved_value=_moved_value(stored))
    if left is Kept.NOTHING:
        return None
    return stored if left is Kept.WHOLE else stored._replace(body=None)


def _moved_value(stored: Stored) -> bool:
    operation = OPERATIONS.get(stored.operation)
    return stored.status != REFUSED and operation is not None and operation.moves_value


def _store(rows: WorkingSet, job: Job, status: int, body: bytes | None, subject: str | None, at: int) -> None:
    assert job.key is not None
    text = None if body is None else body.decode()
    operation = job.operation.name
    rows.put(Stored(rows.master, job.caller.principal, job.key, job.digest, operation, status, text, subject, at))


def _write_journal(tx: Tx, job: Job) -> None:
    rows = tx.rows
    salt = os.urandom(16)
    program = {} if job.caller.app is None else {"app": job.caller.app}
    detail = facts_of(job.command) | program | tx.detail
    rows.append(
        Journal(
            master=rows.master,
            no=rows.next_journal,
            at=tx.now,
            recorded_at=tx.recorded_at,
            operation=job.operation.name,
            caller=tx.caller.name,
            subject=tx.subject,
            detail=_encode(detail).decode(),
            mac=hmac.digest(salt, _encode(job.command), hashlib.sha256).hex(),
            salt=salt.hex(),
        )
    )
    rows.next_journal += 1
