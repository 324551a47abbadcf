"""What second factors, keys that expire and the audit need."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

AUDITED = (
    "app.create",
    "app.remove",
    "app.rotate",
    "customer.reset_password",
    "master.change",
    "master.create",
    "master.freeze",
    "master.reset_password",
    "master.unfreeze",
    "operator.create",
    "operator.reset_password",
    "plan.change",
    "plan.create",
    "plan.follow",
    "plan.remove",
    "second_factor.begin",
    "second_factor.confirm",
    "second_factor.remove",
    "sign_in.held_back",
    "token.change_password",
    "token.revoke",
    "token.sign_in",
    "token.sign_out",
)


def upgrade() -> None:
    op.create_table(
        "second_factor",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("codes", sa.Text(), nullable=False),
        sa.CheckConstraint("confirmed_at IS NULL OR salt <> ''", name=op.f("ck_second_factor_confirmed")),
        sa.ForeignKeyConstraint(
            ["master_id", "id"], ["staff.master_id", "staff.id"], name=op.f("fk_second_factor_master_id_id")
        ),
        sa.PrimaryKeyConstraint("master_id", "id", name=op.f("pk_second_factor")),
        sqlite_with_rowid=False,
    )
    # Written out, because the table is referred to: SQLite could not make it anew to add the checks.
    op.execute("ALTER TABLE app ADD COLUMN expires_at BIGINT CONSTRAINT ck_app_order CHECK (expires_at > created_at)")
    op.add_column("app", sa.Column("old_digest", sa.Text(), nullable=True))
    op.execute(
        "ALTER TABLE app ADD COLUMN old_until BIGINT"
        " CONSTRAINT ck_app_old CHECK ((old_digest IS NULL) = (old_until IS NULL))"
    )
    op.create_index(
        "ix_app_old_digest",
        "app",
        ["master_id", "old_digest"],
        unique=True,
        sqlite_where=sa.text("old_digest IS NOT NULL"),
        postgresql_where=sa.text("old_digest IS NOT NULL"),
    )
    audited = sa.text(f"operation IN ({', '.join(map(repr, AUDITED))})")
    for name, columns in (
        ("ix_journal_audit", ["master_id", "no"]),
        ("ix_journal_audit_operation", ["master_id", "operation", "no"]),
    ):
        op.create_index(name, "journal", columns, sqlite_where=audited, postgresql_where=audited)
