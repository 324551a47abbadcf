"""Relations: how row types, tables and ranges belong together.

A range is declared once and serves as a bounded SQL query and as the rule that keeps it up to date in memory.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeVar

from sqlalchemy import Table

from creditclock.domain import rows
from creditclock.storage import schema

Row = TypeVar("Row", bound=tuple[Any, ...])
Key = int | str | tuple[int | str, ...]


class Relation(NamedTuple):
    """A row type and its table.

    `width` counts the key's columns after the master, `changes` is false for rows that are only inserted,
    `kept` for rows that needn't stay in memory after their batch.
    """

    row: type[Any]
    table: Table
    width: int
    changes: bool
    kept: bool

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the table's columns, in the order of the row's fields."""
        return tuple(column.name for column in self.table.columns)


class Range(NamedTuple):
    """The rows of a type with the same `parent` column that satisfy `where` (SQL) and `keeps` (memory).

    `index_name` is the index that serves it. Handlers keep it at `limit` rows or fewer.
    """

    name: str
    row: type[Any]
    parent: str
    index_name: str
    where: str | None
    keeps: Callable[[Any], bool]
    limit: int


def _always(_row: object) -> bool:
    return True


def _relate(row: type[Any], table: Table, *, width: int = 1, changes: bool = True, kept: bool = True) -> Relation:
    names = [column.name for column in table.columns]
    assert names[0] == "master_id", names
    assert tuple(names[1:]) == row._fields[1:], (row, names)
    return Relation(row, table, width, changes, kept)


RELATIONS: Final[dict[type[Any], Relation]] = {
    relation.row: relation
    for relation in (
        _relate(rows.Lane, schema.lane, width=0),
        _relate(rows.Plan, schema.plan),
        _relate(rows.Staff, schema.staff),
        _relate(rows.SignInName, schema.sign_in_name),
        _relate(rows.Credential, schema.credential),
        _relate(rows.SecondFactor, schema.second_factor),
        _relate(rows.Tariff, schema.tariff),
        _relate(rows.Master, schema.master),
        _relate(rows.Token, schema.token),
        _relate(rows.App, schema.app),
        _relate(rows.Customer, schema.customer),
        _relate(rows.Person, schema.person),
        _relate(rows.Erasure, schema.erasure, changes=False),
        _relate(rows.Account, schema.account),
        _relate(rows.Wallet, schema.wallet),
        _relate(rows.Clock, schema.clock),
        _relate(rows.Lot, schema.lot),
        _relate(rows.Session, schema.session),
        _relate(rows.Segment, schema.segment, width=2, changes=False),
        _relate(rows.Posting, schema.posting, changes=False),
        _relate(rows.Reference, schema.reference, kept=False),
        _relate(rows.Note, schema.note, kept=False),
        _relate(rows.Journal, schema.journal, changes=False),
        _relate(rows.Event, schema.event, changes=False),
        _relate(rows.Webhook, schema.webhook),
        _relate(rows.Delivery, schema.delivery, width=2, kept=False),
        _relate(rows.Stored, schema.stored, width=2, kept=False),
        _relate(rows.Numbering, schema.numbering),
        _relate(rows.ClientToken, schema.client_token),
        _relate(rows.SessionToken, schema.session_token),
        _relate(rows.MasterProfile, schema.master_profile),
        _relate(rows.Sheet, schema.sheet),
        _relate(rows.CustomerProfile, schema.customer_profile),
        _relate(rows.WalletProfile, schema.wallet_profile),
        _relate(rows.ClockProfile, schema.clock_profile),
        _relate(rows.Visit, schema.visit),
        _relate(rows.SheetRecord, schema.sheet_record, width=2, kept=False),
        _relate(rows.Contact, schema.contact),
        _relate(rows.Attendance, schema.attendance, width=2, changes=False),
        _relate(rows.SupplyRequest, schema.supply_request),
        _relate(rows.IssueReport, schema.issue_report, kept=False),
    )
}
"""Every row type, in an order in which foreign keys are satisfied when rows are written."""


def _open(session: rows.Session) -> bool:
    return session.state != "ended"


def _live(lot: rows.Lot) -> bool:
    return lot.left_ms > 0


def _there(webhook: rows.Webhook) -> bool:
    return webhook.removed_at is None


def _replaced(app: rows.App) -> bool:
    return app.old_digest is not None


def _shown(row: Any) -> bool:  # noqa: ANN401 - a sheet, a record or a contact
    return row.unlinked_at is None


def _timed(record: rows.SheetRecord) -> bool:
    return record.session is not None


def _works(token: rows.SessionToken) -> bool:
    return token.removed_at is None


