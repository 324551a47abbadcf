"""What live events, webhooks and plans need."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lane", sa.Column("apps", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE lane SET apps = (SELECT count(*) FROM app WHERE app.master_id = lane.master_id AND removed_at IS NULL)"
    )
    op.add_column("tariff", sa.Column("low_ms", sa.Text(), nullable=False, server_default="300000 60000"))
    _separate_limits()
    op.add_column("event", sa.Column("customer", sa.BigInteger(), nullable=True))
    op.add_column("clock", sa.Column("low_at", sa.BigInteger(), nullable=True))
    op.add_column("clock", sa.Column("low_ms", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_clock_low_at",
        "clock",
        ["low_at"],
        sqlite_where=sa.text("low_at IS NOT NULL"),
        postgresql_where=sa.text("low_at IS NOT NULL"),
    )
    with op.batch_alter_table("token", copy_from=_token(), table_kwargs={"sqlite_with_rowid": False}) as token:
        token.add_column(sa.Column("app", sa.BigInteger(), nullable=True))
        token.create_foreign_key(op.f("fk_token_master_id_app"), "app", ["master_id", "app"], ["master_id", "id"])
        token.create_check_constraint(op.f("ck_token_app"), "app IS NULL OR kind = 'customer'")
    _create_webhook()
    _create_delivery()


def _separate_limits() -> None:
    """A business's own limits, the plan's and the count of those on it apart.

    A business without the limit of its plan was freed of it: it gets one of its own that is never reached.
    """
    for limit in ("seat_limit", "app_limit", "plan_customer_limit", "plan_seat_limit", "plan_app_limit"):
        op.add_column("master", sa.Column(limit, sa.BigInteger(), nullable=True))
    for limit in ("customer_limit", "seat_limit", "app_limit"):
        op.execute(
            f"UPDATE master SET plan_{limit} = "  # noqa: S608 - one of three names
            f"(SELECT {limit} FROM plan WHERE plan.master_id = 0 AND plan.id = master.plan)"
        )
    op.execute(
        "UPDATE master SET customer_limit = CASE WHEN customer_limit = plan_customer_limit THEN NULL"
        " ELSE coalesce(customer_limit, 9007199254740991) END WHERE plan_customer_limit IS NOT NULL"
    )
    op.add_column("plan", sa.Column("masters", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("plan", sa.Column("removed_at", sa.BigInteger(), nullable=True))
    op.execute("UPDATE plan SET masters = (SELECT count(*) FROM master WHERE master.plan = plan.id)")


def _token() -> sa.Table:
    """The table as it was, because SQLite can't tell all of it."""
    return sa.Table(
        "token",
        sa.MetaData(),
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("principal", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('operator', 'staff', 'customer')", name="ck_token_kind"),
        sa.ForeignKeyConstraint(["master_id"], ["lane.master_id"], name="fk_token_master_id"),
        sa.PrimaryKeyConstraint("master_id", "id", name="pk_token"),
        sa.Index("ix_token_digest", "master_id", "digest", unique=True),
        sa.Index("ix_token_principal", "master_id", "principal"),
    )


def _create_webhook() -> None:
    op.create_table(
        "webhook",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("old_key", sa.BigInteger(), nullable=True),
        sa.Column("old_salt", sa.Text(), nullable=True),
        sa.Column("old_until", sa.BigInteger(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("failing_since", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("enabled_at", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('enabled', 'disabled')", name=op.f("ck_webhook_state")),
        sa.CheckConstraint("(state = 'disabled') = (reason IS NOT NULL)", name=op.f("ck_webhook_reason")),
        sa.CheckConstraint(
            "(old_salt IS NULL) = (old_until IS NULL) AND (old_salt IS NULL) = (old_key IS NULL)",
            name=op.f("ck_webhook_old"),
        ),
        sa.ForeignKeyConstraint(["master_id"], ["lane.master_id"], name=op.f("fk_webhook_master_id")),
        sa.PrimaryKeyConstraint("master_id", "id", name=op.f("pk_webhook")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_webhook_state",
        "webhook",
        ["master_id", "state"],
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )


def _create_delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("webhook", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("first_at", sa.BigInteger(), nullable=True),
        sa.Column("tried_at", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('pending', 'delivered', 'failed')", name=op.f("ck_delivery_state")),
        sa.CheckConstraint("(state = 'pending') = (next_at IS NOT NULL)", name=op.f("ck_delivery_pending")),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_delivery_attempts")),
        sa.ForeignKeyConstraint(
            ["master_id", "webhook"], ["webhook.master_id", "webhook.id"], name=op.f("fk_delivery_master_id_webhook")
        ),
        sa.ForeignKeyConstraint(
            ["master_id", "event"], ["event.master_id", "event.no"], name=op.f("fk_delivery_master_id_event")
        ),
        sa.PrimaryKeyConstraint("master_id", "webhook", "event", name=op.f("pk_delivery")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_delivery_pending",
        "delivery",
        ["master_id", "webhook", "event"],
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
