"""Owners: whose things these are, and whether the caller may touch them."""

from creditclock.commands.handling import Tx
from creditclock.contract import Refusal
from creditclock.contract.values import identify
from creditclock.domain.rows import Customer, Wallet
from creditclock.queries import asking
from creditclock.queries.source import Source, not_found
from creditclock.storage.relations import WALLETS


def check_own(tx: Tx, customer: int | None, identifier: str) -> None:
    """Refuse (`not_found`) a customer who names what belongs to another."""
    asking.check_own(tx.caller, customer, identifier)


def check_customer(customer: Customer | None) -> None:
    """Refuse (`customer_removed`) what a removed customer can't do."""
    if customer is not None and customer.removed_at is not None:
        raise Refusal(
            "customer_removed",
            "This customer was removed. Recover the customer first.",
            customer=identify("cus", customer.master, customer.id),
        )


def check_payee(tx: Tx, customer: Customer, identifier: str) -> None:
    """Refuse (`customer_removed`) a payee who was removed; to other customers there is none (`not_found`)."""
    if customer.removed_at is not None and tx.caller.kind == "customer" and tx.caller.id != customer.id:
        raise not_found(identifier)
    check_customer(customer)


def first_wallet(source: Source, customer: int) -> Wallet:
    """The oldest wallet of a customer."""
    return source.range(WALLETS, customer)[0]
