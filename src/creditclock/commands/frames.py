"""Frames: jobs and outcomes as bytes, between a web process and the lane's own process (design section 3.3)."""

import struct
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final

import msgspec

from creditclock.commands.importing.drafts import IMPORTS
from creditclock.commands.job import Group, Job, Outcome, Sink
from creditclock.commands.upkeep import INTERNAL
from creditclock.contract import OPERATIONS, Operation, Refusal
from creditclock.contract.instructions import INSTRUCTIONS
from creditclock.domain.access import Caller
from creditclock.storage.outbox import Position

PING: Final = -1
"""A wish for this instant asks only whether the lane works."""
MEASURES: Final = -2
"""A wish for this instant asks what the lane's process counts about itself."""
BEAT: Final = -3
"""A wish for this instant says that the web's process goes on; it has no answer."""
_INSTRUCTED: Final = {found.operation.name: found.operation for found in INSTRUCTIONS.values()}
_LENGTH: Final = struct.Struct("!I")


class Part(msgspec.Struct, frozen=True, array_like=True):
    """One job of a piece: `number` comes back with its outcome."""

    number: int
    operation: str
    command: msgspec.Raw
    key: str | None
    digest: str
    material: dict[str, str]


class Piece(msgspec.Struct, frozen=True, array_like=True, tag=0):
    """A job, or jobs of one group in their order: one request's, of one caller and the same masters."""

    group: int | None
    caller: Caller
    masters: tuple[int, ...]
    parts: list[Part]
    request: str


class Wished(msgspec.Struct, frozen=True, array_like=True, tag=1):
    """A wish to write down what is due: `now` is where the test clock is moved to.

    None asks only for what freezing a master or changing a plan brings about.
    """

    number: int
    now: int | None


class Answered(msgspec.Struct, frozen=True, array_like=True, tag=0):
    """What came of a job or a wish."""

    number: int
    status: int
    body: bytes | None
    refusal: tuple[str, str, dict[str, Any]] | None
    replayed: bool


class Told(msgspec.Struct, frozen=True, array_like=True, tag=1):
    """After a commit: how far the events of the masters go that it wrote to."""

    masters: list[Position]


class Present(msgspec.Struct, frozen=True, array_like=True, tag=2):
    """Each second: the outages, and how far the database's clock is from the monotonic one, where that counts."""

    outages: tuple[tuple[int, int], ...]
    shift: int | None


class Opening(msgspec.Struct, frozen=True, array_like=True):
    """The first frame from the lane's process: it is ready, or what the problem is; `now` is the test clock's."""

    problem: str | None
    now: int | None
    shift: int | None = None
    """As in `Present`."""


_encoder: Final = msgspec.msgpack.Encoder()
_asked: Final = msgspec.msgpack.Decoder(Piece | Wished)
_answered: Final = msgspec.msgpack.Decoder(Answered | Told | Present)


def framed(message: msgspec.Struct) -> bytes:
    """A message with its length before it."""
    payload = _encoder.encode(message)
    return _LENGTH.pack(len(payload)) + payload


def split(buffer: bytearray) -> Iterator[memoryview]:
    """The whole messages in a buffer; what is left of it stays."""
    start = 0
    view = memoryview(bytes(buffer))
    while len(view) - start >= _LENGTH.size:
        (length,) = _LENGTH.unpack_from(view, start)
        end = start + _LENGTH.size + length
        if len(view) < end:
            break
        yield view[start + _LENGTH.size : end]
        start = end
    del buffer[:start]


def piece(first: int, jobs: Sequence[Job]) -> bytes:
    """The frame of a job, or of a group's jobs, whose numbers begin with `first`."""
    head = jobs[0]
    parts = [
        Part(number, job.operation.name, msgspec.Raw(_encoder.encode(job.command)), job.key, job.digest, job.material)
        for number, job in enumerate(jobs, first)
    ]
    group = head.group.number if head.group else None
    return framed(Piece(group, head.caller, head.masters, parts, head.request))


def read_asked(message: memoryview) -> Piece | Wished:
    """Jobs or a wish from their frame."""
    return _asked.decode(message)


def jobs_of(message: Piece, group: Group | None, sink: Sink) -> list[Job]:
    """The jobs that a piece holds."""
    jobs: list[Job] = []
    for part in message.parts:
        operation = operation_named(part.operation)
        job = Job(operation, _command_decoder(operation).decode(part.command), message.caller, message.masters, sink)
        job.key = part.key
        job.digest = part.digest
        job.material = part.material
        job.ticket = part.number
        job.request = message.request
        job.group = group
        jobs.append(job)
    return jobs


def answered(outcome: Outcome) -> bytes:
    """The frame of an outcome whose job has its number as ticket."""
    refusal = outcome.refusal
    said = None if refusal is None else (refusal.code, refusal.detail, refusal.data)
    return framed(Answered(outcome.job.ticket, outcome.status, outcome.body, said, outcome.replayed))


def read_answered(message: memoryview) -> Answered | Told | Present:
    """An outcome, news of a commit, or how the time is, from its frame."""
    return _answered.decode(message)


def outcome_of(message: Answered, job: Job) -> Outcome:
    """The outcome that a frame holds."""
    refusal = None
    if message.refusal is not None:
        code, detail, data = message.refusal
        refusal = Refusal(code, detail, **data)
    return Outcome(job, message.status, message.body, refusal, message.replayed)


def operation_named(name: str) -> Operation:
    """An operation of the public table, one that only the server itself sends, or an instruction."""
    return OPERATIONS.get(name) or INTERNAL.get(name) or IMPORTS.get(name) or _INSTRUCTED[name]


@cache
def _command_decoder(operation: Operation) -> "msgspec.msgpack.Decoder[Any]":
    return msgspec.msgpack.Decoder(operation.command)
