"""Rows of the instruction set: tokens, sheets, records, and what the older protocol knows of customers and businesses.

`no` is the number by which the protocol's clients name a thing: it counts from 1 for each kind within a business, and
1 is the business itself. `written_at` is when it was changed last.
"""

from typing import NamedTuple


class Numbering(NamedTuple):
    """The last number that was given to a thing of a kind."""

    master: int
    kind: str
    last: int


class ClientToken(NamedTuple):
    """A client id, in scope 0. `digest` is the SHA-256 of its label, which `salt` gives with the key number `key`.

    `acquired` is the number of the master that it is bound to.
    """

    master: int
    id: int
    digest: str
    key: int
    salt: str
    created_at: int
    written_at: int
    valid_until: int
    acquired: int | None
    removed_at: int | None


class SessionToken(NamedTuple):
    """A session token of a client, in scope 0; kept as a client id is. `no` is what clients know its session by.

    `active` is the number of the master that is the session's own; `logged_in` is the version of the password with
    which that signed in, 0 while it hasn't.
    """

    master: int
    id: int
    no: int
    digest: str
    key: int
    salt: str
    client: int
    created_at: int
    written_at: int
    valid_until: int
    active: int | None
    logged_in: int
    removed_at: int | None


class Visit(NamedTuple):
    """What a session token does in a master: the active customer, and those that may be switched to.

    `archive` are the numbers of those customers, `timers` those of the sessions that its instructions keep alive; both
    in order, separated by spaces.
    """

    master: int
    id: int
    client: int
    customer: int | None
    archive: str
    timers: str
    written_at: int


class MasterProfile(NamedTuple):
    """What the instruction set knows of a business; its number is 0.

    Who knows `key_code` may acquire it. `unlinked_at` is when it was marked for removal. `unnumbered` is 1 while
    customers from before it had a key code may still be without numbers.
    """

    master: int
    id: int
    key_code: str
    alias: str | None
    phone: str | None
    company: str | None
    address: str | None
    acknowledged: int
    written_at: int
    unlinked_at: int | None
    unnumbered: int


class CustomerProfile(NamedTuple):
    """What the instruction set knows of a customer: the active wallet and contact list, and where it is logged in.

    `session` is the number of the session token in which it is logged in; `acknowledged` that of the last event that
    it has seen. `has_left` is 1 where it was removed at its own wish, so that it may come back by itself.
    """

    master: int
    id: int
    no: int
    alias: str | None
    wallet: int
    contact_list: int | None
    session: int | None
    acknowledged: int
    written_at: int
    has_left: int


class WalletProfile(NamedTuple):
    """What the instruction set knows of a wallet: its active clock and sheets."""

    master: int
    id: int
    no: int
    customer: int
    reference: str
    clock: int | None
    transfer_sheet: int | None
    invoice_sheet: int | None
    written_at: int
    unlinked_at: int | None


class ClockProfile(NamedTuple):
    """What the instruction set knows of a clock: its active sheets, and its timer.

    `timer` is the number of the session that was started last and that nobody has stopped yet, `visit` that of the
    session token whose instructions keep it alive.
    """

    master: int
    id: int
    no: int
    wallet: int
    reference: str
    time_sheet: int | None
    conversion_sheet: int | None
    timer: int | None
    visit: int | None
    written_at: int
    unlinked_at: int | None


class Sheet(NamedTuple):
    """A named statement of a wallet (transfer, invoice) or a clock (time, conversion), or a customer's contact list.

    `owner` is the number of the wallet, clock or customer, `records` how many records were ever put on it.
    """

    master: int
    id: int
    kind: str
    no: int
    owner: int
    reference: str
    records: int
    created_at: int
    written_at: int
    unlinked_at: int | None


class SheetRecord(NamedTuple):
    """A line of a sheet. `entry` is the entry of the books that it shows, `session` the use of the clock.

    `payer` and `payee` are numbers of customers, 0 for the business itself. `cost` is in ten-thousandths of
    `currency`. `transfer` is the number of the transfer record that an invoice is about.
    """

    master: int
    kind: str
    no: int
    sheet: int
    reference: str
    type: str
    entry: int | None
    session: int | None
    credits: int | None
    ms: int | None
    payer: int | None
    payee: int | None
    currency: str | None
    cost: int | None
    transfer: int | None
    created_at: int
    written_at: int
    unlinked_at: int | None


class Contact(NamedTuple):
    """A contact on a list of a customer; erasable. Its number is the one that clients know it by."""

    master: int
    id: int
    sheet: int
    customer: int
    reference: str
    name: str | None
    email: str | None
    phone: str | None
    notes: str | None
    created_at: int
    written_at: int
    unlinked_at: int | None


class Attendance(NamedTuple):
    """A login or logout of a customer, or of a master (`principal` 0), through the instruction set."""

    master: int
    kind: str
    no: int
    principal: int
    at: int


class SupplyRequest(NamedTuple):
    """Credits that a customer asked the business for. `entry` is the entry that they came with."""

    master: int
    id: int
    customer: int
    wallet: int
    amount: int
    currency: str
    cost: int
    notes: str | None
    state: str
    asked_at: int
    decided_at: int | None
    entry: int | None


class IssueReport(NamedTuple):
    """What a client's user reported, in scope 0. The newest thousand are kept: `id` is `no` modulo that."""

    master: int
    id: int
    no: int
    at: int
    source: str
    contact: str
    name: str
    details: str
    log: str
