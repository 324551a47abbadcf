"""Instructions: a method for each operation. Written by `make docs`. Don't edit it."""

from collections.abc import Sequence
from typing import Literal

from creditclock.client.calling import AsyncCaller, Caller
from creditclock.contract.instructions.system import InstructionRun, RunInstruction


class InstructionOperations:
    """The operations of instructions."""

    def __init__(self, client: Caller) -> None:
        self._client = client

    def run(  # noqa: PLR0913 - the fields of the operation
        self,
        label: Literal[
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
        ],
        *,
        master_id: int | str | None = None,
        master_ids: Sequence[int] | None = None,
        increase_by: int | str | None = None,
        decrease_by: int | str | None = None,
        session_id: int | str | None = None,
        client_id: str | None = None,
        session_token: str | None = None,
        worker_id: int | str | None = None,
        limit: int | str | None = None,
        reference: str | None = None,
        in_port: int | str | None = None,
        out_port: int | str | None = None,
        key: str | None = None,
    ) -> InstructionRun:
        """Carry out an instruction of the system, by its label.

        `master_id` is the number of a business: its id has it after `mas_`, in 7 hexadecimal digits. `session_id` is
        that
        of a session, as instructions answer it. Each instruction takes its own parameters and ignores the others;
        without
        what it must have it is refused (`invalid`). One that has nothing to do answers `failed`, and why.

        master_id: The number of a business.
        master_ids: Numbers of businesses.
        increase_by: So many accounts more; 10 if left out.
        decrease_by: So many accounts fewer; 10 if left out.
        session_id: The number of a session.
        client_id: A client id or session token.
        session_token: A client id or session token.
        worker_id: The number of a worker.
        limit: How many workers are shown at most.
        reference: Ignored.
        in_port: Ignored.
        out_port: Ignored.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(
            RunInstruction(
                label=label,
                master_id=master_id,
                master_ids=master_ids if master_ids is None else list(master_ids),
                increase_by=increase_by,
                decrease_by=decrease_by,
                session_id=session_id,
                client_id=client_id,
                session_token=session_token,
                worker_id=worker_id,
                limit=limit,
                reference=reference,
                in_port=in_port,
                out_port=out_port,
            ),
            key=key,
        )


class AsyncInstructionOperations:
    """The operations of instructions."""

    def __init__(self, client: AsyncCaller) -> None:
        self._client = client

    async def run(  # noqa: PLR0913 - the fields of the operation
        self,
        label: Literal[
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
        ],
        *,
        master_id: int | str | None = None,
        master_ids: Sequence[int] | None = None,
        increase_by: int | str | None = None,
        decrease_by: int | str | None = None,
        session_id: int | str | None = None,
        client_id: str | None = None,
        session_token: str | None = None,
        worker_id: int | str | None = None,
        limit: int | str | None = None,
        reference: str | None = None,
        in_port: int | str | None = None,
        out_port: int | str | None = None,
        key: str | None = None,
    ) -> InstructionRun:
        """Carry out an instruction of the system, by its label.

        `master_id` is the number of a business: its id has it after `mas_`, in 7 hexadecimal digits. `session_id` is
        that
        of a session, as instructions answer it. Each instruction takes its own parameters and ignores the others;
        without
        what it must have it is refused (`invalid`). One that has nothing to do answers `failed`, and why.

        master_id: The number of a business.
        master_ids: Numbers of businesses.
        increase_by: So many accounts more; 10 if left out.
        decrease_by: So many accounts fewer; 10 if left out.
        session_id: The number of a session.
        client_id: A client id or session token.
        session_token: A client id or session token.
        worker_id: The number of a worker.
        limit: How many workers are shown at most.
        reference: Ignored.
        in_port: Ignored.
        out_port: Ignored.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(
            RunInstruction(
                label=label,
                master_id=master_id,
                master_ids=master_ids if master_ids is None else list(master_ids),
                increase_by=increase_by,
                decrease_by=decrease_by,
                session_id=session_id,
                client_id=client_id,
                session_token=session_token,
                worker_id=worker_id,
                limit=limit,
                reference=reference,
                in_port=in_port,
                out_port=out_port,
            ),
            key=key,
        )
