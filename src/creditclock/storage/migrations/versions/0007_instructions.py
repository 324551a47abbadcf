"""The instruction set: its tokens, sheets and records, and what it knows of customers and businesses."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ACQUIRED = "removed_at IS NULL AND acquired IS NOT NULL"
INDEXES = (
    ("ix_attendance_principal", "attendance", ["master_id", "principal", "kind", "no"], None, False),
    ("ix_client_token_acquired", "client_token", ["master_id", "acquired"], ACQUIRED, False),
    ("ix_client_token_digest", "client_token", ["master_id", "digest"], None, True),
    ("ix_client_token_removed_at", "client_token", ["master_id", "removed_at"], "removed_at IS NOT NULL", False),
    ("ix_client_token_valid_until", "client_token", ["master_id", "valid_until"], "removed_at IS NULL", False),
    ("ix_sheet_no", "sheet", ["master_id", "kind", "no"], None, True),
    ("ix_sheet_owner", "sheet", ["master_id", "owner"], "unlinked_at IS NULL", False),
    ("ix_contact_customer", "contact", ["master_id", "customer"], None, False),
    ("ix_contact_sheet", "contact", ["master_id", "sheet"], "unlinked_at IS NULL", False),
    ("ix_session_token_client", "session_token", ["master_id", "client"], "removed_at IS NULL", False),
    ("ix_session_token_digest", "session_token", ["master_id", "digest"], None, True),
    ("ix_session_token_no", "session_token", ["master_id", "no"], None, True),
    ("ix_session_token_removed_at", "session_token", ["master_id", "removed_at"], "removed_at IS NOT NULL", False),
    ("ix_session_token_valid_until", "session_token", ["master_id", "valid_until"], "removed_at IS NULL", False),
    ("ix_customer_profile_no", "customer_profile", ["master_id", "no"], None, True),
    ("ix_master_profile_unlinked_at", "master_profile", ["unlinked_at"], "unlinked_at IS NOT NULL", False),
    ("ix_master_profile_unnumbered", "master_profile", ["master_id"], "unnumbered = 1", False),
    ("ix_supply_request_customer", "supply_request", ["master_id", "customer"], "state = 'pending'", False),
    ("ix_supply_request_notes", "supply_request", ["master_id", "customer"], "notes IS NOT NULL", False),
    ("ix_wallet_profile_no", "wallet_profile", ["master_id", "no"], None, True),
    ("ix_clock_profile_no", "clock_profile", ["master_id", "no"], None, True),
    ("ix_sheet_record_session", "sheet_record", ["master_id", "session"], "session IS NOT NULL", True),
    ("ix_sheet_record_sheet", "sheet_record", ["master_id", "sheet"], "unlinked_at IS NULL", False),
)
"""Name, table, columns, condition, whether it is unique."""
AUDITED = (
    "app.create", "app.remove", "app.rotate", "customer.recover", "customer.remove", "customer.reset_password",
    "instruction.AccountLogin", "instruction.AccountLogout", "instruction.AcquireMaster", "instruction.CreateMaster",
    "instruction.EditAccount", "instruction.MasterAccountLogin", "instruction.MasterAccountLogout",
    "instruction.MasterEditAccount", "instruction.MasterRecoverAccount", "instruction.MasterUnlinkAccount",
    "instruction.RecoverAccount", "instruction.ReleaseMaster", "instruction.UnlinkAccount", "instruction.run",
    "master.change", "master.create", "master.freeze", "master.remove", "master.remove_flagged",
    "master.reset_password", "master.set_key_code", "master.unfreeze", "operator.create", "operator.reset_password",
    "plan.change", "plan.create", "plan.follow", "plan.remove", "second_factor.begin", "second_factor.confirm",
    "second_factor.remove", "sign_in.held_back", "token.change_password", "token.revoke", "token.sign_in",
    "token.sign_out",
)  # fmt: skip
"""The operations that an audit shows from now on."""


def upgrade() -> None:
    op.create_table(
        "attendance",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("no", sa.BigInteger(), nullable=False),
        sa.Column("principal", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('login', 'logout')", name=op.f("ck_attendance_kind")),
        sa.ForeignKeyConstraint(["master_id"], ["lane.master_id"], name=op.f("fk_attendance_master_id")),
        sa.PrimaryKeyConstraint("master_id", "kind", "no", name=op.f("pk_attendance")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "client_token",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("acquired", sa.BigInteger(), nullable=True),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("master_id = 0", name=op.f("ck_client_token_scope")),
        sa.ForeignKeyConstraint(["acquired"], ["lane.master_id"], name=op.f("fk_client_token_acquired")),
        sa.ForeignKeyConstraint(["master_id"], ["lane.master_id"], name=op.f("fk_client_token_master_id")),
        sa.PrimaryKeyConstraint("master_id", "id", name=op.f("pk_client_token")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "issue_report",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("no", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("log", sa.Text(), nullable=False),
        sa.CheckConstraint("master_id = 0", name=op.f("ck_issue_report_scope")),
        sa.ForeignKeyConstraint(["master_id"], ["lane.master_id"], name=op.f("fk_issue_report_master_id")),
        sa.PrimaryKeyConstraint("master_id", "id", name=op.f("pk_issue_report")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "numbering",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["master_id"], ["lane.master_id"], name=op.f("fk_numbering_master_id")),
        sa.PrimaryKeyConstraint("master_id", "kind", name=op.f("pk_numbering")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sheet",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("no", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.Column("unlinked_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('transfer', 'invoice', 'conversion', 'time', 'contact')", name=op.f("ck_sheet_kind")
        ),
        sa.ForeignKeyConstraint(["master_id"], ["lane.master_id"], name=op.f("fk_sheet_master_id")),
        sa.PrimaryKeyConstraint("master_id", "id", name=op.f("pk_sheet")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "contact",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("sheet", sa.BigInteger(), nullable=False),
        sa.Column("customer", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.Column("unlinked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["master_id", "customer"], ["customer.master_id", "customer.id"], name=op.f("fk_contact_master_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["master_id", "sheet"], ["sheet.master_id", "sheet.id"], name=op.f("fk_contact_master_id_sheet")
        ),
        sa.PrimaryKeyConstraint("master_id", "id", name=op.f("pk_contact")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "session_token",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("no", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("client", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("active", sa.BigInteger(), nullable=True),
        sa.Column("logged_in", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "logged_in >= 0 AND (logged_in = 0 OR active IS NOT NULL)", name=op.f("ck_session_token_logged_in")
        ),
        sa.CheckConstraint("master_id = 0", name=op.f("ck_session_token_scope")),
        sa.ForeignKeyConstraint(["active"], ["lane.master_id"], name=op.f("fk_session_token_active")),
        sa.ForeignKeyConstraint(
            ["master_id", "client"],
            ["client_token.master_id", "client_token.id"],
            name=op.f("fk_session_token_master_id_client"),
        ),
        sa.PrimaryKeyConstraint("master_id", "id", name=op.f("pk_session_token")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "visit",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("client", sa.BigInteger(), nullable=False),
        sa.Column("customer", sa.BigInteger(), nullable=True),
        sa.Column("archive", sa.Text(), nullable=False),
        sa.Column("timers", sa.Text(), nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["master_id", "customer"], ["customer.master_id", "customer.id"], name=op.f("fk_visit_master_id_customer")
        ),
        sa.ForeignKeyConstraint(["master_id"], ["lane.master_id"], name=op.f("fk_visit_master_id")),
        sa.PrimaryKeyConstraint("master_id", "id", name=op.f("pk_visit")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "customer_profile",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("no", sa.BigInteger(), nullable=False),
        sa.Column("alias", sa.Text(), nullable=True),
        sa.Column("wallet", sa.BigInteger(), nullable=False),
        sa.Column("contact_list", sa.BigInteger(), nullable=True),
        sa.Column("session", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.Column("has_left", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("has_left IN (0, 1)", name=op.f("ck_customer_profile_has_left")),
        sa.ForeignKeyConstraint(
            ["master_id", "contact_list"],
            ["sheet.master_id", "sheet.id"],
            name=op.f("fk_customer_profile_master_id_contact_list"),
        ),
        sa.ForeignKeyConstraint(
            ["master_id", "id"], ["customer.master_id", "customer.id"], name=op.f("fk_customer_profile_master_id_id")
        ),
        sa.ForeignKeyConstraint(
            ["master_id", "wallet"],
            ["wallet.master_id", "wallet.id"],
            name=op.f("fk_customer_profile_master_id_wallet"),
        ),
        sa.PrimaryKeyConstraint("master_id", "id", name=op.f("pk_customer_profile")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "master_profile",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key_code", sa.Text(), nullable=False),
        sa.Column("alias", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("company", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("acknowledged", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.Column("unlinked_at", sa.BigInteger(), nullable=True),
        sa.Column("unnumbered", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("id = 0", name=op.f("ck_master_profile_scope")),
        sa.CheckConstraint("unnumbered IN (0, 1)", name=op.f("ck_master_profile_unnumbered")),
        sa.ForeignKeyConstraint(
            ["master_id", "id"], ["master.master_id", "master.id"], name=op.f("fk_master_profile_master_id_id")
        ),
        sa.PrimaryKeyConstraint("master_id", "id", name=op.f("pk_master_profile")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "supply_request",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("customer", sa.BigInteger(), nullable=False),
        sa.Column("wallet", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("entry", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(state = 'approved') = (entry IS NOT NULL)", name=op.f("ck_supply_request_approved")),
        sa.CheckConstraint("(state = 'pending') = (decided_at IS NULL)", name=op.f("ck_supply_request_decided")),
        sa.CheckConstraint("state IN ('pending', 'approved', 'declined')", name=op.f("ck_supply_request_state")),
        sa.CheckConstraint("amount >= 1 AND cost >= 0", name=op.f("ck_supply_request_positive")),
        sa.ForeignKeyConstraint(
            ["master_id", "customer"],
            ["customer.master_id", "customer.id"],
            name=op.f("fk_supply_request_master_id_customer"),
        ),
        sa.ForeignKeyConstraint(
            ["master_id", "wallet"], ["wallet.master_id", "wallet.id"], name=op.f("fk_supply_request_master_id_wallet")
        ),
        sa.PrimaryKeyConstraint("master_id", "id", name=op.f("pk_supply_request")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "wallet_profile",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("no", sa.BigInteger(), nullable=False),
        sa.Column("customer", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("clock", sa.BigInteger(), nullable=True),
        sa.Column("transfer_sheet", sa.BigInteger(), nullable=True),
        sa.Column("invoice_sheet", sa.BigInteger(), nullable=True),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.Column("unlinked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["master_id", "clock"], ["clock.master_id", "clock.id"], name=op.f("fk_wallet_profile_master_id_clock")
        ),
        sa.ForeignKeyConstraint(
            ["master_id", "customer"],
            ["customer.master_id", "customer.id"],
            name=op.f("fk_wallet_profile_master_id_customer"),
        ),
        sa.ForeignKeyConstraint(
            ["master_id", "id"], ["wallet.master_id", "wallet.id"], name=op.f("fk_wallet_profile_master_id_id")
        ),
        sa.ForeignKeyConstraint(
            ["master_id", "invoice_sheet"],
            ["sheet.master_id", "sheet.id"],
            name=op.f("fk_wallet_profile_master_id_invoice_sheet"),
        ),
        sa.ForeignKeyConstraint(
            ["master_id", "transfer_sheet"],
            ["sheet.master_id", "sheet.id"],
            name=op.f("fk_wallet_profile_master_id_transfer_sheet"),
        ),
        sa.PrimaryKeyConstraint("master_id", "id", name=op.f("pk_wallet_profile")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "clock_profile",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("no", sa.BigInteger(), nullable=False),
        sa.Column("wallet", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("time_sheet", sa.BigInteger(), nullable=True),
        sa.Column("conversion_sheet", sa.BigInteger(), nullable=True),
        sa.Column("timer", sa.BigInteger(), nullable=True),
        sa.Column("visit", sa.BigInteger(), nullable=True),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.Column("unlinked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["master_id", "conversion_sheet"],
            ["sheet.master_id", "sheet.id"],
            name=op.f("fk_clock_profile_master_id_conversion_sheet"),
        ),
        sa.ForeignKeyConstraint(
            ["master_id", "id"], ["clock.master_id", "clock.id"], name=op.f("fk_clock_profile_master_id_id")
        ),
        sa.ForeignKeyConstraint(
            ["master_id", "time_sheet"],
            ["sheet.master_id", "sheet.id"],
            name=op.f("fk_clock_profile_master_id_time_sheet"),
        ),
        sa.ForeignKeyConstraint(
            ["master_id", "timer"], ["session.master_id", "session.id"], name=op.f("fk_clock_profile_master_id_timer")
        ),
        sa.ForeignKeyConstraint(
            ["master_id", "wallet"], ["wallet.master_id", "wallet.id"], name=op.f("fk_clock_profile_master_id_wallet")
        ),
        sa.PrimaryKeyConstraint("master_id", "id", name=op.f("pk_clock_profile")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sheet_record",
        sa.Column("master_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("no", sa.BigInteger(), nullable=False),
        sa.Column("sheet", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=True),
        sa.Column("session", sa.BigInteger(), nullable=True),
        sa.Column("credits", sa.BigInteger(), nullable=True),
        sa.Column("ms", sa.BigInteger(), nullable=True),
        sa.Column("payer", sa.BigInteger(), nullable=True),
        sa.Column("payee", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("transfer", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.Column("unlinked_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('transfer', 'invoice', 'conversion', 'time')", name=op.f("ck_sheet_record_kind")),
        sa.CheckConstraint("credits >= 0 AND ms >= 0 AND cost >= 0", name=op.f("ck_sheet_record_positive")),
        sa.ForeignKeyConstraint(
            ["master_id", "session"],
            ["session.master_id", "session.id"],
            name=op.f("fk_sheet_record_master_id_session"),
        ),
        sa.ForeignKeyConstraint(
            ["master_id", "sheet"], ["sheet.master_id", "sheet.id"], name=op.f("fk_sheet_record_master_id_sheet")
        ),
        sa.PrimaryKeyConstraint("master_id", "kind", "no", name=op.f("pk_sheet_record")),
        sqlite_with_rowid=False,
    )
    op.add_column("clock", sa.Column("kept", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("lane", sa.Column("removed_at", sa.BigInteger(), nullable=True))
    op.add_column("sign_in_name", sa.Column("freed_at", sa.BigInteger(), nullable=True))
    op.add_column("wallet", sa.Column("kept", sa.BigInteger(), server_default="0", nullable=False))
    audited = sa.text(f"operation IN ({', '.join(map(repr, AUDITED))})")
    for name, columns in (
        ("ix_journal_audit", ["master_id", "no"]),
        ("ix_journal_audit_operation", ["master_id", "operation", "no"]),
    ):
        op.drop_index(name, "journal")
        op.create_index(name, "journal", columns, sqlite_where=audited, postgresql_where=audited)
    for name, table, columns, where, unique in INDEXES:
        only = sa.text(where) if where else None
        op.create_index(name, table, columns, unique=unique, sqlite_where=only, postgresql_where=only)
