"""`flask audit` and `flask retention`: what an operator sees, and the status that a script goes by."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import delete, update

from resident_app.casework.office_keys import OfficeKeysFile
from resident_app.clock import utc_now
from resident_app.commands import create_app
from resident_app.database import writing
from resident_app.intake.request_tables import HelpRequestRow
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited, AuditEvent
from tests.casework.office import Office
from tests.conftest import Deployment

Flask = Callable[..., Result]


@pytest.fixture
def folder(deployment: Deployment) -> Path:
    return deployment.context.settings.instance_dir


@pytest.fixture
def flask(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setenv("INSTANCE_DIR", str(folder))
    runner = create_app().test_cli_runner()
    return lambda *arguments: runner.invoke(args=[str(one) for one in arguments])


def record(deployment: Deployment, times: int) -> None:
    for _ in range(times):
        with writing(deployment.engine) as connection:
            audit_log.record(connection, Audited.SEARCHED, staff=1, at=utc_now())


def test_verify_ends_with_a_status_and_names_the_first_event(
    deployment: Deployment, flask: Flask, folder: Path
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
        connection.execute(update(AuditEvent).where(AuditEvent.number == 2).values(staff=7))
    found = flask("audit", "verify")
    assert found.exit_code == 1
    assert found.output == "Error: event 2: it is not what was recorded\n"


def test_what_is_due_is_told_and_removed(deployment: Deployment, flask: Flask, folder: Path) -> None:
    office = Office(deployment.engine, OfficeKeysFile(folder / "office.private.key"))
    old = utc_now() - timedelta(days=7 * 366)
    office.leave(received_at=old, last_contact_at=old, state="closed", closed_at=old)
    line = next(line for line in flask("retention", "status").output.splitlines() if "request_years" in line)
    assert "6 years        1 due" in line
    assert "request_years               1 removed" in flask("retention", "run").output
    assert flask("retention", "run").output == "Nothing is due.\n"
    ledger = flask("retention", "ledger").stdout
    assert re.fullmatch(r"[0-9a-f]{32} \S+ retention\n", ledger)
    office.leave()
    with writing(deployment.engine) as connection:
        connection.execute(update(HelpRequestRow).values(submission=bytes.fromhex(ledger[:32])))
    (folder / "ledger.txt").write_text(ledger)
    assert "1 were back" in flask("retention", "forget", folder / "ledger.txt").output
    assert "0 were back" in flask("retention", "forget", folder / "ledger.txt").output
    (folder / "ledger.txt").write_text(ledger + "something else\n")
    refused = flask("retention", "forget", folder / "ledger.txt")
    assert refused.exit_code == 1
    assert "line 2" in refused.output
