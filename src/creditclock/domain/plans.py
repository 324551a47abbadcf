"""Plans: which limits a business has (design section 2)."""

from typing import NamedTuple

from creditclock.domain.rows import Master, Plan


class Limits(NamedTuple):
    """How many of each a business may have at most; None does not limit."""

    customers: int | None
    seats: int | None
    apps: int | None


def own_limits(master: Master) -> Limits:
    """The limits that the operator gave the business itself; where one is None, its plan's counts."""
    return Limits(master.customer_limit, master.seat_limit, master.app_limit)


def limits(master: Master) -> Limits:
    """The limits that count: a business's own, otherwise those of its plan."""
    own = own_limits(master)
    return Limits(
        customers=master.plan_customer_limit if own.customers is None else own.customers,
        seats=master.plan_seat_limit if own.seats is None else own.seats,
        apps=master.plan_app_limit if own.apps is None else own.apps,
    )


def on_plan(master: Master, plan: Plan | None) -> Master:
    """The business with the limits of a plan as they are now, or on no plan."""
    return master._replace(
        plan=plan.id if plan else None,
        plan_customer_limit=plan.customer_limit if plan else None,
        plan_seat_limit=plan.seat_limit if plan else None,
        plan_app_limit=plan.app_limit if plan else None,
    )
