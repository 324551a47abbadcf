"""Tariffs: named price lists with the rules of a session (design section 4)."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from creditclock.contract.operation import CHIEFS, DESK, Command, operation
from creditclock.contract.pages import Page
from creditclock.contract.values import (
    MAX_PAUSE_MS,
    PAGE,
    BurnRate,
    Cursor,
    Instant,
    LeaseMs,
    Limit,
    Name,
    Parallel,
    Price,
    TariffId,
)

DAY_MS = 86_400_000
MinimumMs = Annotated[int, Meta(ge=0, le=DAY_MS, description="Charged at least, in real time. 0 is none.")]
IncrementMs = Annotated[
    int, Meta(ge=0, le=DAY_MS, description="Each begun increment of real time counts when a session ends. 0 is none.")
]
PauseMs = Annotated[int, Meta(ge=1, le=MAX_PAUSE_MS)]
PauseCount = Annotated[int, Meta(ge=0, le=1_000_000)]
ReviveMs = Annotated[
    int, Meta(ge=0, le=DAY_MS, description="How long after a lapse a start may continue the lapsed session.")
]
ValidMs = Annotated[int, Meta(ge=1, le=3_650 * DAY_MS, description="How long bought time is kept. null is for ever.")]
LowMs = Annotated[
    tuple[Annotated[int, Meta(ge=1_000, le=DAY_MS)], ...],
    Meta(
        max_length=5,
        description="With so many ms of real time left a running clock is told to be low; [] is never.",
    ),
]
DEFAULT_LOW_MS = (300_000, 60_000)
AfterPause = Literal["resume", "stop"]


class Tariff(msgspec.Struct, frozen=True, kw_only=True):
    """A price list; changing it makes a new version, running sessions keep theirs."""

    id: TariffId
    name: str
    version: int
    price: Price
    burn_rate: BurnRate
    lease_ms: LeaseMs
    minimum_ms: MinimumMs
    increment_ms: IncrementMs
    parallel: Parallel
    pause_count: PauseCount | None
    pause_each_ms: PauseMs | None
    pause_total_ms: PauseMs | None
    after_pause: AfterPause
    revive_ms: ReviveMs
    valid_ms: ValidMs | None
    low_ms: LowMs
    created_at: Instant


@operation("tariff.create", "POST /v1/tariffs", by=CHIEFS, status=201)
class CreateTariff(Command[Tariff], frozen=True, kw_only=True):
    """Make a tariff. What is left out is as in a new business's first tariff."""

    name: Name
    price: Price
    burn_rate: BurnRate = 1_000
    lease_ms: LeaseMs = 60_000
    minimum_ms: MinimumMs = 0
    increment_ms: IncrementMs = 0
    parallel: Parallel = 1
    pause_count: PauseCount | None = None
    pause_each_ms: PauseMs | None = None
    pause_total_ms: PauseMs | None = None
    after_pause: AfterPause = "stop"
    revive_ms: ReviveMs = 300_000
    valid_ms: ValidMs | None = None
    low_ms: LowMs = DEFAULT_LOW_MS


@operation("tariff.list", "GET /v1/tariffs", by=(*DESK, "secret"), scope="clocks")
class ListTariffs(Command[Page[Tariff]], frozen=True, kw_only=True):
    """List the tariffs in their newest versions, oldest tariff first."""

    limit: Limit = PAGE
    cursor: Cursor | None = None


@operation("tariff.get", "GET /v1/tariffs/{tariff}", by=(*DESK, "secret", "customer"), scope="clocks")
class GetTariff(Command[Tariff], frozen=True, kw_only=True):
    """Show a tariff."""

    tariff: TariffId


@operation("tariff.change", "PATCH /v1/tariffs/{tariff}", by=CHIEFS)
class ChangeTariff(Command[Tariff], frozen=True, kw_only=True):
    """Make a new version of a tariff; fields that are left out stay. It counts for later buys and starts."""

    tariff: TariffId
    name: Name | UnsetType = UNSET
    price: Price | UnsetType = UNSET
    burn_rate: BurnRate | UnsetType = UNSET
    lease_ms: LeaseMs | UnsetType = UNSET
    minimum_ms: MinimumMs | UnsetType = UNSET
    increment_ms: IncrementMs | UnsetType = UNSET
    parallel: Parallel | UnsetType = UNSET
    pause_count: PauseCount | UnsetType | None = UNSET
    pause_each_ms: PauseMs | UnsetType | None = UNSET
    pause_total_ms: PauseMs | UnsetType | None = UNSET
    after_pause: AfterPause | UnsetType = UNSET
    revive_ms: ReviveMs | UnsetType = UNSET
    valid_ms: ValidMs | UnsetType | None = UNSET
    low_ms: LowMs | UnsetType = UNSET
