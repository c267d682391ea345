"""Messages to many people at once."""

import sqlalchemy as sa
from alembic import op

revision = "0018_bulk_messages"
down_revision = "0017_tags_and_priority"


def upgrade() -> None:
    op.create_table(
        "bulk_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("send_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("problems", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index(op.f("ix_bulk_message_actor_id"), "bulk_message", ["actor_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_bulk_message_actor_id"), table_name="bulk_message")
    op.drop_table("bulk_message")
