"""Clocks and timers: a method for each instruction. Written by `make docs`. Don't edit it."""

from creditclock.contract.instructions.clocks import (
    ClockShown,
    ClockUnlinked,
    CreateCreditClock,
    PauseClockTimer,
    ResumeClockTimer,
    StartClockTimer,
    StopClockTimer,
    SwitchCreditClock,
    TimerPaused,
    TimerResumed,
    TimerStarted,
    TimerStopped,
    UnlinkCreditClock,
    ViewCreditClock,
)
from creditclock.instructions.calling import Caller


class ClockInstructions(Caller):
    """Clocks and timers."""

    def start_clock_timer(self) -> TimerStarted:
        """Start the timer of the clock in use.

        Gives TimerStarted: A clock whose timer runs. It has `clock`, `start_timestamp`.

        StartClockTimer needs tokens, an acquired master, and an account that is logged in and not marked for removal.
        It usually comes after `account_login`, `convert_credits_to_clock`.
        """
        return self.call(StartClockTimer())

    def pause_clock_timer(self) -> TimerPaused:
        """Pause the timer: the clock stands still.

        Gives TimerPaused: A clock whose timer stands still; `pending_time` are the minutes of the earlier pauses. It
        has `clock`, `pending_time`, `start_timestamp`, `pause_timestamp`, `pending_count`.

        PauseClockTimer needs tokens, an acquired master, and an account that is logged in and not marked for removal.
        It usually comes after `account_login`, `start_clock_timer`.
        """
        return self.call(PauseClockTimer())

    def resume_clock_timer(self) -> TimerResumed:
        """Let a paused timer run on.

        Gives TimerResumed: A clock whose timer runs on; `pending_time` are the minutes of all pauses. It has `clock`,
        `pending_time`, `pause_timestamp`, `resume_timestamp`, `pending_count`.

        ResumeClockTimer needs tokens, an acquired master, and an account that is logged in and not marked for removal.
        It usually comes after `account_login`, `pause_clock_timer`.
        """
        return self.call(ResumeClockTimer())

    def stop_clock_timer(self) -> TimerStopped:
        """Stop the timer and take the minutes from the clock.

        Gives TimerStopped: A clock whose timer was stopped, the minutes it took, and the record of it. It has `clock`,
        `pending_count`, `pending_time`, `start_timestamp`, `stop_timestamp`, `minutes_spent`, `time_record`,
        `record_data`.

        StopClockTimer needs tokens, an acquired master, and an account that is logged in and not marked for removal. It
        usually comes after `account_login`, `start_clock_timer`.
        """
        return self.call(StopClockTimer())

    def create_credit_clock(self, *, reference: str | None = None) -> ClockShown:
        """Make one more clock of the wallet in use, with sheets; the clock in use stays in use.

        Gives ClockShown: A clock; `clock` is its number. It has `clock`, `clock_data`.

        CreateCreditClock needs tokens, an acquired master, and an account that is logged in and not marked for removal.
        It usually comes after `account_login`.

        reference: A text on one line.
        """
        return self.call(CreateCreditClock(reference=reference))

    def switch_credit_clock(self, clock_id: int) -> ClockShown:
        """Use another clock of the wallet in use.

        Gives ClockShown: A clock; `clock` is its number. It has `clock`, `clock_data`.

        SwitchCreditClock needs tokens, an acquired master, and an account that is logged in and not marked for removal.
        It usually comes after `account_login`, `create_credit_clock`.

        clock_id: The number of a thing, as answered before.
        """
        return self.call(SwitchCreditClock(clock_id=clock_id))

    def view_credit_clock(self) -> ClockShown:
        """Show the clock in use.

        Gives ClockShown: A clock; `clock` is its number. It has `clock`, `clock_data`.

        ViewCreditClock needs tokens, an acquired master, and an account that is logged in and not marked for removal.
        It usually comes after `account_login`.
        """
        return self.call(ViewCreditClock())

    def unlink_credit_clock(self, clock_id: int) -> ClockUnlinked:
        """Put a clock away.

        Gives ClockUnlinked: The number of a clock that is gone. It has `credit_clock`.

        UnlinkCreditClock needs tokens, an acquired master, and an account that is logged in and not marked for removal.
        It usually comes after `account_login`, `create_credit_clock`.

        clock_id: The number of a thing, as answered before.
        """
        return self.call(UnlinkCreditClock(clock_id=clock_id))
