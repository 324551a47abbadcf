"""Webhooks: a method for each operation. Written by `make docs`. Don't edit it."""

from collections.abc import Sequence
from typing import Literal

from msgspec import UNSET, UnsetType

from creditclock.client.calling import AsyncCaller, Caller
from creditclock.client.lists import AsyncListing, Listing
from creditclock.contract.tokens import Done
from creditclock.contract.webhooks import (
    ChangeWebhook,
    CreateWebhook,
    Delivery,
    GetWebhook,
    ListDeliveries,
    ListWebhooks,
    RemoveWebhook,
    ReplayWebhook,
    RotateSecret,
    TestWebhook,
    Tried,
    Webhook,
)


class WebhookOperations:
    """The operations of webhooks."""

    def __init__(self, client: Caller) -> None:
        self._client = client

    def create(self, *, url: str, events: Sequence[str] | None = None, key: str | None = None) -> Webhook:
        """Let an address be told what happens from now on; the secret that signs the requests is shown once.

        Requests follow Standard Webhooks: `webhook-id` names the event, `webhook-signature` proves where it comes from.
        An answer of 2xx takes the event; after anything else it is sent again, for 3 days, less and less often.
        An event may come more than once, never before an earlier one of the same thing.

        url: An address that takes POST requests, https; without a user, a password and a fragment.
        events: Kinds of events; none stands for all.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(CreateWebhook(url=url, events=events if events is None else list(events)), key=key)

    def list(self, *, limit: int = 100) -> Listing[Webhook]:
        """List the webhooks, oldest first.

        limit: Items per page.
        """
        return Listing(lambda cursor: self._client.call(ListWebhooks(limit=limit, cursor=cursor)))

    def get(self, webhook: str) -> Webhook:
        """Show a webhook and how it fares, without its secret.

        webhook: Id of a webhook.
        """
        return self._client.call(GetWebhook(webhook=webhook))

    def change(
        self,
        webhook: str,
        *,
        url: str | UnsetType = UNSET,
        events: Sequence[str] | UnsetType = UNSET,
        enabled: bool | UnsetType = UNSET,
        key: str | None = None,
    ) -> Webhook:
        """Change a webhook; fields that are left out stay.

        While it is disabled nothing is sent; enabled again it goes on where it stopped, and nothing is missed.

        webhook: Id of a webhook.
        url: An address that takes POST requests, https; without a user, a password and a fragment.
        events: Kinds of events; none stands for all.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(
            ChangeWebhook(
                webhook=webhook,
                url=url,
                events=events if isinstance(events, UnsetType) else list(events),
                enabled=enabled,
            ),
            key=key,
        )

    def remove(self, webhook: str, *, key: str | None = None) -> Done:
        """Remove a webhook; what it wasn't told yet it never hears.

        webhook: Id of a webhook.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(RemoveWebhook(webhook=webhook), key=key)

    def rotate(self, webhook: str, *, overlap_ms: int = 86400000, key: str | None = None) -> Webhook:
        """Give a webhook a new secret, shown once; for `overlap_ms` requests are signed with the old one too.

        Only the newest old secret goes on signing. With an overlap of 0 it stops at once.

        webhook: Id of a webhook.
        overlap_ms: Milliseconds, at most 7 days.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(RotateSecret(webhook=webhook, overlap_ms=overlap_ms), key=key)

    def deliveries(
        self, webhook: str, *, state: Literal["pending", "delivered", "failed"] | None = None, limit: int = 100
    ) -> Listing[Delivery]:
        """List what a webhook was told, or will be, newest event first; `state` finds those of one state.

        webhook: Id of a webhook.
        limit: Items per page.
        """
        return Listing(
            lambda cursor: self._client.call(ListDeliveries(webhook=webhook, state=state, limit=limit, cursor=cursor))
        )

    def replay(
        self, webhook: str, *, since: str | None = None, event: str | None = None, key: str | None = None
    ) -> Webhook:
        """Tell a webhook again: every event since an instant, or one event; at most 7 days back.

        Everything since is told in the order of commits, with the ids that the events had, whether or not it was told
        before. A disabled webhook hears it once it is enabled.

        webhook: Id of a webhook.
        since: An instant in UTC, RFC 3339.
        event: Id of an event; its place among those of a business.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(ReplayWebhook(webhook=webhook, since=since, event=event), key=key)

    def test(self, webhook: str, *, key: str | None = None) -> Tried:
        """Send a webhook an event of the kind `webhook.test`, which nobody else hears of; answers at once.

        webhook: Id of a webhook.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(TestWebhook(webhook=webhook), key=key)


