"""Calls under way can be counted by their caller, under a key."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A call lives an hour at most: those under way begin again rather than stay uncounted.
    op.execute(sa.text('DELETE FROM "call"'))
    with op.batch_alter_table("call") as table:
        table.add_column(sa.Column("caller", sa.LargeBinary(), nullable=False))
    op.create_index("ix_call_caller", "call", ["caller"])


def downgrade() -> None:
    op.drop_index("ix_call_caller", "call")
    with op.batch_alter_table("call") as table:
        table.drop_column("caller")
