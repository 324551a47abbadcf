"""Masters: the businesses that sell time."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from creditclock.contract.operation import CHIEFS, DESK, Command, operation
from creditclock.contract.pages import Page
from creditclock.contract.tokens import Done
from creditclock.contract.values import (
    PAGE,
    Count,
    Currency,
    Cursor,
    Exponent,
    Instant,
    Limit,
    Login,
    MasterId,
    Name,
    Password,
    PlanId,
    TariffId,
    Zone,
)

KeyCodeText = Annotated[
    str,
    Meta(min_length=8, max_length=200, pattern=r"^[\x21-\x7e]+\Z", description="8 to 200 visible ASCII characters."),
]
MasterState = Literal["active", "frozen", "removed"]


class OwnLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator allows a business itself; where that is null, its plan's limit counts."""

    customer_limit: int | None
    seat_limit: int | None
    app_limit: int | None


class Master(msgspec.Struct, frozen=True, kw_only=True):
    """A business that sells time.

    `customer_limit`, `seat_limit` and `app_limit` are how many it may have at most: its own limit, otherwise that of
    its plan; null is no limit. `customers` and `apps` are how many it has.
    """

    id: MasterId
    name: str
    state: MasterState
    plan: PlanId | None
    customer_limit: int | None
    seat_limit: int | None
    app_limit: int | None
    own_limits: OwnLimits
    customers: int
    apps: int
    currency: str
    exponent: int
    zone: str
    tariff: TariffId
    created_at: Instant


@operation("master.create", "POST /v1/masters", by=("operator",), status=201)
class CreateMaster(Command[Master], frozen=True, kw_only=True):
    """Make a business with the login and password of its owner.

    It starts with a tariff by which one credit buys one minute. A limit that is left out follows its plan.
    """

    name: Name
    login: Login
    password: Password
    plan: PlanId | None = None
    customer_limit: Count | None = None
    seat_limit: Count | None = None
    app_limit: Count | None = None
    currency: Currency = "CREDIT"
    exponent: Exponent = 2
    zone: Zone = "UTC"


@operation("master.list", "GET /v1/masters", by=("operator",))
class ListMasters(Command[Page[Master]], frozen=True, kw_only=True):
    """List the businesses, oldest first; with `plan` only those on that plan."""

    plan: PlanId | None = None
    limit: Limit = PAGE
    cursor: Cursor | None = None


@operation("master.get", "GET /v1/masters/{master}", by=("operator", *DESK))
class GetMaster(Command[Master], frozen=True, kw_only=True):
    """Show a business. Its own people may see it too."""

    master: MasterId


@operation("master.change", "PATCH /v1/masters/{master}", by=("operator", *CHIEFS))
class ChangeMaster(Command[Master], frozen=True, kw_only=True):
    """Change a business; fields that are left out stay. Only the operator changes plan and limits.

    A business follows its plan, unless it is given a limit of its own; null takes that away again.
    Lowering a limit below what is there takes nothing away: only new ones are refused.
    """

    master: MasterId
    name: Name | UnsetType = UNSET
    zone: Zone | UnsetType = UNSET
    tariff: TariffId | UnsetType = UNSET
    plan: PlanId | UnsetType | None = UNSET
    customer_limit: Count | UnsetType | None = UNSET
    seat_limit: Count | UnsetType | None = UNSET
    app_limit: Count | UnsetType | None = UNSET


@operation("master.freeze", "POST /v1/masters/{master}/freeze", by=("operator",))
class FreezeMaster(Command[Master], frozen=True, kw_only=True):
    """Freeze a business: its running sessions end, starts and money are refused, reads work."""

    master: MasterId


@operation("master.unfreeze", "POST /v1/masters/{master}/unfreeze", by=("operator",))
class UnfreezeMaster(Command[Master], frozen=True, kw_only=True):
    """Let a frozen business work again."""

    master: MasterId


@operation("master.reset_password", "POST /v1/masters/{master}/password", by=("operator",))
class ResetOwnerPassword(Command[Done], frozen=True, kw_only=True):
    """Give the owner of a business a new password; the owner's tokens end.

    The owner's second factor stays on, and is asked for with the new password, unless `second_factor` is `remove`:
    do that only for an owner who lost it and whom you know.
    """

    master: MasterId
    password: Password
    second_factor: Literal["keep", "remove"] = "keep"


class KeyCode(msgspec.Struct, frozen=True, kw_only=True):
    """The code by which clients of the instruction set acquire a business."""

    key_code: str


@operation("master.set_key_code", "POST /v1/masters/{master}/key-code", by=("operator", "owner"), shows_secret=True)
class SetKeyCode(Command[KeyCode], frozen=True, kw_only=True):
    """Set the code by which clients of the instruction set acquire a business; without one it is made.

    Clients that acquired the business before go on working under it.
    """

    master: MasterId
    key_code: KeyCodeText | None = None


@operation("master.remove", "DELETE /v1/masters/{master}", by=("operator",))
class RemoveMaster(Command[Master], frozen=True, kw_only=True):
    """Remove a business for ever: nothing runs, nobody signs in, its login is free again.

    Its customers are erased soon after; its books stay.
    """

    master: MasterId
