"""Lately: the stretches that sessions ran in a recent time, found without reading what lies before it."""

from typing import Final, NamedTuple

from sqlalchemy import select

from creditclock.storage import schema
from creditclock.storage.snapshot import Snapshot

MOST_SESSIONS: Final = 2_000
"""Ended sessions are looked for among so many of the newest."""
MOST_STRETCHES: Final = 10_000


class Stretch(NamedTuple):
    """What a session burned between two instants, in thousandths of a ms, and the price of an hour of clock time."""

    from_at: int
    until_at: int
    burned: int
    price: int


def stretches(snapshot: Snapshot, since: int) -> list[Stretch]:
    """The written stretches of a master that reach beyond an instant, newest first, in one query."""
    session, segment, tariff = schema.session, schema.segment, schema.tariff
    own = session.c.master_id == snapshot.master
    newest = (
        select(session.c.id, session.c.tariff, session.c.ended_at)
        .where(own)
        .order_by(session.c.id.desc())
        .limit(MOST_SESSIONS)
        .subquery()
    )
    still_open = select(session.c.id, session.c.tariff).where(own, session.c.state != "ended")
    found = still_open.union(select(newest.c.id, newest.c.tariff).where(newest.c.ended_at > since)).subquery()
    statement = (
        select(segment.c.from_at, segment.c.until_at, segment.c.burned, tariff.c.price)
        .join(found, found.c.id == segment.c.session)
        .join(tariff, (tariff.c.master_id == segment.c.master_id) & (tariff.c.id == found.c.tariff))
        .where(segment.c.master_id == snapshot.master, segment.c.until_at > since, segment.c.burned != 0)
        .order_by(segment.c.until_at.desc())
        .limit(MOST_STRETCHES)
    )
    return [Stretch._make(row) for row in snapshot.connection.select(statement)]
