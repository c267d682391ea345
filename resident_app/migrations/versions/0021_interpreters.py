"""Interpreters with languages, numbers and hours: one may be booked for a call-back, or rung into a call."""

import sqlalchemy as sa
from alembic import op

revision = "0021_interpreters"
down_revision = "0020_drafts"


def upgrade() -> None:
    op.create_table(
        "office_interpreter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("languages", sa.Text(), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("hours", sa.String(length=100), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.add_column("help_request", sa.Column("call_back_interpreter", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_help_request_call_back_interpreter"), "help_request", ["call_back_interpreter"])
    op.add_column(
        "office_call",
        sa.Column("interpreter_phone", sa.String(length=20), nullable=False, server_default=""),
    )


def downgrade() -> None:
    op.drop_column("office_call", "interpreter_phone")
    op.drop_index(op.f("ix_help_request_call_back_interpreter"), table_name="help_request")
    op.drop_column("help_request", "call_back_interpreter")
    op.drop_table("office_interpreter")
