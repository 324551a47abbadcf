"""Instructions of the system: what only the operator does, as data; `instruction.run` carries them out.

They are never reached through the endpoint of the instruction set.
"""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from creditclock.contract.instructions.values import Label
from creditclock.contract.operation import Command, operation
from creditclock.contract.values import MAX

MOST: Final = 1_000
"""So many things one instruction cleans at most; send it again for the rest."""
Whole = Annotated[int, Meta(ge=0, le=MAX, description="A whole number, or its digits as a text.")]
Digits = Annotated[str, Meta(pattern=r"^[0-9]{1,15}\Z", description="The same as a text.")]
Pool = dict[str, Any]
SystemLabel = Literal[
    "FreezeMaster",
    "UnfreezeMaster",
    "IncreaseMasterSubPool",
    "DecreaseMasterSubPool",
    "CreateSession",
    "InterogateEWalletSession",
    "InterogateSessionWorkers",
    "TargetCleanupMaster",
    "SweepCleanupMasters",
    "TargetCleanupSession",
    "SweepCleanupSessions",
    "TargetCleanupCToken",
    "SweepCleanupCTokens",
    "TargetCleanupSToken",
    "SweepCleanupSTokens",
    "RemoveSessionMapBySession",
    "RemoveSessionMapBySToken",
    "RemoveSessionMapByCToken",
    "StartAccountCleaner",
    "StartWorkerCleaner",
    "StartSessionCleaner",
    "StartCTokenCleaner",
    "StartAllCleaners",
    "CreateWorker",
    "TargetCleanupWorker",
    "SweepCleanupWorkers",
    "OpenSockets",
    "CloseSockets",
    "StartInstructionListener",
    "NewSession",
    "NewWorker",
    "IncreaseMasterSubpool",
    "DecreaseMasterSubpool",
    "InterogateEWalletWorkers",
    "TargetSessionCleanup",
]


class SystemInstruction(msgspec.Struct, frozen=True, kw_only=True):
    """An instruction of the system: other spellings of its label, its parameters, and the keys of its answer.

    One that is `needless` has nothing to do here, and `why`; it answers `failed`.
    """

    label: str
    summary: str
    parameters: tuple[str, ...] = ()
    answer: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    why: str = ""

    @property
    def needless(self) -> bool:
        """Whether there is nothing for it to do here."""
        return bool(self.why)


class InstructionRun(msgspec.Struct, frozen=True, kw_only=True):
    """What an instruction of the system answers: exactly its own keys, the others are left out.

    Lists hold what was cleaned in this run, a thousand at most, and the numbers count them.
    """

    failed: bool
    warning: str | UnsetType = UNSET
    level: str | UnsetType = UNSET
    details: str | UnsetType = UNSET
    worker: int | UnsetType = UNSET
    ewallet_session: int | UnsetType = UNSET
    session_data: Pool | UnsetType = UNSET
    master: int | UnsetType = UNSET
    master_data: Pool | UnsetType = UNSET
    subpool_size: int | UnsetType = UNSET
    increased_by: int | UnsetType = UNSET
    decreased_by: int | UnsetType = UNSET
    masters: list[int] | UnsetType = UNSET
    subordonates: list[int] | UnsetType = UNSET
    masters_frozen: int | UnsetType = UNSET
    subordonates_frozen: int | UnsetType = UNSET
    frozen_failures: int | UnsetType = UNSET
    frozen_count: int | UnsetType = UNSET
    masters_activated: int | UnsetType = UNSET
    subordonates_activated: int | UnsetType = UNSET
    activation_failures: int | UnsetType = UNSET
    activation_count: int | UnsetType = UNSET
    masters_cleaned: int | UnsetType = UNSET
    subordonates_cleaned: int | UnsetType = UNSET
    cleanup_failures: int | UnsetType = UNSET
    cleanup_count: int | UnsetType = UNSET
    worker_count: int | UnsetType = UNSET
    workers: Pool | list[int] | UnsetType = UNSET
    sessions_cleaned: int | UnsetType = UNSET
    sessions: list[int] | UnsetType = UNSET
    stokens_cleaned: int | list[str] | UnsetType = UNSET
    stokens: list[str] | UnsetType = UNSET
    orphaned_stokens: list[str] | UnsetType = UNSET
    stoken_count: int | UnsetType = UNSET
    ctokens_cleaned: int | UnsetType = UNSET
    ctokens: list[str] | UnsetType = UNSET
    maps_removed: int | UnsetType = UNSET
    cron: str | UnsetType = UNSET
    pool_entry: Pool | UnsetType = UNSET
    cleaners: Pool | UnsetType = UNSET


