"""Templates that the office writes, with their translations and reviews. A message names its bulk message."""

import sqlalchemy as sa
from alembic import op

revision = "0013_office_templates"
down_revision = "0012_attachments"


def upgrade() -> None:
    op.create_table(
        "office_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("texts", sa.Text(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "office_template_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("template_id", sa.Integer(), nullable=False),
        sa.Column("written_language", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("of_number", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("read_back", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_back_by", sa.Integer(), nullable=True),
        sa.Column("reviewed_by", sa.Integer(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mac", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["template_id"], ["office_template.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("template_id", "written_language", "number"),
    )
    op.add_column("outgoing_message", sa.Column("bulk_id", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_outgoing_message_bulk_id"), "outgoing_message", ["bulk_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_outgoing_message_bulk_id"), table_name="outgoing_message")
    op.drop_column("outgoing_message", "bulk_id")
    op.drop_table("office_template_text")
    op.drop_table("office_template")
