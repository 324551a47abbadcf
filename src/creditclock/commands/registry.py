"""All handlers: importing this module declares them."""

from creditclock.commands import (
    apps,
    clocks,
    customers,
    masters,
    plans,
    relaying,
    second_factor,
    sessions,
    supply_requests,
    tariffs,
    tokens,
    upkeep,
    wallets,
    webhooks,
)
from creditclock.commands.handling import HANDLERS
from creditclock.commands.instructions import (
    accounts,
    contacts,
    ending,
    events,
    records,
    reports,
    system,
)
from creditclock.commands.instructions import clocks as instructed_clocks
from creditclock.commands.instructions import masters as instructed_masters

__all__ = [
    "HANDLERS",
    "accounts",
    "apps",
    "clocks",
    "contacts",
    "customers",
    "ending",
    "events",
    "instructed_clocks",
    "instructed_masters",
    "masters",
    "plans",
    "records",
    "relaying",
    "reports",
    "second_factor",
    "sessions",
    "supply_requests",
    "system",
    "tariffs",
    "tokens",
    "upkeep",
    "wallets",
    "webhooks",
]
