"""Outages: a server that is killed again and again before its first mark still starts."""

from pathlib import Path

from creditclock.storage.database import AliveMark, Database
from creditclock.workers.alive import note_outage


def test_killed_before_the_first_mark_the_outage_only_grows(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'creditclock.db'}")
    database.claim()
    database.prepare(test=False)
    mark = AliveMark(database)
    mark.write(1_000_000)
    mark.close()
    assert note_outage(database, 1_010_000) == (1_000_000, 1_010_000)
    assert note_outage(database, 1_020_000) == (1_000_000, 1_020_000)
    assert database.outages() == ((1_000_000, 1_020_000),)
    database.close()
