"""A lead's or admin's account and link wait for a second person. Exports are authenticated."""

import sqlalchemy as sa
from alembic import op

revision = "0008_two_people"
down_revision = "0007_authorized_rows"

_STAFF = (
    ("link_by", sa.Integer()),
    ("link_with", sa.Integer()),
    ("made_by", sa.Integer()),
    ("made_with", sa.Integer()),
    ("second_factor_since", sa.DateTime(timezone=True)),
    ("asked_for", sa.String(10)),
    ("asked_role", sa.String(10)),
    ("asked_by", sa.Integer()),
    ("asked_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    with op.batch_alter_table("staff") as table:
        for name, kind in _STAFF:
            table.add_column(sa.Column(name, kind))
    with op.batch_alter_table("export") as table:
        table.add_column(sa.Column("version", sa.Integer(), server_default="0", nullable=False))
        table.add_column(sa.Column("mac", sa.LargeBinary()))


def downgrade() -> None:
    with op.batch_alter_table("export") as table:
        table.drop_column("mac")
        table.drop_column("version")
    with op.batch_alter_table("staff") as table:
        for name, _ in reversed(_STAFF):
            table.drop_column(name)
