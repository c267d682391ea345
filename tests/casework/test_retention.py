"""Retention: exactly what is due goes, on the day and not before; with proof, for good, and nothing held."""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, LargeBinary, column, func, insert, select, table, update

from resident_app.casework.cases import legal_holds
from resident_app.casework.messages import placement
from resident_app.casework.reports.export_requests import ExportRow
from resident_app.casework.retention import erasure_log, schedule
from resident_app.casework.retention import purge as purge_module
from resident_app.casework.retention.purge import due_now, purge
from resident_app.casework.retention.schedule import RULES, RetentionRule, cutoff
from resident_app.configuration import load_configuration
from resident_app.contact_points import Channel
from resident_app.database import Base, open_database, reading, writing
from resident_app.intake.call_tables import CallStage, OfficeCallRow
from resident_app.intake.erasure import erase_group
from resident_app.intake.erasure_tables import ErasureLogRow, PurgeReceiptRow
from resident_app.intake.help_request import seal_json, seal_note
from resident_app.intake.inbound_messages import InboundMessage
from resident_app.intake.message_tables import (
    ON_THE_WAY,
    InboundRow,
    InboundState,
    OutgoingRow,
    OutgoingState,
)
from resident_app.intake.office_public_key import Ciphertext
from resident_app.intake.request_tables import (
    EntryKind,
    HelpRequestRow,
    NoteRow,
    PresenceRow,
    RequestState,
    TimelineRow,
)
from resident_app.migrations.state import upgrade
from resident_app.security import audit_log
from resident_app.security.audit_chain import Head, snapshot, verify
from resident_app.security.audit_log import Audited, AuditEvent
from tests.casework.office import Office, open_office

RULES_OF_OFFICE = load_configuration().retention
NOW = datetime(2033, 3, 1, 11, 40, tzinfo=UTC)
DAY = timedelta(days=1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
SESSION = table(
    "staff_session", *(column(name) for name in ("account_id", "created_at", "seen_at", "contents"))
)
SESSION.append_column(column("id", LargeBinary))


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Office:
    return open_office(engine, tmp_path, now=LONG_AGO)


def put(engine: Engine, what: type[Base], **values: object) -> int:
    with writing(engine) as connection:
        made = connection.execute(insert(what).values(**values)).inserted_primary_key
    assert made is not None
    return made[0]  # type: ignore[no-any-return]


def run(office: Office, now: datetime = NOW, **options: int) -> dict[str, int]:
    """What a run removes, by setting; nothing is not said."""
    found = purge(office.engine, office.keys.current(), RULES_OF_OFFICE, now, **options)
    return {one.rule.setting: one.count for one in found if one.count}


def due(office: Office, now: datetime = NOW) -> dict[str, int]:
    with reading(office.engine) as connection:
        return {one.rule.setting: one.count for one in due_now(connection, RULES_OF_OFFICE, now) if one.count}


def count(office: Office, what: type[Base]) -> int:
    with reading(office.engine) as connection:
        return connection.execute(select(func.count()).select_from(what)).scalar_one()


def proofs(office: Office) -> dict[tuple[str, str], int]:
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


def box(office: Office) -> dict[str, object]:
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
        **box(office),
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
        **box(office),
    )


def came(office: Office, state: InboundState, at: datetime) -> int:
    return put(
        office.engine,
        InboundRow,
        submission=secrets.token_bytes(16),
        channel=Channel.TEXT,
        state=state,
        received_at=at,
        **box(office),
    )


def entry(office: Office, request: int, kind: EntryKind, at: datetime, **more: object) -> int:
    key = secrets.token_bytes(16)
    return put(office.engine, TimelineRow, request_id=request, key=key, kind=kind, at=at, **more)


def session(office: Office, at: datetime) -> None:
    with writing(office.engine) as connection:
        values = {"id": secrets.token_bytes(32), "created_at": at.replace(tzinfo=None), "contents": "{}"}
        connection.execute(insert(SESSION).values(**values, seen_at=NOW.replace(tzinfo=None)))


