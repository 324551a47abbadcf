"""Masters: how they are shown."""

from creditclock.contract.instants import shown
from creditclock.contract.masters import GetMaster, ListMasters, Master, MasterState, OwnLimits
from creditclock.contract.pages import Page
from creditclock.contract.values import identify, number_of
from creditclock.domain.access import Caller
from creditclock.domain.plans import limits, own_limits
from creditclock.domain.rows import Lane
from creditclock.domain.rows import Master as MasterRow
from creditclock.queries.asking import after, answers, page
from creditclock.queries.source import sure
from creditclock.storage import lists
from creditclock.storage.snapshot import Snapshot


def state_of(lane: Lane) -> MasterState:
    """Whether a business works, is frozen, or was removed."""
    if lane.removed_at is not None:
        return "removed"
    return "active" if lane.frozen_at is None else "frozen"


def show_master(master: MasterRow, lane: Lane) -> Master:
    """A business as its own people and the operator see it."""
    most, own = limits(master), own_limits(master)
    return Master(
        id=identify("mas", master.master, 0),
        name=master.name,
        state=state_of(lane),
        plan=None if master.plan is None else identify("pln", 0, master.plan),
        customer_limit=most.customers,
        seat_limit=most.seats,
        app_limit=most.apps,
        own_limits=OwnLimits(customer_limit=own.customers, seat_limit=own.seats, app_limit=own.apps),
        customers=lane.customers,
        apps=lane.apps,
        currency=master.currency,
        exponent=master.exponent,
        zone=master.zone,
        tariff=identify("trf", master.master, master.tariff),
        created_at=shown(master.created_at),
    )


@answers(GetMaster)
def get_master(snapshot: Snapshot, _query: GetMaster, _caller: Caller) -> Master:
    """A business."""
    return show_master(sure(snapshot, MasterRow, 0), snapshot.lane)


@answers(ListMasters)
def list_masters(snapshot: Snapshot, query: ListMasters, _caller: Caller) -> Page[Master]:
    """The businesses, oldest first, or only those on one plan."""
    plan = None if query.plan is None else number_of(query.plan)
    found = lists.masters(snapshot.connection, after(query.cursor), query.limit, plan)
    return page(found, query.limit, lambda pair: pair[0].master, lambda pair: show_master(*pair))
