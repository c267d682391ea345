"""Attached files follow their message: into a timeline, and away with it."""

import secrets
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from resident_app.casework.messages import placement
from resident_app.casework.retention.purge import purge
from resident_app.contact_points import Channel
from resident_app.database import reading, writing
from resident_app.database_roles import DatabaseRole
from resident_app.intake.attachment_tables import AttachmentRow
from resident_app.intake.attachments import IncomingFile
from resident_app.intake.erasure import erase_request
from resident_app.intake.inbound_messages import store_inbound
from resident_app.intake.message_tables import InboundState
from tests.casework.office import CONFIGURATION, Office, open_office
from tests.casework.retention_records import LONG_AGO, NOW, PERIODS
from tests.roles import engine_as

FILES = [IncomingFile("notice.pdf", b"%PDF-1.4 one"), IncomingFile("card.jpg", b"\xff\xd8\xff two")]


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Office:
    return open_office(engine, tmp_path, now=LONG_AGO)


def receive(office: Office, state: InboundState = InboundState.NEW) -> placement.StoredInbound:
    key = office.keys.current().newest.public
    with writing(engine_as(office.engine, DatabaseRole.MAIL)) as connection:
        assert store_inbound(
            connection,
            key,
            channel=Channel.EMAIL,
            sender="a@example.com",
            words="",
            submission=secrets.token_bytes(16),
            at=office.now,
            files=FILES,
            limits=CONFIGURATION.limits.attachments,
        )
    with writing(office.engine) as connection:
        stored = placement.in_state(connection, InboundState.NEW)[-1]
        placement.set_inbound_state(connection, stored, state)
        return placement.in_state(connection, state)[-1]


def place(office: Office, stored: placement.StoredInbound, request: int) -> bool:
    keys = office.keys.current()
    with writing(engine_as(office.engine, DatabaseRole.WORKER)) as connection:
        message = placement.open_reply(stored, keys)._contents
        assert message is not None
        return placement.attach_to_request(connection, keys, stored, message, request)


def owners(office: Office) -> list[int | None]:
    with reading(office.engine) as connection:
        rows = connection.execute(select(AttachmentRow.request_id, AttachmentRow.inbound))
        return [row.request_id if row.inbound is None else None for row in rows]


def test_files_follow_their_message_and_are_erased_with_the_request(office: Office) -> None:
    first, other = office.leave(), office.leave()
    for request in (first, other):
        assert place(office, receive(office), request)
    assert owners(office) == [first, first, other, other]
    [line] = [line for line in office.opened(first).lines if line.kind == "email-in"]
    assert [file.name for file in line.attachments] == ["notice.pdf", "card.jpg"]
    assert line.missing == frozenset()
    with writing(office.engine) as connection:
        assert erase_request(connection, first, NOW)
    assert owners(office) == [other, other]


def test_a_message_that_was_placed_meanwhile_takes_its_files_nowhere_else(office: Office) -> None:
    first, other = office.leave(), office.leave()
    stored = receive(office, InboundState.UNPLACED)
    assert place(office, stored, first)
    assert not place(office, stored, other)
    assert owners(office) == [first, first]


def test_files_go_with_a_message_that_is_removed_or_that_nobody_placed(office: Office) -> None:
    stored = receive(office)
    with writing(office.engine) as connection:
        assert placement.remove_inbound(connection, stored)
    assert owners(office) == []
    receive(office, InboundState.UNPLACED)
    assert owners(office) == [None, None]
    purge(office.engine, office.keys.current(), PERIODS, NOW)
    assert owners(office) == []
