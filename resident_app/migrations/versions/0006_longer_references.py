"""References of 16 digits have a selector of seven digits. Those of 12 digits go on working.

Going back, requests with a longer selector lose their reference, and stay in the office.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006_longer_references"
down_revision = "0005_keyed_audit_log"


def upgrade() -> None:
    with op.batch_alter_table("help_request") as batch_op:
        batch_op.alter_column("selector", existing_type=sa.String(5), type_=sa.String(7))


def downgrade() -> None:
    op.execute("UPDATE help_request SET selector = NULL WHERE length(selector) > 5")
    with op.batch_alter_table("help_request") as batch_op:
        batch_op.alter_column("selector", existing_type=sa.String(7), type_=sa.String(5))
