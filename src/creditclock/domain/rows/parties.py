"""Rows of parties: masters, and the people and programs of each."""

from typing import NamedTuple


class Lane(NamedTuple):
    """The lock and the counters of a master (design 3.3).

    `at` is its last instant, `revision` rises with each batch that wrote, `rights` with each end of
    a credential, key or token. `frozen_at` is when it was frozen, None while it works.
    `customers` and `apps` count those that are not removed. A master that was removed itself stays frozen.
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
    removed_at: int | None


class Plan(NamedTuple):
    """What an operator allows a master; None does not limit. `masters` counts those on it."""

    master: int
    id: int
    name: str
    customer_limit: int | None
    seat_limit: int | None
    app_limit: int | None
    created_at: int
    masters: int
    removed_at: int | None


class Master(NamedTuple):
    """A business; `owner` is a number of staff, `tariff` what its new clocks get.

    `customer_limit`, `seat_limit` and `app_limit` are what the operator gave the business itself; where that is None
    its plan's limits count, of which `plan_customer_limit` and so on are a copy (`domain.plans`).
    """

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
    plan_customer_limit: int | None
    plan_seat_limit: int | None
    plan_app_limit: int | None


class SignInName(NamedTuple):
    """A login of staff or operator, in scope 0: unique on the whole installation.

    One that was freed, because its master was removed or its owner has another one, may be taken again.
    """

    master: int
    login: str
    of_master: int
    staff: int
    freed_at: int | None


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


class SecondFactor(NamedTuple):
    """The second factor of a staff or operator, on since `confirmed_at`; pending where that is None.

    `salt` gives the secret together with the installation's key number `key`; it is empty once the factor was
    removed. `step` is the last time step whose code was used, `codes` the SHA-256 of the recovery codes that are left,
    separated by spaces.
    """

    master: int
    id: int
    key: int
    salt: str
    began_at: int
    confirmed_at: int | None
    step: int
    codes: str


class App(NamedTuple):
    """A client program; `scopes` are separated by spaces, `digest` is the SHA-256 of its key.

    The key works until `expires_at`, if that isn't None; the one before it, `old_digest`, until `old_until`.
    """

    master: int
    id: int
    name: str
    kind: str
    scopes: str
    digest: str
    created_at: int
    removed_at: int | None
    expires_at: int | None
    old_digest: str | None
    old_until: int | None


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


class Erasure(NamedTuple):
    """What is left to be forgotten of a customer who was erased at `asked_at`.

    `stage` counts the stages that are over; `account` and `position` say how far the one under way is. `done_at` is
    when nothing was left.
    """

    master: int
    id: int
    asked_at: int
    stage: int
    account: int
    position: int
    done_at: int | None
