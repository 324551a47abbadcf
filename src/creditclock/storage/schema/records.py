"""Records: postings, journal, outbox, and what is kept beside them."""

from typing import Final

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text

from creditclock.contract.audit import AUDITED
from creditclock.storage.schema.columns import key, maybe_number, maybe_words, number, of_lane, one_of, table, to, words

audited: Final = text(f"operation IN ({', '.join(map(repr, AUDITED))})")
"""Which commands of the journal an audit shows: the words of the indexes that serve it."""
posting: Final = table(
    "posting",
    number("id"),
    number("entry"),
    number("journal"),
    number("at"),
    number("recorded_at"),
    words("kind"),
    words("unit"),
    number("debit"),
    number("credit"),
    number("amount"),
    maybe_number("debit_balance"),
    maybe_number("credit_balance"),
    maybe_number("lot"),
    maybe_number("session"),
    key("id"),
    to("debit", "account"),
    to("credit", "account"),
    to("lot", "lot"),
    to("session", "session"),
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
reference: Final = table("reference", words("reference"), number("entry"), key("reference"), of_lane())
note: Final = table("note", number("id"), words("text"), key("id"), of_lane())
journal: Final = table(
    "journal",
    number("no"),
    number("at"),
    number("recorded_at"),
    words("operation"),
    words("caller"),
    words("subject"),
    words("detail"),
    words("mac"),
    maybe_words("salt"),
    key("no"),
    Index("ix_journal_audit", "master_id", "no", sqlite_where=audited, postgresql_where=audited),
    Index("ix_journal_audit_operation", "master_id", "operation", "no", sqlite_where=audited, postgresql_where=audited),
)
event: Final = table(
    "event",
    number("no"),
    number("at"),
    words("kind"),
    words("subject"),
    words("body"),
    maybe_number("customer"),
    key("no"),
)
webhook: Final = table(
    "webhook",
    number("id"),
    words("url"),
    words("kinds"),
    words("state"),
    maybe_words("reason"),
    number("key"),
    words("salt"),
    maybe_number("old_key"),
    maybe_words("old_salt"),
    maybe_number("old_until"),
    number("position"),
    maybe_number("failing_since"),
    number("created_at"),
    number("enabled_at"),
    maybe_number("removed_at"),
    number("version"),
    key("id"),
    of_lane(),
    one_of("state", "enabled", "disabled"),
    CheckConstraint("(state = 'disabled') = (reason IS NOT NULL)", name="reason"),
    CheckConstraint("(old_salt IS NULL) = (old_until IS NULL) AND (old_salt IS NULL) = (old_key IS NULL)", name="old"),
    Index(
        "ix_webhook_state",
        "master_id",
        "state",
        sqlite_where=text("removed_at IS NULL"),
        postgresql_where=text("removed_at IS NULL"),
    ),
)
delivery: Final = table(
    "delivery",
    number("webhook"),
    number("event"),
    words("subject"),
    words("state"),
    number("attempts"),
    maybe_number("next_at"),
    maybe_number("first_at"),
    maybe_number("tried_at"),
    maybe_number("status"),
    maybe_words("problem"),
    key("webhook", "event"),
    to("webhook", "webhook"),
    ForeignKeyConstraint(["master_id", "event"], ["event.master_id", "event.no"]),
    one_of("state", "pending", "delivered", "failed"),
    CheckConstraint("(state = 'pending') = (next_at IS NOT NULL)", name="pending"),
    CheckConstraint("attempts >= 0", name="attempts"),
    Index(
        "ix_delivery_pending",
        "master_id",
        "webhook",
        "event",
        sqlite_where=text("state = 'pending'"),
        postgresql_where=text("state = 'pending'"),
    ),
)
stored: Final = table(
    "stored",
    words("caller"),
    words("key"),
    words("digest"),
    words("operation"),
    number("status"),
    maybe_words("body"),
    maybe_words("subject"),
    number("created_at"),
    key("caller", "key"),
    Index("ix_stored_created_at", "master_id", "created_at"),
)
