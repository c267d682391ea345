"""What is short-lived moves to UNLOGGED tables on PostgreSQL, and to a file of its own on SQLite.

Its rows are not kept: calls under way begin again, and limits count from zero. Opt-outs stay. Wrong guesses
at staff sign-ins are counted in a table of their own.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003_short_lived"
down_revision = "0002_signed_editions"

_ATTEMPTS = (
    ("reservation", sa.LargeBinary(), True),
    ("counted", sa.LargeBinary(), True),
    ("at", sa.Integer(), False),
    ("expires_at", sa.Integer(), False),
    ("settled", sa.Boolean(), False),
    ("weight", sa.Integer(), False),
)


def upgrade() -> None:
    for table in ("attempt", "daily_salt", "call"):
        op.drop_table(table)
    op.create_table(
        "opt_out",
        sa.Column("id", sa.LargeBinary(), primary_key=True),
        sa.Column("opted_out_at", sa.Integer(), nullable=False),
    )
    op.execute(
        "INSERT INTO opt_out (id, opted_out_at) SELECT id, updated_at FROM texted_number WHERE opted_out"
    )
    op.drop_table("texted_number")
    op.create_table("keyword_text", sa.Column("id", sa.LargeBinary(), primary_key=True))
    _create_attempts("sign_in_attempt")
    if op.get_bind().dialect.name == "postgresql":
        _create_short_lived()


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in ("attempt", "limit_salt", "call", "ended_call", "texted_language"):
            op.drop_table(table)
    op.drop_table("sign_in_attempt")
    op.drop_table("keyword_text")
    op.create_table(
        "texted_number",
        sa.Column("id", sa.LargeBinary(), primary_key=True),
        sa.Column("written_language", sa.String(length=20), nullable=False),
        sa.Column("opted_out", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.Integer(), nullable=False),
    )
    op.create_index("ix_texted_number_updated_at", "texted_number", ["updated_at"])
    op.execute(
        "INSERT INTO texted_number (id, written_language, opted_out, updated_at) "
        "SELECT id, '', TRUE, opted_out_at FROM opt_out"
    )
    op.drop_table("opt_out")
    op.create_table(
        "call",
        sa.Column("id", sa.LargeBinary(), primary_key=True),
        sa.Column("caller", sa.LargeBinary(), nullable=False),
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("claimed_until", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_call_caller", "call", ["caller"])
    op.create_index("ix_call_updated_at", "call", ["updated_at"])
    op.create_table(
        "daily_salt",
        sa.Column("day", sa.String(length=10), primary_key=True),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("reservation", sa.LargeBinary(), nullable=False),
        sa.Column("counted", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
    )
    op.create_index("attempt_at", "attempt", ["at"])
    op.create_index("attempt_counted", "attempt", ["counted", "at"])
    op.create_index("ix_attempt_reservation", "attempt", ["reservation"])


def _create_short_lived() -> None:
    """Create the tables that are in a file of their own on SQLite. Their rows are in no write-ahead log."""
    _create_attempts("attempt", "UNLOGGED")
    op.create_table(
        "limit_salt",
        sa.Column("window", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("period", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("expires_at", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "call",
        sa.Column("id", sa.LargeBinary(), primary_key=True),
        sa.Column("caller", sa.LargeBinary(), nullable=False),
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("claimed_until", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        prefixes=["UNLOGGED"],
    )
    op.create_index("ix_call_caller", "call", ["caller"])
    op.create_index("ix_call_updated_at", "call", ["updated_at"])
    op.create_table(
        "ended_call",
        sa.Column("id", sa.LargeBinary(), primary_key=True),
        sa.Column("ended_at", sa.Integer(), nullable=False),
        prefixes=["UNLOGGED"],
    )
    op.create_index("ix_ended_call_ended_at", "ended_call", ["ended_at"])
    op.create_table(
        "texted_language",
        sa.Column("id", sa.LargeBinary(), primary_key=True),
        sa.Column("written_language", sa.String(length=20), nullable=False),
        sa.Column("updated_at", sa.Integer(), nullable=False),
        prefixes=["UNLOGGED"],
    )
    op.create_index("ix_texted_language_updated_at", "texted_language", ["updated_at"])


def _create_attempts(table: str, *prefixes: str) -> None:
    columns = [sa.Column(name, kind, primary_key=in_key, nullable=False) for name, kind, in_key in _ATTEMPTS]
    op.create_table(table, *columns, prefixes=list(prefixes))
    op.create_index(f"{table}_counted", table, ["counted", "expires_at"])
    op.create_index(f"{table}_expires_at", table, ["expires_at"])
