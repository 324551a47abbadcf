"""Rows of records: postings, journal, outbox, webhooks, and what is kept beside them."""

from typing import NamedTuple


class Posting(NamedTuple):
    """An amount of one unit moved from the account `debit` to the account `credit`.

    Postings of one `entry` are one line of a statement. The balances are those of the accounts after it,
    None for accounts of the master itself. `at` is when it took effect. `session` names the one
    session that caused it, if it was one; `journal` is the number of the command that wrote it.
    """

    master: int
    id: int
    entry: int
    journal: int
    at: int
    recorded_at: int
    kind: str
    unit: str
    debit: int
    credit: int
    amount: int
    debit_balance: int | None
    credit_balance: int | None
    lot: int | None
    session: int | None


class Reference(NamedTuple):
    """The id that a payment has elsewhere, unique in its master, and the entry that it caused."""

    master: int
    reference: str
    entry: int


class Note(NamedTuple):
    """A text for people on an entry or a session; erasable."""

    master: int
    id: int
    text: str


class Journal(NamedTuple):
    """A committed command: who, what, when, on what; numbered without gaps per master.

    `detail` is JSON of ids, amounts and instants only. `mac` is HMAC-SHA-256 of the command under `salt`, which is
    deleted when a person is erased; secrets are blanked before.
    """

    master: int
    no: int
    at: int
    recorded_at: int
    operation: str
    caller: str
    subject: str
    detail: str
    mac: str
    salt: str | None


class Seal(NamedTuple):
    """The journal of a master up to number `no`, its postings up to number `posting`, in one hash (`domain.seals`).

    `signature` is Ed25519 by the installation's key of number `key`, in base64; None while it had no key.
    """

    master: int
    no: int
    hash: str
    posting: int
    at: int
    key: int | None
    signature: str | None


class Event(NamedTuple):
    """A row of the outbox: what others are told, numbered per master in commit order.

    `customer` is the number of the customer whom it concerns, `body` JSON of what belongs to its kind.
    """

    master: int
    no: int
    at: int
    kind: str
    subject: str
    body: str
    customer: int | None


class Webhook(NamedTuple):
    """An address that is told of events; `kinds` are separated by spaces, none stands for all.

    `salt` gives the secret together with the installation's key number `key`; `old_key` and `old_salt` give the one
    before, which signs too until `old_until`. `position` is the number of the last event that became a delivery.
    `failing_since` is the first failure after the last success; `state` is enabled, or disabled for `reason`.
    `enabled_at` is when it was enabled last. `version` rises with each change but those of the relay.
    """

    master: int
    id: int
    url: str
    kinds: str
    state: str
    reason: str | None
    key: int
    salt: str
    old_key: int | None
    old_salt: str | None
    old_until: int | None
    position: int
    failing_since: int | None
    created_at: int
    enabled_at: int
    removed_at: int | None
    version: int


class Delivery(NamedTuple):
    """An event on its way to a webhook, and what became of it.

    `state` is pending, delivered or failed; `next_at` when a pending one is tried (again), `first_at` when it was tried
    first, `tried_at` when last; `status` is the HTTP status of the last answer, `problem` a sentence if it failed.
    """

    master: int
    webhook: int
    event: int
    subject: str
    state: str
    attempts: int
    next_at: int | None
    first_at: int | None
    tried_at: int | None
    status: int | None
    problem: str | None


class Stored(NamedTuple):
    """The answer to a request with an idempotency key, success or refusal."""

    master: int
    caller: str
    key: str
    digest: str
    operation: str
    status: int
    body: str | None
    subject: str | None
    created_at: int