@operation("instruction.run", "POST /v1/instructions/{label}", by=("operator",))
class RunInstruction(Command[InstructionRun], frozen=True, kw_only=True):
    """Carry out an instruction of the system, by its label.

    `master_id` is the number of a business: its id has it after `mas_`, in 7 hexadecimal digits. `session_id` is that
    of a session, as instructions answer it. Each instruction takes its own parameters and ignores the others; without
    what it must have it is refused (`invalid`). One that has nothing to do answers `failed`, and why.
    """

    label: SystemLabel
    master_id: Annotated[Whole | Digits | None, Meta(description="The number of a business.")] = None
    master_ids: Annotated[list[Whole], Meta(max_length=MOST, description="Numbers of businesses.")] | None = None
    increase_by: Annotated[Whole | Digits | None, Meta(description="So many accounts more; 10 if left out.")] = None
    decrease_by: Annotated[Whole | Digits | None, Meta(description="So many accounts fewer; 10 if left out.")] = None
    session_id: Annotated[Whole | Digits | None, Meta(description="The number of a session.")] = None
    client_id: Label | None = None
    session_token: Label | None = None
    worker_id: Annotated[Whole | Digits | None, Meta(description="The number of a worker.")] = None
    limit: Annotated[Whole | Digits | None, Meta(description="How many workers are shown at most.")] = None
    reference: Annotated[str, Meta(max_length=200, description="Ignored.")] | None = None
    in_port: Annotated[Whole | Digits | None, Meta(description="Ignored.")] = None
    out_port: Annotated[Whole | Digits | None, Meta(description="Ignored.")] = None


_MASTERS: Final = (
    "masters_cleaned",
    "subordonates_cleaned",
    "cleanup_failures",
    "masters",
    "subordonates",
    "cleanup_count",
)
_WORKERS: Final = ("worker_count", "workers")
_STOKENS: Final = ("sessions_cleaned", "cleanup_failures", *_WORKERS, "sessions", "stokens_cleaned", "stokens")
_CRON: Final = ("cron", "pool_entry")
_MAP: Final = ("worker", "maps_removed", "sessions")
_NO_WORKERS: Final = "Sessions need no worker here: one lane writes for all of them, and it is always there."
_NO_SOCKETS: Final = "No sockets are needed here: this operation and the command line carry out instructions."


def _is(label: str, summary: str, parameters: str = "", **rest: Any) -> SystemInstruction:  # noqa: ANN401 - its fields
    answer = ("failed", *rest.pop("answer", ()))
    return SystemInstruction(label=label, summary=summary, parameters=tuple(parameters.split()), answer=answer, **rest)


def _needless(label: str, summary: str, parameters: str = "", **rest: Any) -> SystemInstruction:  # noqa: ANN401 - its fields
    return _is(label, summary, parameters, answer=("warning", "level", "details"), **rest)


