"""On PostgreSQL, a column of codes takes only codes that exist: one unknown code would stop its readers.

On SQLite every process can write to the whole file, so a constraint would stop nobody.
"""

from alembic import op

revision = "0009_known_codes"
down_revision = "0008_two_people"

_CHANNELS = ("phone", "text", "email")
_CODES: dict[tuple[str, str], tuple[str, ...]] = {
    ("help_request", "origin"): ("site", "phone", "staff"),
    ("help_request", "channel"): _CHANNELS,
    ("help_request", "state"): ("received", "in-hand", "tried", "closed", "erased"),
    ("inbound_message", "channel"): _CHANNELS,
    ("inbound_message", "state"): ("new", "unplaced", "stop"),
    ("office_call", "stage"): (
        "waiting",
        "ringing-officer",
        "officer-ready",
        "ringing-resident",
        "talking",
        "ended",
    ),
    ("office_leg", "who"): ("officer", "resident", "interpreter"),
    ("office_leg", "stage"): ("ringing", "here", "ending", "over"),
    ("outgoing_message", "channel"): _CHANNELS,
    ("outgoing_message", "state"): ("waiting", "queued", "sending", "sent", "failed", "cancelled"),
}


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for (table, column), codes in _CODES.items():
        known = ", ".join(f"'{code}'" for code in codes)
        op.create_check_constraint(f"{table}_{column}_known", table, f"{column} IN ({known})")


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, column in _CODES:
        op.drop_constraint(f"{table}_{column}_known", table)
