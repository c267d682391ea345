"""The console: accounts, what the office does with a request, what goes out and comes in, what is removed."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Added one by one: to copy the table, as a batch does on SQLite, would delete the notes of its rows.
_ADDED: tuple[sa.Column[Any], ...] = (
    sa.Column("written", sa.String(length=20), nullable=False, server_default=""),
    sa.Column("sealed_to", sa.String(length=16), nullable=False, server_default=""),
    sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("officer", sa.Integer(), nullable=True),
    sa.Column(
        "last_contact_at",
        sa.DateTime(timezone=True),
        nullable=False,
        server_default="1970-01-01 00:00:00.000000",
    ),
    sa.Column("tried_on", sa.Date(), nullable=True),
    sa.Column("next_action_on", sa.Date(), nullable=True),
    sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("outcome", sa.String(length=30), nullable=False, server_default=""),
    sa.Column("merged_into", sa.Integer(), nullable=True),
    sa.Column("held", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("erase_wanted_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("contact_removed_at", sa.DateTime(timezone=True), nullable=True),
)
_INDEXES = {
    "help_request_queue": ["state", "last_contact_at"],
    "ix_help_request_closed_at": ["closed_at"],
    "ix_help_request_held": ["held"],
    "ix_help_request_merged_into": ["merged_into"],
    "ix_help_request_next_action_on": ["next_action_on"],
    "ix_help_request_officer": ["officer"],
    "ix_help_request_sealed_to": ["sealed_to"],
}


def upgrade() -> None:
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("languages", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column("fs_webauthn_user_handle", sa.String(length=64), nullable=False),
        sa.Column("tf_primary_method", sa.String(length=64), nullable=True),
        sa.Column("tf_totp_secret", sa.String(length=255), nullable=True),
        sa.Column("totp_counter", sa.BigInteger(), nullable=True),
        sa.Column("mf_recovery_codes", sa.Text(), nullable=True),
        sa.Column("link_hash", sa.LargeBinary(), nullable=True),
        sa.Column("link_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email"),
        sa.UniqueConstraint("link_hash"),
        sa.UniqueConstraint("fs_uniquifier"),
        sa.UniqueConstraint("fs_webauthn_user_handle"),
    )
    op.create_table(
        "staff_passkey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(length=1024), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("transports", sa.Text(), nullable=True),
        sa.Column("backup_state", sa.Boolean(), nullable=False),
        sa.Column("device_type", sa.String(length=64), nullable=False),
        sa.Column("extensions", sa.String(length=255), nullable=True),
        sa.Column("create_datetime", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lastuse_datetime", sa.DateTime(timezone=True), nullable=False),
        sa.Column("usage", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["staff.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("credential_id"),
    )
    op.create_table(
        "staff_session",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("contents", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["staff.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "audit_event",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("staff", sa.Integer(), nullable=True),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "outgoing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("request", sa.Integer(), nullable=True),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=60), nullable=True),
        sa.Column("provider_id", sa.String(length=80), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_to", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["request"], ["help_request.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_table(
        "office_call",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("request", sa.Integer(), nullable=False),
        sa.Column("staff", sa.Integer(), nullable=True),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("topic", sa.String(length=30), nullable=False),
        sa.Column("voicemail_ok", sa.Boolean(), nullable=False),
        sa.Column("wants_interpreter", sa.Boolean(), nullable=False),
        sa.Column("answered_by", sa.String(length=20), nullable=False),
        sa.Column("ended_because", sa.String(length=40), nullable=False),
        sa.Column("outcome", sa.String(length=30), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_to", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["request"], ["help_request.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token"),
    )
    op.create_table(
        "office_leg",
        sa.Column("call", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(length=12), nullable=False),
        sa.Column("provider_id", sa.String(length=40), nullable=False),
        sa.Column("stage", sa.String(length=10), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["call"], ["office_call.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("call", "who"),
    )
    op.create_table(
        "incoming",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission", sa.LargeBinary(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_to", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("submission"),
    )
    op.create_table(
        "request_presence",
        sa.Column("request", sa.Integer(), nullable=False),
        sa.Column("staff", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["request"], ["help_request.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("request", "staff"),
    )
    op.create_table(
        "request_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request", sa.Integer(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.Integer(), nullable=True),
        sa.Column("outgoing", sa.Integer(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_to", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["outgoing"], ["outgoing.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["request"], ["help_request.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_table(
        "saved_filter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "export",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("query", sa.String(length=400), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("wanted_by", sa.Integer(), nullable=True),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "purge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "removal",
        sa.Column("submission", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("submission"),
    )
    op.create_index("audit_event_kind", "audit_event", ["kind", "number"])
    op.create_index("audit_event_staff", "audit_event", ["staff", "number"])
    op.create_index("ix_audit_event_at", "audit_event", ["at"])
    op.create_index("ix_incoming_sealed_to", "incoming", ["sealed_to"])
    op.create_index("ix_incoming_state", "incoming", ["state"])
    op.create_index("ix_saved_filter_staff", "saved_filter", ["staff"])
    op.create_index("ix_office_call_created_at", "office_call", ["created_at"])
    op.create_index("ix_office_call_request", "office_call", ["request"])
    op.create_index("ix_office_call_sealed_to", "office_call", ["sealed_to"])
    op.create_index("ix_office_call_stage", "office_call", ["stage"])
    op.create_index("ix_office_leg_stage", "office_leg", ["stage"])
    op.create_index("ix_outgoing_created_at", "outgoing", ["created_at"])
    op.create_index("ix_outgoing_request", "outgoing", ["request"])
    op.create_index("ix_outgoing_sealed_to", "outgoing", ["sealed_to"])
    op.create_index("ix_outgoing_state", "outgoing", ["state"])
    op.create_index("ix_request_presence_seen_at", "request_presence", ["seen_at"])
    op.create_index("ix_staff_passkey_user_id", "staff_passkey", ["user_id"])
    op.create_index("ix_staff_session_seen_at", "staff_session", ["seen_at"])
    op.create_index("ix_staff_session_account_id", "staff_session", ["account_id"])
    op.create_index("ix_request_entry_request", "request_entry", ["request"])
    op.create_index("ix_request_entry_sealed_to", "request_entry", ["sealed_to"])

    for column in _ADDED:
        op.add_column("help_request", column._copy())
    op.execute(sa.text("UPDATE help_request SET last_contact_at = received_at, written = language"))
    for name, columns in _INDEXES.items():
        op.create_index(name, "help_request", columns)
    op.add_column(
        "request_note", sa.Column("sealed_to", sa.String(length=16), nullable=False, server_default="")
    )
    op.create_index("ix_request_note_sealed_to", "request_note", ["sealed_to"])


def downgrade() -> None:
    op.drop_index("ix_request_note_sealed_to", "request_note")
    op.drop_column("request_note", "sealed_to")
    for name in _INDEXES:
        op.drop_index(name, "help_request")
    for column in _ADDED:
        op.drop_column("help_request", column.name)
    op.drop_table("removal")
    op.drop_table("purge")
    op.drop_table("export")
    op.drop_table("saved_filter")
    op.drop_table("request_entry")
    op.drop_table("request_presence")
    op.drop_table("incoming")
    op.drop_table("office_leg")
    op.drop_table("office_call")
    op.drop_table("outgoing")
    op.drop_table("audit_event")
    op.drop_table("staff_session")
    op.drop_table("staff_passkey")
    op.drop_table("staff")
