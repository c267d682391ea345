"""What is due is removed on the day and not before, with a receipt, however often a run is killed."""

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.event import listen, remove

from resident_app.casework.retention.schedule import RULES, RetentionRule, cutoff
from resident_app.database import reading, writing
from resident_app.intake.call_tables import CallStage
from resident_app.intake.erasure_tables import ErasureLogRow
from resident_app.intake.message_tables import (
    ON_THE_WAY,
    InboundState,
    OutgoingState,
)
from resident_app.intake.request_tables import (
    EntryKind,
    HelpRequestRow,
    NoteRow,
    RequestState,
)
from resident_app.security.audit_chain import Head, snapshot, verify
from resident_app.security.audit_log import AuditEvent
from tests.casework.office import Office, open_office
from tests.casework.retention_records import (
    DAY,
    DEPENDENT,
    LONG_AGO,
    NOW,
    PERIODS,
    PUT,
    audited,
    call,
    ciphertext,
    closed,
    count,
    due,
    entry,
    event,
    full_request,
    inbound,
    outgoing,
    put,
    receipts_by_rule,
    run,
)


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Office:
    return open_office(engine, tmp_path, now=LONG_AGO)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.setting)
def test_what_is_due_goes_on_the_day_and_what_is_younger_stays(office: Office, rule: RetentionRule) -> None:
    at = cutoff(PERIODS, rule.setting, NOW)
    PUT[rule](office, at)
    PUT[rule](office, at + timedelta(seconds=1))
    assert due(office, NOW - timedelta(seconds=1)) == {}
    assert run(office, NOW - timedelta(seconds=1)) == {}
    assert due(office) == {rule.setting: 1}
    assert run(office) == {rule.setting: 1}
    assert due(office) == {}
    assert run(office) == {}
    assert receipts_by_rule(office)[rule.kind, rule.setting] == 1
    with snapshot(office.engine) as connection:
        assert verify(connection).ok


def test_six_years_are_six_years_on_a_leap_day_too() -> None:
    leap = datetime(2032, 2, 29, 12, tzinfo=UTC)
    assert cutoff(PERIODS, "audit_years", leap) == datetime(2026, 2, 28, 12, tzinfo=UTC)


def test_what_is_not_over_stays_however_old(office: Office) -> None:
    live = office.leave(received_at=LONG_AGO, last_contact_at=NOW)
    for state in ON_THE_WAY:
        outgoing(office, state, None)
    outgoing(office, OutgoingState.FAILED, LONG_AGO, live)
    for stage in CallStage:
        if stage is not CallStage.ENDED:
            call(office, stage, LONG_AGO, live)
    for state in (InboundState.NEW, InboundState.STOP):
        inbound(office, state, LONG_AGO)
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
        **ciphertext(office),
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


def test_a_whole_request_goes_with_all_that_hangs_on_it_and_a_line_in_the_erasure_log(office: Office) -> None:
    whole = full_request(office)
    full_request(office, merged_into=whole)
    kept = closed(office, NOW)
    assert run(office) == {"contact_days": 2, "sent_days": 2, "call_days": 2, "request_years": 2}
    assert [count(office, kind) for kind in DEPENDENT] == [0] * len(DEPENDENT)
    assert count(office, HelpRequestRow) == 1
    assert office.opened(kept)
    assert count(office, ErasureLogRow) == 2
    found = receipts_by_rule(office)
    assert found["request", "request_years"] == 2
    assert found["note", "request_years"] == 2
    # The office's own line, and the one that says that contact details went.
    assert found["entry", "request_years"] == 4
    assert audited(office) == len(found)


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("dies_at", range(1, 9))
def test_a_run_that_is_killed_is_finished_by_the_next(office: Office, dies_at: int) -> None:
    for _ in range(3):
        full_request(office)
        event(office, LONG_AGO)
    receipts = iter(range(1, 10_000))

    def die_at_receipt(*arguments: Any) -> None:
        if "INSERT INTO purge_receipt" in arguments[2] and next(receipts) == dies_at:
            raise Killed

    listen(Engine, "after_cursor_execute", die_at_receipt)
    with pytest.raises(Killed):
        run(office, batch=1)
    remove(Engine, "after_cursor_execute", die_at_receipt)
    run(office, batch=1)
    found = receipts_by_rule(office)
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
    since = cutoff(PERIODS, "audit_years", NOW).date()
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
