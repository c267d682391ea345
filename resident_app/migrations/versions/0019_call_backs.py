"""The next action of a request may be a call that the person was promised."""

import sqlalchemy as sa
from alembic import op

revision = "0019_call_backs"
down_revision = "0018_bulk_messages"


def upgrade() -> None:
    op.add_column("help_request", sa.Column("call_back_officer", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("help_request", "call_back_officer")
