"""Chunks: records, contacts and logins of the old file, sent to the sheets and people that they belong to."""

from collections.abc import Sequence
from typing import Any, Final

from creditclock.commands.alone import LaneAlone
from creditclock.commands.importing.drafts import (
    CHUNK,
    OF_CHUNKS,
    PIECE,
    ImportContacts,
    ImportLogins,
    ImportRecords,
)
from creditclock.commands.job import Job
from creditclock.contract import Command
from creditclock.contract.values import number_of
from creditclock.ewallet.arrived import Arrived
from creditclock.ewallet.businesses import SYSTEM, Contents
from creditclock.ewallet.comparing import Work
from creditclock.ewallet.dates import Dates
from creditclock.ewallet.file import OldFile
from creditclock.ewallet.findings import Findings
from creditclock.ewallet.statements import Drafting, Stack, stacks, visits
from creditclock.ewallet.tables import LOGINS, RECORDS
from creditclock.storage.progress import Tell

AT_ONCE: Final = 8
"""So many chunks are in the lane at once."""
_OWN: Final = 0
"""The number under which the logins of a business itself are noted."""


class Chunks:
    """Sends what the sheets hold. Without a lane nothing is sent, only looked at and counted as if it were."""

    def __init__(self, lane: LaneAlone | None, works: Sequence[Work], findings: Findings, tell: Tell) -> None:
        self._lane = lane
        self._findings = findings
        self._tell = tell
        self._waiting: list[tuple[Job, str, int]] = []
        self._by_account = {source: work for work in works for source in work.begun | work.done}
        self._by_master = {work.business.command.source: work for work in works}

    def move(self, file: OldFile, contents: Contents, dates: Dates) -> None:
        """Send everything that belongs to accounts that are here, and isn't here yet."""
        total = sum(sum(file.counts(table).values()) for table in RECORDS.values())
        for kind in RECORDS:
            for stack in stacks(file, kind, self._findings):
                self._tell("Moving records", self._findings.found["records"], total)
                account = contents.owners.get((kind, stack.owner))
                if account is None:
                    what = "contacts" if kind == "contact" else "records"
                    self._findings.leave(f"{kind} sheet {stack.owner}", f"{len(stack.rows)} {what}: it isn't there.")
                self._take(stack, account, dates)
        for kind in LOGINS:
            for is_own, stack in visits(file, kind, self._findings):
                if is_own:
                    self._take_own(stack, dates)
                else:
                    self._take(stack, stack.owner, dates)
        self._send()

    def _take(self, stack: Stack, account: int | None, dates: Dates) -> None:
        what, size = _counted(stack.kind), len(stack.rows)
        work = None if account is None else self._by_account.get(account)
        if account is None or work is None:
            if account == SYSTEM:
                self._findings.found[what] -= size
            else:
                self._findings.left[what] += size
            return
        here = work.here
        if account in work.done or (here and (stack.kind, stack.owner, stack.part) in here.chunks):
            self._findings.there[what] += size
            return
        self._draft(stack, work, account, dates)

    def _take_own(self, stack: Stack, dates: Dates) -> None:
        """What belongs to a business itself."""
        work = self._by_master.get(stack.owner)
        if work is None:
            self._findings.left["logins"] += len(stack.rows)
        elif work.here and (work.here.finished or (stack.kind, _OWN, stack.part) in work.here.chunks):
            self._findings.there["logins"] += len(stack.rows)
        else:
            self._draft(stack, work, None, dates)

    def _draft(self, stack: Stack, work: Work, account: int | None, dates: Dates) -> None:
        drafts = Drafting(dates, self._findings, lambda old: self._party(work, old)).drafts(stack)
        what = _counted(stack.kind)
        self._findings.left[what] += len(stack.rows) - len(drafts)
        if self._lane is None or work.here is None:
            self._findings.moved[what] += len(drafts)
            return
        command = _command(stack, work.here, account, drafts)
        job = self._lane.job(OF_CHUNKS[type(command)], command, work.here.master)
        self._waiting.append((job, what, len(drafts)))
        if len(self._waiting) >= AT_ONCE:
            self._send()

    def _send(self) -> None:
        if self._lane is None or not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        refusals = self._lane.carry_out([job for job, _, _ in waiting])
        for (job, what, size), refusal in zip(waiting, refusals, strict=True):
            (self._findings.left if refusal else self._findings.moved)[what] += size
            if refusal:
                command = job.command
                self._findings.leave(f"{job.operation.name} of {getattr(command, 'source', '')}", refusal.detail)

    def _party(self, work: Work, old: int) -> int | None:
        """The number of a customer of the same business by that of the old account."""
        if old not in work.begun and old not in work.done:
            return None
        return 0 if work.here is None else number_of(work.here.customers[old].id)


def _command(stack: Stack, here: Arrived, account: int | None, drafts: list[Any]) -> Command[Any]:
    customer = None if account is None else here.customers[account]
    if customer is None or stack.kind in LOGINS:
        return ImportLogins(
            customer=customer.id if customer else None,
            kind=stack.kind,  # pyright: ignore[reportArgumentType] - one of its kinds
            source=stack.owner if customer else _OWN,
            part=stack.part,
            numbers=here.numbers,
            logins=drafts,
        )
    shared: dict[str, Any] = {
        "customer": customer.id,
        "kind": stack.kind,
        "source": stack.owner,
        "part": stack.part,
        "sheet": customer.sheets[stack.kind][stack.owner] + stack.part * CHUNK // PIECE,
        "numbers": here.numbers,
    }
    if stack.kind == "contact":
        return ImportContacts(**shared, contacts=drafts)
    return ImportRecords(**shared, records=drafts)


def _counted(kind: str) -> str:
    return "contacts" if kind == "contact" else "logins" if kind in LOGINS else "records"
