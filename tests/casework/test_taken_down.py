"""Requests that staff take down are stored as the public side's are, by the console's own rights."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from resident_app.casework.cases.taken_down import CameBy, PapersRefused, Stored, TakenDown, take_down
from resident_app.casework.cases.timeline_conditions import was_reached
from resident_app.database import reading, writing
from resident_app.database_roles import DatabaseRole
from resident_app.intake.attachment_tables import AttachmentRow
from resident_app.intake.attachments import IncomingFile
from resident_app.intake.erasure import erase_request
from resident_app.intake.help_request import HelpRequest
from resident_app.intake.request_storage import Erased
from resident_app.intake.request_tables import HelpRequestRow
from tests.casework.office import CONFIGURATION, Office, open_office
from tests.conftest import NOW
from tests.roles import engine_as

REQUEST = HelpRequest("staff", "phone", "+12065550143", "", "so", "so", "question", name="Marked")


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Office:
    return open_office(engine, tmp_path)


def take(office: Office, *papers: IncomingFile, spoke: bool = False, form: str = "a form") -> Stored:
    taken = TakenDown(REQUEST, CameBy.WALK_IN, office.now, spoke, papers)
    console = engine_as(office.engine, DatabaseRole.CONSOLE)
    limits = CONFIGURATION.limits.attachments
    return take_down(console, office.keys.current(), taken, office.actor(form=form), limits)


def numbers(office: Office) -> list[int]:
    with reading(office.engine) as connection:
        return list(connection.execute(select(HelpRequestRow.id)).scalars())


def test_a_form_that_is_sent_again_is_one_request_with_one_reference(office: Office) -> None:
    pdf = IncomingFile("notice.pdf", b"%PDF-1.4")
    first, again, other = take(office, pdf), take(office, pdf), take(office, form="another form")
    assert (first.number, first.reference) == (again.number, again.reference)
    assert numbers(office) == [first.number, other.number]
    opened = office.opened(first.number)
    assert opened.request == REQUEST
    assert opened.reference == str(first.reference)
    [line] = [line for line in opened.lines if line.kind == "taken-down"]
    assert (line.code, line.detail, [file.name for file in line.attachments]) == (
        "walk-in",
        "",
        ["notice.pdf"],
    )
    with reading(office.engine) as connection:
        assert connection.execute(select(AttachmentRow.request_id)).scalars().all() == [first.number]


def test_only_a_person_who_was_spoken_with_was_reached(office: Office) -> None:
    silent, spoken = take(office), take(office, spoke=True, form="another form")
    with reading(office.engine) as connection:
        reached = select(HelpRequestRow.id).where(was_reached(()))
        assert connection.execute(reached).scalars().all() == [spoken.number]
        rows = select(HelpRequestRow.id, HelpRequestRow.received_at, HelpRequestRow.last_contact_at)
        waits = {id: contact - received for id, received, contact in connection.execute(rows)}
    assert waits[silent.number] == timedelta()
    assert waits[spoken.number] > timedelta()


def test_papers_that_cannot_be_kept_store_nothing(office: Office) -> None:
    with pytest.raises(PapersRefused, match=r"letter\.docx"):
        take(office, IncomingFile("notice.pdf", b"%PDF-1.4"), IncomingFile("letter.docx", b"PK"))
    assert numbers(office) == []
    with reading(office.engine) as connection:
        assert connection.execute(select(AttachmentRow.id)).all() == []


def test_a_request_that_its_sender_erased_does_not_come_back(office: Office) -> None:
    stored = take(office, IncomingFile("notice.pdf", b"%PDF-1.4"))
    with writing(office.engine) as connection:
        assert erase_request(connection, stored.number, NOW)
    with pytest.raises(Erased):
        take(replace(office))
    with reading(office.engine) as connection:
        assert connection.execute(select(AttachmentRow.id)).all() == []
