"""Clocks of the instruction set: their timers, and clocks themselves."""

from typing import Final

from creditclock.commands import sessions
from creditclock.commands.clocks import create_clock as open_one
from creditclock.commands.effects import caught_up
from creditclock.commands.handling import Tx
from creditclock.commands.instructions.credits import check_empty, clock_in_use, in_use
from creditclock.commands.instructions.handling import Answer, Guest, instructs
from creditclock.commands.instructions.keeping import keep_timer
from creditclock.commands.instructions.profiles import clock_profile, clocks_shown
from creditclock.commands.instructions.records import time_record_data
from creditclock.commands.instructions.showing import clock_data
from creditclock.commands.instructions.timers import adopt, record_of
from creditclock.contract import Refusal
from creditclock.contract.clocks import CreateClock
from creditclock.contract.instructions.clocks import (
    CreateCreditClock,
    PauseClockTimer,
    ResumeClockTimer,
    StartClockTimer,
    StopClockTimer,
    SwitchCreditClock,
    UnlinkCreditClock,
    ViewCreditClock,
)
from creditclock.contract.instructions.wording import MINUTE_MS, date, minutes
from creditclock.contract.sessions import PauseSession, ResumeSession, StartSession, StopSession
from creditclock.contract.values import number_of
from creditclock.domain.drafts import State
from creditclock.domain.rows import Clock, ClockProfile, Session, Visit, WalletProfile
from creditclock.queries.source import ident, sure

LEASE_MS: Final = 30 * MINUTE_MS
"""How long a timer runs after its session's last instruction, unless the settings say otherwise."""
LEASE: Final = "timer_lease_ms"
"""The name under which the material holds another lease."""


@instructs(StartClockTimer)
def start_timer(guest: Guest, _command: StartClockTimer) -> Answer:
    """The clock runs; an empty one ends in the same millisecond, and the time record says so."""
    tx, profile = guest.tx, clock_in_use(guest)
    state = caught_up(tx, sure(tx, Clock, profile.id))
    if profile.timer is not None and sure(tx, Session, profile.timer).state != "ended":
        raise Refusal("timer_state", "The timer of this clock is on already. Pause or stop it.")
    if len(state.sessions) >= state.clock.parallel:
        check_not_elsewhere(state)
    lease_ms = int(tx.material.get(LEASE, LEASE_MS))
    started = sessions.start(tx, StartSession(clock=ident(tx, "clk", profile.id), lease_ms=lease_ms), though_empty=True)
    number = number_of(started.id)
    adopt(tx, guest.visit, keep_timer(tx, profile, number), number)
    return {"failed": False, "clock": profile.no, "start_timestamp": date(tx.now)}


@instructs(PauseClockTimer)
def pause_timer(guest: Guest, _command: PauseClockTimer) -> Answer:
    """The clock stands still; pauses cost nothing."""
    tx, profile, session = _timer(guest, "active")
    sessions.pause_session(tx, PauseSession(session=ident(tx, "ses", session.id), seq=session.seq))
    paused = sure(tx, Session, session.id)
    _touched(tx, guest.visit, profile, session.id)
    return {
        "failed": False,
        "clock": profile.no,
        "pending_time": minutes(paused.paused_ms),
        "start_timestamp": date(session.started_at),
        "pause_timestamp": date(tx.now),
        "pending_count": paused.pauses,
    }


@instructs(ResumeClockTimer)
def resume_timer(guest: Guest, _command: ResumeClockTimer) -> Answer:
    """The clock runs on."""
    tx, profile, session = _timer(guest, "pending")
    sessions.resume_session(tx, ResumeSession(session=ident(tx, "ses", session.id), seq=session.seq))
    resumed = sure(tx, Session, session.id)
    _touched(tx, guest.visit, profile, session.id)
    return {
        "failed": False,
        "clock": profile.no,
        "pending_time": minutes(resumed.paused_ms),
        "pause_timestamp": date(session.since),
        "resume_timestamp": date(tx.now),
        "pending_count": resumed.pauses,
    }