def removal(office: Office, at: datetime) -> None:
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
    schedule.INCOMING: lambda office, at: came(office, InboundState.UNPLACED, at),
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
    schedule.ERASURE_LOG: removal,
}
"""One record of each kind, of a given time."""


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.setting)
def test_what_is_due_goes_on_the_day_and_what_is_younger_stays(office: Office, rule: RetentionRule) -> None:
    at = cutoff(RULES_OF_OFFICE, rule.setting, NOW)
    PUT[rule](office, at)
    PUT[rule](office, at + timedelta(seconds=1))
    assert due(office, NOW - timedelta(seconds=1)) == {}
    assert run(office, NOW - timedelta(seconds=1)) == {}
    assert due(office) == {rule.setting: 1}
    assert run(office) == {rule.setting: 1}
    assert due(office) == {}
    assert run(office) == {}
    assert proofs(office)[rule.kind, rule.setting] == 1
    with snapshot(office.engine) as connection:
        assert verify(connection).ok


def test_six_years_are_six_years_on_a_leap_day_too() -> None:
    leap = datetime(2032, 2, 29, 12, tzinfo=UTC)
    assert cutoff(RULES_OF_OFFICE, "audit_years", leap) == datetime(2026, 2, 28, 12, tzinfo=UTC)


def test_what_is_not_over_stays_however_old(office: Office) -> None:
    live = office.leave(received_at=LONG_AGO, last_contact_at=NOW)
    for state in ON_THE_WAY:
        outgoing(office, state, None)
    outgoing(office, OutgoingState.FAILED, LONG_AGO, live)
    for stage in CallStage:
        if stage is not CallStage.ENDED:
            call(office, stage, LONG_AGO, live)
    for state in (InboundState.NEW, InboundState.STOP):
        came(office, state, LONG_AGO)
    assert run(office) == {}


def test_a_failed_message_goes_when_its_request_is_closed(office: Office) -> None:
    outgoing(office, OutgoingState.FAILED, LONG_AGO, closed(office, NOW))
    outgoing(office, OutgoingState.CANCELLED, LONG_AGO)
    assert run(office) == {"sent_days": 2}


def test_an_open_request_of_which_something_was_heard_stays(office: Office) -> None:
    old = {"received_at": LONG_AGO, "last_contact_at": LONG_AGO}
    with_note, with_entry, only_read = (office.leave(**old) for _ in range(3))
    put(
        office.engine,
        NoteRow,
        request_id=with_note,
        submission=secrets.token_bytes(16),
        received_at=NOW - DAY,
        **box(office),
    )
    entry(office, with_entry, EntryKind.NOTE, NOW - DAY)
    entry(office, only_read, EntryKind.READ, NOW - DAY)
    whole = office.leave(**old)
    office.leave(state=RequestState.CLOSED, merged_into=whole, closed_at=NOW, received_at=NOW - DAY)
    assert run(office) == {"open_request_years": 1}
    with reading(office.engine) as connection:
        kept = connection.execute(select(HelpRequestRow.id)).scalars().all()
    assert only_read not in kept
    assert {with_note, with_entry, whole} < set(kept)


