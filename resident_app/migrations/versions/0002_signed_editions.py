"""Editions are signed, and a signed pointer says which one is live. A register is sealed and published again.

Wrong tries of checks leave the database: the evaluator counts them in its memory.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002_signed_editions"
down_revision = "0001_baseline"


def upgrade() -> None:
    for table in ("publication", "envelope", "edition"):
        op.drop_table(table)
    op.create_table(
        "edition",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("header", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("loaded", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("id"),
    )
    _create_envelope()
    op.create_table(
        "publication",
        sa.Column("sequence", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("edition", sa.Integer(), sa.ForeignKey("edition.number"), nullable=False),
        sa.Column("action", sa.String(10), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
    )


def downgrade() -> None:
    for table in ("publication", "envelope", "edition"):
        op.drop_table(table)
    op.create_table(
        "edition",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("systems", sa.JSON(), nullable=False),
        sa.Column("argon2_memory_kib", sa.Integer(), nullable=False),
        sa.Column("argon2_passes", sa.Integer(), nullable=False),
        sa.Column("envelopes", sa.Integer(), nullable=False),
        sa.Column("sealed_on", sa.Date(), nullable=False),
        sa.Column("dictionary", sa.LargeBinary(), nullable=False),
        sa.Column("loaded", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("id"),
    )
    _create_envelope()
    op.create_table(
        "publication",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("edition", sa.Integer(), sa.ForeignKey("edition.number"), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rolled_back_at", sa.DateTime(timezone=True)),
    )


def _create_envelope() -> None:
    op.create_table(
        "envelope",
        sa.Column("edition", sa.Integer(), sa.ForeignKey("edition.number"), primary_key=True),
        sa.Column("label", sa.LargeBinary(), primary_key=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sqlite_with_rowid=False,
    )
