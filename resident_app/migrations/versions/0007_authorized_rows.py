"""Messages and calls carry the authorization by which they are sent and rung. Those of before have none.

A new purge receipt is not in the audit log, even if who writes it may not write that column.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007_authorized_rows"
down_revision = "0006_longer_references"


def upgrade() -> None:
    op.add_column("outgoing_message", sa.Column("authorization", sa.LargeBinary()))
    op.add_column("office_call", sa.Column("authorization", sa.LargeBinary()))
    op.add_column("office_call", sa.Column("interpreter_authorization", sa.LargeBinary()))
    _set_default(sa.false())


def downgrade() -> None:
    _set_default(sa.true())
    op.drop_column("office_call", "interpreter_authorization")
    op.drop_column("office_call", "authorization")
    op.drop_column("outgoing_message", "authorization")


def _set_default(is_in_audit_log: sa.ColumnElement[bool]) -> None:
    with op.batch_alter_table("purge_receipt") as batch:
        batch.alter_column("in_audit_log", existing_type=sa.Boolean(), server_default=is_in_audit_log)
