"""The scheduled jobs do what is due, and nothing when they run again."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from ivr.simulator import VirtualClock
from resident_app.casework.key_rotation import add_key
from resident_app.database import reading
from resident_app.intake.erasure_tables import PurgeReceiptRow
from resident_app.intake.request_tables import HelpRequestRow
from resident_app.security.audit_log import Audited, AuditEvent
from resident_app.settings import WorkerSettings
from resident_app.worker.context import WorkerContext, open_context
from resident_app.worker.jobs import scheduled_jobs
from tests.casework.office import Office
from tests.conftest import BASE_URL, NOW, Deployment


@pytest.fixture
def parts(deployment: Deployment) -> WorkerContext:
    settings = WorkerSettings(
        _env_file=None,
        instance_dir=deployment.context.settings.instance_dir,
        public_base_url=BASE_URL,
    )
    return open_context(settings, VirtualClock(NOW))


def job(parts: WorkerContext, name: str) -> Callable[[], None]:
    [found] = [one for one in scheduled_jobs(parts) if one.name == name]
    return lambda: found.run(NOW)


def events(parts: WorkerContext, kind: Audited) -> int:
    with reading(parts.engine) as connection:
        found = select(func.count()).select_from(AuditEvent).where(AuditEvent.kind == kind.value)
        return connection.execute(found).scalar_one()


def test_what_is_due_is_removed_once(parts: WorkerContext) -> None:
    old = NOW - timedelta(days=7 * 366)
    Office(parts.engine, parts.keys).leave(
        received_at=old, last_contact_at=old, state="closed", closed_at=old, contact_removed_at=old
    )
    for _ in range(2):
        job(parts, "retention")()
        with reading(parts.engine) as connection:
            assert connection.execute(
                select(PurgeReceiptRow.kind, PurgeReceiptRow.rule, PurgeReceiptRow.count)
            ).all() == [("request", "request_years", 1)]


def test_a_changed_key_is_sealed_to_and_said_once(parts: WorkerContext) -> None:
    office = Office(parts.engine, parts.keys)
    for _ in range(3):
        office.leave()
    seal_again = job(parts, "resealing")
    seal_again()
    assert events(parts, Audited.KEY_CHANGED) == 0
    add_key(parts.settings.office_private_key_path)
    for _ in range(2):
        seal_again()
    assert events(parts, Audited.KEY_CHANGED) == 1
    with reading(parts.engine) as connection:
        keys = connection.execute(select(HelpRequestRow.sealed_to)).scalars().all()
    assert keys == [parts.keys.current().ids[0]] * 3


def test_the_head_is_printed_for_keeping_elsewhere(
    parts: WorkerContext, capsys: pytest.CaptureFixture[str]
) -> None:
    job(parts, "audit-head")()
    assert events(parts, Audited.HEAD_PRINTED) == 1
    line = parts.settings.audit_heads_path.read_text().split()
    assert line[:2] == ["2026-11-22", "1"]
    assert line[2] in capsys.readouterr().out
