"""Plans: what an operator allows a master."""

from creditclock.commands.handling import Tx, handles
from creditclock.contract.plans import CreatePlan, Plan
from creditclock.domain.rows import Plan as PlanRow
from creditclock.queries.masters import show_plan


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
    )
    tx.put(plan)
    answer = show_plan(plan)
    tx.subject = answer.id
    return answer
