"""Which numbers want no text messages, and the language in which one was texted."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "texted_number",
        sa.Column("id", sa.LargeBinary(), primary_key=True),
        sa.Column("written_language", sa.String(20), nullable=False),
        sa.Column("opted_out", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.Integer(), nullable=False),
    )
    op.create_index("ix_texted_number_updated_at", "texted_number", ["updated_at"])


def downgrade() -> None:
    op.drop_table("texted_number")
