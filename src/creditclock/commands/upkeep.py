"""Upkeep: what the server does by itself, through the lane like everything else.

These commands are in no public table: nobody can send them.
"""

from typing import Any, Final

from creditclock.commands.customers import RECOVERY_MS, erase
from creditclock.commands.effects import caught_up, watched
from creditclock.commands.handling import Tx, handles
from creditclock.commands.masters import follow_plan
from creditclock.contract import Command, Operation, Urgency
from creditclock.contract.tokens import Done
from creditclock.domain.rows import Clock, Credential, Customer, SignInName, Staff


class CatchUp(Command[Done], frozen=True, kw_only=True):
    """Write down what happened to a clock by computation; `over` says that this very millisecond is over."""

    clock: int
    over: bool = False


class EraseCustomer(Command[Done], frozen=True, kw_only=True):
    """Forget a customer whose time to be recovered is over."""

    customer: int


class FollowPlan(Command[Done], frozen=True, kw_only=True):
    """Let a business have the limits of its plan as they are now."""


class CreateOperator(Command[Done], frozen=True, kw_only=True):
    """Make the installation's operator."""

    login: str


def internal(name: str, command: type[Command[Any]], urgency: Urgency, *, journaled: bool = True) -> Operation:
    """An operation that only the server itself sends."""
    return Operation(
        name=name,
        method="POST",
        path="",
        command=command,
        answer=Done,
        status=200,
        by=(),
        scope=None,
        urgency=urgency,
        moves_value=False,
        shows_secret=False,
        journaled=journaled,
    )


CATCH_UP: Final = internal("clock.catch_up", CatchUp, Urgency.STOP)
ERASE_CUSTOMER: Final = internal("customer.erase", EraseCustomer, Urgency.REST)
FOLLOW_PLAN: Final = internal("plan.follow", FollowPlan, Urgency.REST)
CREATE_OPERATOR: Final = internal("operator.create", CreateOperator, Urgency.REST)
INTERNAL: Final = {operation.name: operation for operation in (CATCH_UP, ERASE_CUSTOMER, FOLLOW_PLAN, CREATE_OPERATOR)}
"""The operations that only the server itself sends, by name."""


@handles(CatchUp)
def catch_up(tx: Tx, command: CatchUp) -> Done:
    """The ends, expiries and limits of a clock up to now."""
    clock = tx.get(Clock, command.clock)
    if clock is not None:
        before = (tx.rows.next_event, tx.rows.next_id)
        watched(tx, caught_up(tx, clock, over=command.over))
        tx.quiet = (tx.rows.next_event, tx.rows.next_id) == before
    return Done()


@handles(EraseCustomer)
def erase_customer(tx: Tx, command: EraseCustomer) -> Done:
    """The end of a removed customer."""
    customer = tx.get(Customer, command.customer)
    due = customer and customer.removed_at is not None and tx.now >= customer.removed_at + RECOVERY_MS
    if customer and due and customer.erased_at is None:
        erase(tx, customer)
    return Done()


@handles(FollowPlan)
def follow(tx: Tx, _command: FollowPlan) -> Done:
    """The limits of the plan."""
    follow_plan(tx)
    return Done()


@handles(CreateOperator)
def create_operator(tx: Tx, command: CreateOperator) -> Done:
    """The first operator, unless there is one."""
    if tx.get(SignInName, command.login) is None:
        staff = Staff(0, tx.new_id(), command.login, "Operator", "operator", tx.now)
        tx.put(staff)
        tx.put(Credential(0, staff.id, tx.material["password"], 1))
        tx.put(SignInName(0, command.login, 0, staff.id))
    return Done()
