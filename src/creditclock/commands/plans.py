"""Plans: what an operator allows a master."""

from msgspec import UNSET

from creditclock.commands.handling import Tx, handles
from creditclock.contract import Refusal
from creditclock.contract.plans import ChangePlan, CreatePlan, Plan, RemovePlan
from creditclock.contract.tokens import Done
from creditclock.domain.rows import Plan as PlanRow
from creditclock.queries.plans import existing_plan, show_plan


@handles(CreatePlan)
def create_plan(tx: Tx, command: CreatePlan) -> Plan:
    """A new plan."""
    plan = PlanRow(
        master=0,
        id=tx.new_id(),
        name=command.name,
        customer_limit=command.customer_limit,
        seat_limit=command.seat_limit,
        app_limit=command.app_limit,
        created_at=tx.now,
        masters=0,
        removed_at=None,
    )
    return _kept(tx, plan)


@handles(ChangePlan)
def change_plan(tx: Tx, command: ChangePlan) -> Plan:
    """Other limits; each business on the plan takes them over by a command of its own (`plan.follow`)."""
    plan = existing_plan(tx, command.plan)
    plan = plan._replace(
        name=plan.name if command.name is UNSET else command.name,
        customer_limit=plan.customer_limit if command.customer_limit is UNSET else command.customer_limit,
        seat_limit=plan.seat_limit if command.seat_limit is UNSET else command.seat_limit,
        app_limit=plan.app_limit if command.app_limit is UNSET else command.app_limit,
    )
    return _kept(tx, plan)


@handles(RemovePlan)
def remove_plan(tx: Tx, command: RemovePlan) -> Done:
    """The end of a plan that nobody is on."""
    plan = existing_plan(tx, command.plan)
    if plan.masters:
        raise Refusal(
            "plan_in_use",
            f"Businesses are on this plan ({plan.masters}): `GET /v1/masters?plan={command.plan}` lists them. "
            "Put them on another one first.",
            masters=plan.masters,
        )
    tx.put(plan._replace(removed_at=tx.now))
    tx.subject = command.plan
    return Done()


def _kept(tx: Tx, plan: PlanRow) -> Plan:
    tx.put(plan)
    answer = show_plan(plan)
    tx.subject = answer.id
    return answer
