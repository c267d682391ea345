"""The next action of a request is planned for a time, not for a day. A day becomes its end at the office."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0014_plans_with_a_time"
down_revision = "0013_office_templates"

_TABLE = "help_request"
# As the office's hours and zone were in every configuration until now.
_ZONE, _CLOSES = ZoneInfo("America/Los_Angeles"), time(17)


def upgrade() -> None:
    op.add_column(_TABLE, sa.Column("next_action_at", sa.DateTime(timezone=True), nullable=True))
    request = sa.table(
        _TABLE,
        sa.column("id", sa.Integer),
        sa.column("next_action_on", sa.Date),
        sa.column("next_action_at", sa.DateTime(timezone=True)),
    )
    connection = op.get_bind()
    planned = sa.select(request.c.id, request.c.next_action_on).where(request.c.next_action_on.is_not(None))
    for number, day in connection.execute(planned).all():
        connection.execute(
            sa.update(request).where(request.c.id == number).values(next_action_at=_end_of(day))
        )
    op.drop_index(op.f("ix_help_request_next_action_on"), table_name=_TABLE)
    op.drop_column(_TABLE, "next_action_on")
    op.create_index(op.f("ix_help_request_next_action_at"), _TABLE, ["next_action_at"])


def downgrade() -> None:
    op.add_column(_TABLE, sa.Column("next_action_on", sa.Date(), nullable=True))
    request = sa.table(
        _TABLE,
        sa.column("id", sa.Integer),
        sa.column("next_action_on", sa.Date),
        sa.column("next_action_at", sa.DateTime(timezone=True)),
    )
    connection = op.get_bind()
    planned = sa.select(request.c.id, request.c.next_action_at).where(request.c.next_action_at.is_not(None))
    for number, at in connection.execute(planned).all():
        connection.execute(
            sa.update(request).where(request.c.id == number).values(next_action_on=_day_of(at))
        )
    op.drop_index(op.f("ix_help_request_next_action_at"), table_name=_TABLE)
    op.drop_column(_TABLE, "next_action_at")
    op.create_index(op.f("ix_help_request_next_action_on"), _TABLE, ["next_action_on"])


def _end_of(day: date) -> datetime:
    return datetime.combine(day, _CLOSES, _ZONE).astimezone(UTC)


def _day_of(at: datetime) -> date:
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(_ZONE).date()