@instructs(StopClockTimer)
def stop_timer(guest: Guest, _command: StopClockTimer) -> Answer:
    """The end of the timer, or what its end was if it ended by itself; that is told once."""
    tx, profile = guest.tx, clock_in_use(guest)
    state = caught_up(tx, sure(tx, Clock, profile.id))
    if profile.timer is None:
        check_not_elsewhere(state)
        raise Refusal("timer_state", "The timer of this clock is not on. Send StartClockTimer first.")
    session = sure(tx, Session, profile.timer)
    if session.state == "paused":
        raise Refusal("timer_state", "The timer is paused. Send ResumeClockTimer, then stop it.")
    if session.state == "running":
        sessions.stop_session(tx, StopSession(session=ident(tx, "ses", session.id), seq=session.seq))
        session = sure(tx, Session, session.id)
    tx.subject = ident(tx, "ses", session.id)
    profile = sure(tx, ClockProfile, profile.id)._replace(timer=None, visit=None, written_at=tx.now)
    tx.put(profile)
    record = record_of(tx, session)
    assert session.ended_at is not None
    return {
        "failed": False,
        "clock": profile.no,
        "pending_count": session.pauses,
        "pending_time": minutes(session.paused_ms),
        "start_timestamp": date(session.started_at),
        "stop_timestamp": date(session.ended_at),
        "minutes_spent": minutes(session.used or 0),
        "time_record": record.no,
        "record_data": time_record_data(tx, record),
    }


@instructs(CreateCreditClock)
def create_clock(guest: Guest, command: CreateCreditClock) -> Answer:
    """One more clock of the wallet in use; the one in use stays in use."""
    tx, wallet = guest.tx, in_use(guest)
    owner = ident(tx, "cus", guest.customer.id)
    made = open_one(tx, CreateClock(customer=owner, wallet=ident(tx, "wal", wallet.id)))
    clock = sure(tx, Clock, number_of(made.id))
    profile = clock_profile(tx, clock, command.reference or "Credit Clock")
    current = sure(tx, WalletProfile, wallet.id)
    tx.put(current._replace(clock=current.clock or profile.id, written_at=tx.now))
    return _shown(tx, profile)


@instructs(SwitchCreditClock)
def switch_clock(guest: Guest, command: SwitchCreditClock) -> Answer:
    """Another clock of the wallet is in use from now on; nothing else changes."""
    tx, wallet = guest.tx, in_use(guest)
    profile = _own_clock(tx, wallet, command.clock_id)
    tx.put(wallet._replace(clock=profile.id, written_at=tx.now))
    return _shown(tx, profile)


@instructs(ViewCreditClock)
def view_clock(guest: Guest, _command: ViewCreditClock) -> Answer:
    """The clock in use."""
    return _shown(guest.tx, clock_in_use(guest))


@instructs(UnlinkCreditClock)
def unlink_clock(guest: Guest, command: UnlinkCreditClock) -> Answer:
    """A clock without a whole minute is hidden from its owner; where it was in use, the oldest other one is."""
    tx, wallet = guest.tx, in_use(guest)
    profile = _own_clock(tx, wallet, command.clock_id)
    check_empty(tx, profile)
    tx.put(sure(tx, ClockProfile, profile.id)._replace(unlinked_at=tx.now, written_at=tx.now))
    left = clocks_shown(tx, wallet)
    current = wallet.clock if wallet.clock != profile.id else (left[0].id if left else None)
    tx.put(wallet._replace(clock=current, written_at=tx.now))
    tx.subject = ident(tx, "clk", profile.id)
    return {"failed": False, "credit_clock": profile.no}


def check_not_elsewhere(state: State) -> None:
    """Refuse (`timer_state`) what another program runs on the clock."""
    if state.sessions:
        raise Refusal("timer_state", "Another program uses this clock right now. End it there first.")


def _timer(guest: Guest, wanted: str) -> tuple[Tx, ClockProfile, Session]:
    """The timer of the clock in use, in the state that the instruction is for. Refuses `timer_state`."""
    tx, profile = guest.tx, clock_in_use(guest)
    elsewhere = caught_up(tx, sure(tx, Clock, profile.id))
    session = None if profile.timer is None else sure(tx, Session, profile.timer)
    state = {"running": "active", "paused": "pending"}.get(session.state, "inactive") if session else "inactive"
    if session is None or session.state == "ended":
        check_not_elsewhere(elsewhere)
    if session is None or state != wanted:
        raise Refusal("timer_state", f"The timer of this clock is {state}, not {wanted}.", state=state)
    return tx, profile, session


def _touched(tx: Tx, visit: Visit, profile: ClockProfile, session: int) -> None:
    """From now on this session keeps the timer alive, whoever started it."""
    adopt(tx, sure(tx, Visit, visit.id), profile, session)


def _own_clock(tx: Tx, wallet: WalletProfile, number: int) -> ClockProfile:
    for profile in clocks_shown(tx, wallet):
        if profile.no == number:
            return profile
    raise Refusal("not_found", "The wallet in use has no clock of this number. ViewCreditEWallet lists them.")


def _shown(tx: Tx, profile: ClockProfile) -> Answer:
    tx.subject = ident(tx, "clk", profile.id)
    return {"failed": False, "clock": profile.no, "clock_data": clock_data(tx, profile)}
