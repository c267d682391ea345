"""A request has tags, and may have priority."""

import sqlalchemy as sa
from alembic import op

revision = "0017_tags_and_priority"
down_revision = "0016_export_terms"


def upgrade() -> None:
    op.add_column(
        "help_request", sa.Column("priority", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_table(
        "request_tag",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String(length=30), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["help_request.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("request_id", "tag"),
    )
    op.create_index(op.f("ix_request_tag_tag"), "request_tag", ["tag"])


def downgrade() -> None:
    op.drop_index(op.f("ix_request_tag_tag"), table_name="request_tag")
    op.drop_table("request_tag")
    op.drop_column("help_request", "priority")
