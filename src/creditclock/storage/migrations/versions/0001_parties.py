"""Parties."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alive",
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("process", name=op.f("pk_alive")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "installation",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_installation")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "lane",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("next_id", sa.BigInteger(), nullable=False),
        sa.Column("next_journal", sa.BigInteger(), nullable=False),
        sa.Column("next_event", sa.BigInteger(), nullable=False),
        sa.Column("rights", sa.BigInteger(), nullable=False),
        sa.Column("frozen_at", sa.BigInteger(), nullable=True),
        sa.Column("customers", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("customers >= 0", name=op.f("ck_lane_customers")),
        sa.PrimaryKeyConstraint("master_id", name=op.f("pk_lane")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outage",
        sa.Column("from_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("until_at > from_at", name=op.f("ck_outage_order")),
        sa.PrimaryKeyConstraint("from_at", name=op.f("pk_outage")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "app",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('secret', 'publishable')", name=op.f("ck_app_kind")),
        sa.ForeignKeyConstraint(["master_id"], ["lane.master_id"], name=op.f("fk_app_master_id")),
        sa.PrimaryKeyConstraint("master_id", "id", name=op.f("pk_app")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("app", schema=None) as batch_op:
        batch_op.create_index("ix_app_digest", ["master_id", "digest"], unique=True)

    op.create_table(
        "credential",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["master_id"], ["lane.master_id"], name=op.f("fk_credential_master_id")),
        sa.PrimaryKeyConstraint("master_id", "id", name=op.f("pk_credential")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "customer",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.Column("erased_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("erased_at IS NULL OR removed_at IS NOT NULL", name=op.f("ck_customer_erased")),
        sa.ForeignKeyConstraint(["master_id"], ["lane.master_id"], name=op.f("fk_customer_master_id")),
        sa.PrimaryKeyConstraint("master_id", "id", name=op.f("pk_customer")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.create_index("ix_customer_login", ["master_id", "login"], unique=True)
        batch_op.create_index(
            "ix_customer_removed_at",
            ["removed_at"],
            unique=False,
            sqlite_where=sa.text("removed_at IS NOT NULL AND erased_at IS NULL"),
            postgresql_where=sa.text("removed_at IS NOT NULL AND erased_at IS NULL"),
        )

    op.create_table(
        "plan",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("customer_limit", sa.BigInteger(), nullable=True),
        sa.Column("seat_limit", sa.BigInteger(), nullable=True),
        sa.Column("app_limit", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("master_id = 0", name=op.f("ck_plan_scope")),
        sa.ForeignKeyConstraint(["master_id"], ["lane.master_id"], name=op.f("fk_plan_master_id")),
        sa.PrimaryKeyConstraint("master_id", "id", name=op.f("pk_plan")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "staff",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(role = 'operator') = (master_id = 0)", name=op.f("ck_staff_scope")),
        sa.CheckConstraint("role IN ('operator', 'owner', 'manager', 'seller')", name=op.f("ck_staff_role")),
        sa.ForeignKeyConstraint(["master_id"], ["lane.master_id"], name=op.f("fk_staff_master_id")),
        sa.PrimaryKeyConstraint("master_id", "id", name=op.f("pk_staff")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tariff",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("tariff", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("newest", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("burn_rate", sa.BigInteger(), nullable=False),
        sa.Column("lease_ms", sa.BigInteger(), nullable=False),
        sa.Column("minimum_ms", sa.BigInteger(), nullable=False),
        sa.Column("increment_ms", sa.BigInteger(), nullable=False),
        sa.Column("parallel", sa.BigInteger(), nullable=False),
        sa.Column("pause_count", sa.BigInteger(), nullable=True),
        sa.Column("pause_each_ms", sa.BigInteger(), nullable=True),
        sa.Column("pause_total_ms", sa.BigInteger(), nullable=True),
        sa.Column("after_pause", sa.Text(), nullable=False),
        sa.Column("revive_ms", sa.BigInteger(), nullable=False),
        sa.Column("valid_ms", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("after_pause IN ('resume', 'stop')", name=op.f("ck_tariff_after_pause")),
        sa.CheckConstraint("burn_rate BETWEEN 1 AND 10000", name=op.f("ck_tariff_burn_rate")),
        sa.CheckConstraint("lease_ms BETWEEN 5000 AND 86400000", name=op.f("ck_tariff_lease_ms")),
        sa.CheckConstraint("minimum_ms >= 0 AND increment_ms >= 0 AND parallel >= 1", name=op.f("ck_tariff_bounds")),
        sa.CheckConstraint("newest IN (0, 1)", name=op.f("ck_tariff_newest")),
        sa.CheckConstraint("price >= 1", name=op.f("ck_tariff_price")),
        sa.ForeignKeyConstraint(
            ["master_id", "tariff"], ["tariff.master_id", "tariff.id"], name=op.f("fk_tariff_master_id_tariff")
        ),
        sa.ForeignKeyConstraint(["master_id"], ["lane.master_id"], name=op.f("fk_tariff_master_id")),
        sa.PrimaryKeyConstraint("master_id", "id", name=op.f("pk_tariff")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("tariff", schema=None) as batch_op:
        batch_op.create_index(
            "ix_tariff_newest",
            ["master_id", "tariff"],
            unique=True,
            sqlite_where=sa.text("newest = 1"),
            postgresql_where=sa.text("newest = 1"),
        )

    op.create_table(
        "token",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("principal", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('operator', 'staff', 'customer')", name=op.f("ck_token_kind")),
        sa.ForeignKeyConstraint(["master_id"], ["lane.master_id"], name=op.f("fk_token_master_id")),
        sa.PrimaryKeyConstraint("master_id", "id", name=op.f("pk_token")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("token", schema=None) as batch_op:
        batch_op.create_index("ix_token_digest", ["master_id", "digest"], unique=True)
        batch_op.create_index("ix_token_principal", ["master_id", "principal"], unique=False)

    op.create_table(
        "master",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("plan", sa.BigInteger(), nullable=True),
        sa.Column("customer_limit", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("exponent", sa.BigInteger(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("tariff", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("exponent BETWEEN 0 AND 4", name=op.f("ck_master_exponent")),
        sa.CheckConstraint("id = 0 AND master_id > 0", name=op.f("ck_master_scope")),
        sa.ForeignKeyConstraint(
            ["master_id", "owner"], ["staff.master_id", "staff.id"], name=op.f("fk_master_master_id_owner")
        ),
        sa.ForeignKeyConstraint(
            ["master_id", "tariff"], ["tariff.master_id", "tariff.id"], name=op.f("fk_master_master_id_tariff")
        ),
        sa.ForeignKeyConstraint(["master_id"], ["lane.master_id"], name=op.f("fk_master_master_id")),
        sa.PrimaryKeyConstraint("master_id", "id", name=op.f("pk_master")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "person",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["master_id", "id"], ["customer.master_id", "customer.id"], name=op.f("fk_person_master_id_id")
        ),
        sa.PrimaryKeyConstraint("master_id", "id", name=op.f("pk_person")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sign_in_name",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("of_master", sa.BigInteger(), nullable=False),
        sa.Column("staff", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("master_id = 0", name=op.f("ck_sign_in_name_scope")),
        sa.ForeignKeyConstraint(
            ["of_master", "staff"], ["staff.master_id", "staff.id"], name=op.f("fk_sign_in_name_of_master_staff")
        ),
        sa.PrimaryKeyConstraint("master_id", "login", name=op.f("pk_sign_in_name")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in (
        "sign_in_name",
        "person",
        "master",
        "token",
        "tariff",
        "staff",
        "plan",
        "customer",
        "credential",
        "app",
        "outage",
        "lane",
        "installation",
        "alive",
    ):
        op.drop_table(table)
