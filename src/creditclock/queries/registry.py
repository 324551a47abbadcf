"""All queries: importing this module declares them."""

from creditclock.queries import (
    apps,
    audit,
    clocks,
    customers,
    explanations,
    exports,
    issue_reports,
    masters,
    plans,
    second_factor,
    supply_requests,
    tariffs,
    tokens,
    wallets,
    webhooks,
)
from creditclock.queries.asking import QUERIES

__all__ = [
    "QUERIES",
    "apps",
    "audit",
    "clocks",
    "customers",
    "explanations",
    "exports",
    "issue_reports",
    "masters",
    "plans",
    "second_factor",
    "supply_requests",
    "tariffs",
    "tokens",
    "wallets",
    "webhooks",
]
