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

__all__ = [
    "HANDLERS",
    "apps",
    "clocks",
    "customers",
    "imported_customers",
    "imported_masters",
    "imported_records",
    "masters",
    "plans",
    "relaying",
    "second_factor",
    "sessions",
    "tariffs",
    "tokens",
    "upkeep",
    "wallets",
    "webhooks",
]
