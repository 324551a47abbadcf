"""All queries: importing this module declares them."""

from creditclock.queries import (
    apps,
    clocks,
    customers,
    explanations,
    exports,
    masters,
    plans,
    tariffs,
    tokens,
    wallets,
    webhooks,
)
from creditclock.queries.asking import QUERIES

__all__ = [
    "QUERIES",
    "apps",
    "clocks",
    "customers",
    "explanations",
    "exports",
    "masters",
    "plans",
    "tariffs",
    "tokens",
    "wallets",
    "webhooks",
]
