"""Promise 5 on PostgreSQL: with its own role the public process does all its work, and reads no request."""

import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError
from structlog.testing import capture_logs

from resident_app.casework.office_keys import OfficeKeysFile
from resident_app.casework.retention.purge import purge
from resident_app.database import reading
from resident_app.database_roles import DatabaseRole
from resident_app.intake.purge_receipts import record_receipts
from resident_app.intake.request_tables import HelpRequestRow
from resident_app.security.audit_log import Audited, AuditEvent
from tests.conftest import Deployment, DeployWith
from tests.console.conftest import OpenConsole
from tests.console.office import leave
from tests.made_up import CARDS, NEVER, ONCE, form_of, keys_of
from tests.roles import engine_as


@pytest.fixture
def deployment(deploy: DeployWith, postgresql: str) -> Deployment:
    return deploy(CARDS, database_url=postgresql)


def test_the_whole_service_runs_with_a_role_for_each_process(
    deployment: Deployment, open_console: OpenConsole, postgresql: str
) -> None:
    with reading(deployment.context.engine) as connection:
        assert connection.execute(text("SELECT current_user")).scalar_one() == DatabaseRole.PUBLIC.user
    with capture_logs() as events:
        assert deployment.client.post("/en/check", form_of(ONCE)).answer == "shared"
        phone = deployment.ring().press("1")
        for keys in keys_of(NEVER):
            phone.press(keys)
        assert "do not show" in phone.text
        reference = leave(deployment)
        status = deployment.client.post("/en/help/status", {"reference": reference})
        assert status.one("main").get("data-state") == "received"
        note = {"reference": reference, "note": "marked note"}
        assert deployment.client.post("/en/help/add", note).status == 200

        console = open_console(clock=deployment.clock, database_url=postgresql)
        with reading(console.context.engine) as connection:
            assert connection.execute(text("SELECT current_user")).scalar_one() == DatabaseRole.CONSOLE.user
        officer = console.sign_in()
        page = officer.get("/requests/1")
        assert "marked note" in page.main
        officer.done("/requests/1/act", page.fields | {"message": "전화 주십시오. 감사합니다."})

        erased = deployment.client.post("/en/help/erase", {"reference": reference, "confirmed": "yes"})
        assert erased.one("main").get("data-done") == "erased"
    assert not [event for event in events if event["event"] == "failed"]

    worker = engine_as(deployment.audited, DatabaseRole.WORKER)
    assert record_receipts(worker, deployment.clock()), "the worker adds the events that the site may not"
    assert record_receipts(worker, deployment.clock()) == 0
    with reading(deployment.engine) as connection:
        purged = select(AuditEvent.fields).where(AuditEvent.kind == Audited.PURGED.value)
        recorded = connection.scalars(purged).all()
        assert any('"what": "request"' in fields and '"rule": "erased"' in fields for fields in recorded)
        assert connection.scalars(select(HelpRequestRow.sealed)).all() == [b""]
    keys = OfficeKeysFile(deployment.context.settings.instance_dir / "office.private.key").current()
    purge(worker, keys, console.context.configuration.retention, deployment.clock())


def test_the_public_process_cannot_read_what_it_wrote(deployment: Deployment) -> None:
    leave(deployment)
    for statement in (
        "SELECT sealed FROM help_request",
        "SELECT spoken_language, topic FROM help_request",
        "SELECT count(*) FROM staff",
        "SELECT count(*) FROM staff_session",
        "SELECT count(*) FROM audit_event",
        "UPDATE help_request SET assigned_to = 1",
        "UPDATE help_request SET sealed = 'mine'",
        "INSERT INTO outgoing_message (key) VALUES ('aaaaaaaa')",
    ):
        with pytest.raises(ProgrammingError) as refused, deployment.context.engine.begin() as connection:
            connection.execute(text(statement))
        assert isinstance(refused.value.orig, InsufficientPrivilege), statement
