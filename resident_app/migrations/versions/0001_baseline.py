"""Every table, as the second version begins."""

import sqlalchemy as sa
from alembic import op

revision = "0001_baseline"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reservation", sa.LargeBinary(), nullable=False),
        sa.Column("counted", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("attempt") as batch_op:
        batch_op.create_index("attempt_at", ["at"])
        batch_op.create_index("attempt_counted", ["counted", "at"])
        batch_op.create_index(batch_op.f("ix_attempt_reservation"), ["reservation"])

    op.create_table(
        "audit_event",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    with op.batch_alter_table("audit_event") as batch_op:
        batch_op.create_index("audit_event_actor", ["actor_id", "number"])
        batch_op.create_index("audit_event_kind", ["kind", "number"])
        batch_op.create_index(batch_op.f("ix_audit_event_at"), ["at"])

    op.create_table(
        "call",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("caller", sa.LargeBinary(), nullable=False),
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("claimed_until", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("call") as batch_op:
        batch_op.create_index(batch_op.f("ix_call_caller"), ["caller"])
        batch_op.create_index(batch_op.f("ix_call_updated_at"), ["updated_at"])

    op.create_table(
        "daily_salt",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day"),
    )
    op.create_table(
        "edition",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("systems", sa.JSON(), nullable=False),
        sa.Column("argon2_memory_kib", sa.Integer(), nullable=False),
        sa.Column("argon2_passes", sa.Integer(), nullable=False),
        sa.Column("envelopes", sa.Integer(), nullable=False),
        sa.Column("sealed_on", sa.Date(), nullable=False),
        sa.Column("dictionary", sa.LargeBinary(), nullable=False),
        sa.Column("loaded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id"),
    )
    op.create_table(
        "erasure_log",
        sa.Column("submission", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("submission"),
    )
    op.create_table(
        "export",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("query", sa.String(length=400), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("requested_by", sa.Integer(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "help_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission", sa.LargeBinary(), nullable=False),
        sa.Column("selector", sa.String(length=5), nullable=True),
        sa.Column("secret_hash", sa.String(length=200), nullable=False),
        sa.Column("reference_attempt", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=10), nullable=True),
        sa.Column("spoken_language", sa.String(length=20), nullable=False),
        sa.Column("written_language", sa.String(length=20), nullable=False),
        sa.Column("topic", sa.String(length=30), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_to", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("assigned_to", sa.Integer(), nullable=True),
        sa.Column("last_contact_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried_on", sa.Date(), nullable=True),
        sa.Column("next_action_on", sa.Date(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=30), nullable=False),
        sa.Column("merged_into", sa.Integer(), nullable=True),
        sa.Column("legal_hold", sa.Boolean(), nullable=False),
        sa.Column("erasure_requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contact_removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("selector"),
        sa.UniqueConstraint("submission"),
    )
    with op.batch_alter_table("help_request") as batch_op:
        batch_op.create_index("help_request_queue", ["state", "last_contact_at"])
        batch_op.create_index(batch_op.f("ix_help_request_assigned_to"), ["assigned_to"])
        batch_op.create_index(batch_op.f("ix_help_request_closed_at"), ["closed_at"])
        batch_op.create_index(batch_op.f("ix_help_request_legal_hold"), ["legal_hold"])
        batch_op.create_index(batch_op.f("ix_help_request_merged_into"), ["merged_into"])
        batch_op.create_index(batch_op.f("ix_help_request_next_action_on"), ["next_action_on"])
        batch_op.create_index(batch_op.f("ix_help_request_received_at"), ["received_at"])
        batch_op.create_index(batch_op.f("ix_help_request_sealed_to"), ["sealed_to"])
        batch_op.create_index(batch_op.f("ix_help_request_spoken_language"), ["spoken_language"])
        batch_op.create_index(batch_op.f("ix_help_request_state"), ["state"])

    op.create_table(
        "inbound_message",
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
    with op.batch_alter_table("inbound_message") as batch_op:
        batch_op.create_index(batch_op.f("ix_inbound_message_sealed_to"), ["sealed_to"])
        batch_op.create_index(batch_op.f("ix_inbound_message_state"), ["state"])

    op.create_table(
        "purge_receipt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("saved_view") as batch_op:
        batch_op.create_index(batch_op.f("ix_saved_view_account_id"), ["account_id"])

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
        sa.Column("mf_recovery_codes", sa.UnicodeText(), nullable=True),
        sa.Column("link_hash", sa.LargeBinary(), nullable=True),
        sa.Column("link_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email"),
        sa.UniqueConstraint("fs_uniquifier"),
        sa.UniqueConstraint("fs_webauthn_user_handle"),
        sa.UniqueConstraint("link_hash"),
    )
    op.create_table(
        "texted_number",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("written_language", sa.String(length=20), nullable=False),
        sa.Column("opted_out", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("texted_number") as batch_op:
        batch_op.create_index(batch_op.f("ix_texted_number_updated_at"), ["updated_at"])

    op.create_table(
        "envelope",
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("label", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition"],
            ["edition.number"],
        ),
        sa.PrimaryKeyConstraint("edition", "label"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "office_call",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spoken_language", sa.String(length=20), nullable=False),
        sa.Column("topic", sa.String(length=30), nullable=False),
        sa.Column("voicemail_ok", sa.Boolean(), nullable=False),
        sa.Column("wants_interpreter", sa.Boolean(), nullable=False),
        sa.Column("answered_by", sa.String(length=20), nullable=False),
        sa.Column("ended_because", sa.String(length=40), nullable=False),
        sa.Column("outcome", sa.String(length=30), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_to", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["help_request.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token"),
    )
    with op.batch_alter_table("office_call") as batch_op:
        batch_op.create_index(batch_op.f("ix_office_call_created_at"), ["created_at"])
        batch_op.create_index(batch_op.f("ix_office_call_request_id"), ["request_id"])
        batch_op.create_index(batch_op.f("ix_office_call_sealed_to"), ["sealed_to"])
        batch_op.create_index(batch_op.f("ix_office_call_stage"), ["stage"])

    op.create_table(
        "outgoing_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=True),
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
        sa.ForeignKeyConstraint(["request_id"], ["help_request.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    with op.batch_alter_table("outgoing_message") as batch_op:
        batch_op.create_index(batch_op.f("ix_outgoing_message_created_at"), ["created_at"])
        batch_op.create_index(batch_op.f("ix_outgoing_message_request_id"), ["request_id"])
        batch_op.create_index(batch_op.f("ix_outgoing_message_sealed_to"), ["sealed_to"])
        batch_op.create_index(batch_op.f("ix_outgoing_message_state"), ["state"])

    op.create_table(
        "publication",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rolled_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["edition"],
            ["edition.number"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "request_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("submission", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_to", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["help_request.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("submission"),
    )
    with op.batch_alter_table("request_note") as batch_op:
        batch_op.create_index(batch_op.f("ix_request_note_request_id"), ["request_id"])
        batch_op.create_index(batch_op.f("ix_request_note_sealed_to"), ["sealed_to"])

    op.create_table(
        "request_presence",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["help_request.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("request_id", "account_id"),
    )
    with op.batch_alter_table("request_presence") as batch_op:
        batch_op.create_index(batch_op.f("ix_request_presence_seen_at"), ["seen_at"])

    op.create_table(
        "staff_passkey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(length=1024), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("transports", sa.UnicodeText(), nullable=True),
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
    with op.batch_alter_table("staff_passkey") as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_passkey_user_id"), ["user_id"])

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
    with op.batch_alter_table("staff_session") as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_session_account_id"), ["account_id"])
        batch_op.create_index(batch_op.f("ix_staff_session_seen_at"), ["seen_at"])

    op.create_table(
        "office_leg",
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(length=12), nullable=False),
        sa.Column("provider_id", sa.String(length=40), nullable=False),
        sa.Column("stage", sa.String(length=10), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["office_call.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("call_id", "who"),
    )
    with op.batch_alter_table("office_leg") as batch_op:
        batch_op.create_index(batch_op.f("ix_office_leg_stage"), ["stage"])

    op.create_table(
        "timeline_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.Integer(), nullable=True),
        sa.Column("outgoing_id", sa.Integer(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_to", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["outgoing_id"], ["outgoing_message.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["request_id"], ["help_request.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    with op.batch_alter_table("timeline_entry") as batch_op:
        batch_op.create_index(batch_op.f("ix_timeline_entry_request_id"), ["request_id"])
        batch_op.create_index(batch_op.f("ix_timeline_entry_sealed_to"), ["sealed_to"])


def downgrade() -> None:
    with op.batch_alter_table("timeline_entry") as batch_op:
        batch_op.drop_index(batch_op.f("ix_timeline_entry_sealed_to"))
        batch_op.drop_index(batch_op.f("ix_timeline_entry_request_id"))

    op.drop_table("timeline_entry")
    with op.batch_alter_table("office_leg") as batch_op:
        batch_op.drop_index(batch_op.f("ix_office_leg_stage"))

    op.drop_table("office_leg")
    with op.batch_alter_table("staff_session") as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_session_seen_at"))
        batch_op.drop_index(batch_op.f("ix_staff_session_account_id"))

    op.drop_table("staff_session")
    with op.batch_alter_table("staff_passkey") as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_passkey_user_id"))

    op.drop_table("staff_passkey")
    with op.batch_alter_table("request_presence") as batch_op:
        batch_op.drop_index(batch_op.f("ix_request_presence_seen_at"))

    op.drop_table("request_presence")
    with op.batch_alter_table("request_note") as batch_op:
        batch_op.drop_index(batch_op.f("ix_request_note_sealed_to"))
        batch_op.drop_index(batch_op.f("ix_request_note_request_id"))

    op.drop_table("request_note")
    op.drop_table("publication")
    with op.batch_alter_table("outgoing_message") as batch_op:
        batch_op.drop_index(batch_op.f("ix_outgoing_message_state"))
        batch_op.drop_index(batch_op.f("ix_outgoing_message_sealed_to"))
        batch_op.drop_index(batch_op.f("ix_outgoing_message_request_id"))
        batch_op.drop_index(batch_op.f("ix_outgoing_message_created_at"))

    op.drop_table("outgoing_message")
    with op.batch_alter_table("office_call") as batch_op:
        batch_op.drop_index(batch_op.f("ix_office_call_stage"))
        batch_op.drop_index(batch_op.f("ix_office_call_sealed_to"))
        batch_op.drop_index(batch_op.f("ix_office_call_request_id"))
        batch_op.drop_index(batch_op.f("ix_office_call_created_at"))

    op.drop_table("office_call")
    op.drop_table("envelope")
    with op.batch_alter_table("texted_number") as batch_op:
        batch_op.drop_index(batch_op.f("ix_texted_number_updated_at"))

    op.drop_table("texted_number")
    op.drop_table("staff")
    with op.batch_alter_table("saved_view") as batch_op:
        batch_op.drop_index(batch_op.f("ix_saved_view_account_id"))

    op.drop_table("saved_view")
    op.drop_table("purge_receipt")
    with op.batch_alter_table("inbound_message") as batch_op:
        batch_op.drop_index(batch_op.f("ix_inbound_message_state"))
        batch_op.drop_index(batch_op.f("ix_inbound_message_sealed_to"))

    op.drop_table("inbound_message")
    with op.batch_alter_table("help_request") as batch_op:
        batch_op.drop_index(batch_op.f("ix_help_request_state"))
        batch_op.drop_index(batch_op.f("ix_help_request_spoken_language"))
        batch_op.drop_index(batch_op.f("ix_help_request_sealed_to"))
        batch_op.drop_index(batch_op.f("ix_help_request_received_at"))
        batch_op.drop_index(batch_op.f("ix_help_request_next_action_on"))
        batch_op.drop_index(batch_op.f("ix_help_request_merged_into"))
        batch_op.drop_index(batch_op.f("ix_help_request_legal_hold"))
        batch_op.drop_index(batch_op.f("ix_help_request_closed_at"))
        batch_op.drop_index(batch_op.f("ix_help_request_assigned_to"))
        batch_op.drop_index("help_request_queue")

    op.drop_table("help_request")
    op.drop_table("export")
    op.drop_table("erasure_log")
    op.drop_table("edition")
    op.drop_table("daily_salt")
    with op.batch_alter_table("call") as batch_op:
        batch_op.drop_index(batch_op.f("ix_call_updated_at"))
        batch_op.drop_index(batch_op.f("ix_call_caller"))

    op.drop_table("call")
    with op.batch_alter_table("audit_event") as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_event_at"))
        batch_op.drop_index("audit_event_kind")
        batch_op.drop_index("audit_event_actor")

    op.drop_table("audit_event")
    with op.batch_alter_table("attempt") as batch_op:
        batch_op.drop_index(batch_op.f("ix_attempt_reservation"))
        batch_op.drop_index("attempt_counted")
        batch_op.drop_index("attempt_at")

    op.drop_table("attempt")
