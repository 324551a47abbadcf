"""Plans: what an operator allows a master."""

import msgspec

from creditclock.contract.operation import Command, operation
from creditclock.contract.pages import Page
from creditclock.contract.values import PAGE, Count, Cursor, Instant, Limit, Name, PlanId


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a master on this plan may have at most; null is no limit."""

    id: PlanId
    name: str
    customer_limit: int | None
    seat_limit: int | None
    app_limit: int | None
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
