"""Contact details of closed requests are removed; the words and the reference stay."""

import secrets
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from resident_app.casework.messages import placement
from resident_app.casework.retention import schedule
from resident_app.casework.retention.purge import purge
from resident_app.contact_points import Channel
from resident_app.database import reading, writing
from resident_app.intake.help_request import ContactDetails, seal_note
from resident_app.intake.inbound_messages import InboundMessage
from resident_app.intake.message_tables import (
    InboundState,
)
from resident_app.intake.office_public_key import Ciphertext
from resident_app.intake.request_tables import (
    HelpRequestRow,
    NoteRow,
    TimelineRow,
)
from tests.casework.office import Office, open_office
from tests.casework.retention_records import DAY, LONG_AGO, NOW, PERIODS, closed, put, run


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Office:
    return open_office(engine, tmp_path, now=LONG_AGO)


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
    lost = closed(office, NOW - 100 * DAY, sealed=b"not a ciphertext", sealed_to="elsewhere")
    closed(office, NOW - 100 * DAY)
    [contact] = [
        one
        for one in purge(office.engine, office.keys.current(), PERIODS, NOW, batch=1)
        if one.rule is schedule.CONTACT
    ]
    assert (contact.count, contact.unopened) == (1, 1)
    assert office.opened(lost).row.contact_removed_at is None


def test_a_note_of_a_kept_request_stays_readable(office: Office) -> None:
    request = closed(office, NOW - 100 * DAY)
    _add_note(office, request, "One more thing.")
    run(office)
    assert "One more thing." in [line.words for line in office.opened(request).lines]


def test_a_corrected_number_that_no_officer_saw_goes_too(office: Office) -> None:
    request = closed(office, NOW - 100 * DAY)
    contact = ContactDetails(
        reach_by=Channel.PHONE, phone="+12065550188", email="", voicemail_ok=False, contact_note=""
    )
    _add_note(office, request, "Now: 206-555-0188", contact)
    _add_note(office, request, "One more thing.")
    run(office)
    words = [line.words for line in office.opened(request).lines]
    assert "One more thing." in words
    assert not [said for said in words if "0188" in (said or "")]
    with reading(office.engine) as connection:
        assert len(connection.execute(select(NoteRow.id)).all()) == 1


def _add_note(office: Office, request: int, words: str, contact: ContactDetails | None = None) -> None:
    submission = secrets.token_bytes(16)
    with reading(office.engine) as connection:
        own = connection.execute(
            select(HelpRequestRow.submission).where(HelpRequestRow.id == request)
        ).scalar_one()
    sealed: Ciphertext = seal_note(words, office.keys.current().newest.public, own, submission, contact)
    put(
        office.engine,
        NoteRow,
        request_id=request,
        submission=submission,
        received_at=LONG_AGO,
        sealed=sealed.sealed,
        sealed_to=sealed.sealed_to,
    )
