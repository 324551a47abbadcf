"""Timers: sessions that the instruction set starts, kept alive by every instruction of the session token."""

from collections.abc import Sequence
from typing import Final

from creditclock.commands.effects import caught_up
from creditclock.commands.handling import Tx
from creditclock.domain import sessions
from creditclock.domain.rows import Account, Clock, ClockProfile, Lot, Session, SheetRecord, Visit
from creditclock.queries.source import sure
from creditclock.storage.relations import CLOCKS, LIVE_LOTS, OPEN_SESSIONS, TIME_RECORD
from creditclock.storage.working_set import Place

MOST: Final = 100
"""So many timers a session token keeps alive at once."""


def keep_timers(tx: Tx) -> bool:
    """Give every running timer of the session a new lease; says whether there was one."""
    visit = tx.get(Visit, tx.caller.id) if tx.master and tx.caller.kind == "instruction" else None
    if visit is None or not visit.timers:
        return False
    numbers = list(map(int, visit.timers.split()))
    _bring(tx, numbers)
    left = [number for number in numbers if _kept(tx, visit, number)]
    timers = " ".join(map(str, left))
    if timers != visit.timers:
        tx.put(visit._replace(timers=timers))
    return bool(left)


def _bring(tx: Tx, timers: Sequence[int]) -> None:
    """Ask at once for what is looked at of timers and their clocks."""
    tx.want([(Session, None, number) for number in timers])
    places: list[Place] = []
    for clock in (sure(tx, Session, number).clock for number in timers):
        places += [(kind, None, clock) for kind in (Clock, ClockProfile, Account)]
        places += [(Session, OPEN_SESSIONS, clock), (Lot, LIVE_LOTS, clock)]
    tx.want(places)


def adopt(tx: Tx, visit: Visit, profile: ClockProfile, session: int) -> tuple[Visit, ClockProfile]:
    """Let a session token keep a timer alive from now on."""
    others = [number for number in visit.timers.split() if number != str(session)]
    visit = visit._replace(timers=" ".join([*others[-MOST + 1 :], str(session)]))
    profile = profile._replace(timer=session, visit=visit.id, written_at=tx.now)
    tx.put(visit)
    tx.put(profile)
    return visit, profile


def drop_timers(tx: Tx, visit: Visit, customer: int) -> Visit:
    """Let a session keep the timers of a customer alive no more, who logs out there: they run out by their leases."""
    gone: set[str] = set()
    for clock in tx.range(CLOCKS, customer):
        profile = tx.get(ClockProfile, clock.id)
        if profile is not None and profile.timer is not None and profile.visit == visit.id:
            tx.put(profile._replace(visit=None))
            gone.add(str(profile.timer))
    return visit._replace(timers=" ".join(number for number in visit.timers.split() if number not in gone))


def adopt_timers(tx: Tx, visit: Visit, customer: int) -> Visit:
    """Let a session token keep all timers of a customer alive, who has just logged in there."""
    clocks = tx.range(CLOCKS, customer)
    tx.want([(ClockProfile, None, clock.id) for clock in clocks])
    profiles = [profile for clock in clocks if (profile := tx.get(ClockProfile, clock.id))]
    _bring(tx, [profile.timer for profile in profiles if profile.timer is not None])
    for profile in profiles:
        session = None if profile.timer is None else sure(tx, Session, profile.timer)
        if session is not None and session.state != "ended":
            visit, _ = adopt(tx, visit, profile, session.id)
    return visit


def _kept(tx: Tx, visit: Visit, number: int) -> bool:
    """Whether a session is still a timer of this session token; its lease is renewed then."""
    session = sure(tx, Session, number)
    clock = sure(tx, Clock, session.clock)
    profile = sure(tx, ClockProfile, clock.id)
    if session.state == "ended" or profile.timer != number or profile.visit != visit.id:
        return False
    caught_up(tx, clock)
    session = sure(tx, Session, number)
    if session.state == "ended":
        return False
    renewed = sessions.renew(session, tx.now)
    if renewed is not session:
        tx.put(renewed)
    return True


def record_of(tx: Tx, session: Session) -> SheetRecord:
    """The time record of a session that the instruction set started."""
    found: list[SheetRecord] = tx.range(TIME_RECORD, session.id)
    return found[0]
