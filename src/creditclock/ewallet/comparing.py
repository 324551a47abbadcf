"""Comparing: which businesses and accounts of the old file are to be moved, and which are here already."""

from typing import NamedTuple

from creditclock.ewallet import arrived
from creditclock.ewallet.arrived import Arrived
from creditclock.ewallet.businesses import Account, Business
from creditclock.ewallet.findings import Findings
from creditclock.ewallet.holdings import count, things
from creditclock.storage.dialect import Connection


class Work(NamedTuple):
    """A business to be moved: what of it is here already, the accounts that come, and those under way or here.

    `begun` are accounts that are here, but not all of their records; `done` are here whole. Both by their old numbers.
    """

    business: Business
    here: Arrived | None
    coming: list[Account]
    begun: set[int]
    done: set[int]


def compared(connection: Connection, found: list[Business], findings: Findings) -> list[Work]:
    """What is to be done for each business. What can't be done is found to be left out."""
    here = arrived.businesses(connection)
    taken: set[str] = set()
    works: list[Work] = []
    for business, owner in zip(found, arrived.owners(connection, found), strict=True):
        known = _known(business, owner, here)
        why = None
        if business.command.login in taken:
            why = "an older business of the file has the same e-mail"
        elif known is None and owner is not None:
            why = "its e-mail is the login of somebody else here, or it was imported with another --zone"
        if why:
            findings.left["businesses"] += 1
            findings.leave(business.where, f"{why}. Its {len(business.accounts)} accounts are left out too.")
            _count_all(findings, business.accounts, "left")
            continue
        taken.add(business.command.login)
        works.append(_work(business, arrived.whole(connection, known) if known else None, findings))
    return works


def _known(business: Business, owner: int | None, here: list[Arrived]) -> Arrived | None:
    """The business as it was imported before. Its number alone doesn't tell: every old file begins with 1."""
    source, created_at = business.command.source, business.command.created_at
    for one in here:
        if (one.source, one.created_at) == (source, created_at) and (created_at is not None or one.master == owner):
            return one
    return None


def _work(business: Business, here: Arrived | None, findings: Findings) -> Work:
    findings.there["businesses"] += 1 if here else 0
    work = Work(business, here, [], set(), set())
    for account in business.accounts:
        known = here.customers.get(account.source) if here else None
        if here is None or known is None:
            work.coming.append(account)
        elif known.created_at != account.command.created_at:
            _count_all(findings, [account], "left")
            what = "another account had its number when this business was imported. Make it by hand."
            findings.leave(f"account {account.source} ({account.command.login})", what)
        else:
            _count_all(findings, [account], "there")
            (work.done if here.is_finished(account.source) else work.begun).add(account.source)
    return work


def _count_all(findings: Findings, accounts: list[Account], what: str) -> None:
    where = findings.left if what == "left" else findings.there
    for account in accounts:
        where["accounts"] += 1
        count(where, things(account.command.wallets, account.command.lists))
