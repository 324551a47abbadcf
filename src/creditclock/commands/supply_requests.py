"""Supply requests: credits that customers ask their business for through the instruction set."""

from typing import NamedTuple

from creditclock.commands.handling import Paper, Tx, handles
from creditclock.commands.wallets import top_up
from creditclock.contract import Refusal
from creditclock.contract.events import SupplyRequestTold
from creditclock.contract.supply_requests import ApproveSupplyRequest, DeclineSupplyRequest, SupplyRequest
from creditclock.contract.values import number_of
from creditclock.contract.wallets import TopUp
from creditclock.domain.rows import Account, Customer, Wallet
from creditclock.domain.rows import SupplyRequest as SupplyRequestRow
from creditclock.queries.source import ident, named
from creditclock.queries.supply_requests import show_supply_request
from creditclock.storage.relations import SUPPLY_REQUESTS


class Wanted(NamedTuple):
    """What is asked for: an amount into a wallet, and what was paid for it elsewhere, in ten-thousandths."""

    wallet: int
    amount: int
    currency: str
    cost: int
    notes: str | None


def ask(tx: Tx, customer: Customer, wanted: Wanted) -> str:
    """Ask for credits; gives the id of the request. Refuses `too_many` where many wait already."""
    waiting = len(tx.range(SUPPLY_REQUESTS, customer.id))
    if waiting >= SUPPLY_REQUESTS.limit:
        raise Refusal("too_many", f"{waiting} requests for credits wait already. Ask your business to decide them.")
    request = SupplyRequestRow(tx.master, tx.new_id(), customer.id, *wanted, "pending", tx.now, None, None)
    tx.put(request)
    _tell(tx, request)
    return tx.subject


@handles(ApproveSupplyRequest)
def approve_supply_request(tx: Tx, command: ApproveSupplyRequest) -> SupplyRequest:
    """The credits come to the wallet; once, however often it is approved."""
    request = _pending(tx, command.supply_request)
    tx.want([(Wallet, None, request.wallet), (Account, None, request.wallet), (Customer, None, request.customer)])
    tx.paper = Paper(request.currency, request.cost)
    moved = top_up(tx, TopUp(wallet=ident(tx, "wal", request.wallet), amount=request.amount, note=request.notes))
    return _decided(tx, request._replace(state="approved", entry=number_of(moved.record.id)))


@handles(DeclineSupplyRequest)
def decline_supply_request(tx: Tx, command: DeclineSupplyRequest) -> SupplyRequest:
    """No credits come."""
    return _decided(tx, _pending(tx, command.supply_request)._replace(state="declined"))


def _pending(tx: Tx, identifier: str) -> SupplyRequestRow:
    request = named(tx, SupplyRequestRow, identifier)
    if request.state != "pending":
        raise Refusal("already_done", f"This request was {request.state} before. Nothing was changed.", id=identifier)
    return request


def _decided(tx: Tx, request: SupplyRequestRow) -> SupplyRequest:
    decided = request._replace(decided_at=tx.now)
    tx.put(decided)
    _tell(tx, decided)
    return show_supply_request(tx, decided)


def _tell(tx: Tx, request: SupplyRequestRow) -> None:
    tx.subject = ident(tx, "srq", request.id)
    data = SupplyRequestTold(
        customer=ident(tx, "cus", request.customer),
        wallet=ident(tx, "wal", request.wallet),
        amount=request.amount,
        state=request.state,  # pyright: ignore[reportArgumentType] - a constraint of the table
    )
    tx.emit(f"supply_request.{_KINDS[request.state]}", tx.subject, data, customer=request.customer)


_KINDS = {"pending": "asked", "approved": "approved", "declined": "declined"}
