"""Requests whose sender wrote, messages that did not arrive, and notices to staff."""

import sqlalchemy as sa
from alembic import op

revision = "0015_replies_and_notices"
down_revision = "0014_plans_with_a_time"

_NOTICE_INDEXES = ("account_id", "at", "request_id")


def upgrade() -> None:
    op.create_table(
        "notice_address",
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("link", sa.String(length=400), nullable=False),
        sa.Column("wants_email", sa.Boolean(), nullable=False),
        sa.Column("authorization", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("account_id"),
    )
    op.create_table(
        "staff_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("emailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["help_request.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in _NOTICE_INDEXES:
        op.create_index(op.f(f"ix_staff_notice_{column}"), "staff_notice", [column])
    op.add_column("help_request", sa.Column("wrote_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("help_request", sa.Column("undelivered_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_help_request_wrote_at"), "help_request", ["wrote_at"])
    op.add_column(
        "outgoing_message", sa.Column("settled", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_index(op.f("ix_outgoing_message_settled"), "outgoing_message", ["settled"])


def downgrade() -> None:
    op.drop_index(op.f("ix_outgoing_message_settled"), table_name="outgoing_message")
    op.drop_column("outgoing_message", "settled")
    op.drop_index(op.f("ix_help_request_wrote_at"), table_name="help_request")
    op.drop_column("help_request", "undelivered_at")
    op.drop_column("help_request", "wrote_at")
    for column in _NOTICE_INDEXES:
        op.drop_index(op.f(f"ix_staff_notice_{column}"), table_name="staff_notice")
    op.drop_table("staff_notice")
    op.drop_table("notice_address")
