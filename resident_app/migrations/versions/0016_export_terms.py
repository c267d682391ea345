"""The terms of an export: what it is for, its columns, and how long the file is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0016_export_terms"
down_revision = "0015_replies_and_notices"


def upgrade() -> None:
    with op.batch_alter_table("export") as table:
        table.add_column(sa.Column("purpose", sa.String(length=400), nullable=True))
        table.add_column(sa.Column("columns", sa.String(length=400), nullable=True))
        table.add_column(sa.Column("kept_days", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("export") as table:
        table.drop_column("kept_days")
        table.drop_column("columns")
        table.drop_column("purpose")
