"""Records: postings, journal, outbox, and what is kept beside them."""

from typing import Final

from sqlalchemy import CheckConstraint, Index, text

from creditclock.storage.schema.columns import key, maybe_number, maybe_words, number, of_lane, table, to, words

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
)
event: Final = table(
    "event",
    number("no"),
    number("at"),
    words("kind"),
    words("subject"),
    words("body"),
    key("no"),
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
