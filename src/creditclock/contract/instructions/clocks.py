"""Clocks of the instruction set: clocks and their timers."""

from typing import Literal

import msgspec

from creditclock.contract.instructions.instruction import Instruct, Needs, instruction
from creditclock.contract.instructions.records import TimeRecordData
from creditclock.contract.instructions.values import Date, Number, Text
from creditclock.contract.operation import Urgency


class ClockData(msgspec.Struct, frozen=True, kw_only=True):
    """A clock of the wallet `ewallet`, with `credit_clock` minutes; it is `pending` while its timer is paused."""

    id: int
    ewallet: int
    reference: str
    create_date: Date
    write_date: Date
    credit_clock: float
    clock_state: Literal["inactive", "active", "pending"]
    time_sheet: int | None
    time_sheet_archive: dict[int, str]
    conversion_sheet: int | None
    conversion_sheet_archive: dict[int, str]


class ClockShown(msgspec.Struct, frozen=True, kw_only=True):
    """A clock; `clock` is its number."""

    failed: Literal[False] = False
    clock: int
    clock_data: ClockData


class ClockUnlinked(msgspec.Struct, frozen=True, kw_only=True):
    """The number of a clock that is gone."""

    failed: Literal[False] = False
    credit_clock: int


class TimerStarted(msgspec.Struct, frozen=True, kw_only=True):
    """A clock whose timer runs."""

    failed: Literal[False] = False
    clock: int
    start_timestamp: Date


class TimerPaused(msgspec.Struct, frozen=True, kw_only=True):
    """A clock whose timer stands still; `pending_time` are the minutes of the earlier pauses."""

    failed: Literal[False] = False
    clock: int
    pending_time: float
    start_timestamp: Date
    pause_timestamp: Date
    pending_count: int


class TimerResumed(msgspec.Struct, frozen=True, kw_only=True):
    """A clock whose timer runs on; `pending_time` are the minutes of all pauses."""

    failed: Literal[False] = False
    clock: int
    pending_time: float
    pause_timestamp: Date
    resume_timestamp: Date
    pending_count: int


class TimerStopped(msgspec.Struct, frozen=True, kw_only=True):
    """A clock whose timer was stopped, the minutes it took, and the record of it."""

    failed: Literal[False] = False
    clock: int
    pending_count: int
    pending_time: float
    start_timestamp: Date
    stop_timestamp: Date
    minutes_spent: float
    time_record: int
    record_data: TimeRecordData


@instruction(
    "action=start start=clock_timer",
    Needs.ACCOUNT,
    uses=("session.start",),
    after=("AccountLogin", "ConvertCreditsToClock"),
    urgency=Urgency.START,
)
class StartClockTimer(Instruct[TimerStarted], frozen=True, kw_only=True):
    """Start the timer of the clock in use."""


@instruction(
    "action=pause pause=clock_timer",
    Needs.ACCOUNT,
    uses=("session.pause",),
    after=("AccountLogin", "StartClockTimer"),
    urgency=Urgency.STOP,
)
class PauseClockTimer(Instruct[TimerPaused], frozen=True, kw_only=True):
    """Pause the timer: the clock stands still."""


@instruction(
    "action=resume resume=clock_timer",
    Needs.ACCOUNT,
    uses=("session.resume",),
    after=("AccountLogin", "PauseClockTimer"),
    urgency=Urgency.START,
)
class ResumeClockTimer(Instruct[TimerResumed], frozen=True, kw_only=True):
    """Let a paused timer run on."""


@instruction(
    "action=stop stop=clock_timer",
    Needs.ACCOUNT,
    uses=("session.stop",),
    after=("AccountLogin", "StartClockTimer"),
    urgency=Urgency.STOP,
)
class StopClockTimer(Instruct[TimerStopped], frozen=True, kw_only=True):
    """Stop the timer and take the minutes from the clock."""


@instruction("action=new new=credit credit=clock", Needs.ACCOUNT, uses=("clock.create",), after=("AccountLogin",))
class CreateCreditClock(Instruct[ClockShown], frozen=True, kw_only=True):
    """Make one more clock of the wallet in use, with sheets; the clock in use stays in use."""

    reference: Text | None = None


@instruction("action=switch switch=credit credit=clock", Needs.ACCOUNT, after=("AccountLogin", "CreateCreditClock"))
class SwitchCreditClock(Instruct[ClockShown], frozen=True, kw_only=True):
    """Use another clock of the wallet in use."""

    clock_id: Number


@instruction(
    "action=view view=credit credit=clock", Needs.ACCOUNT, uses=("clock.get",), after=("AccountLogin",), looks=True
)
class ViewCreditClock(Instruct[ClockShown], frozen=True, kw_only=True):
    """Show the clock in use."""


@instruction("action=unlink unlink=credit credit=clock", Needs.ACCOUNT, after=("AccountLogin", "CreateCreditClock"))
class UnlinkCreditClock(Instruct[ClockUnlinked], frozen=True, kw_only=True):
    """Put a clock away."""

    clock_id: Number
