"""Numbering: customers that a business had before its first key code get their numbers.

The command is in no public table: a worker sends it.
"""

from typing import Final

from creditclock.commands.handling import Tx, handles
from creditclock.commands.instructions.profiles import customer_profile
from creditclock.commands.upkeep import INTERNAL, internal
from creditclock.contract import Command, Urgency
from creditclock.contract.tokens import Done
from creditclock.domain.rows import Customer, CustomerProfile, MasterProfile
from creditclock.queries.source import ident

NOBODY: Final = 0


class NumberCustomer(Command[Done], frozen=True, kw_only=True):
    """Give a customer a number, and numbers to its wallets and clocks; `NOBODY` says that all have theirs."""

    customer: int


NUMBER_CUSTOMER: Final = internal("instruction.number_customer", NumberCustomer, Urgency.REST)
INTERNAL[NUMBER_CUSTOMER.name] = NUMBER_CUSTOMER


@handles(NumberCustomer)
def number_customer(tx: Tx, command: NumberCustomer) -> Done:
    """The number of a customer that has none."""
    if command.customer == NOBODY:
        profile = tx.get(MasterProfile, 0)
        if profile is not None:
            tx.put(profile._replace(unnumbered=0))
        tx.quiet = True
        return Done()
    customer = tx.get(Customer, command.customer)
    if customer is None or customer.erased_at is not None or tx.get(CustomerProfile, customer.id):
        tx.quiet = True
        return Done()
    customer_profile(tx, customer)
    tx.subject = ident(tx, "cus", customer.id)
    return Done()
