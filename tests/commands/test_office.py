"""`flask office requests`: the office's requests on the command line, opened with its private key."""

import json
import secrets
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from resident_app.casework.cases.actions import CaseAction
from resident_app.casework.office_keys import OfficeKeysFile, make_office_keys
from resident_app.clock import utc_now
from resident_app.database import writing
from resident_app.intake.help_request import seal_note
from resident_app.intake.request_tables import HelpRequestRow, NoteRow
from resident_app.security.row_authentication import RowKeys, with_row_keys
from resident_app.web.accounts import account_store
from resident_app.web.accounts.staff_tables import Role
from tests.casework.office import Office
from tests.commands.conftest import RunFlask
from tests.conftest import Deployment


@pytest.fixture
def office(deployment: Deployment, folder: Path) -> Office:
    return Office(deployment.engine, OfficeKeysFile(folder / "office.private.key"))


def add_note(office: Office, number: int, words: str) -> None:
    """Add words of the resident to a request."""
    with writing(office.engine) as connection:
        submission = connection.execute(
            select(HelpRequestRow.submission).where(HelpRequestRow.id == number)
        ).scalar_one()
        mark = secrets.token_bytes(16)
        sealed = seal_note(words, office.keys.current().newest.public, submission, mark)
        connection.execute(
            insert(NoteRow).values(
                request_id=number,
                submission=mark,
                received_at=office.now,
                sealed=sealed.sealed,
                sealed_to=sealed.sealed_to,
            )
        )


def test_requests_with_their_timeline_as_json(office: Office, flask: RunFlask) -> None:
    first, second = office.leave(message="first words"), office.leave(message="other words")
    with writing(with_row_keys(office.engine, RowKeys("a secret key", "console"))) as connection:
        ana = account_store.add(connection, "ana@office.example.gov", Role.OFFICER, utc_now(), "Ana")
    add_note(office, first, "more words")
    office.casework.perform(first, CaseAction("What we know."), office.actor(ana))

    result = flask("office", "requests", "--json", "--timeline")

    assert result.exit_code == 0, result.output
    opened = {request["message"]: request for request in map(json.loads, result.stdout.splitlines())}
    at = office.now.isoformat()
    assert opened["first words"]["timeline"] == [
        {"at": at, "kind": "added", "by": "resident", "words": "more words"},
        {"at": at, "kind": "note", "by": "ana@office.example.gov", "words": "What we know."},
    ]
    assert opened["other words"]["timeline"] == []
    assert "timeline" not in json.loads(flask("office", "requests", "--json").stdout.splitlines()[0])

    text = flask("office", "requests", "--timeline").output
    assert "note ana@office.example.gov: What we know." in text
    assert "2 requests" in text
    office.casework.merge(second, first, office.actor(ana))
    assert flask("office", "requests", "--timeline").output.count("What we know.") == 1


def test_a_request_for_another_key_is_listed_and_ends_with_status_1(
    office: Office, flask: RunFlask, folder: Path
) -> None:
    office.leave()
    (folder / "office.private.key").write_text(make_office_keys()[0])

    result = flask("office", "requests", "--json", "--timeline")

    assert result.exit_code == 1
    assert json.loads(result.stdout)["error"] == "does not open with this key"
