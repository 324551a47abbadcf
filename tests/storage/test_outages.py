"""Outages: whatever time passes without a mark of any server is one, from the last mark to the next."""

import threading

from creditclock.storage.alive import AliveMark
from creditclock.storage.database import Database
from tests.conftest import Servers


def test_gap_between_marks_is_an_outage_once(servers: Servers, kind: str) -> None:
    database = Database(servers.database(kind))
    database.claim()
    database.prepare(test=False)
    one, two = AliveMark(database), AliveMark(database)
    assert one.write(1_000_000, 60_000).last is None
    before = one.write(1_000_500, 60_000)
    assert database.outages() == ()
    threading.Event().wait(0.05)
    after = two.write(1_001_000, 20)
    assert after.last == before.at
    assert database.outages() == ((before.at, after.at),)
    assert two.write(1_001_000, 60_000).last == after.at
    assert database.outages() == ((before.at, after.at),)
    for mark in (one, two):
        mark.close()
    database.close()
