"""Plans: what an operator allows a master."""

import msgspec
from msgspec import UNSET, UnsetType

from creditclock.contract.operation import Command, operation
from creditclock.contract.pages import Page
from creditclock.contract.tokens import Done
from creditclock.contract.values import PAGE, Count, Cursor, Instant, Limit, Name, PlanId


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a business on this plan may have at most; null is no limit. `masters` is how many businesses are on it.

    Customers and apps that are removed don't count. The limit of seats counts when seats are made.
    """

    id: PlanId
    name: str
    customer_limit: int | None
    seat_limit: int | None
    app_limit: int | None
    masters: int
    created_at: Instant


@operation("plan.create", "POST /v1/plans", by=("operator",), status=201)
class CreatePlan(Command[Plan], frozen=True, kw_only=True):
    """Make a plan. A limit that is left out does not limit."""

    name: Name
    customer_limit: Count | None = None
    seat_limit: Count | None = None
    app_limit: Count | None = None


@operation("plan.list", "GET /v1/plans", by=("operator",))
class ListPlans(Command[Page[Plan]], frozen=True, kw_only=True):
    """List the plans, oldest first."""

    limit: Limit = PAGE
    cursor: Cursor | None = None


@operation("plan.get", "GET /v1/plans/{plan}", by=("operator",))
class GetPlan(Command[Plan], frozen=True, kw_only=True):
    """Show a plan."""

    plan: PlanId


@operation("plan.change", "PATCH /v1/plans/{plan}", by=("operator",))
class ChangePlan(Command[Plan], frozen=True, kw_only=True):
    """Change a plan, and with it all businesses on it; fields that are left out stay, null does not limit.

    When this is answered the new limits hold for all of them, but where the operator gave a business its own.
    Lowering a limit below what is there takes nothing away: only new ones are refused.
    """

    plan: PlanId
    name: Name | UnsetType = UNSET
    customer_limit: Count | UnsetType | None = UNSET
    seat_limit: Count | UnsetType | None = UNSET
    app_limit: Count | UnsetType | None = UNSET


@operation("plan.remove", "DELETE /v1/plans/{plan}", by=("operator",))
class RemovePlan(Command[Done], frozen=True, kw_only=True):
    """Remove a plan that no business is on."""

    plan: PlanId
