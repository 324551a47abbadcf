"""All instructions as methods of a client. Written by `make docs`. Don't edit it."""

from creditclock.instructions.groups.accounts import AccountInstructions
from creditclock.instructions.groups.clocks import ClockInstructions
from creditclock.instructions.groups.contacts import ContactInstructions
from creditclock.instructions.groups.credits import CreditInstructions
from creditclock.instructions.groups.events import EventInstructions
from creditclock.instructions.groups.masters import MasterInstructions
from creditclock.instructions.groups.records import RecordInstructions
from creditclock.instructions.groups.reports import ReportInstructions
from creditclock.instructions.groups.sheets import SheetInstructions
from creditclock.instructions.groups.tokens import TokenInstructions


class Instructions(
    TokenInstructions,
    ReportInstructions,
    MasterInstructions,
    AccountInstructions,
    CreditInstructions,
    ClockInstructions,
    SheetInstructions,
    RecordInstructions,
    ContactInstructions,
    EventInstructions,
):
    """A method for each instruction."""
