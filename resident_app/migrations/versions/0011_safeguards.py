"""Bulk changes and erasing that wait, the worker's heartbeat, the secret key."""

import sqlalchemy as sa
from alembic import op

revision = "0011_safeguards"
down_revision = "0010_text_delivery"


def upgrade() -> None:
    op.create_table(
        "bulk_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("assigned_to", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=True),
        sa.Column("outcome", sa.String(length=30), nullable=False),
        sa.Column("matching_since", sa.Integer(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index(op.f("ix_bulk_change_actor_id"), "bulk_change", ["actor_id"])

    op.create_table(
        "secret_key",
        sa.Column("application", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("application"),
    )
    op.create_table(
        "worker_heartbeat",
        sa.Column("worker", sa.String(length=120), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("phone_company", sa.String(length=120), nullable=False),
        sa.Column("mail_server", sa.String(length=255), nullable=False),
        sa.Column("problem", sa.String(length=400), nullable=False),
        sa.Column("has_stopped", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("worker"),
    )
    op.create_index(op.f("ix_worker_heartbeat_seen_at"), "worker_heartbeat", ["seen_at"])

    op.create_table(
        "bulk_change_item",
        sa.Column("bulk_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("problem", sa.String(length=200), nullable=False),
        sa.Column("undo_problem", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["bulk_id"], ["bulk_change.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("bulk_id", "number"),
    )
    op.create_table(
        "erasure_approval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["id"], ["help_request.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    op.drop_table("erasure_approval")
    op.drop_table("bulk_change_item")
    op.drop_index(op.f("ix_worker_heartbeat_seen_at"), table_name="worker_heartbeat")
    op.drop_table("worker_heartbeat")
    op.drop_table("secret_key")
    op.drop_index(op.f("ix_bulk_change_actor_id"), table_name="bulk_change")
    op.drop_table("bulk_change")
