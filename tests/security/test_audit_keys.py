"""The audit key: who holds it, and what its file may be."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from resident_app.database import reading
from resident_app.intake.erasure_tables import PurgeReceiptRow
from resident_app.intake.purge_receipts import record_receipts
from resident_app.security.audit_chain import snapshot, verify
from resident_app.security.audit_keys import load_audit_keys, new_audit_key
from resident_app.security.audit_log import AuditEvent
from resident_app.settings import (
    AuditSettings,
    ConsoleSettings,
    EvaluatorSettings,
    PublicSettings,
    PublisherSettings,
    RegisterSettings,
    SettingsError,
    WorkerSettings,
)
from tests.conftest import NOW, Deployment
from tests.console.office import leave

PROGRAM = """
import sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
import wsgi
app = getattr(wsgi, sys.argv[1])()
answer = app.test_client().get("/healthz")
print(answer.status_code, any(path.endswith("audit.key") for path in opened))
"""


def opened_by(deployment: Deployment, process: str) -> str:
    """Start a process's application, and return whether it opened the audit key's file."""
    settings = deployment.context.settings
    environment = {
        "PATH": os.environ["PATH"],
        "INSTANCE_DIR": str(settings.instance_dir),
        "PUBLIC_BASE_URL": settings.base_url,
        "TWILIO_AUTH_TOKEN": "t" * 32,
        "SECRET_KEY": "s" * 32,
        "EVALUATOR_URL": settings.evaluator_url,
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, process], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.split()[-1]


def test_the_console_opens_the_key_and_the_public_process_does_not(deployment: Deployment) -> None:
    assert opened_by(deployment, "console") == "True"
    assert opened_by(deployment, "public") == "False"


def test_only_console_worker_and_commands_have_the_setting() -> None:
    for kind in (AuditSettings, ConsoleSettings, WorkerSettings):
        assert "audit_key_file" in kind.model_fields
    for kind in (PublicSettings, EvaluatorSettings, PublisherSettings, RegisterSettings):
        assert not [name for name in kind.model_fields if "audit_key" in name]


def test_what_the_public_process_erases_is_in_the_log_when_the_worker_comes(deployment: Deployment) -> None:
    """It has no key: the file is gone before it starts to erase."""
    (deployment.context.settings.instance_dir / "audit.key").unlink()
    reference = leave(deployment)
    deployment.client.post("/en/help/erase", {"reference": reference, "confirmed": "yes"})
    with reading(deployment.engine) as connection:
        receipts = connection.execute(select(PurgeReceiptRow.in_audit_log)).scalars().all()
        assert receipts
        assert not any(receipts)
        assert connection.execute(select(AuditEvent.number)).all() == []
    assert record_receipts(deployment.audited, NOW) == len(receipts)
    assert record_receipts(deployment.audited, NOW) == 0
    with snapshot(deployment.audited) as connection:
        assert verify(connection).count == len(receipts)


@pytest.mark.parametrize("text", ["", "audit-key-1 00", "register-key-1 " + "0" * 64, "secret", "é"])
def test_a_file_that_is_no_key_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    path = tmp_path / "audit.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(SettingsError, match="AUDIT_KEY_FILE") as refused:
        load_audit_keys(path)
    assert not text or text not in str(refused.value)


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "audit.key"
    path.write_text(new_audit_key())
    path.chmod(0o644)
    with pytest.raises(SettingsError, match="AUDIT_KEY_FILE"):
        load_audit_keys(path)
