"""A sender can add notes to a request, and erase it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("help_request") as table:
        table.alter_column("selector", existing_type=sa.String(length=5), nullable=True)
    op.create_table(
        "request_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request", sa.Integer(), nullable=False),
        sa.Column("submission", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["request"], ["help_request.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("submission"),
    )
    op.create_index("ix_request_note_request", "request_note", ["request"])


def downgrade() -> None:
    op.drop_index("ix_request_note_request", "request_note")
    op.drop_table("request_note")
    # An erased request has no selector, and nothing else that anybody could still ask for.
    op.execute(sa.text("DELETE FROM help_request WHERE selector IS NULL"))
    with op.batch_alter_table("help_request") as table:
        table.alter_column("selector", existing_type=sa.String(length=5), nullable=False)