class AsyncWebhookOperations:
    """The operations of webhooks."""

    def __init__(self, client: AsyncCaller) -> None:
        self._client = client

    async def create(self, *, url: str, events: Sequence[str] | None = None, key: str | None = None) -> Webhook:
        """Let an address be told what happens from now on; the secret that signs the requests is shown once.

        Requests follow Standard Webhooks: `webhook-id` names the event, `webhook-signature` proves where it comes from.
        An answer of 2xx takes the event; after anything else it is sent again, for 3 days, less and less often.
        An event may come more than once, never before an earlier one of the same thing.

        url: An address that takes POST requests, https; without a user, a password and a fragment.
        events: Kinds of events; none stands for all.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(
            CreateWebhook(url=url, events=events if events is None else list(events)), key=key
        )

    def list(self, *, limit: int = 100) -> AsyncListing[Webhook]:
        """List the webhooks, oldest first.

        limit: Items per page.
        """
        return AsyncListing(lambda cursor: self._client.call(ListWebhooks(limit=limit, cursor=cursor)))

    async def get(self, webhook: str) -> Webhook:
        """Show a webhook and how it fares, without its secret.

        webhook: Id of a webhook.
        """
        return await self._client.call(GetWebhook(webhook=webhook))

    async def change(
        self,
        webhook: str,
        *,
        url: str | UnsetType = UNSET,
        events: Sequence[str] | UnsetType = UNSET,
        enabled: bool | UnsetType = UNSET,
        key: str | None = None,
    ) -> Webhook:
        """Change a webhook; fields that are left out stay.

        While it is disabled nothing is sent; enabled again it goes on where it stopped, and nothing is missed.

        webhook: Id of a webhook.
        url: An address that takes POST requests, https; without a user, a password and a fragment.
        events: Kinds of events; none stands for all.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(
            ChangeWebhook(
                webhook=webhook,
                url=url,
                events=events if isinstance(events, UnsetType) else list(events),
                enabled=enabled,
            ),
            key=key,
        )

    async def remove(self, webhook: str, *, key: str | None = None) -> Done:
        """Remove a webhook; what it wasn't told yet it never hears.

        webhook: Id of a webhook.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(RemoveWebhook(webhook=webhook), key=key)

    async def rotate(self, webhook: str, *, overlap_ms: int = 86400000, key: str | None = None) -> Webhook:
        """Give a webhook a new secret, shown once; for `overlap_ms` requests are signed with the old one too.

        Only the newest old secret goes on signing. With an overlap of 0 it stops at once.

        webhook: Id of a webhook.
        overlap_ms: Milliseconds, at most 7 days.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(RotateSecret(webhook=webhook, overlap_ms=overlap_ms), key=key)

    def deliveries(
        self, webhook: str, *, state: Literal["pending", "delivered", "failed"] | None = None, limit: int = 100
    ) -> AsyncListing[Delivery]:
        """List what a webhook was told, or will be, newest event first; `state` finds those of one state.

        webhook: Id of a webhook.
        limit: Items per page.
        """
        return AsyncListing(
            lambda cursor: self._client.call(ListDeliveries(webhook=webhook, state=state, limit=limit, cursor=cursor))
        )

    async def replay(
        self, webhook: str, *, since: str | None = None, event: str | None = None, key: str | None = None
    ) -> Webhook:
        """Tell a webhook again: every event since an instant, or one event; at most 7 days back.

        Everything since is told in the order of commits, with the ids that the events had, whether or not it was told
        before. A disabled webhook hears it once it is enabled.

        webhook: Id of a webhook.
        since: An instant in UTC, RFC 3339.
        event: Id of an event; its place among those of a business.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(ReplayWebhook(webhook=webhook, since=since, event=event), key=key)

    async def test(self, webhook: str, *, key: str | None = None) -> Tried:
        """Send a webhook an event of the kind `webhook.test`, which nobody else hears of; answers at once.

        webhook: Id of a webhook.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(TestWebhook(webhook=webhook), key=key)
