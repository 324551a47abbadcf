"""What retention and erasing need."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_token_expires_at", "token", ["expires_at"])
    op.create_index("ix_delivery_event", "delivery", ["master_id", "event"])
    op.create_index(
        "ix_delivery_finished",
        "delivery",
        ["tried_at"],
        sqlite_where=sa.text("state <> 'pending'"),
        postgresql_where=sa.text("state <> 'pending'"),
    )
    op.create_table(
        "horizon",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("answer_at", sa.BigInteger(), nullable=False, server_default="0"),
        sa.ForeignKeyConstraint(["master_id"], ["lane.master_id"], name=op.f("fk_horizon_master_id")),
        sa.PrimaryKeyConstraint("master_id", name=op.f("pk_horizon")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "erasure",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("account", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("position", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("stage >= 0", name=op.f("ck_erasure_stage")),
        sa.ForeignKeyConstraint(
            ["master_id", "id"], ["customer.master_id", "customer.id"], name=op.f("fk_erasure_master_id_id")
        ),
        sa.PrimaryKeyConstraint("master_id", "id", name=op.f("pk_erasure")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_erasure_open",
        "erasure",
        ["asked_at"],
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    # Until now erasing left notes, answers and salts behind.
    op.execute(
        "INSERT INTO erasure (master_id, id, asked_at)"
        " SELECT master_id, id, erased_at FROM customer WHERE erased_at IS NOT NULL"
    )
