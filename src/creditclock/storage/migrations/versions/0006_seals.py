"""Seals of the journals, and payments' references by what they caused."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seal",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("no", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("posting", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=True),
        sa.Column("signature", sa.Text(), nullable=True),
        sa.CheckConstraint("(key IS NULL) = (signature IS NULL)", name=op.f("ck_seal_signature")),
        sa.ForeignKeyConstraint(
            ["master_id", "no"], ["journal.master_id", "journal.no"], name=op.f("fk_seal_master_id_no")
        ),
        sa.PrimaryKeyConstraint("master_id", "no", name=op.f("pk_seal")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_reference_entry", "reference", ["master_id", "entry"])