def test_contact_details_go_and_the_words_and_the_reference_stay(office: Office) -> None:
    whole = closed(
        office,
        NOW - 200 * DAY,
        name="Marked Name",
        email="marked@example.org",
        best_time="morning",
        voicemail_ok=True,
    )
    repeat = closed(office, NOW - 201 * DAY, name="Marked Again", merged_into=whole)
    with writing(office.engine) as connection:
        reply = InboundMessage("+12065550123", "Please call.")
        stored = placement.StoredInbound(1, b"m" * 16, Channel.TEXT, InboundState.NEW, LONG_AGO, b"")
        submission = connection.execute(
            select(HelpRequestRow.submission).where(HelpRequestRow.id == whole)
        ).scalar_one()
        placement.add_to_timeline(connection, office.keys.current(), stored, reply, whole, submission)
    before = office.opened(whole)
    assert run(office, batch=1) == {"contact_days": 2}
    after = office.opened(whole)
    assert before.request is not None
    assert after.request == replace(before.request, name="", phone="", email="", best_time="")
    assert after.reference == before.reference
    assert after.row.contact_removed_at == NOW
    assert "contact-removed" in office.kinds(whole)
    assert "Please call." in [line.words for line in after.lines]
    opened = office.opened(repeat).request
    assert opened is not None
    assert (opened.name, opened.phone) == ("", "")
    with reading(office.engine) as connection:
        sealed = connection.execute(select(TimelineRow).where(TimelineRow.key == b"m" * 16)).one().sealed
    assert b"sender" not in office.keys.current().open(sealed, submission + b"m" * 16)


def test_a_repeat_of_an_open_request_keeps_its_contact_details(office: Office) -> None:
    whole = office.leave(received_at=LONG_AGO, last_contact_at=NOW)
    closed(office, LONG_AGO, merged_into=whole)
    assert run(office) == {}


def test_a_request_that_does_not_open_is_counted_and_stops_nothing(office: Office, tmp_path: Path) -> None:
    lost = closed(office, NOW - 100 * DAY, sealed=b"not a box", sealed_to="elsewhere")
    closed(office, NOW - 100 * DAY)
    [contact] = [
        one
        for one in purge(office.engine, office.keys.current(), RULES_OF_OFFICE, NOW, batch=1)
        if one.rule is schedule.CONTACT
    ]
    assert (contact.count, contact.unopened) == (1, 1)
    assert office.opened(lost).row.contact_removed_at is None


def full_request(office: Office, **columns: object) -> int:
    """A closed request, due for everything, with all that may hang on one."""
    request = closed(office, LONG_AGO, **columns)
    message = outgoing(office, OutgoingState.SENT, LONG_AGO, request)
    call(office, CallStage.ENDED, LONG_AGO, request)
    entry(office, request, EntryKind.TEXT_OUT, LONG_AGO, outgoing_id=message, **box(office))
    put(
        office.engine,
        NoteRow,
        request_id=request,
        submission=secrets.token_bytes(16),
        received_at=LONG_AGO,
        **box(office),
    )
    return request


HANGING = (NoteRow, TimelineRow, OutgoingRow, OfficeCallRow)


@pytest.mark.parametrize("who", ["itself", "repeat", "whole"])
def test_nothing_goes_of_what_is_held_or_merged_with_it(office: Office, who: str) -> None:
    whole = full_request(office, legal_hold=who in ("itself", "whole"))
    if who != "itself":
        full_request(office, legal_hold=who == "repeat", merged_into=whole)
        full_request(office, merged_into=whole)
    before = {kind: count(office, kind) for kind in (HelpRequestRow, *HANGING)}
    assert due(office) == {}
    assert run(office) == {}
    assert {kind: count(office, kind) for kind in (HelpRequestRow, *HANGING)} == before
    assert proofs(office) == {}
    assert audited(office) == 0


