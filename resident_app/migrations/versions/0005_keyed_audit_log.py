"""The audit log is keyed, and a purge receipt says whether the audit log has its event."""

import sqlalchemy as sa
from alembic import op

revision = "0005_keyed_audit_log"
down_revision = "0004_authenticated_rows"

_IS_VERSION = sa.text("kind = 'row-version'")


def upgrade() -> None:
    op.drop_index("audit_event_version", "audit_event")
    op.add_column("audit_event", sa.Column("key_id", sa.String(16), nullable=False, server_default=""))
    op.add_column("audit_event", sa.Column("version_event", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(
        "purge_receipt", sa.Column("in_audit_log", sa.Boolean(), nullable=False, server_default=sa.true())
    )


def downgrade() -> None:
    op.drop_column("purge_receipt", "in_audit_log")
    op.drop_column("audit_event", "version_event")
    op.drop_column("audit_event", "key_id")
    op.create_index(
        "audit_event_version",
        "audit_event",
        ["fields"],
        sqlite_where=_IS_VERSION,
        postgresql_where=_IS_VERSION,
    )
