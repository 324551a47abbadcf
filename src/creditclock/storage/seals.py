"""Seals as they are kept, and the stretches of the journal that they cover (design section 5)."""

import base64
from collections import defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import ScalarSelect, func, insert, select

from creditclock.domain.rows import Journal, Posting, Seal
from creditclock.domain.seals import ORIGIN, link, statement
from creditclock.storage import schema
from creditclock.storage.database import Database
from creditclock.storage.dialect import Connection
from creditclock.storage.keys import Keys

FOR_SEALS: Final = "seal"
"""What the key that signs is derived for."""


class Chain(NamedTuple):
    """How far a chain goes: the hash of the journal up to `no` and of the postings up to number `posting`."""

    no: int = 0
    hash: bytes = ORIGIN
    posting: int = 0


def last(connection: Connection, master: int) -> Chain:
    """How far the journal of a master is sealed."""
    table = schema.seal
    statement_ = (
        select(table.c.no, table.c.hash, table.c.posting)
        .where(table.c.master_id == master)
        .order_by(table.c.no.desc())
        .limit(1)
    )
    found = connection.select(statement_)
    return Chain(found[0][0], bytes.fromhex(found[0][1]), found[0][2]) if found else Chain()


def sealed_to() -> ScalarSelect[int]:
    """Up to which number the journal of a row of `lane` is sealed, as a part of a statement about lanes."""
    seal = schema.seal
    last_no = select(func.coalesce(func.max(seal.c.no), 0)).where(seal.c.master_id == schema.lane.c.master_id)
    return last_no.scalar_subquery()


def unsealed(connection: Connection, after: int, limit: int) -> list[int]:
    """Masters with numbers beyond `after` whose journal isn't sealed to its end, in order."""
    lane = schema.lane
    statement_ = (
        select(lane.c.master_id)
        .where(lane.c.master_id > after, lane.c.next_journal - 1 > sealed_to())
        .order_by(lane.c.master_id)
        .limit(limit)
    )
    return [row[0] for row in connection.select(statement_)]


def extend(connection: Connection, master: int, chain: Chain, limit: int) -> list[Chain]:
    """The next links of a chain, one per row of the journal, `limit` at most."""
    journal, posting = schema.journal, schema.posting
    rows = connection.select(
        select(journal)
        .where(journal.c.master_id == master, journal.c.no > chain.no)
        .order_by(journal.c.no)
        .limit(limit)
    )
    if not rows:
        return []
    end = rows[-1][1]
    moved: dict[int, list[Posting]] = defaultdict(list)
    place, whole = chain.posting, False
    while not whole:
        # Postings have their numbers in the order of the commands that wrote them.
        page = connection.select(
            select(posting)
            .where(posting.c.master_id == master, posting.c.id > place)
            .order_by(posting.c.id)
            .limit(4 * limit)
        )
        for found in map(Posting._make, page):
            if found.journal > end:
                whole = True
                break
            moved[found.journal].append(found)
            place = found.id
        whole = whole or len(page) < 4 * limit
    return _links(chain, [Journal._make(row) for row in rows], moved)


def _links(chain: Chain, rows: Sequence[Journal], moved: dict[int, list[Posting]]) -> list[Chain]:
    links: list[Chain] = []
    for row in rows:
        postings = moved.get(row.no, [])
        posting = postings[-1].id if postings else chain.posting
        chain = Chain(row.no, link(chain.hash, row, postings), posting)
        links.append(chain)
    return links


def seal(keys: Keys, master: int, chain: Chain, now: int) -> Seal:
    """A seal on a chain, signed if the installation has a key."""
    unsigned = Seal(master, chain.no, chain.hash.hex(), chain.posting, now, None, None)
    number = keys.in_use()
    if number is None:
        return unsigned
    signature = _signer(keys, number).sign(statement(unsigned))
    return unsigned._replace(key=number, signature=base64.b64encode(signature).decode())


def is_signed(keys: Keys, seal: Seal) -> bool:
    """Whether the signature of a seal is by the key that it names. Raises `DatabaseProblem` where that key isn't."""
    assert seal.key is not None
    assert seal.signature is not None
    try:
        _signer(keys, seal.key).public_key().verify(base64.b64decode(seal.signature), statement(seal))
    except (InvalidSignature, ValueError):
        return False
    return True


def add(database: Database, seal: Seal) -> None:
    """Keep a seal. Raises a `Violation` if there is one at that place."""
    connection = database.connect()
    try:
        connection.run(insert(schema.seal).values(master_id=seal.master, **_values(seal)))
    finally:
        connection.close()


def page(connection: Connection, master: int, after: int, limit: int) -> list[Seal]:
    """The seals of a master beyond number `after`, in order."""
    table = schema.seal
    statement_ = select(table).where(table.c.master_id == master, table.c.no > after).order_by(table.c.no).limit(limit)
    return [Seal._make(row) for row in connection.select(statement_)]


def _values(seal: Seal) -> dict[str, object]:
    return {name: value for name, value in seal._asdict().items() if name != "master"}


def _signer(keys: Keys, number: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(keys.derived(number, FOR_SEALS, ""))