def test_a_whole_request_goes_with_all_that_hangs_on_it_and_a_line_in_the_erasure_log(office: Office) -> None:
    whole = full_request(office)
    full_request(office, merged_into=whole)
    kept = closed(office, NOW)
    assert run(office) == {"contact_days": 2, "sent_days": 2, "call_days": 2, "request_years": 2}
    assert [count(office, kind) for kind in HANGING] == [0, 0, 0, 0]
    assert count(office, HelpRequestRow) == 1
    assert office.opened(kept)
    assert count(office, ErasureLogRow) == 2
    found = proofs(office)
    assert found["request", "request_years"] == 2
    assert found["note", "request_years"] == 2
    # The office's own line, and the one that says that contact details went.
    assert found["entry", "request_years"] == 4
    assert audited(office) == len(found)


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("dies_at", range(1, 9))
def test_a_run_that_is_killed_goes_on_where_it_ended(
    office: Office, monkeypatch: pytest.MonkeyPatch, dies_at: int
) -> None:
    for _ in range(3):
        full_request(office)
        event(office, LONG_AGO)
    calls = iter(range(1, 10_000))
    real = purge_module.write_purge_receipt

    def killed(*arguments: Any, **more: Any) -> None:
        real(*arguments, **more)
        if next(calls) == dies_at:
            raise Killed

    monkeypatch.setattr(purge_module, "write_purge_receipt", killed)
    with pytest.raises(Killed):
        run(office, batch=1)
    monkeypatch.setattr(purge_module, "write_purge_receipt", real)
    run(office, batch=1)
    found = proofs(office)
    assert {key: number for key, number in found.items() if key[0] != "entry"} == {
        ("contact", "contact_days"): 3,
        ("outgoing", "sent_days"): 3,
        ("call", "call_days"): 3,
        ("request", "request_years"): 3,
        ("note", "request_years"): 3,
        ("audit", "audit_years"): 3,
    }
    assert count(office, HelpRequestRow) == 0
    assert count(office, ErasureLogRow) == 3
    with snapshot(office.engine) as connection:
        assert verify(connection).ok


def test_the_audit_log_without_its_beginning_is_still_a_chain(office: Office) -> None:
    for number in range(7):
        event(office, LONG_AGO + number * DAY)
    with snapshot(office.engine) as connection:
        old = verify(connection).head
    event(office, NOW)
    with snapshot(office.engine) as connection:
        young = verify(connection).head
    assert run(office, batch=3) == {"audit_years": 7}
    since = cutoff(RULES_OF_OFFICE, "audit_years", NOW).date()
    with snapshot(office.engine) as connection:
        result = verify(connection, [old, young], kept_since=since)
        assert result.ok
        assert result.first == 8
        assert verify(connection, [Head(3, "a" * 64)], kept_since=since).findings
        assert verify(connection, [Head(3, "a" * 64, LONG_AGO.date())], kept_since=since).ok
    with writing(office.engine) as connection:
        connection.execute(AuditEvent.__table__.delete().where(AuditEvent.number == 8))
    with snapshot(office.engine) as connection:
        assert verify(connection).findings[0].number == 9


def test_a_hold_keeps_what_its_sender_wants_erased_until_it_ends(office: Office) -> None:
    whole = full_request(office)
    repeat = full_request(office, merged_into=whole)
    keys, office.now = office.keys.current(), NOW
    with writing(office.engine) as connection:
        legal_holds.hold(connection, keys, whole, "A court asked.", office.actor())
    with writing(office.engine) as connection:
        assert not erase_group(connection, repeat, NOW)
    assert office.opened(repeat).row.legal_hold
    assert run(office) == {}
    assert "A court asked." in [line.words for line in office.opened(whole).lines]
    with writing(office.engine) as connection:
        assert legal_holds.release(connection, keys, whole, "The case is over.", office.actor())
    assert [count(office, kind) for kind in HANGING] == [0, 0, 0, 0]
    with reading(office.engine) as connection:
        states = connection.execute(select(HelpRequestRow.state, func.length(HelpRequestRow.sealed))).all()
        changed = connection.execute(
            select(AuditEvent.fields).where(AuditEvent.kind == Audited.HOLD_CHANGED)
        ).scalars()
        assert len(list(changed)) == 2
    assert [tuple(row) for row in states] == [("erased", 0)] * 2
    assert proofs(office)["request", "erased"] == 2


def test_a_hold_that_ends_leaves_what_nobody_wants_erased(office: Office) -> None:
    request = office.leave()
    keys = office.keys.current()
    with writing(office.engine) as connection:
        legal_holds.hold(connection, keys, request, "A court asked.", office.actor())
        assert not legal_holds.release(connection, keys, request, "The case is over.", office.actor())
    assert office.kinds(request)[-2:] == ["held", "released"]
    assert not office.opened(request).row.legal_hold


