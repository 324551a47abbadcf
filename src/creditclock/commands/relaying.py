"""Relaying: what the relay writes down of events on their way to webhooks. Nobody else can send these commands."""

from typing import Final, Literal

import msgspec

from creditclock.commands.handling import Tx, handles
from creditclock.commands.needs import Naming
from creditclock.commands.upkeep import internal
from creditclock.contract import Urgency
from creditclock.contract.events import WebhookTold
from creditclock.contract.tokens import Done
from creditclock.contract.values import identify
from creditclock.domain.addresses import told_url
from creditclock.domain.deliveries import is_given_up
from creditclock.domain.rows import Delivery, Webhook
from creditclock.storage.fetching import Need

GONE: Final = "It answered 410 Gone: it wants no more events."
GIVEN_UP: Final = "It took nothing for 3 days."
SHORT: Final = 200


class Told(msgspec.Struct, frozen=True, array_like=True):
    """An event that a webhook is to be told."""

    event: int
    subject: str


class Result(msgspec.Struct, frozen=True, array_like=True):
    """What came of a try: `attempts` is how many there were before, `next_at` when it is tried again, None for never.

    `said` is yes, no, or gone if the webhook wants no more.
    """

    event: int
    attempts: int
    tried_at: int
    said: Literal["yes", "no", "gone"]
    status: int | None
    problem: str | None
    next_at: int | None


class FanOut(Naming, frozen=True, kw_only=True):
    """Let the events after `after` up to `upto` be on their way to a webhook; `told` are those that it is told."""

    webhook: int
    version: int
    after: int
    upto: int
    told: list[Told]

    def needs(self, master: int) -> list[Need]:
        """The webhook."""
        return [Need(master, Webhook, None, self.webhook)]


class NoteResults(Naming, frozen=True, kw_only=True):
    """Write down what came of tries."""

    webhook: int
    results: list[Result]

    def needs(self, master: int) -> list[Need]:
        """The webhook and the deliveries."""
        places = [(self.webhook, result.event) for result in self.results]
        return [Need(master, Webhook, None, self.webhook), *(Need(master, Delivery, None, place) for place in places)]


FAN_OUT: Final = internal("webhook.fan_out", FanOut, Urgency.REST, journaled=False)
NOTE_RESULTS: Final = internal("webhook.note_results", NoteResults, Urgency.REST, journaled=False)


@handles(FanOut)
def fan_out(tx: Tx, command: FanOut) -> Done:
    """Deliveries for events; not done if somebody changed the webhook meanwhile, or fanned out."""
    webhook = tx.get(Webhook, command.webhook)
    if webhook is None or (webhook.version, webhook.position) != (command.version, command.after):
        return Done(done=False)
    for told in command.told:
        row = Delivery(
            master=tx.master,
            webhook=webhook.id,
            event=told.event,
            subject=told.subject,
            state="pending",
            attempts=0,
            next_at=tx.now,
            first_at=None,
            tried_at=None,
            status=None,
            problem=None,
        )
        tx.put(row)
    tx.put(webhook._replace(position=command.upto))
    return Done()


@handles(NoteResults)
def note_results(tx: Tx, command: NoteResults) -> Done:
    """What became of deliveries; not done if some of them had changed meanwhile: these stay as they are."""
    webhook = tx.get(Webhook, command.webhook)
    assert webhook is not None, command.webhook
    noted = webhook
    as_known = True
    for result in command.results:
        row = tx.get(Delivery, webhook.id, result.event)
        if row is None or row.state != "pending" or row.attempts != result.attempts:
            as_known = False
            continue
        noted = _noted(tx, noted, row, result)
    if noted != webhook:
        tx.put(noted)
    if noted.state != webhook.state:
        assert noted.reason is not None
        subject = identify("whk", tx.master, webhook.id)
        tx.emit("webhook.disabled", subject, WebhookTold(url=told_url(webhook.url), reason=noted.reason))
    return Done(done=as_known)


def _noted(tx: Tx, webhook: Webhook, row: Delivery, result: Result) -> Webhook:
    """Write down one try; gives the webhook as it is then."""
    row = row._replace(
        attempts=row.attempts + 1,
        first_at=result.tried_at if row.first_at is None else row.first_at,
        tried_at=result.tried_at,
        status=result.status,
        problem=None if result.problem is None else result.problem[:SHORT],
    )
    if result.said == "yes":
        tx.put(row._replace(state="delivered", next_at=None))
        return webhook._replace(failing_since=None)
    since = result.tried_at if webhook.failing_since is None else min(webhook.failing_since, result.tried_at)
    webhook = webhook._replace(failing_since=since)
    if result.said == "gone":
        tx.put(row._replace(next_at=result.tried_at))
        return _disabled(webhook, GONE)
    if result.next_at is not None:
        tx.put(row._replace(next_at=result.next_at))
    elif is_given_up(webhook, result.tried_at):
        # Nothing is lost for one that is enabled again.
        tx.put(row._replace(next_at=result.tried_at))
        return _disabled(webhook, GIVEN_UP)
    else:
        tx.put(row._replace(state="failed", next_at=None))
    return webhook


def _disabled(webhook: Webhook, reason: str) -> Webhook:
    if webhook.state == "disabled" or webhook.removed_at is not None:
        return webhook
    return webhook._replace(state="disabled", reason=reason, version=webhook.version + 1)
