"""Upkeep: what the server does by itself, through the lane like everything else.

These commands are in no public table: nobody can send them.
"""

from typing import Any, Final, Literal

from creditclock.commands.customers import RECOVERY_MS, erase, remove
from creditclock.commands.effects import caught_up, watched
from creditclock.commands.handling import Tx, handles
from creditclock.commands.instructions.timers import keep_timers
from creditclock.commands.masters import follow_plan
from creditclock.commands.second_factor import switch_off
from creditclock.commands.tokens import end_tokens, set_password, tell_password
from creditclock.contract import Command, Operation, Refusal, Urgency
from creditclock.contract.events import HeldBackTold
from creditclock.contract.tokens import Done
from creditclock.contract.values import number_of
from creditclock.domain.rows import Clock, Credential, Customer, SignInName, Staff
from creditclock.queries.source import ident


class CatchUp(Command[Done], frozen=True, kw_only=True):
    """Write down what happened to a clock by computation; `over` says that this very millisecond is over."""

    clock: int
    over: bool = False


class EraseCustomer(Command[Done], frozen=True, kw_only=True):
    """Forget a customer whose time to be recovered is over, or whose business was removed."""

    customer: int


class FollowPlan(Command[Done], frozen=True, kw_only=True):
    """Let a business have the limits of its plan as they are now."""


class CreateOperator(Command[Done], frozen=True, kw_only=True):
    """Make the installation's operator."""

    login: str


class HoldBack(Command[Done], frozen=True, kw_only=True):
    """Write down that sign-ins of somebody are held back, because so many passwords or codes were wrong."""

    subject: str
    failures: int


class ResetOperator(Command[Done], frozen=True, kw_only=True):
    """Give an operator who can't sign in any more a new password; asked for on the server's own machine."""

    login: str
    second_factor: Literal["keep", "remove"]


class KeepTimers(Command[Done], frozen=True, kw_only=True):
    """Keep the timers of a session token alive, whose client sent an instruction that didn't work in this master."""


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
        scopes=(),
        urgency=urgency,
        moves_value=False,
        shows_secret=False,
        journaled=journaled,
    )


CATCH_UP: Final = internal("clock.catch_up", CatchUp, Urgency.STOP)
ERASE_CUSTOMER: Final = internal("customer.erase", EraseCustomer, Urgency.REST)
FOLLOW_PLAN: Final = internal("plan.follow", FollowPlan, Urgency.REST)
CREATE_OPERATOR: Final = internal("operator.create", CreateOperator, Urgency.REST)
RESET_OPERATOR: Final = internal("operator.reset_password", ResetOperator, Urgency.REST)
HOLD_BACK: Final = internal("sign_in.held_back", HoldBack, Urgency.REST)
KEEP_TIMERS: Final = internal("instruction.keep_timers", KeepTimers, Urgency.RENEW)
INTERNAL: Final = {
    operation.name: operation
    for operation in (
        CATCH_UP,
        ERASE_CUSTOMER,
        FOLLOW_PLAN,
        CREATE_OPERATOR,
        RESET_OPERATOR,
        HOLD_BACK,
        KEEP_TIMERS,
    )
}
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
    """The end of a removed customer, and of every customer of a removed business."""
    customer = tx.get(Customer, command.customer)
    if customer and customer.erased_at is None and tx.rows.lane.removed_at is not None:
        erase(tx, customer if customer.removed_at is not None else remove(tx, customer))
        return Done()
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
        tx.put(SignInName(0, command.login, 0, staff.id, None))
        tx.subject = ident(tx, "stf", staff.id)
    return Done()


@handles(ResetOperator)
def reset_operator(tx: Tx, command: ResetOperator) -> Done:
    """A new password for an operator, whose tokens end. Raises a Refusal `not_found` for a login of nobody here."""
    found = tx.get(SignInName, command.login)
    if found is None or found.of_master != 0:
        raise Refusal("not_found", f"No operator has the login {command.login!r}. Check it.")
    set_password(tx, found.staff, tx.material["password"])
    end_tokens(tx, found.staff, spare=None)
    if command.second_factor == "remove":
        switch_off(tx, found.staff)
    tx.subject = ident(tx, "stf", found.staff)
    tell_password(tx, tx.subject)
    return Done()


@handles(KeepTimers)
def keep_alive(tx: Tx, _command: KeepTimers) -> Done:
    """New leases; nothing in the journal, unless a timer had ended meanwhile."""
    before = (tx.rows.next_event, tx.rows.next_id)
    keep_timers(tx)
    tx.quiet = (tx.rows.next_event, tx.rows.next_id) == before
    return Done()


@handles(HoldBack)
def hold_back(tx: Tx, command: HoldBack) -> Done:
    """What the journal and the desk are told of guesses: whose password, and how many; never what was typed."""
    tx.subject = command.subject
    customer = number_of(command.subject) if command.subject.startswith("cus_") else None
    tx.emit("sign_in.held_back", command.subject, HeldBackTold(failures=command.failures), customer=customer)
    return Done()
