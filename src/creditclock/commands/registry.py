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
from creditclock.commands.importing import customers as imported_customers
from creditclock.commands.importing import masters as imported_masters
from creditclock.commands.importing import records as imported_records
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
    "imported_customers",
    "imported_masters",
    "imported_records",
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
