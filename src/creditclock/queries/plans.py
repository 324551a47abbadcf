"""Plans: how they are shown."""

from creditclock.contract.instants import shown
from creditclock.contract.pages import Page
from creditclock.contract.plans import GetPlan, ListPlans, Plan
from creditclock.contract.values import identify
from creditclock.domain.access import Caller
from creditclock.domain.rows import Plan as PlanRow
from creditclock.queries.asking import after, answers, page
from creditclock.queries.source import Source, named, not_found
from creditclock.storage import lists
from creditclock.storage.snapshot import Snapshot


def show_plan(plan: PlanRow) -> Plan:
    """A plan as the operator sees it."""
    return Plan(
        id=identify("pln", 0, plan.id),
        name=plan.name,
        customer_limit=plan.customer_limit,
        seat_limit=plan.seat_limit,
        app_limit=plan.app_limit,
        masters=plan.masters,
        created_at=shown(plan.created_at),
    )


def existing_plan(source: Source, identifier: str) -> PlanRow:
    """The plan that an id names. Raises a Refusal `not_found`, also for one that was removed."""
    plan = named(source, PlanRow, identifier)
    if plan.removed_at is not None:
        raise not_found(identifier)
    return plan


@answers(GetPlan)
def get_plan(snapshot: Snapshot, query: GetPlan, _caller: Caller) -> Plan:
    """A plan."""
    return show_plan(existing_plan(snapshot, query.plan))


@answers(ListPlans)
def list_plans(snapshot: Snapshot, query: ListPlans, _caller: Caller) -> Page[Plan]:
    """The plans, oldest first."""
    found = lists.plans(snapshot, after(query.cursor), query.limit)
    return page(found, query.limit, lambda plan: plan.id, show_plan)
