"""`flask audit`: what an operator sees, and the exit status for scripts."""

import re
from pathlib import Path

from sqlalchemy import delete, update

from resident_app.clock import utc_now
from resident_app.database import writing
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited, AuditEvent
from tests.commands.conftest import RunFlask
from tests.conftest import Deployment


def record(deployment: Deployment, times: int) -> None:
    for _ in range(times):
        with writing(deployment.engine) as connection:
            audit_log.record(connection, Audited.SEARCHED, actor_id=1, at=utc_now())


def test_verify_ends_with_a_status_and_names_the_first_event(
    deployment: Deployment, flask: RunFlask, folder: Path
) -> None:
    assert flask("audit", "verify").output == "The audit log is empty.\n"
    record(deployment, 4)
    assert flask("audit", "verify").exit_code == 0
    head = flask("audit", "head").stdout
    assert re.fullmatch(r"\d{4}-\d\d-\d\d 5 [0-9a-f]{64}\n", head)
    file = folder / "audit-heads.txt"
    assert file.read_text() == head
    record(deployment, 2)
    _, number, hash = head.split()
    kept = (("--heads", file), ("--head", f"{number}:{hash}"))
    for arguments in kept:
        assert flask("audit", "verify", *arguments).exit_code == 0
    assert flask("audit", "verify", "--head", "5:nothing").exit_code == 1
    with writing(deployment.engine) as connection:
        connection.execute(delete(AuditEvent).where(AuditEvent.number >= 5))
    assert flask("audit", "verify").exit_code == 0
    for arguments in kept:
        found = flask("audit", "verify", *arguments)
        assert (found.exit_code, found.output.count("\n")) == (1, 1)
        assert "event 5:" in found.output
    with writing(deployment.engine) as connection:
        connection.execute(update(AuditEvent).where(AuditEvent.number == 2).values(actor_id=7))
    found = flask("audit", "verify")
    assert found.exit_code == 1
    assert found.output == "Error: event 2: it is not what was recorded\n"