def test_a_restored_backup_forgets_again(tmp_path: Path) -> None:
    """Requests that were erased or purged after the backup, one of them held in it."""
    live = open_database(f"sqlite:///{tmp_path / 'live.db'}")
    upgrade(live)
    office = open_office(live, tmp_path, now=LONG_AGO)
    erased, purged, kept = office.leave(), full_request(office), office.leave(last_contact_at=NOW)
    with writing(live) as connection:
        connection.execute(update(HelpRequestRow).where(HelpRequestRow.id == erased).values(legal_hold=True))
    back_up(tmp_path / "live.db", tmp_path / "old.db")
    with writing(live) as connection:
        connection.execute(update(HelpRequestRow).where(HelpRequestRow.id == erased).values(legal_hold=False))
        assert erase_group(connection, erased, NOW)
    run(office)
    with reading(live) as connection:
        lines = list(erasure_log.erasure_log_lines(connection))
    assert len(lines) == 2
    restored = open_database(f"sqlite:///{tmp_path / 'old.db'}")
    gone = erasure_log.read_erasure_log(lines)
    assert erasure_log.erase_again(restored, gone, NOW) == 2
    assert erasure_log.erase_again(restored, gone, NOW) == 0
    after = Office(restored, office.keys)
    assert after.opened(kept)
    with reading(restored) as connection:
        rows = connection.execute(select(HelpRequestRow.id, HelpRequestRow.state)).all()
        states = {row.id: row.state for row in rows}
        assert list(erasure_log.erasure_log_lines(connection)) == lines
    assert (states[erased], states[purged]) == ("erased", "erased")
    assert [count(after, kind) for kind in HANGING] == [0, 0, 0, 0]
    assert {("request", "erased"), ("request", "retention")} < set(proofs(after))
    with pytest.raises(erasure_log.NotAnErasureLog, match="2"):
        erasure_log.read_erasure_log([lines[0], "not a line"])
    for engine in (live, restored):
        engine.dispose()


def test_no_file_holds_what_was_purged_nor_does_a_later_backup(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'files.db'}")
    upgrade(engine)
    office = open_office(engine, tmp_path, now=LONG_AGO)
    for number in range(12):
        if number % 2:
            full_request(office)
        else:
            closed(office, NOW - 100 * DAY, message="long " * 700)
    with reading(engine) as connection:
        sealed = [
            bytes(one)
            for kind in (HelpRequestRow, *HANGING)
            for one in connection.execute(select(kind.sealed)).scalars()  # type: ignore[attr-defined]
        ]
    pieces = [one[at : at + 48] for one in sealed for at in (0, len(one) // 2, len(one) - 48)]
    assert len(pieces) > 90
    assert all(any(piece in contents for contents in files(tmp_path)) for piece in pieces)
    run(office)
    back_up(tmp_path / "files.db", tmp_path / "files.db-copy")
    assert not [piece for piece in pieces if any(piece in contents for contents in files(tmp_path))]
    engine.dispose()


def back_up(file: Path, copy: Path) -> None:
    """As SQLite does it while others work."""
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)


def files(folder: Path) -> Iterator[bytes]:
    """The database's file, its journal, and copies."""
    return (path.read_bytes() for path in sorted(folder.glob("files.db*")))


def test_a_note_of_a_kept_request_stays_readable(office: Office) -> None:
    request = closed(office, NOW - 100 * DAY)
    submission = secrets.token_bytes(16)
    with reading(office.engine) as connection:
        own = connection.execute(select(HelpRequestRow.submission)).scalar_one()
    sealed: Ciphertext = seal_note("One more thing.", office.keys.current().newest.public, own, submission)
    put(
        office.engine,
        NoteRow,
        request_id=request,
        submission=submission,
        received_at=LONG_AGO,
        sealed=sealed.sealed,
        sealed_to=sealed.sealed_to,
    )
    run(office)
    assert "One more thing." in [line.words for line in office.opened(request).lines]
