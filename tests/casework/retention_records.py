"""Records of every kind that retention removes, and what a run removes of them."""

import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, LargeBinary, column, func, insert, select, table

from resident_app.casework.reports.export_requests import ExportRow
from resident_app.casework.retention import schedule
from resident_app.casework.retention.purge import due_now, purge
from resident_app.configuration import load_configuration
from resident_app.contact_points import Channel
from resident_app.database import Base, reading, writing
from resident_app.database_roles import DatabaseRole
from resident_app.intake.attachment_tables import AttachmentRow
from resident_app.intake.call_tables import CallStage, OfficeCallRow
from resident_app.intake.erasure_tables import ErasureLogRow, PurgeReceiptRow
from resident_app.intake.help_request import seal_json
from resident_app.intake.message_tables import (
    InboundRow,
    InboundState,
    OutgoingRow,
    OutgoingState,
)
from resident_app.intake.request_tables import (
    EntryKind,
    NoteRow,
    PresenceRow,
    RequestState,
    TimelineRow,
)
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited, AuditEvent
from tests.casework.office import Office
from tests.roles import engine_as

PERIODS = load_configuration().retention
NOW = datetime(2033, 3, 1, 11, 40, tzinfo=UTC)
DAY = timedelta(days=1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
SESSION = table(
    "staff_session", *(column(name) for name in ("account_id", "created_at", "seen_at", "contents"))
)
SESSION.append_column(column("id", LargeBinary))


def put(engine: Engine, what: type[Base], **values: object) -> int:
    with writing(engine) as connection:
        made = connection.execute(insert(what).values(**values)).inserted_primary_key
    assert made is not None
    return made[0]  # type: ignore[no-any-return]


def run(office: Office, now: datetime = NOW, **options: int) -> dict[str, int]:
    """What a run removes, by setting; nothing is not said."""
    found = purge(
        engine_as(office.engine, DatabaseRole.WORKER), office.keys.current(), PERIODS, now, **options
    )
    return {one.rule.setting: one.count for one in found if one.count}


def due(office: Office, now: datetime = NOW) -> dict[str, int]:
    with reading(office.engine) as connection:
        return {one.rule.setting: one.count for one in due_now(connection, PERIODS, now) if one.count}


def count(office: Office, what: type[Base]) -> int:
    with reading(office.engine) as connection:
        return connection.execute(select(func.count()).select_from(what)).scalar_one()


def receipts_by_rule(office: Office) -> dict[tuple[str, str], int]:
    with reading(office.engine) as connection:
        rows = connection.execute(
            select(PurgeReceiptRow.kind, PurgeReceiptRow.rule, func.sum(PurgeReceiptRow.count)).group_by(
                PurgeReceiptRow.kind, PurgeReceiptRow.rule
            )
        )
        return {(kind, rule): int(number) for kind, rule, number in rows}


def audited(office: Office) -> int:
    with reading(office.engine) as connection:
        purged = select(func.count()).where(AuditEvent.kind == Audited.PURGED)
        return connection.execute(purged).scalar_one()


def closed(office: Office, at: datetime, **more: object) -> int:
    return office.leave(
        state=RequestState.CLOSED, closed_at=at, received_at=LONG_AGO, last_contact_at=LONG_AGO, **more
    )


def ciphertext(office: Office) -> dict[str, object]:
    made = seal_json({"words": "marked"}, office.keys.current().newest.public, b"nothing")
    return {"sealed": made.sealed, "sealed_to": made.sealed_to}


def outgoing(
    office: Office, state: OutgoingState, ended_at: datetime | None, request: int | None = None
) -> int:
    return put(
        office.engine,
        OutgoingRow,
        key=secrets.token_hex(8),
        request_id=request,
        channel=Channel.TEXT,
        state=state,
        created_at=LONG_AGO,
        ended_at=ended_at,
        **ciphertext(office),
    )


def call(office: Office, stage: CallStage, at: datetime, request: int) -> int:
    return put(
        office.engine,
        OfficeCallRow,
        token=secrets.token_hex(8),
        request_id=request,
        stage=stage,
        created_at=LONG_AGO,
        updated_at=at,
        spoken_language="ko",
        topic="question",
        **ciphertext(office),
    )


def inbound(office: Office, state: InboundState, at: datetime) -> int:
    return put(
        office.engine,
        InboundRow,
        submission=secrets.token_bytes(16),
        channel=Channel.TEXT,
        state=state,
        received_at=at,
        **ciphertext(office),
    )


def entry(office: Office, request: int, kind: EntryKind, at: datetime, **more: object) -> int:
    key = secrets.token_bytes(16)
    return put(office.engine, TimelineRow, request_id=request, key=key, kind=kind, at=at, **more)


def session(office: Office, at: datetime) -> None:
    with writing(office.engine) as connection:
        values = {"id": secrets.token_bytes(32), "created_at": at.replace(tzinfo=None), "contents": "{}"}
        connection.execute(insert(SESSION).values(**values, seen_at=NOW.replace(tzinfo=None)))


def erasure(office: Office, at: datetime) -> None:
    put(office.engine, ErasureLogRow, submission=secrets.token_bytes(16), at=at, why="erased")


def export(office: Office, at: datetime) -> None:
    put(office.engine, ExportRow, kind="figures", query="", reason="for the board", requested_at=at)


def event(office: Office, at: datetime) -> None:
    with writing(office.engine) as connection:
        audit_log.record(connection, Audited.SEARCHED, actor_id=1, at=at)


def presence(office: Office, at: datetime) -> None:
    request = office.leave(received_at=NOW, last_contact_at=NOW)
    put(office.engine, PresenceRow, request_id=request, account_id=1, seen_at=at)


PUT = {
    schedule.CONTACT: closed,
    schedule.OUTGOING: lambda office, at: outgoing(office, OutgoingState.SENT, at),
    schedule.INCOMING: lambda office, at: inbound(office, InboundState.UNPLACED, at),
    schedule.CALL: lambda office, at: call(
        office, CallStage.ENDED, at, office.leave(received_at=NOW, last_contact_at=NOW)
    ),
    schedule.PRESENCE: presence,
    schedule.SESSION: session,
    schedule.EXPORT: export,
    schedule.ERASED: lambda office, at: office.leave(
        state=RequestState.ERASED, received_at=at, last_contact_at=at, sealed=b""
    ),
    schedule.REQUEST: lambda office, at: closed(office, at, contact_removed_at=at),
    schedule.OPEN_REQUEST: lambda office, at: office.leave(received_at=LONG_AGO, last_contact_at=at),
    schedule.AUDIT: event,
    schedule.ERASURE_LOG: erasure,
}
"""One record of each kind, of a given time."""


def full_request(office: Office, **columns: object) -> int:
    """A closed request, due for everything, with all that may hang on one."""
    request = closed(office, LONG_AGO, **columns)
    message = outgoing(office, OutgoingState.SENT, LONG_AGO, request)
    call(office, CallStage.ENDED, LONG_AGO, request)
    entry(office, request, EntryKind.TEXT_OUT, LONG_AGO, outgoing_id=message, **ciphertext(office))
    put(
        office.engine,
        NoteRow,
        request_id=request,
        submission=secrets.token_bytes(16),
        received_at=LONG_AGO,
        **ciphertext(office),
    )
    put(
        office.engine,
        AttachmentRow,
        request_id=request,
        key=secrets.token_bytes(16),
        received_at=LONG_AGO,
        size=1,
        **ciphertext(office),
    )
    return request


DEPENDENT = (NoteRow, TimelineRow, OutgoingRow, OfficeCallRow, AttachmentRow)
