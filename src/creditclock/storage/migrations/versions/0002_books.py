"""Clocks and records."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "event",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("no", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("master_id", "no", name=op.f("pk_event")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "journal",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("no", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("mac", sa.Text(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("master_id", "no", name=op.f("pk_journal")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "stored",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("master_id", "caller", "key", name=op.f("pk_stored")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("stored", schema=None) as batch_op:
        batch_op.create_index("ix_stored_created_at", ["master_id", "created_at"], unique=False)

    op.create_table(
        "account",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=True),
        sa.Column("floor", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("unit IN ('credit', 'ms')", name=op.f("ck_account_unit")),
        sa.CheckConstraint("(balance IS NULL) = (floor IS NULL)", name=op.f("ck_account_floored")),
        sa.CheckConstraint("(balance IS NULL) = (id < 100)", name=op.f("ck_account_own")),
        sa.CheckConstraint("balance <= 9007199254740991", name=op.f("ck_account_ceiling")),
        sa.CheckConstraint("balance >= floor", name=op.f("ck_account_floor")),
        sa.ForeignKeyConstraint(["master_id"], ["lane.master_id"], name=op.f("fk_account_master_id")),
        sa.PrimaryKeyConstraint("master_id", "id", name=op.f("pk_account")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "note",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["master_id"], ["lane.master_id"], name=op.f("fk_note_master_id")),
        sa.PrimaryKeyConstraint("master_id", "id", name=op.f("pk_note")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reference",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["master_id"], ["lane.master_id"], name=op.f("fk_reference_master_id")),
        sa.PrimaryKeyConstraint("master_id", "reference", name=op.f("pk_reference")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "wallet",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("customer", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["master_id", "customer"], ["customer.master_id", "customer.id"], name=op.f("fk_wallet_master_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["master_id", "id"], ["account.master_id", "account.id"], name=op.f("fk_wallet_master_id_id")
        ),
        sa.PrimaryKeyConstraint("master_id", "id", name=op.f("pk_wallet")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("wallet", schema=None) as batch_op:
        batch_op.create_index("ix_wallet_customer", ["master_id", "customer"], unique=False)

    op.create_table(
        "clock",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("customer", sa.BigInteger(), nullable=True),
        sa.Column("wallet", sa.BigInteger(), nullable=True),
        sa.Column("tariff", sa.BigInteger(), nullable=False),
        sa.Column("parallel", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=False),
        sa.Column("ahead", sa.BigInteger(), nullable=False),
        sa.Column("rest", sa.BigInteger(), nullable=False),
        sa.Column("ended_count", sa.BigInteger(), nullable=False),
        sa.Column("check_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("ahead > -1000 AND ahead <= 0", name=op.f("ck_clock_ahead")),
        sa.CheckConstraint("parallel BETWEEN 1 AND 1000", name=op.f("ck_clock_parallel")),
        sa.CheckConstraint("rest >= 0 AND rest < 1000", name=op.f("ck_clock_rest")),
        sa.ForeignKeyConstraint(
            ["master_id", "customer"], ["customer.master_id", "customer.id"], name=op.f("fk_clock_master_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["master_id", "id"], ["account.master_id", "account.id"], name=op.f("fk_clock_master_id_id")
        ),
        sa.ForeignKeyConstraint(
            ["master_id", "tariff"], ["tariff.master_id", "tariff.id"], name=op.f("fk_clock_master_id_tariff")
        ),
        sa.ForeignKeyConstraint(
            ["master_id", "wallet"], ["wallet.master_id", "wallet.id"], name=op.f("fk_clock_master_id_wallet")
        ),
        sa.PrimaryKeyConstraint("master_id", "id", name=op.f("pk_clock")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("clock", schema=None) as batch_op:
        batch_op.create_index(
            "ix_clock_check_at",
            ["check_at"],
            unique=False,
            sqlite_where=sa.text("check_at IS NOT NULL"),
            postgresql_where=sa.text("check_at IS NOT NULL"),
        )
        batch_op.create_index("ix_clock_customer", ["master_id", "customer"], unique=False)

    op.create_table(
        "lot",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("clock", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("priority", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("bought_ms", sa.BigInteger(), nullable=False),
        sa.Column("amount_paid", sa.BigInteger(), nullable=False),
        sa.Column("left_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('paid', 'promotional', 'granted')", name=op.f("ck_lot_kind")),
        sa.CheckConstraint("bought_ms >= 1 AND amount_paid >= 0", name=op.f("ck_lot_bought")),
        sa.CheckConstraint("expires_at > starts_at", name=op.f("ck_lot_order")),
        sa.CheckConstraint("left_ms BETWEEN 0 AND bought_ms", name=op.f("ck_lot_left_ms")),
        sa.ForeignKeyConstraint(
            ["master_id", "clock"], ["clock.master_id", "clock.id"], name=op.f("fk_lot_master_id_clock")
        ),
        sa.PrimaryKeyConstraint("master_id", "id", name=op.f("pk_lot")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("lot", schema=None) as batch_op:
        batch_op.create_index(
            "ix_lot_live",
            ["master_id", "clock"],
            unique=False,
            sqlite_where=sa.text("left_ms > 0"),
            postgresql_where=sa.text("left_ms > 0"),
        )

    op.create_table(
        "session",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("clock", sa.BigInteger(), nullable=False),
        sa.Column("tariff", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("burn_rate", sa.BigInteger(), nullable=False),
        sa.Column("lease_ms", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("elapsed", sa.BigInteger(), nullable=False),
        sa.Column("burned", sa.BigInteger(), nullable=False),
        sa.Column("minimum_ms", sa.BigInteger(), nullable=False),
        sa.Column("increment_ms", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("pauses", sa.BigInteger(), nullable=False),
        sa.Column("paused_ms", sa.BigInteger(), nullable=False),
        sa.Column("pause_until", sa.BigInteger(), nullable=True),
        sa.Column("after_pause", sa.Text(), nullable=False),
        sa.Column("revives", sa.BigInteger(), nullable=True),
        sa.Column("segments", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("used", sa.BigInteger(), nullable=True),
        sa.Column("end_no", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(state = 'ended') = (ended_at IS NOT NULL AND reason IS NOT NULL AND used IS NOT NULL)",
            name=op.f("ck_session_ended"),
        ),
        sa.CheckConstraint("(state = 'paused') = (pause_until IS NOT NULL)", name=op.f("ck_session_pausing")),
        sa.CheckConstraint("(state = 'running') = (lease_until IS NOT NULL)", name=op.f("ck_session_leased")),
        sa.CheckConstraint("after_pause IN ('resume', 'stop')", name=op.f("ck_session_after_pause")),
        sa.CheckConstraint(
            "reason IN ('stopped', 'empty', 'expired', 'lease_lapsed', 'pause_limit', 'ended', 'closed')",
            name=op.f("ck_session_reason"),
        ),
        sa.CheckConstraint("state <> 'ended' OR held = 0", name=op.f("ck_session_released")),
        sa.CheckConstraint("state IN ('running', 'paused', 'ended')", name=op.f("ck_session_state")),
        sa.CheckConstraint("held >= 0 AND elapsed >= 0 AND burned >= 0", name=op.f("ck_session_positive")),
        sa.CheckConstraint("seq >= 1 AND burn_rate BETWEEN 1 AND 10000", name=op.f("ck_session_bounds")),
        sa.ForeignKeyConstraint(
            ["master_id", "clock"], ["clock.master_id", "clock.id"], name=op.f("fk_session_master_id_clock")
        ),
        sa.ForeignKeyConstraint(
            ["master_id", "tariff"], ["tariff.master_id", "tariff.id"], name=op.f("fk_session_master_id_tariff")
        ),
        sa.PrimaryKeyConstraint("master_id", "id", name=op.f("pk_session")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index("ix_session_clock", ["master_id", "clock", "id"], unique=False)
        batch_op.create_index(
            "ix_session_open",
            ["master_id", "clock"],
            unique=False,
            sqlite_where=sa.text("state <> 'ended'"),
            postgresql_where=sa.text("state <> 'ended'"),
        )
        batch_op.create_index(
            "ix_session_revives",
            ["master_id", "revives"],
            unique=True,
            sqlite_where=sa.text("revives IS NOT NULL"),
            postgresql_where=sa.text("revives IS NOT NULL"),
        )

    op.create_table(
        "posting",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("journal", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("debit", sa.BigInteger(), nullable=False),
        sa.Column("credit", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("debit_balance", sa.BigInteger(), nullable=True),
        sa.Column("credit_balance", sa.BigInteger(), nullable=True),
        sa.Column("lot", sa.BigInteger(), nullable=True),
        sa.Column("session", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("amount >= 1", name=op.f("ck_posting_amount")),
        sa.CheckConstraint("debit <> credit", name=op.f("ck_posting_two_accounts")),
        sa.ForeignKeyConstraint(
            ["master_id", "credit"], ["account.master_id", "account.id"], name=op.f("fk_posting_master_id_credit")
        ),
        sa.ForeignKeyConstraint(
            ["master_id", "debit"], ["account.master_id", "account.id"], name=op.f("fk_posting_master_id_debit")
        ),
        sa.ForeignKeyConstraint(
            ["master_id", "lot"], ["lot.master_id", "lot.id"], name=op.f("fk_posting_master_id_lot")
        ),
        sa.ForeignKeyConstraint(
            ["master_id", "session"], ["session.master_id", "session.id"], name=op.f("fk_posting_master_id_session")
        ),
        sa.PrimaryKeyConstraint("master_id", "id", name=op.f("pk_posting")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("posting", schema=None) as batch_op:
        batch_op.create_index(
            "ix_posting_credit",
            ["master_id", "credit", "id"],
            unique=False,
            sqlite_where=sa.text("credit >= 100"),
            postgresql_where=sa.text("credit >= 100"),
        )
        batch_op.create_index(
            "ix_posting_debit",
            ["master_id", "debit", "id"],
            unique=False,
            sqlite_where=sa.text("debit >= 100"),
            postgresql_where=sa.text("debit >= 100"),
        )

    op.create_table(
        "segment",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("session", sa.BigInteger(), nullable=False),
        sa.Column("no", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("until_at", sa.BigInteger(), nullable=False),
        sa.Column("burn_rate", sa.BigInteger(), nullable=False),
        sa.Column("burned", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('run', 'pause', 'minimum', 'increment', 'dropped')", name=op.f("ck_segment_kind")),
        sa.CheckConstraint("until_at >= from_at", name=op.f("ck_segment_order")),
        sa.ForeignKeyConstraint(
            ["master_id", "session"], ["session.master_id", "session.id"], name=op.f("fk_segment_master_id_session")
        ),
        sa.PrimaryKeyConstraint("master_id", "session", "no", name=op.f("pk_segment")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in (
        "segment",
        "posting",
        "session",
        "lot",
        "clock",
        "wallet",
        "reference",
        "note",
        "account",
        "stored",
        "journal",
        "event",
    ):
        op.drop_table(table)
