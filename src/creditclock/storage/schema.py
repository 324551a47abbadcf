"""The schema: one table per row type, with a constraint for every invariant that fits into one (design section 3.4).

Every key begins with `master_id` and every foreign key carries it, so that nothing can refer across masters.
"""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

NAMING: Final = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
}
metadata: Final = MetaData(naming_convention=NAMING)


def _n(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _n0(name: str) -> Column[int | None]:
    return Column(name, BigInteger, nullable=True)


def _t(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _t0(name: str) -> Column[str | None]:
    return Column(name, Text, nullable=True)


def _key(*columns: str) -> PrimaryKeyConstraint:
    return PrimaryKeyConstraint("master_id", *columns)


def _to(column: str, table: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["master_id", column], [f"{table}.master_id", f"{table}.id"])


def _of_lane() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["master_id"], ["lane.master_id"])


def _one_of(column: str, *values: str) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def _table(name: str, *parts: Any) -> Table:  # noqa: ANN401 - columns and constraints share no type
    return Table(name, metadata, _n("master_id"), *parts, sqlite_with_rowid=False)


installation: Final = Table(
    "installation",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_with_rowid=False,
)
outage: Final = Table(
    "outage",
    metadata,
    Column("from_at", BigInteger, primary_key=True, autoincrement=False),
    _n("until_at"),
    CheckConstraint("until_at > from_at", name="order"),
    sqlite_with_rowid=False,
)
alive: Final = Table(
    "alive",
    metadata,
    Column("process", Text, primary_key=True),
    _n("at"),
    sqlite_with_rowid=False,
)
lane: Final = _table(
    "lane",
    _n("at"),
    _n("revision"),
    _n("next_id"),
    _n("next_journal"),
    _n("next_event"),
    _n("rights"),
    _n0("frozen_at"),
    _n("customers"),
    PrimaryKeyConstraint("master_id"),
    CheckConstraint("customers >= 0", name="customers"),
)
plan: Final = _table(
    "plan",
    _n("id"),
    _t("name"),
    _n0("customer_limit"),
    _n0("seat_limit"),
    _n0("app_limit"),
    _n("created_at"),
    _key("id"),
    CheckConstraint("master_id = 0", name="scope"),
    _of_lane(),
)
master: Final = _table(
    "master",
    _n("id"),
    _t("name"),
    _n0("plan"),
    _n0("customer_limit"),
    _t("currency"),
    _n("exponent"),
    _t("zone"),
    _n("tariff"),
    _n("owner"),
    _n("created_at"),
    _key("id"),
    CheckConstraint("id = 0 AND master_id > 0", name="scope"),
    CheckConstraint("exponent BETWEEN 0 AND 4", name="exponent"),
    _of_lane(),
    _to("tariff", "tariff"),
    _to("owner", "staff"),
)
sign_in_name: Final = _table(
    "sign_in_name",
    _t("login"),
    _n("of_master"),
    _n("staff"),
    _key("login"),
    CheckConstraint("master_id = 0", name="scope"),
    ForeignKeyConstraint(["of_master", "staff"], ["staff.master_id", "staff.id"]),
)
staff: Final = _table(
    "staff",
    _n("id"),
    _t("login"),
    _t("name"),
    _t("role"),
    _n("created_at"),
    _key("id"),
    _one_of("role", "operator", "owner", "manager", "seller"),
    CheckConstraint("(role = 'operator') = (master_id = 0)", name="scope"),
    _of_lane(),
)
credential: Final = _table(
    "credential",
    _n("id"),
    _t("password"),
    _n("version"),
    _key("id"),
    _of_lane(),
)
token: Final = _table(
    "token",
    _n("id"),
    _t("digest"),
    _t("kind"),
    _n("principal"),
    _n("created_at"),
    _n("expires_at"),
    _key("id"),
    _one_of("kind", "operator", "staff", "customer"),
    _of_lane(),
    Index("ix_token_digest", "master_id", "digest", unique=True),
    Index("ix_token_principal", "master_id", "principal"),
)
app: Final = _table(
    "app",
    _n("id"),
    _t("name"),
    _t("kind"),
    _t("scopes"),
    _t("digest"),
    _n("created_at"),
    _n0("removed_at"),
    _key("id"),
    _one_of("kind", "secret", "publishable"),
    _of_lane(),
    Index("ix_app_digest", "master_id", "digest", unique=True),
)
tariff: Final = _table(
    "tariff",
    _n("id"),
    _n("tariff"),
    _n("version"),
    _n("newest"),
    _t("name"),
    _n("price"),
    _n("burn_rate"),
    _n("lease_ms"),
    _n("minimum_ms"),
    _n("increment_ms"),
    _n("parallel"),
    _n0("pause_count"),
    _n0("pause_each_ms"),
    _n0("pause_total_ms"),
    _t("after_pause"),
    _n("revive_ms"),
    _n0("valid_ms"),
    _n("created_at"),
    _key("id"),
    _of_lane(),
    _to("tariff", "tariff"),
    CheckConstraint("price >= 1", name="price"),
    CheckConstraint("burn_rate BETWEEN 1 AND 10000", name="burn_rate"),
    CheckConstraint("lease_ms BETWEEN 5000 AND 86400000", name="lease_ms"),
    CheckConstraint("minimum_ms >= 0 AND increment_ms >= 0 AND parallel >= 1", name="bounds"),
    CheckConstraint("newest IN (0, 1)", name="newest"),
    _one_of("after_pause", "resume", "stop"),
    Index(
        "ix_tariff_newest",
        "master_id",
        "tariff",
        unique=True,
        sqlite_where=text("newest = 1"),
        postgresql_where=text("newest = 1"),
    ),
)
customer: Final = _table(
    "customer",
    _n("id"),
    _t("login"),
    _n0("removed_at"),
    _n0("erased_at"),
    _n("created_at"),
    _key("id"),
    _of_lane(),
    CheckConstraint("erased_at IS NULL OR removed_at IS NOT NULL", name="erased"),
    Index(
        "ix_customer_removed_at",
        "removed_at",
        sqlite_where=text("removed_at IS NOT NULL AND erased_at IS NULL"),
        postgresql_where=text("removed_at IS NOT NULL AND erased_at IS NULL"),
    ),
    Index("ix_customer_login", "master_id", "login", unique=True),
)
person: Final = _table(
    "person",
    _n("id"),
    _t0("name"),
    _t0("email"),
    _t0("phone"),
    _key("id"),
    _to("id", "customer"),
)
account: Final = _table(
    "account",
    _n("id"),
    _t("kind"),
    _t("unit"),
    _n0("balance"),
    _n0("floor"),
    _n("version"),
    _key("id"),
    _of_lane(),
    _one_of("unit", "credit", "ms"),
    CheckConstraint("balance >= floor", name="floor"),
    CheckConstraint("balance <= 9007199254740991", name="ceiling"),
    CheckConstraint("(balance IS NULL) = (id < 100)", name="own"),
    CheckConstraint("(balance IS NULL) = (floor IS NULL)", name="floored"),
)
wallet: Final = _table(
    "wallet",
    _n("id"),
    _n("customer"),
    _n("created_at"),
    _key("id"),
    _to("id", "account"),
    _to("customer", "customer"),
    Index("ix_wallet_customer", "master_id", "customer"),
)
clock: Final = _table(
    "clock",
    _n("id"),
    _n0("customer"),
    _n0("wallet"),
    _n("tariff"),
    _n("parallel"),
    _n("settled_at"),
    _n("ahead"),
    _n("rest"),
    _n("ended_count"),
    _n0("check_at"),
    _n("created_at"),
    _key("id"),
    _to("id", "account"),
    _to("customer", "customer"),
    _to("wallet", "wallet"),
    _to("tariff", "tariff"),
    CheckConstraint("parallel BETWEEN 1 AND 1000", name="parallel"),
    CheckConstraint("ahead > -1000 AND ahead <= 0", name="ahead"),
    CheckConstraint("rest >= 0 AND rest < 1000", name="rest"),
    Index("ix_clock_customer", "master_id", "customer"),
    Index(
        "ix_clock_check_at",
        "check_at",
        sqlite_where=text("check_at IS NOT NULL"),
        postgresql_where=text("check_at IS NOT NULL"),
    ),
)
lot: Final = _table(
    "lot",
    _n("id"),
    _n("clock"),
    _t("kind"),
    _n("priority"),
    _n("starts_at"),
    _n0("expires_at"),
    _n("bought_ms"),
    _n("amount_paid"),
    _n("left_ms"),
    _key("id"),
    _to("clock", "clock"),
    _one_of("kind", "paid", "promotional", "granted"),
    CheckConstraint("bought_ms >= 1 AND amount_paid >= 0", name="bought"),
    CheckConstraint("left_ms BETWEEN 0 AND bought_ms", name="left_ms"),
    CheckConstraint("expires_at > starts_at", name="order"),
    Index(
        "ix_lot_live",
        "master_id",
        "clock",
        sqlite_where=text("left_ms > 0"),
        postgresql_where=text("left_ms > 0"),
    ),
)
session: Final = _table(
    "session",
    _n("id"),
    _n("clock"),
    _n("tariff"),
    _t("holder"),
    _t("state"),
    _n("seq"),
    _n("burn_rate"),
    _n("lease_ms"),
    _n0("lease_until"),
    _n("started_at"),
    _n("since"),
    _n("elapsed"),
    _n("burned"),
    _n("minimum_ms"),
    _n("increment_ms"),
    _n("held"),
    _n("pauses"),
    _n("paused_ms"),
    _n0("pause_until"),
    _t("after_pause"),
    _n0("revives"),
    _n("segments"),
    _n0("ended_at"),
    _t0("reason"),
    _n0("used"),
    _n0("end_no"),
    _key("id"),
    _to("clock", "clock"),
    _to("tariff", "tariff"),
    _one_of("state", "running", "paused", "ended"),
    _one_of("reason", "stopped", "empty", "expired", "lease_lapsed", "pause_limit", "ended", "closed"),
    _one_of("after_pause", "resume", "stop"),
    CheckConstraint("seq >= 1 AND burn_rate BETWEEN 1 AND 10000", name="bounds"),
    CheckConstraint("held >= 0 AND elapsed >= 0 AND burned >= 0", name="positive"),
    CheckConstraint("(state = 'running') = (lease_until IS NOT NULL)", name="leased"),
    CheckConstraint("(state = 'paused') = (pause_until IS NOT NULL)", name="pausing"),
    CheckConstraint(
        "(state = 'ended') = (ended_at IS NOT NULL AND reason IS NOT NULL AND used IS NOT NULL)", name="ended"
    ),
    CheckConstraint("state <> 'ended' OR held = 0", name="released"),
    Index("ix_session_clock", "master_id", "clock", "id"),
    Index(
        "ix_session_open",
        "master_id",
        "clock",
        sqlite_where=text("state <> 'ended'"),
        postgresql_where=text("state <> 'ended'"),
    ),
    Index(
        "ix_session_revives",
        "master_id",
        "revives",
        unique=True,
        sqlite_where=text("revives IS NOT NULL"),
        postgresql_where=text("revives IS NOT NULL"),
    ),
)
segment: Final = _table(
    "segment",
    _n("session"),
    _n("no"),
    _t("kind"),
    _n("from_at"),
    _n("until_at"),
    _n("burn_rate"),
    _n("burned"),
    _key("session", "no"),
    _to("session", "session"),
    _one_of("kind", "run", "pause", "minimum", "increment", "dropped"),
    CheckConstraint("until_at >= from_at", name="order"),
)
posting: Final = _table(
    "posting",
    _n("id"),
    _n("entry"),
    _n("journal"),
    _n("at"),
    _n("recorded_at"),
    _t("kind"),
    _t("unit"),
    _n("debit"),
    _n("credit"),
    _n("amount"),
    _n0("debit_balance"),
    _n0("credit_balance"),
    _n0("lot"),
    _n0("session"),
    _key("id"),
    _to("debit", "account"),
    _to("credit", "account"),
    _to("lot", "lot"),
    _to("session", "session"),
    CheckConstraint("amount >= 1", name="amount"),
    CheckConstraint("debit <> credit", name="two_accounts"),
    Index(
        "ix_posting_debit",
        "master_id",
        "debit",
        "id",
        sqlite_where=text("debit >= 100"),
        postgresql_where=text("debit >= 100"),
    ),
    Index(
        "ix_posting_credit",
        "master_id",
        "credit",
        "id",
        sqlite_where=text("credit >= 100"),
        postgresql_where=text("credit >= 100"),
    ),
)
reference: Final = _table("reference", _t("reference"), _n("entry"), _key("reference"), _of_lane())
note: Final = _table("note", _n("id"), _t("text"), _key("id"), _of_lane())
journal: Final = _table(
    "journal",
    _n("no"),
    _n("at"),
    _n("recorded_at"),
    _t("operation"),
    _t("caller"),
    _t("subject"),
    _t("detail"),
    _t("mac"),
    _t0("salt"),
    _key("no"),
)
event: Final = _table(
    "event",
    _n("no"),
    _n("at"),
    _t("kind"),
    _t("subject"),
    _t("body"),
    _key("no"),
)
stored: Final = _table(
    "stored",
    _t("caller"),
    _t("key"),
    _t("digest"),
    _t("operation"),
    _n("status"),
    _t0("body"),
    _t0("subject"),
    _n("created_at"),
    _key("caller", "key"),
    Index("ix_stored_created_at", "master_id", "created_at"),
)