SYSTEM: Final[dict[str, SystemInstruction]] = {
    found.label: found
    for found in (
        _is(
            "FreezeMaster",
            "Freeze a business: nothing runs until it is unfrozen.",
            "master_id",
            answer=(
                "masters_frozen",
                "subordonates_frozen",
                "frozen_failures",
                "masters",
                "subordonates",
                "frozen_count",
            ),
        ),
        _is(
            "UnfreezeMaster",
            "Let a frozen business work again.",
            "master_id",
            answer=(
                "masters_activated",
                "subordonates_activated",
                "activation_failures",
                "masters",
                "subordonates",
                "activation_count",
            ),
        ),
        _is(
            "IncreaseMasterSubPool",
            "Let a business have more accounts, ten unless `increase_by` says how many.",
            "master_id increase_by",
            aliases=("IncreaseMasterSubpool",),
            answer=("master", "subpool_size", "increased_by", "master_data"),
        ),
        _is(
            "DecreaseMasterSubPool",
            "Let a business have fewer accounts, ten unless `decrease_by` says how many; never below none.",
            "master_id decrease_by",
            aliases=("DecreaseMasterSubpool",),
            answer=("master", "subpool_size", "decreased_by", "master_data"),
        ),
        _is(
            "CreateSession",
            "Make a session that no client has a token of; it expires as others do.",
            "reference",
            aliases=("NewSession",),
            answer=("worker", "ewallet_session"),
        ),
        _is(
            "InterogateEWalletSession",
            "Show a session: its accounts, and until when it works.",
            "session_id",
            answer=("ewallet_session", "session_data", "worker"),
        ),
        _is(
            "InterogateSessionWorkers",
            "Show the worker: there is one, the lane, with all sessions that work.",
            "limit",
            aliases=("InterogateEWalletWorkers",),
            answer=("workers",),
        ),
        _is(
            "TargetCleanupMaster",
            "Remove a business for ever, and erase its accounts.",
            "master_id",
            answer=_MASTERS,
        ),
        _is(
            "SweepCleanupMasters",
            "Remove for ever the businesses that are `master_ids`, or that were marked for removal 30 days ago.",
            "master_ids",
            answer=_MASTERS,
        ),
        _is(
            "TargetCleanupSession",
            "Remove a session with its token; its accounts are logged out.",
            "session_id",
            aliases=("TargetSessionCleanup",),
            answer=("sessions_cleaned", "cleanup_failures", *_WORKERS, "sessions", "stokens_cleaned", "stokens"),
        ),
        _is(
            "SweepCleanupSessions",
            "Remove the sessions that have expired.",
            answer=(
                "sessions_cleaned",
                "cleanup_failures",
                "orphaned_stokens",
                "stoken_count",
                "stokens_cleaned",
                *_WORKERS,
            ),
        ),
        _is(
            "TargetCleanupCToken",
            "Remove a client id with its session tokens; its accounts are logged out.",
            "client_id",
            answer=(*_STOKENS, "ctokens_cleaned", "ctokens"),
        ),
        _is(
            "SweepCleanupCTokens",
            "Remove the client ids that have expired, with their session tokens.",
            answer=("ctokens_cleaned", "ctokens", *_STOKENS),
        ),
        _is(
            "TargetCleanupSToken",
            "Remove a session token with its session; its accounts are logged out.",
            "session_token",
            answer=_STOKENS,
        ),
        _is(
            "SweepCleanupSTokens", "Remove the session tokens that have expired, with their sessions.", answer=_STOKENS
        ),
        _is(
            "RemoveSessionMapBySession",
            "Cut the link between a session, by its number, and its token: its instructions are refused from now on.",
            "session_id",
            answer=_MAP,
        ),
        _is(
            "RemoveSessionMapBySToken",
            "Cut the link between a session token and its session: its instructions are refused from now on.",
            "session_token",
            answer=_MAP,
        ),
        _is(
            "RemoveSessionMapByCToken",
            "Cut the links between the session tokens of a client id and their sessions; the client id stays.",
            "client_id",
            answer=_MAP,
        ),
        _is("StartAccountCleaner", "Erase now the accounts that were marked for removal 30 days ago.", answer=_CRON),
        _is("StartWorkerCleaner", "Clean workers; there is one, so nothing changes.", answer=_CRON),
        _is("StartSessionCleaner", "Remove now the sessions that have expired.", answer=_CRON),
        _is("StartCTokenCleaner", "Remove now the client ids that have expired.", answer=_CRON),
        _is("StartAllCleaners", "Do now what all cleaners do.", answer=("cleaners",)),
        _needless("CreateWorker", "Make a worker.", "worker_id", aliases=("NewWorker",), why=_NO_WORKERS),
        _needless("TargetCleanupWorker", "Remove a worker.", "worker_id", why=_NO_WORKERS),
        _needless("SweepCleanupWorkers", "Remove the workers that do nothing.", why=_NO_WORKERS),
        _needless("OpenSockets", "Open sockets for instructions.", "in_port out_port", why=_NO_SOCKETS),
        _needless("CloseSockets", "Close the sockets for instructions.", why=_NO_SOCKETS),
        _needless("StartInstructionListener", "Listen at the sockets.", why=_NO_SOCKETS),
    )
}
"""Every instruction of the system by its label."""
BY_NAME: Final[dict[str, SystemInstruction]] = {
    name: found for found in SYSTEM.values() for name in (found.label, *found.aliases)
}
"""The same by all their names."""
