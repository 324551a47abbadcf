"""Events: what others are told after something happened (design sections 5 and 6).

Each kind has a struct that says what its `data` holds; `KINDS_OF_EVENTS` is the table of all kinds.
"""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from creditclock.contract.clocks import ClockState
from creditclock.contract.operation import CHIEFS, DESK, Command, Role, operation
from creditclock.contract.sessions import EndReason, SessionState
from creditclock.contract.tokens import SIGNED_IN
from creditclock.contract.values import (
    Balance,
    BurnRate,
    ClockId,
    CustomerId,
    Duration,
    EventId,
    Instant,
    RecordId,
    Seq,
    WalletId,
    WebhookId,
)


class MasterTold(msgspec.Struct, frozen=True, kw_only=True):
    """A business."""

    name: str
    state: Literal["active", "frozen", "removed"]


class CustomerTold(msgspec.Struct, frozen=True, kw_only=True):
    """A customer; who it is stands in `GET /v1/customers/{customer}`."""

    state: Literal["active", "removed"]


class WalletTold(msgspec.Struct, frozen=True, kw_only=True):
    """A wallet after credits moved: `amount` is below zero when they left it; nothing moved when it was made."""

    customer: CustomerId
    balance: Balance
    amount: int = 0
    cause: str | None = None
    record: RecordId | None = None


class ClockTold(msgspec.Struct, frozen=True, kw_only=True):
    """A clock as it stands at the event, so that its countdown can be shown without asking."""

    customer: CustomerId | None
    state: ClockState
    balance_ms: Duration
    left_ms: Duration
    burn_rate: int
    due_at: Instant | None


class ClockLow(msgspec.Struct, frozen=True, kw_only=True):
    """A running clock on which `threshold_ms` of real time or less are left, once per threshold of the tariff."""

    customer: CustomerId | None
    threshold_ms: Duration
    left_ms: Duration
    balance_ms: Duration
    burn_rate: int
    due_at: Instant


class SessionTold(msgspec.Struct, frozen=True, kw_only=True):
    """An open session, with how its clock stands."""

    clock: ClockId
    customer: CustomerId | None
    state: SessionState
    seq: Seq
    burn_rate: BurnRate
    holder: str
    left_ms: Duration
    lease_until: Instant | None
    due_at: Instant | None


class SessionEnd(msgspec.Struct, frozen=True, kw_only=True):
    """A session that is over, why, and what it took; `balance_ms` is what its clock holds then."""

    clock: ClockId
    customer: CustomerId | None
    reason: EndReason
    started_at: Instant
    ended_at: Instant
    elapsed_ms: Duration
    used_ms: Duration
    balance_ms: Duration
    holder: str


