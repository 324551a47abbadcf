"""Supply requests: credits that customers ask their business for, through the instruction set."""

from typing import Literal

import msgspec

from creditclock.contract.operation import DESK, Command, Role, Urgency, operation
from creditclock.contract.pages import Page
from creditclock.contract.values import (
    PAGE,
    Balance,
    Cursor,
    CustomerId,
    Instant,
    Limit,
    RecordId,
    SupplyRequestId,
    WalletId,
)

KEEPERS: tuple[Role, ...] = (*DESK, "secret")
SupplyRequestState = Literal["pending", "approved", "declined"]


class SupplyRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Credits that a customer, who has this `login`, asked for; of an erased one that is its id.

    `amount` is in minor units of the wallet. `cost` is what the customer says that it paid, in ten-thousandths of
    `currency`: 47000 are 4.70.
    """

    id: SupplyRequestId
    customer: CustomerId
    login: str
    wallet: WalletId
    amount: Balance
    currency: str
    cost: int
    note: str | None
    state: SupplyRequestState
    asked_at: Instant
    decided_at: Instant | None
    record: RecordId | None


@operation("supply_request.list", "GET /v1/supply-requests", by=KEEPERS, scope="wallets")
class ListSupplyRequests(Command[Page[SupplyRequest]], frozen=True, kw_only=True):
    """List the credits that customers asked for, oldest first; `state` keeps those that wait, or were decided so."""

    state: SupplyRequestState | None = None
    limit: Limit = PAGE
    cursor: Cursor | None = None


@operation(
    "supply_request.approve",
    "POST /v1/supply-requests/{supply_request}/approve",
    by=KEEPERS,
    scope="wallets",
    urgency=Urgency.ADDS_VALUE,
    moves_value=True,
)
class ApproveSupplyRequest(Command[SupplyRequest], frozen=True, kw_only=True):
    """Give a customer the credits that it asked for; the wallet is topped up."""

    supply_request: SupplyRequestId


@operation("supply_request.decline", "POST /v1/supply-requests/{supply_request}/decline", by=KEEPERS, scope="wallets")
class DeclineSupplyRequest(Command[SupplyRequest], frozen=True, kw_only=True):
    """Refuse a customer's request for credits; nothing moves."""

    supply_request: SupplyRequestId
