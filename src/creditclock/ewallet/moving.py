"""Moving: what fits is sent through the lane, in commands of a bounded size that can be interrupted at any time."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from creditclock.commands.alone import LaneAlone
from creditclock.commands.importing.drafts import (
    FINISH_IMPORT,
    IMPORT_CUSTOMER,
    IMPORT_MASTER,
    FinishImport,
)
from creditclock.contract import Refusal
from creditclock.ewallet import arrived
from creditclock.ewallet.arrived import Arrived
from creditclock.ewallet.businesses import Account
from creditclock.ewallet.comparing import Work
from creditclock.ewallet.findings import Findings
from creditclock.ewallet.holdings import count, things
from creditclock.storage.database import Database
from creditclock.storage.progress import Tell
from creditclock.web.secrets import THREADS, hashed_over

AT_ONCE: Final = 32
"""So many accounts are made at once."""


class People:
    """Makes the businesses and accounts that come. Without a lane nothing is made, only counted as if it were."""

    def __init__(self, database: Database, lane: LaneAlone | None, findings: Findings, tell: Tell) -> None:
        self._database = database
        self._lane = lane
        self._findings = findings
        self._tell = tell
        self._total = 0
        self._done = 0

    def move(self, works: Sequence[Work]) -> list[Work]:
        """Make them; gives the work that is left: what is here now, and the accounts whose records are to come."""
        self._total = sum(len(work.coming) for work in works)
        with ThreadPoolExecutor(THREADS, thread_name_prefix="password") as threads:
            return [moved for work in works if (moved := self._business(work, threads))]

    def _business(self, work: Work, threads: ThreadPoolExecutor) -> Work | None:
        here = work.here
        if here is None:
            here = self._make(work, threads)
            if here is None and self._lane:
                return None
        for start in range(0, len(work.coming), AT_ONCE):
            self._tell("Moving accounts", self._done, self._total)
            batch = work.coming[start : start + AT_ONCE]
            self._accounts(here, batch, threads)
            self._done += len(batch)
        if self._lane and here:
            with self._database.reading() as connection:
                here = arrived.whole(connection, here)
        work.begun.update(one.source for one in work.coming if here is None or one.source in here.customers)
        return work._replace(here=here)

    def _make(self, work: Work, threads: ThreadPoolExecutor) -> Arrived | None:
        business = work.business
        if self._lane:
            material = {"key_code": business.key_code, "password": threads.submit(_kept, business.hash).result()}
            job = self._lane.job(IMPORT_MASTER, business.command, 0, material)
            (refusal,) = self._lane.carry_out([job])
            if refusal is not None:
                self._findings.left["businesses"] += 1
                self._findings.leave(business.where, f"it is refused, and its accounts are left out. {refusal.detail}")
                for account in business.accounts:
                    self._count(account, refusal)
                return None
        self._findings.moved["businesses"] += 1
        if not self._lane:
            return None
        with self._database.reading() as connection:
            (master,) = arrived.owners(connection, [business])
        assert master is not None
        command = business.command
        return Arrived(master, command.source, command.created_at, command.numbers, {}, set(), 0)

    def _accounts(self, here: Arrived | None, accounts: list[Account], threads: ThreadPoolExecutor) -> None:
        refusals: list[Refusal | None] = [None] * len(accounts)
        if self._lane and here:
            hashes = threads.map(_kept, (account.hash for account in accounts))
            jobs = [
                self._lane.job(IMPORT_CUSTOMER, account.command, here.master, {"password": kept})
                for account, kept in zip(accounts, hashes, strict=True)
            ]
            refusals = self._lane.carry_out(jobs)
        for account, refusal in zip(accounts, refusals, strict=True):
            if refusal is not None:
                where = f"account {account.source} ({account.command.login})"
                self._findings.leave(where, f"it is refused. {refusal.detail}")
            self._count(account, refusal)

    def _count(self, account: Account, refusal: Refusal | None) -> None:
        held = things(account.command.wallets, account.command.lists)
        where = self._findings.moved if refusal is None else self._findings.left
        where["accounts"] += 1
        count(where, held)
        if refusal is None:
            self._findings.credits += held.credits
            self._findings.ms += held.ms


def finish(lane: LaneAlone, works: Sequence[Work]) -> None:
    """Write down of each business that everything is here."""
    for work in works:
        if work.here and (work.begun or not work.here.finished):
            command = FinishImport(source=work.business.command.source)
            lane.carry_out([lane.job(FINISH_IMPORT, command, work.here.master)])


def _kept(old: str | None) -> str:
    """What is kept of a password; nothing of none."""
    return "" if old is None else hashed_over(old)