class WebhookTold(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook that is no longer served, and why."""

    url: str
    reason: str


class WebhookTest(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing happened: somebody tries the webhook."""

    webhook: WebhookId


class SignedInElsewhereTold(msgspec.Struct, frozen=True, kw_only=True):
    """A customer that works in another session of the instruction set from now on."""

    customer: CustomerId


class SignedInTold(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of the desk, or the operator, who signed in, and how."""

    role: str
    method: Literal["password", "second_factor", "recovery_code"]
    expires_at: Instant


class HeldBackTold(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whose password or code was guessed: so many failures were counted, and further ones must wait."""

    failures: int


class PasswordTold(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who has another password; `by` is who changed it, `system` for a command on the server's machine."""

    by: str


class SecondFactorTold(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whose second factor was switched on or off; `by` is who did it."""

    on: bool
    by: str


class SupplyRequestTold(msgspec.Struct, frozen=True, kw_only=True):
    """Credits that a customer asked for."""

    customer: CustomerId
    wallet: WalletId
    amount: Balance
    state: Literal["pending", "approved", "declined"]


class AppTold(msgspec.Struct, frozen=True, kw_only=True):
    """An app; an old key works on until `old_key_until`."""

    name: str
    kind: Literal["secret", "publishable"]
    expires_at: Instant | None
    old_key_until: Instant | None
    by: str


class EventKind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of event: when it is told, and what its `data` holds; `by` names who is told if nothing is got by it."""

    name: str
    summary: str
    data: type[msgspec.Struct]
    by: tuple[Role, ...] | None = None

    @property
    def noun(self) -> str:
        """The noun whose thing the event is about; who may get that thing is told the event."""
        return self.name.partition(".")[0]


_TOLD: Final[dict[str, tuple[Role, ...]]] = {
    "supply_request.asked": (*DESK, "customer"),
    "supply_request.approved": (*DESK, "customer"),
    "supply_request.declined": (*DESK, "customer"),
    "sign_in.succeeded": ("operator", *CHIEFS),
    "sign_in.taken_over": ("operator", *DESK, "customer"),
    "sign_in.held_back": ("operator", *DESK, "customer"),
    "password.changed": ("operator", *DESK, "customer"),
    "second_factor.changed": ("operator", *CHIEFS),
}
"""Who is told of what has no operation to get it; customers only of what is their own."""
KINDS_OF_EVENTS: Final[dict[str, EventKind]] = {
    name: EventKind(name=name, summary=summary, data=data, by=_TOLD.get(name))
    for name, summary, data in (
        ("master.created", "A business was made.", MasterTold),
        ("master.changed", "A business was changed.", MasterTold),
        ("master.frozen", "The operator froze a business: nothing runs from now on.", MasterTold),
        ("master.unfrozen", "A frozen business works again.", MasterTold),
        ("master.removed", "A business was removed for ever; its books stay.", MasterTold),
        ("customer.created", "A customer was made.", CustomerTold),
        ("customer.changed", "What is known of a customer was changed.", CustomerTold),
        ("customer.removed", "A customer was removed.", CustomerTold),
        ("customer.recovered", "A removed customer is back.", CustomerTold),
        ("wallet.created", "A wallet was made.", WalletTold),
        ("wallet.changed", "Credits came to a wallet or left it.", WalletTold),
        ("clock.created", "A clock was made.", ClockTold),
        ("clock.changed", "Time was bought, given back, granted or forfeited, or a clock got other terms.", ClockTold),
        ("clock.low", "Little time is left on a running clock.", ClockLow),
        ("session.started", "A session was started.", SessionTold),
        ("session.paused", "A session was paused.", SessionTold),
        ("session.resumed", "A paused session runs on.", SessionTold),
        ("session.taken_over", "A session has another holder.", SessionTold),
        ("session.ended", "A session is over; `reason` says why.", SessionEnd),
        ("supply_request.asked", "A customer asked for credits.", SupplyRequestTold),
        ("supply_request.approved", "A customer got the credits that it asked for.", SupplyRequestTold),
        ("supply_request.declined", "A customer's request for credits was refused.", SupplyRequestTold),
        ("app.created", "An app was made.", AppTold),
        ("app.rotated", "An app got a new key.", AppTold),
        ("app.removed", "An app was removed: its key works no more.", AppTold),
        ("sign_in.succeeded", "Somebody of the desk signed in.", SignedInTold),
        ("sign_in.taken_over", "A customer logged in elsewhere and works there.", SignedInElsewhereTold),
        ("sign_in.held_back", "Somebody's password or code is being guessed.", HeldBackTold),
        ("password.changed", "Somebody has another password.", PasswordTold),
        ("second_factor.changed", "A second factor was switched on or off.", SecondFactorTold),
        ("webhook.disabled", "A webhook is no longer served.", WebhookTold),
        ("webhook.test", "Somebody tries a webhook; only that webhook hears of it.", WebhookTest),
    )
}
"""Every kind of event by its name."""

Kinds = Annotated[
    str,
    Meta(
        pattern=r"^[a-z_]+(\.([a-z_]+|\*))?(,[a-z_]+(\.([a-z_]+|\*))?)*\Z",
        max_length=1_000,
        description="Kinds of events separated by commas, such as `clock.low,session.*`.",
    ),
]


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened at `timestamp` to `subject`.

    Ids rise in the order of commits within a business. An event may be told more than once: its id tells.
    """

    id: EventId
    type: str
    timestamp: Instant
    subject: str
    data: dict[str, Any]


@operation("event.follow", "GET /v1/events", by=(*SIGNED_IN, "secret"), streams=True)
class FollowEvents(Command[Event], frozen=True, kw_only=True):
    """Follow what happens, as server-sent events, for as long as the connection lasts.

    Everybody is told about what they may also ask for: customers about what is their own, keys within their scopes.
    `after`, or the header `Last-Event-ID` that browsers send by themselves, names the last event that was received:
    what came since is told first, nothing is missed. Without it events are told from now on.
    A reader that is too slow is disconnected and goes on from its last event.
    Events are kept for 30 days, unless the installation says otherwise. Who comes back later than that may have missed
    some: 410 `events_gone` says so, and `first` names the event to go on after. Read what you follow anew before that.
    """

    kinds: Kinds | None = None
    after: EventId | None = None
