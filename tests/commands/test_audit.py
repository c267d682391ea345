"""`flask audit`: what an operator sees, and the exit status for scripts."""

import re
import stat
from pathlib import Path

from sqlalchemy import delete, update

from resident_app.clock import utc_now
from resident_app.database import writing
from resident_app.security import audit_log
from resident_app.security.audit_heads import written
from resident_app.security.audit_log import Audited, AuditEvent
from resident_app.web.accounts.staff_tables import StaffRow
from tests.commands.conftest import RunFlask
from tests.conftest import Deployment
from tests.security.test_audit_chain import write_unkeyed


def record(deployment: Deployment, times: int) -> None:
    for _ in range(times):
        with writing(deployment.audited) as connection:
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
    for arguments in ((), *kept):
        found = flask("audit", "verify", *arguments)
        assert (found.exit_code, found.output.count("\n")) == (1, 1)
        assert "event 5:" in found.output
    with writing(deployment.engine) as connection:
        connection.execute(update(AuditEvent).where(AuditEvent.number == 2).values(actor_id=7))
    found = flask("audit", "verify")
    assert found.exit_code == 1
    assert found.output == "Error: event 2: it is not what was recorded (1 more)\n"


def test_a_log_of_the_last_version_is_keyed_by_one_command(
    deployment: Deployment, flask: RunFlask, folder: Path
) -> None:
    heads = write_unkeyed(deployment.engine)
    found = flask("audit", "verify")
    assert (found.exit_code, found.output) == (
        1,
        "Error: event 6: it has no key, or an older key than the event before it\n",
    )
    assert "flask audit begin" in flask("audit", "head").output
    (folder / "audit-heads.txt").write_text("".join(written(head) + "\n" for head in heads))
    begun = flask("audit", "begin").output
    assert begun.startswith("The log is keyed from event 7. Before it: ")
    assert heads[-1].hash in begun
    assert flask("audit", "begin").output == "The log is empty or keyed already.\n"
    assert flask("audit", "verify").exit_code == 0
    # Somebody who puts an unkeyed log back cannot have it keyed: the kept heads name events that it lacks.
    flask("audit", "head")
    with writing(deployment.engine) as connection:
        connection.execute(delete(AuditEvent))
    write_unkeyed(deployment.engine, 9)
    assert flask("audit", "begin").exit_code == 1


def test_the_key_is_changed_and_the_old_one_still_verifies(
    deployment: Deployment, flask: RunFlask, folder: Path
) -> None:
    record(deployment, 3)
    key = folder / "audit.key"
    old = key.read_text()
    assert flask("audit", "rotate").exit_code == 0
    assert key.read_text().endswith(old)
    assert key.read_text().count("audit-key-1 ") == 2
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert flask("audit", "head").exit_code == 0
    assert flask("audit", "verify").output.startswith("Events 1 to 5 are unchanged")
    key.write_text(old)
    assert "its key is not in AUDIT_KEY_FILE" in flask("audit", "verify").output


def test_the_log_of_a_demonstration_is_intact(deployment: Deployment, flask: RunFlask, folder: Path) -> None:
    """Also that of an office which had a log without a key, when the demonstration is started again."""
    assert flask("demo").exit_code == 0
    assert flask("audit", "verify").output.startswith("Events 1 to ")
    with writing(deployment.engine) as connection:
        connection.execute(delete(AuditEvent))
        connection.execute(update(StaffRow).values(version=0, mac=None))
    write_unkeyed(deployment.engine)
    (folder / "audit.key").unlink()
    assert flask("demo").exit_code == 0
    assert flask("audit", "verify").output.startswith("Events 1 to ")
