"""Rows: the values that are remembered, one frozen tuple per table.

The fields are the columns, in order. Each row begins with the number of its master (0 where there is none),
so that a reference across masters can't be written down. Instants are UTC epoch milliseconds, durations
milliseconds, amounts minor units; `burned`, `rest` and `ahead` are thousandths of a millisecond.
"""

from creditclock.domain.rows.clocks import Account, Clock, Lot, Segment, Session, Wallet
from creditclock.domain.rows.parties import (
    App,
    Credential,
    Customer,
    Erasure,
    Lane,
    Master,
    Person,
    Plan,
    SecondFactor,
    SignInName,
    Staff,
    Tariff,
    Token,
)
from creditclock.domain.rows.records import Delivery, Event, Journal, Note, Posting, Reference, Seal, Stored, Webhook

__all__ = [
    "Account",
    "App",
    "Clock",
    "Credential",
    "Customer",
    "Delivery",
    "Erasure",
    "Event",
    "Journal",
    "Lane",
    "Lot",
    "Master",
    "Note",
    "Person",
    "Plan",
    "Posting",
    "Reference",
    "Seal",
    "SecondFactor",
    "Segment",
    "Session",
    "SignInName",
    "Staff",
    "Stored",
    "Tariff",
    "Token",
    "Wallet",
    "Webhook",
]
