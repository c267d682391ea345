"""What became of a message reaches its request: it was contact, or it did not arrive.

A text message is contact once the carrier says that it arrived, and an e-mail once the mail server took it,
unless it comes back. If a message did not arrive, the request has the last contact of before again, and asks
for another way to reach the person.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, and_, func, or_, select, update

from resident_app.casework.cases.case_change import set_values
from resident_app.casework.cases.timeline_conditions import IS_CONTACT, NOT_ARRIVED
from resident_app.casework.notices.staff_notices import tell
from resident_app.contact_points import Channel
from resident_app.database import find_all, find_one, reading, writing
from resident_app.intake.message_tables import (
    DELIVERY_ENDED,
    DeliveryError,
    OutgoingRow,
    OutgoingState,
    TextDelivery,
)
from resident_app.intake.notice_tables import NoticeKind
from resident_app.intake.request_tables import EntryKind, HelpRequestRow, RequestState, TimelineRow

_AT_ONCE = 100
_HAS_ENDED = or_(
    # Of what nobody at the office wrote, no request is told.
    and_(OutgoingRow.state == OutgoingState.FAILED, OutgoingRow.error != DeliveryError.NOT_AUTHORIZED),
    and_(
        OutgoingRow.state == OutgoingState.SENT,
        OutgoingRow.channel == Channel.TEXT,
        OutgoingRow.delivery.in_(DELIVERY_ENDED),
    ),
)


def settle_messages(engine: Engine, zone: ZoneInfo, reached: Collection[str], now: datetime) -> int:
    """Settle every message that has ended. Return how many.

    `reached` are the outcomes of calls in which the person was spoken with.
    """
    with reading(engine) as connection:
        ended = select(OutgoingRow.id).where(OutgoingRow.settled.is_(False), _HAS_ENDED)
        found = connection.execute(ended.order_by(OutgoingRow.id).limit(_AT_ONCE)).scalars().all()
    for number in found:
        with writing(engine) as connection:
            _settle(connection, number, zone, reached, now)
    return len(found)


def note_sent(connection: Connection, key: str, at: datetime) -> None:
    """Note that a message is out. An e-mail is contact now, and a text message once it arrives."""
    message = find_one(connection, select(OutgoingRow).where(OutgoingRow.key == key))
    if message is not None and message.channel is Channel.EMAIL:
        _note_contact(connection, message, at)


def _note_contact(connection: Connection, message: OutgoingRow, at: datetime) -> None:
    """Note that a message reached the person at a time. It answers what they wrote before it was written."""
    row = _request_of(connection, message)
    if row is None:
        return
    _note_entry(connection, message, "")
    values: dict[str, datetime | None] = {"last_contact_at": max(at, row.last_contact_at)}
    for column in ("wrote_at", "undelivered_at"):
        since = getattr(row, column)
        if since is not None and since <= message.created_at:
            values[column] = None
    set_values(connection, row, **values)


def _settle(
    connection: Connection, number: int, zone: ZoneInfo, reached: Collection[str], now: datetime
) -> None:
    own = select(OutgoingRow).where(OutgoingRow.id == number, OutgoingRow.settled.is_(False), _HAS_ENDED)
    message = find_one(connection, own.with_for_update())
    if message is None:
        return
    connection.execute(update(OutgoingRow).where(OutgoingRow.id == number).values(settled=True))
    if message.delivery is TextDelivery.DELIVERED and message.state is OutgoingState.SENT:
        _note_contact(connection, message, message.ended_at or now)
    elif (row := _request_of(connection, message)) is not None:
        _note_entry(connection, message, NOT_ARRIVED)
        _note_not_arrived(connection, message, row, zone, reached)
        told = row.assigned_to or message.actor_id
        if told is not None:
            tell(connection, told, NoticeKind.UNDELIVERED, row.id, now)


def _note_not_arrived(
    connection: Connection,
    message: OutgoingRow,
    row: HelpRequestRow,
    zone: ZoneInfo,
    reached: Collection[str],
) -> None:
    """Give the request the last contact of before, and let it ask for another way to reach the person."""
    whole = _whole(connection, row.id)
    values: dict[str, object] = {}
    last = row.last_contact_at
    if last == message.ended_at:
        last = max(row.received_at, _last_contact(connection, whole) or row.received_at)
        values["last_contact_at"] = last
    written_on = message.created_at.astimezone(zone).date()
    if row.tried_on == written_on:
        values["tried_on"] = _last_try(connection, whole, zone, reached)
    if last <= message.created_at:
        values["undelivered_at"] = max(message.created_at, row.undelivered_at or message.created_at)
    set_values(connection, row, **values)


def _request_of(connection: Connection, message: OutgoingRow) -> HelpRequestRow | None:
    """Return a message's request, or the one that it was merged into, locked; None if there is none."""
    if message.request_id is None:
        return None
    whole = func.coalesce(HelpRequestRow.merged_into, HelpRequestRow.id)
    number = connection.execute(select(whole).where(HelpRequestRow.id == message.request_id)).scalar()
    row = find_one(connection, select(HelpRequestRow).where(HelpRequestRow.id == number).with_for_update())
    return None if row is None or row.state is RequestState.ERASED else row


def _whole(connection: Connection, number: int) -> Sequence[int]:
    """Return the ids of a request and of those that were merged into it."""
    is_part = or_(HelpRequestRow.id == number, HelpRequestRow.merged_into == number)
    return connection.execute(select(HelpRequestRow.id).where(is_part)).scalars().all()


def _last_contact(connection: Connection, requests: Sequence[int]) -> datetime | None:
    """Return when the office last reached out to the sender of these requests, by the timeline."""
    at = func.coalesce(OutgoingRow.ended_at, TimelineRow.at)
    latest = (
        select(at)
        .select_from(TimelineRow)
        .outerjoin(OutgoingRow, OutgoingRow.id == TimelineRow.outgoing_id)
        .where(TimelineRow.request_id.in_(requests), IS_CONTACT)
    )
    return max(connection.execute(latest).scalars().all(), default=None)


def _last_try(
    connection: Connection, requests: Sequence[int], zone: ZoneInfo, reached: Collection[str]
) -> date | None:
    """Return the last day on which somebody tried to reach the sender, not counting what did not arrive."""
    entries = find_all(connection, select(TimelineRow).where(TimelineRow.request_id.in_(requests)))
    lost = {(one.at, one.actor_id) for one in entries if one.code == NOT_ARRIVED}
    tries = [
        one.at
        for one in entries
        if (one.kind is EntryKind.CALL and one.code not in reached)
        or (
            one.kind is EntryKind.STATE
            and one.code == RequestState.TRIED
            and (one.at, one.actor_id) not in lost
        )
    ]
    return max(tries).astimezone(zone).date() if tries else None


def _note_entry(connection: Connection, message: OutgoingRow, code: str) -> None:
    """Note in the timeline whether a message arrived: its row is removed earlier than the timeline."""
    connection.execute(update(TimelineRow).where(TimelineRow.outgoing_id == message.id).values(code=code))
