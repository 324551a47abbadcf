"""What may be said: operations, answers and errors.

Importing this package fills `OPERATIONS`.
"""

from creditclock.contract import (
    apps,
    audit,
    batch,
    clocks,
    customers,
    events,
    issue_reports,
    logins,
    masters,
    plans,
    second_factor,
    sessions,
    supply_requests,
    tariffs,
    test_clock,
    tokens,
    wallets,
    webhooks,
)
from creditclock.contract.errors import TITLES, Refusal
from creditclock.contract.instructions import system
from creditclock.contract.operation import OPERATIONS, Command, Operation, Urgency

__all__ = [
    "OPERATIONS",
    "TITLES",
    "Command",
    "Operation",
    "Refusal",
    "Urgency",
    "apps",
    "audit",
    "batch",
    "clocks",
    "customers",
    "events",
    "issue_reports",
    "logins",
    "masters",
    "plans",
    "second_factor",
    "sessions",
    "supply_requests",
    "system",
    "tariffs",
    "test_clock",
    "tokens",
    "wallets",
    "webhooks",
]
