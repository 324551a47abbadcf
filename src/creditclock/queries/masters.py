"""Masters and plans: how they are shown."""

from creditclock.contract.instants import shown
from creditclock.contract.masters import GetMaster, ListMasters, Master
from creditclock.contract.pages import Page
from creditclock.contract.plans import ListPlans, Plan
from creditclock.contract.values import identify
from creditclock.domain.access import Caller
from creditclock.domain.rows import Lane
from creditclock.domain.rows import Master as MasterRow
from creditclock.domain.rows import Plan as PlanRow
from creditclock.queries.asking import after, answers, page
from creditclock.queries.source import sure
from creditclock.storage import lists
from creditclock.storage.snapshot import Snapshot


def show_master(master: MasterRow, lane: Lane) -> Master:
    """A business as its own people and the operator see it."""
    return Master(
        id=identify("mas", master.master, 0),
        name=master.name,
        state="active" if lane.frozen_at is None else "frozen",
        plan=None if master.plan is None else identify("pln", 0, master.plan),
        customer_limit=master.customer_limit,
        customers=lane.customers,
        currency=master.currency,
        exponent=master.exponent,
        zone=master.zone,
        tariff=identify("trf", master.master, master.tariff),
        created_at=shown(master.created_at),
    )


def show_plan(plan: PlanRow) -> Plan:
    """A plan as the operator sees it."""
    return Plan(
        id=identify("pln", 0, plan.id),
        name=plan.name,
        customer_limit=plan.customer_limit,
        seat_limit=plan.seat_limit,
        app_limit=plan.app_limit,
        created_at=shown(plan.created_at),
    )


@answers(GetMaster)
def get_master(snapshot: Snapshot, _query: GetMaster, _caller: Caller) -> Master:
    """A business."""
    return show_master(sure(snapshot, MasterRow, 0), snapshot.lane)


@answers(ListMasters)
def list_masters(snapshot: Snapshot, query: ListMasters, _caller: Caller) -> Page[Master]:
    """The businesses, oldest first."""
    found = lists.masters(snapshot.connection, after(query.cursor), query.limit)
    return page(found, query.limit, lambda pair: pair[0].master, lambda pair: show_master(*pair))


@answers(ListPlans)
def list_plans(snapshot: Snapshot, query: ListPlans, _caller: Caller) -> Page[Plan]:
    """The plans, oldest first."""
    found = lists.plans(snapshot, after(query.cursor), query.limit)
    return page(found, query.limit, lambda plan: plan.id, show_plan)
