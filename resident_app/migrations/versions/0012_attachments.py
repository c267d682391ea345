"""Files that came with a message, or with a request that staff took down."""

import sqlalchemy as sa
from alembic import op

revision = "0012_attachments"
down_revision = "0011_safeguards"


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("inbound", sa.LargeBinary(), nullable=True),
        sa.Column("request_id", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_to", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["inbound"], ["inbound_message.submission"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["request_id"], ["help_request.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    for column in ("inbound", "request_id", "received_at", "sealed_to"):
        op.create_index(op.f(f"ix_attachment_{column}"), "attachment", [column])


def downgrade() -> None:
    op.drop_table("attachment")
