"""The chain: whether the journal and its postings are still what was sealed (design section 5)."""

from collections.abc import Callable, Iterator
from typing import Final

from sqlalchemy import func, select

from creditclock.contract.values import identify
from creditclock.domain.rows import Seal
from creditclock.storage import schema, seals
from creditclock.storage.dialect import Connection
from creditclock.storage.progress import Tell, unheard

PAGE: Final = 500
MOST: Final = 1_000
"""So many findings are told at most."""
IsSigned = Callable[[Seal], bool]


def check(connection: Connection, is_signed: IsSigned, tell: Tell = unheard) -> list[str]:
    """What was changed since it was sealed, in words; `is_signed` looks at a signature."""
    total = connection.select(select(func.count()).select_from(schema.seal))[0][0]
    seen, findings = 0, list[str]()
    for master in _masters(connection):
        for finding in _check_master(connection, master, is_signed):
            if seen % PAGE == 0:
                tell("Checking seals", seen, total)
            seen += 1
            if finding:
                findings.append(finding)
            if len(findings) >= MOST:
                return findings
    return findings


def heads(connection: Connection) -> Iterator[Seal]:
    """The last seal of each master."""
    for master in _masters(connection):
        last = seals.last(connection, master)
        yield from seals.page(connection, master, last.no - 1, 1)


def sealed(connection: Connection, master: int, no: int) -> str | None:
    """The hash of a master's journal up to a number, as it is now; None if it doesn't go so far."""
    before = connection.select(
        select(func.max(schema.seal.c.no)).where(schema.seal.c.master_id == master, schema.seal.c.no <= no)
    )[0][0]
    chain = seals.Chain()
    if before is not None:
        (found,) = seals.page(connection, master, before - 1, 1)
        chain = seals.Chain(found.no, bytes.fromhex(found.hash), found.posting)
    while chain.no < no:
        links = seals.extend(connection, master, chain, min(PAGE, no - chain.no))
        if not links:
            return None
        chain = links[-1]
    return chain.hash.hex()


def unsealed(connection: Connection, before: int) -> int:
    """How many journals have a row from before an instant that no seal covers."""
    lane, journal = schema.lane, schema.journal
    first = (journal.c.master_id == lane.c.master_id) & (journal.c.no == seals.sealed_to() + 1)
    statement = select(func.count()).select_from(lane.join(journal, first)).where(journal.c.recorded_at < before)
    return int(connection.select(statement)[0][0])


def old_masters(connection: Connection, before: int) -> list[int]:
    """Masters whose journals have a row that was written before an instant."""
    journal, lane = schema.journal, schema.lane
    first = (journal.c.master_id == lane.c.master_id) & (journal.c.no == 1)
    statement = select(lane.c.master_id).join(journal, first).where(journal.c.recorded_at < before)
    return [row[0] for row in connection.select(statement.order_by(lane.c.master_id))]


def _check_master(connection: Connection, master: int, is_signed: IsSigned) -> Iterator[str | None]:
    """A finding or None for each seal of a master; after a broken link there is nothing more to compare."""
    chain, signed = seals.Chain(), False
    for seal in _seals(connection, master):
        while chain.no < seal.no:
            links = seals.extend(connection, master, chain, min(PAGE, seal.no - chain.no))
            if not links:
                yield f"{_name(master)}: the journal ends at number {chain.no}, but it was sealed up to {seal.no}"
                return
            chain = links[-1]
        if (chain.no, chain.hash.hex(), chain.posting) != (seal.no, seal.hash, seal.posting):
            yield f"{_name(master)}: something up to number {seal.no} of its journal was changed after it was sealed"
            return
        wrong = signed and seal.key is None
        signed = signed or seal.key is not None
        if wrong or (seal.key is not None and not is_signed(seal)):
            yield f"the seal of {_name(master)} at number {seal.no} is not signed by this installation's key"
            continue
        yield None


def _name(master: int) -> str:
    return identify("mas", master, 0)


def _seals(connection: Connection, master: int) -> Iterator[Seal]:
    after = 0
    while page := seals.page(connection, master, after, PAGE):
        yield from page
        after = page[-1].no


def _masters(connection: Connection) -> Iterator[int]:
    """The masters that have seals, in order."""
    table, after = schema.seal, -1
    while True:
        statement = (
            select(table.c.master_id)
            .where(table.c.master_id > after)
            .distinct()
            .order_by(table.c.master_id)
            .limit(PAGE)
        )
        found = [row[0] for row in connection.select(statement)]
        yield from found
        if len(found) < PAGE:
            return
        after = found[-1]
