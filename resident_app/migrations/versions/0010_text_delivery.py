"""A text message has what the carrier reports of its delivery."""

import sqlalchemy as sa
from alembic import op

revision = "0010_text_delivery"
down_revision = "0009_known_codes"

_TABLE = "outgoing_message"
_COLUMNS = ("delivery", "delivery_error", "delivery_at")
_CODES = ("queued", "sent", "delivered", "undelivered", "failed")


def upgrade() -> None:
    op.add_column(_TABLE, sa.Column("delivery", sa.String(length=20), nullable=True))
    op.add_column(_TABLE, sa.Column("delivery_error", sa.Integer(), nullable=True))
    op.add_column(_TABLE, sa.Column("delivery_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_outgoing_message_provider_id"), _TABLE, ["provider_id"])
    if op.get_bind().dialect.name == "postgresql":
        known = ", ".join(f"'{code}'" for code in _CODES)
        op.create_check_constraint("outgoing_message_delivery_known", _TABLE, f"delivery IN ({known})")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("outgoing_message_delivery_known", _TABLE)
    op.drop_index(op.f("ix_outgoing_message_provider_id"), table_name=_TABLE)
    for column in _COLUMNS:
        op.drop_column(_TABLE, column)
