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

__all__ = [
    "HANDLERS",
    "apps",
    "clocks",
    "customers",
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
