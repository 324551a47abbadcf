"""Webhooks: addresses of a business that are told what happens, each request signed (design section 5)."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from creditclock.contract.operation import CHIEFS, Command, Role, operation
from creditclock.contract.pages import Page
from creditclock.contract.tokens import Done
from creditclock.contract.values import PAGE, Cursor, EventId, Instant, Limit, WebhookId

KEEPERS: Final[tuple[Role, ...]] = ("operator", *CHIEFS)
OVERLAP_MS: Final = 86_400_000
MOST_PENDING: Final = 10_000
"""How many events that are still to be told are counted."""
REPLAY_MS: Final = 7 * 86_400_000
"""How far back events can be told again."""
WEBHOOKS: Final = 20
"""How many webhooks a business may have."""

Url = Annotated[
    str,
    Meta(
        max_length=2_000,
        pattern=r"^https?://[!-~]+\Z",
        description="An address that takes POST requests, https; without a user, a password and a fragment.",
        examples=["https://shop.example/creditclock"],
    ),
]
EventPattern = Annotated[
    str,
    Meta(
        max_length=60,
        pattern=r"^[a-z_]+(\.([a-z_]+|\*))?\Z",
        description="A kind of event such as `clock.low`, or all of a noun such as `session.*`.",
        examples=["session.*"],
    ),
]
EventPatterns = Annotated[list[EventPattern], Meta(max_length=50, description="Kinds of events; none stands for all.")]
Overlap = Annotated[int, Meta(ge=0, le=7 * 86_400_000, description="Milliseconds, at most 7 days.")]
WebhookState = Literal["enabled", "disabled"]
DeliveryState = Literal["pending", "delivered", "failed"]


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """An address that is told of `events`, all if none is named.

    `failing_since` is the first failure after the last success; a disabled webhook says why in `reason`. `pending`
    counts the events that are still to be told, at most 10 000 of them, and `next_attempt_at` is when the next one is
    tried; both are there where the webhook is asked for, not where it is changed. Until `old_secret_until` requests
    are signed with the secret before, too. `secret` is there once, in the answer that made it.
    """

    id: WebhookId
    url: str
    events: list[str]
    state: WebhookState
    reason: str | None
    failing_since: Instant | None
    next_attempt_at: Instant | None
    pending: int | None
    old_secret_until: Instant | None
    created_at: Instant
    secret: str | None = None


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """An event on its way to a webhook: how often it was tried, what came of it, and when it is tried next.

    `status` is the HTTP status of the last answer, `problem` says what was wrong with the last try.
    """

    event: EventId
    type: str
    subject: str
    state: DeliveryState
    attempts: int
    next_attempt_at: Instant | None
    first_attempt_at: Instant | None
    last_attempt_at: Instant | None
    status: int | None
    problem: str | None


@operation("webhook.create", "POST /v1/webhooks", by=KEEPERS, status=201, shows_secret=True)
class CreateWebhook(Command[Webhook], frozen=True, kw_only=True):
    """Let an address be told what happens from now on; the secret that signs the requests is shown once.

    Requests follow Standard Webhooks: `webhook-id` names the event, `webhook-signature` proves where it comes from.
    An answer of 2xx takes the event; after anything else it is sent again, for 3 days, less and less often.
    An event may come more than once, never before an earlier one of the same thing.
    """

    url: Url
    events: EventPatterns | None = None


@operation("webhook.list", "GET /v1/webhooks", by=KEEPERS)
class ListWebhooks(Command[Page[Webhook]], frozen=True, kw_only=True):
    """List the webhooks, oldest first."""

    limit: Limit = PAGE
    cursor: Cursor | None = None


@operation("webhook.get", "GET /v1/webhooks/{webhook}", by=KEEPERS)
class GetWebhook(Command[Webhook], frozen=True, kw_only=True):
    """Show a webhook and how it fares, without its secret."""

    webhook: WebhookId


@operation("webhook.change", "PATCH /v1/webhooks/{webhook}", by=KEEPERS)
class ChangeWebhook(Command[Webhook], frozen=True, kw_only=True):
    """Change a webhook; fields that are left out stay.

    While it is disabled nothing is sent; enabled again it goes on where it stopped, and nothing is missed.
    """

    webhook: WebhookId
    url: Url | UnsetType = UNSET
    events: EventPatterns | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


@operation("webhook.remove", "DELETE /v1/webhooks/{webhook}", by=KEEPERS)
class RemoveWebhook(Command[Done], frozen=True, kw_only=True):
    """Remove a webhook; what it wasn't told yet it never hears."""

    webhook: WebhookId


@operation("webhook.rotate", "POST /v1/webhooks/{webhook}/secret", by=KEEPERS, shows_secret=True)
class RotateSecret(Command[Webhook], frozen=True, kw_only=True):
    """Give a webhook a new secret, shown once; for `overlap_ms` requests are signed with the old one too.

    Only the newest old secret goes on signing. With an overlap of 0 it stops at once.
    """

    webhook: WebhookId
    overlap_ms: Overlap = OVERLAP_MS


@operation("webhook.deliveries", "GET /v1/webhooks/{webhook}/deliveries", by=KEEPERS)
class ListDeliveries(Command[Page[Delivery]], frozen=True, kw_only=True):
    """List what a webhook was told, or will be, newest event first; `state` finds those of one state."""

    webhook: WebhookId
    state: DeliveryState | None = None
    limit: Limit = PAGE
    cursor: Cursor | None = None


@operation("webhook.replay", "POST /v1/webhooks/{webhook}/replay", by=KEEPERS)
class ReplayWebhook(Command[Webhook], frozen=True, kw_only=True):
    """Tell a webhook again: every event since an instant, or one event; at most 7 days back.

    Everything since is told in the order of commits, with the ids that the events had, whether or not it was told
    before. A disabled webhook hears it once it is enabled.
    """

    webhook: WebhookId
    since: Instant | None = None
    event: EventId | None = None


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """The event that is on its way; `GET /v1/webhooks/{webhook}/deliveries` tells what came of it."""

    event: EventId


@operation("webhook.test", "POST /v1/webhooks/{webhook}/test", by=KEEPERS)
class TestWebhook(Command[Tried], frozen=True, kw_only=True):
    """Send a webhook an event of the kind `webhook.test`, which nobody else hears of; answers at once."""

    __test__ = False

    webhook: WebhookId
