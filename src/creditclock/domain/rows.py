"""Rows: the values that are remembered, one frozen tuple per table.

The fields are the columns, in order. Each row begins with the number of its master (0 where there is none),
so that a reference across masters can't be written down. Instants are UTC epoch milliseconds, durations
milliseconds, amounts minor units; `burned`, `rest` and `ahead` are thousandths of a millisecond.
"""

from typing import NamedTuple


class Lane(NamedTuple):
    """The lock and the counters of a master (design 3.3).

    `at` is its last instant, `revision` rises with each batch that wrote, `rights` with each end of
    a credential, key or token. `frozen_at` is when it was frozen, None while it works.
    `customers` and `apps` count those that are not removed.
    """

    master: int
    at: int
    revision: int
    next_id: int
    next_journal: int
    next_event: int
    rights: int
    frozen_at: int | None
    customers: int
    apps: int


class Plan(NamedTuple):
    """What an operator allows a master; None does not limit."""

    master: int
    id: int
    name: str
    customer_limit: int | None
    seat_limit: int | None
    app_limit: int | None
    created_at: int


class Master(NamedTuple):
    """A business; `owner` is a number of staff, `tariff` what its new clocks get; a limit of None does not limit."""

    master: int
    id: int
    name: str
    plan: int | None
    customer_limit: int | None
    currency: str
    exponent: int
    zone: str
    tariff: int
    owner: int
    created_at: int
    seat_limit: int | None
    app_limit: int | None


class SignInName(NamedTuple):
    """A login of staff or operator, in scope 0: unique on the whole installation."""

    master: int
    login: str
    of_master: int
    staff: int


class Staff(NamedTuple):
    """An employee of a master, or in scope 0 an operator."""

    master: int
    id: int
    login: str
    name: str
    role: str
    created_at: int


class Credential(NamedTuple):
    """The password of a staff or customer, as an argon2id string; `version` rises when it changes."""

    master: int
    id: int
    password: str
    version: int


class Token(NamedTuple):
    """What a sign-in gave; `principal` is a number of staff or customer, `digest` the SHA-256 of the secret.

    `app` is the number of the app through whose publishable key a customer signed in.
    """

    master: int
    id: int
    digest: str
    kind: str
    principal: int
    created_at: int
    expires_at: int
    app: int | None


class App(NamedTuple):
    """A client program; `scopes` are separated by spaces, `digest` is the SHA-256 of its key."""

    master: int
    id: int
    name: str
    kind: str
    scopes: str
    digest: str
    created_at: int
    removed_at: int | None


class Tariff(NamedTuple):
    """One version of a price list; `tariff` is the number of its first version, which names it.

    `low_ms` are the ms left at which a clock is told to be low, falling, separated by spaces.
    """

    master: int
    id: int
    tariff: int
    version: int
    newest: int
    name: str
    price: int
    burn_rate: int
    lease_ms: int
    minimum_ms: int
    increment_ms: int
    parallel: int
    pause_count: int | None
    pause_each_ms: int | None
    pause_total_ms: int | None
    after_pause: str
    revive_ms: int
    valid_ms: int | None
    created_at: int
    low_ms: str


class Customer(NamedTuple):
    """A customer; what tells who it is stands in `Person`. Once erased, `login` is its id."""

    master: int
    id: int
    login: str
    removed_at: int | None
    erased_at: int | None
    created_at: int


class Person(NamedTuple):
    """Names and contact data of a customer; erasable."""

    master: int
    id: int
    name: str | None
    email: str | None
    phone: str | None


class Account(NamedTuple):
    """Where an amount of one unit stands.

    Wallets and clocks carry their balance; accounts of the master itself (`balance` None) are summed from postings.
    """

    master: int
    id: int
    kind: str
    unit: str
    balance: int | None
    floor: int | None
    version: int


class Wallet(NamedTuple):
    """Whose credits the account of the same number holds."""

    master: int
    id: int
    customer: int
    created_at: int


class Clock(NamedTuple):
    """Whose time the account of the same number holds, and how far it is settled (design section 4).

    `settled_at` is t0; `ahead` is `acc`: in (−1000, 0], what rounding paid in advance.
    `tariff` is the number that names it, `rest` is E mod 1000 of its ended sessions, `ended_count` their number.
    `check_at` is never later than the next computed instant; None when there is none.
    `low_at` is never later than the next instant at which others are told that little is left, `low_ms` how little
    was told last; both None when there is nothing to tell, or nothing was told.
    """

    master: int
    id: int
    customer: int | None
    wallet: int | None
    tariff: int
    parallel: int
    settled_at: int
    ahead: int
    rest: int
    ended_count: int
    check_at: int | None
    created_at: int
    low_at: int | None
    low_ms: int | None


class Lot(NamedTuple):
    """A part of what a clock holds. It burns by priority, expiry, promotional before paid, age (id)."""

    master: int
    id: int
    clock: int
    kind: str
    priority: int
    starts_at: int
    expires_at: int | None
    bought_ms: int
    amount_paid: int
    left_ms: int


class Session(NamedTuple):
    """One use of a clock.

    `since` is when it last began to run, or to pause. `elapsed` is its real running time and `burned` its exact burn
    up to `since`; the minimum charge counts as burned from the start. `held` is the part of the minimum
    that is still held. `used` and `end_no` (1, 2, … in the order of ends on its clock) are set when it ends.
    `holder` is the id of who runs it, such as `app_…`.
    """

    master: int
    id: int
    clock: int
    tariff: int
    holder: str
    state: str
    seq: int
    burn_rate: int
    lease_ms: int
    lease_until: int | None
    started_at: int
    since: int
    elapsed: int
    burned: int
    minimum_ms: int
    increment_ms: int
    held: int
    pauses: int
    paused_ms: int
    pause_until: int | None
    after_pause: str
    revives: int | None
    segments: int
    ended_at: int | None
    reason: str | None
    used: int | None
    end_no: int | None


class Segment(NamedTuple):
    """A stretch of a session, numbered from 1; `burned` is exact."""

    master: int
    session: int
    no: int
    kind: str
    from_at: int
    until_at: int
    burn_rate: int
    burned: int


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

    `salt` gives the secret together with the installation's key number `key`; `old_salt` the one before,
    which signs too until `old_until`. `position` is the number of the last event that became a delivery.
    `failing_since` is the first failure after the last success; `state` is enabled, or disabled for `reason`.
    """

    master: int
    id: int
    url: str
    kinds: str
    state: str
    reason: str | None
    key: int
    salt: str
    old_salt: str | None
    old_until: int | None
    position: int
    failing_since: int | None
    created_at: int
    removed_at: int | None


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
