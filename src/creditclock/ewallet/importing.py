"""The import of an old file into the database of this installation."""

import contextlib
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from creditclock.commands.alone import LaneAlone
from creditclock.commands.masters import check_zone
from creditclock.commands.timekeeping import WallTime
from creditclock.ewallet.businesses import contents
from creditclock.ewallet.chunks import Chunks
from creditclock.ewallet.comparing import compared
from creditclock.ewallet.dates import Dates
from creditclock.ewallet.file import opened
from creditclock.ewallet.findings import Findings
from creditclock.ewallet.moving import People, finish
from creditclock.settings import read
from creditclock.storage.database import Database, DatabaseProblem
from creditclock.storage.dialect import Conflict, Lost
from creditclock.storage.progress import Tell, unheard

Watch = AbstractContextManager[Tell]
"""Somebody who hears how far long work is, while it goes on."""


def import_file(
    overrides: Mapping[str, Any], path: Path, zone: str, watch: Watch | None = None, *, dry_run: bool = False
) -> Findings:
    """Move what fits of an old file into the database; gives what was found and what became of it.

    `zone` is the time zone of the machine that the file comes from. With `dry_run` nothing is written. What an import
    that was interrupted didn't bring is brought by the next one, and nothing twice. A SQLite database must not be
    served meanwhile, unless nothing is written. Raises `DatabaseProblem`, or a Refusal `invalid` for a wrong file.
    """
    check_zone(zone)
    dates = Dates(ZoneInfo(zone), WallTime().now())
    findings = Findings()
    with opened(path) as file, watch or contextlib.nullcontext(unheard) as tell:
        database = Database(read(overrides).database_url)
        try:
            database.check_there()
            if not dry_run:
                database.claim()
            database.check_version()
            tell("Reading accounts", 0, None)
            found = contents(file, dates, zone, findings)
            with database.reading() as connection:
                works = compared(connection, found.businesses, findings)
            with contextlib.nullcontext(None) if dry_run else LaneAlone(database) as lane:
                left = People(database, lane, findings, tell).move(works)
                Chunks(lane, left, findings, tell).move(file, found, dates)
                if lane:
                    finish(lane, left)
        except (Conflict, Lost) as error:
            reason = str(error).strip().splitlines()[0].rstrip(".")
            raise DatabaseProblem(f"The database can't be used right now: {reason}. Try again: it goes on.") from error
        finally:
            database.close()
    return findings
