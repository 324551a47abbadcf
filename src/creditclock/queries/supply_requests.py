"""Supply requests: how they are shown."""

from creditclock.contract.instants import shown
from creditclock.contract.pages import Page
from creditclock.contract.supply_requests import ListSupplyRequests, SupplyRequest
from creditclock.domain.access import Caller
from creditclock.domain.rows import Customer
from creditclock.domain.rows import SupplyRequest as SupplyRequestRow
from creditclock.queries.asking import after, answers, page
from creditclock.queries.source import Source, ident, sure
from creditclock.storage import lists
from creditclock.storage.snapshot import Snapshot


def show_supply_request(source: Source, request: SupplyRequestRow) -> SupplyRequest:
    """A request for credits, and what became of it."""
    return SupplyRequest(
        id=ident(source, "srq", request.id),
        customer=ident(source, "cus", request.customer),
        login=sure(source, Customer, request.customer).login,
        wallet=ident(source, "wal", request.wallet),
        amount=request.amount,
        currency=request.currency,
        cost=request.cost,
        note=request.notes,
        state=request.state,  # pyright: ignore[reportArgumentType] - a constraint of the table
        asked_at=shown(request.asked_at),
        decided_at=None if request.decided_at is None else shown(request.decided_at),
        record=None if request.entry is None else ident(source, "rec", request.entry),
    )


@answers(ListSupplyRequests)
def list_supply_requests(snapshot: Snapshot, query: ListSupplyRequests, _caller: Caller) -> Page[SupplyRequest]:
    """The requests, oldest first."""
    found = lists.supply_requests(snapshot, after(query.cursor), query.limit, query.state)
    return page(found, query.limit, lambda request: request.id, lambda request: show_supply_request(snapshot, request))
