"""Accounts, passkeys and sessions are authenticated. A migration has no key: `flask staff seal` seals them.

Sessions end, because a session from before cannot be told from one that somebody inserted.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004_authenticated_rows"
down_revision = "0003_short_lived"

_IS_VERSION = sa.text("kind = 'row-version'")


def upgrade() -> None:
    op.execute(sa.text("DELETE FROM staff_session"))
    with op.batch_alter_table("staff") as table:
        table.add_column(sa.Column("passkeys", sa.Text()))
        table.add_column(sa.Column("sessions", sa.Text()))
        table.add_column(sa.Column("version", sa.Integer(), server_default="0", nullable=False))
        table.add_column(sa.Column("mac", sa.LargeBinary()))
    for name in ("staff_passkey", "staff_session"):
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column("mac", sa.LargeBinary()))
    op.create_index(
        "audit_event_version",
        "audit_event",
        ["fields"],
        sqlite_where=_IS_VERSION,
        postgresql_where=_IS_VERSION,
    )


def downgrade() -> None:
    op.execute(sa.text("DELETE FROM staff_session"))
    op.drop_index("audit_event_version", "audit_event")
    for name in ("staff_passkey", "staff_session"):
        with op.batch_alter_table(name) as table:
            table.drop_column("mac")
    with op.batch_alter_table("staff") as table:
        for column in ("mac", "version", "sessions", "passkeys"):
            table.drop_column(column)
