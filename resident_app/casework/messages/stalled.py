"""Channels in which nothing has gone out for long, although something waits."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, func, or_, select

from resident_app.contact_points import Channel
from resident_app.intake.message_tables import ON_THE_WAY, DeliveryError, OutgoingRow, OutgoingState

STALLED_AFTER = timedelta(minutes=30)


@dataclass(frozen=True)
class StalledChannel:
    """How many messages of a channel wait, since when, and the last error of one of them."""

    channel: Channel
    messages: int
    since: datetime
    error: DeliveryError | None


def stalled_channels(connection: Connection, now: datetime) -> list[StalledChannel]:
    """Return the channels whose oldest message waits for half an hour, and that sent nothing in that time.

    A message that nobody has tried yet, because its time has not come, does not count.
    """
    its_time_has_come = or_(
        OutgoingRow.not_before.is_(None),
        OutgoingRow.not_before <= now,
        and_(OutgoingRow.attempts > 0, OutgoingRow.error.is_distinct_from(DeliveryError.QUIET_HOURS)),
    )
    waiting = connection.execute(
        select(
            OutgoingRow.channel,
            func.count().label("messages"),
            func.min(OutgoingRow.created_at).label("since"),
            func.max(OutgoingRow.error).label("error"),
        )
        .where(and_(OutgoingRow.state.in_(ON_THE_WAY), its_time_has_come))
        .group_by(OutgoingRow.channel)
    ).all()
    return [
        StalledChannel(row.channel, row.messages, row.since, row.error)
        for row in waiting
        if row.since <= now - STALLED_AFTER and not _sent_since(connection, row.channel, now - STALLED_AFTER)
    ]


def _sent_since(connection: Connection, channel: Channel, since: datetime) -> bool:
    sent = select(OutgoingRow.id).where(
        OutgoingRow.state == OutgoingState.SENT, OutgoingRow.channel == channel, OutgoingRow.ended_at > since
    )
    return connection.execute(sent.limit(1)).one_or_none() is not None
