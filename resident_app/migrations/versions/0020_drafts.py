"""What staff typed on a request's page and have not saved yet, sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0020_drafts"
down_revision = "0019_call_backs"


def upgrade() -> None:
    op.create_table(
        "request_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_to", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["help_request.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("request_id", "account_id"),
    )
    for column in ("request_id", "account_id", "saved_at", "sealed_to"):
        op.create_index(op.f(f"ix_request_draft_{column}"), "request_draft", [column])


def downgrade() -> None:
    op.drop_table("request_draft")