def _acquires(token: rows.ClientToken) -> bool:
    return token.removed_at is None and token.acquired is not None


def _pending(request: rows.SupplyRequest) -> bool:
    return request.state == "pending"


def _newest(tariff: rows.Tariff) -> bool:
    return tariff.newest == 1


OPEN_SESSIONS: Final = Range(
    "open_sessions", rows.Session, "clock", "ix_session_open", "state <> 'ended'", _open, 1_000
)
LIVE_LOTS: Final = Range("live_lots", rows.Lot, "clock", "ix_lot_live", "left_ms > 0", _live, 1_000)
WALLETS: Final = Range("wallets", rows.Wallet, "customer", "ix_wallet_customer", None, _always, 1_000)
CLOCKS: Final = Range("clocks", rows.Clock, "customer", "ix_clock_customer", None, _always, 1_000)
TOKENS: Final = Range("tokens", rows.Token, "principal", "ix_token_principal", None, _always, 1_000)
TOKEN: Final = Range("token", rows.Token, "digest", "ix_token_digest", None, _always, 1)
APP: Final = Range("app", rows.App, "digest", "ix_app_digest", None, _always, 1)
OLD_KEY: Final = Range("old_key", rows.App, "old_digest", "ix_app_old_digest", "old_digest IS NOT NULL", _replaced, 1)
LOGIN: Final = Range("login", rows.Customer, "login", "ix_customer_login", None, _always, 1)
REVIVALS: Final = Range("revivals", rows.Session, "revives", "ix_session_revives", "revives IS NOT NULL", _always, 1)
NEWEST: Final = Range("newest", rows.Tariff, "tariff", "ix_tariff_newest", "newest = 1", _newest, 1)
WEBHOOKS: Final = Range("webhooks", rows.Webhook, "state", "ix_webhook_state", "removed_at IS NULL", _there, 100)
CLIENT_TOKEN: Final = Range("client_token", rows.ClientToken, "digest", "ix_client_token_digest", None, _always, 1)
ACQUIRED: Final = Range(
    "acquired",
    rows.ClientToken,
    "acquired",
    "ix_client_token_acquired",
    "removed_at IS NULL AND acquired IS NOT NULL",
    _acquires,
    10_000,
)
SESSION_TOKEN: Final = Range("session_token", rows.SessionToken, "digest", "ix_session_token_digest", None, _always, 1)
SESSION_NO: Final = Range("session_no", rows.SessionToken, "no", "ix_session_token_no", None, _always, 1)
SESSION_TOKENS: Final = Range(
    "session_tokens", rows.SessionToken, "client", "ix_session_token_client", "removed_at IS NULL", _works, 100
)
SHEETS: Final = Range("sheets", rows.Sheet, "owner", "ix_sheet_owner", "unlinked_at IS NULL", _shown, 1_000)
RECORDS: Final = Range(
    "records", rows.SheetRecord, "sheet", "ix_sheet_record_sheet", "unlinked_at IS NULL", _shown, 1_000
)
TIME_RECORD: Final = Range(
    "time_record", rows.SheetRecord, "session", "ix_sheet_record_session", "session IS NOT NULL", _timed, 1
)
CONTACTS: Final = Range("contacts", rows.Contact, "sheet", "ix_contact_sheet", "unlinked_at IS NULL", _shown, 1_000)
CUSTOMER_NO: Final = Range("customer_no", rows.CustomerProfile, "no", "ix_customer_profile_no", None, _always, 1)
SUPPLY_REQUESTS: Final = Range(
    "supply_requests",
    rows.SupplyRequest,
    "customer",
    "ix_supply_request_customer",
    "state = 'pending'",
    _pending,
    20,
)
RANGES: Final = (
    CLIENT_TOKEN,
    ACQUIRED,
    SESSION_TOKEN,
    SESSION_NO,
    SESSION_TOKENS,
    SHEETS,
    RECORDS,
    TIME_RECORD,
    CONTACTS,
    CUSTOMER_NO,
    SUPPLY_REQUESTS,
    OPEN_SESSIONS,
    LIVE_LOTS,
    WALLETS,
    CLOCKS,
    TOKENS,
    TOKEN,
    APP,
    OLD_KEY,
    LOGIN,
    REVIVALS,
    NEWEST,
    WEBHOOKS,
)

RANGES_OF: Final[dict[type[Any], tuple[tuple[Range, int], ...]]] = {
    row: tuple((span, row._fields.index(span.parent)) for span in RANGES if span.row is row) for row in RELATIONS
}
"""The ranges that a row type belongs to, each with the position of the parent's column."""
