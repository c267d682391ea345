"""The office's key changes while residents leave requests: every one opens, and the old key is retired."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import select

from resident_app.casework.key_rotation import add_key
from resident_app.casework.office_keys import CannotOpen, load_office_keys
from resident_app.casework.opening import open_request
from resident_app.commands import create_app
from resident_app.database import reading
from resident_app.intake.help_request import HelpRequest
from resident_app.intake.office_public_key import load_public_key
from resident_app.intake.request_tables import HelpRequestRow
from resident_app.security.audit_log import Audited, AuditEvent
from resident_app.security.request_source import RequestSource, SourceKind
from tests.casework.ciphertexts import opened
from tests.conftest import Deployment

Flask = Callable[..., Result]


@pytest.fixture
def flask(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The command line over a deployment's folder."""
    monkeypatch.setenv("INSTANCE_DIR", str(deployment.context.settings.instance_dir))
    monkeypatch.setenv("EVALUATOR_URL", deployment.context.settings.evaluator_url)
    runner = create_app().test_cli_runner()

    def run(*arguments: object) -> Result:
        return runner.invoke(args=[str(one) for one in arguments])

    return run


def key_files(deployment: Deployment) -> tuple[Path, Path]:
    folder = deployment.context.settings.instance_dir
    return folder / "office.private.key", folder / "office.public.key"


def request_of(number: int) -> HelpRequest:
    return HelpRequest(
        "site", "phone", "+12065550100", "", "ko", "ko", "question", message=f"number {number}"
    )


def test_the_key_changes_while_requests_are_left_and_every_one_opens(
    deployment: Deployment, flask: Flask
) -> None:
    private, public = key_files(deployment)
    old = private.read_text()
    failures: list[BaseException] = []
    left = threading.Semaphore(0)

    def leave(first: int) -> None:
        for number in range(first, first + 8):
            try:
                source = RequestSource(SourceKind.ADDRESS, f"198.51.{number}.0/24")
                deployment.context.help_desk.leave(request_of(number), f"token {number}", source)
            except BaseException as error:
                failures.append(error)
            left.release()

    threads = [threading.Thread(target=leave, args=(first,)) for first in (0, 20, 40)]
    for thread in threads:
        thread.start()
    for _ in range(4):
        for _ in range(5):
            left.acquire()
        result = flask("office", "rotate", "--private", private, "--public", public)
        assert result.exit_code == 0, result.output
        assert load_public_key(public).id == load_office_keys(private).newest.public.id
    for thread in threads:
        thread.join()
    assert failures == []
    keys = load_office_keys(private)
    assert len(keys.ids) == 5
    assert private.stat().st_mode & 0o777 == 0o600
    with reading(deployment.engine) as connection:
        rows = connection.execute(select(HelpRequestRow)).all()
        kinds = connection.execute(
            select(AuditEvent.kind).where(AuditEvent.kind == Audited.KEY_CHANGED)
        ).all()
    assert {open_request(row.sealed, keys, row.submission).request.message for row in rows} == {
        f"number {number}" for first in (0, 20, 40) for number in range(first, first + 8)
    }
    assert len({row.sealed_to for row in rows}) > 1
    assert len(kinds) == 4

    too_early = flask("office", "retire", "--private", private)
    assert too_early.exit_code != 0
    assert "seconds ago" in too_early.output
    os.utime(public, (time.time() - 61,) * 2)
    refused = flask("office", "retire", "--private", private)
    assert refused.exit_code != 0
    assert "still need an old key" in refused.output
    assert load_office_keys(private).ids == keys.ids
    assert flask("office", "reseal").exit_code == 0
    done = flask("office", "retire", "--private", private)
    assert done.exit_code == 0, done.output
    assert load_office_keys(private).ids == keys.ids[:1]
    opened(deployment.engine, load_office_keys(private))
    private.write_text(old)
    with pytest.raises(CannotOpen):
        opened(deployment.engine, load_office_keys(private))


def test_an_interrupted_change_is_finished_by_the_same_command(deployment: Deployment, flask: Flask) -> None:
    private, public = key_files(deployment)
    keys = add_key(private)
    assert load_public_key(public).id == keys.ids[1]
    result = flask("office", "rotate", "--private", private, "--public", public)
    assert result.exit_code == 0, result.output
    assert load_public_key(public).id == keys.ids[0]
    assert load_office_keys(private).ids == keys.ids


def test_a_public_key_of_another_office_changes_nothing(
    deployment: Deployment, flask: Flask, tmp_path: Path
) -> None:
    private, public = key_files(deployment)
    before = private.read_text()
    other = [tmp_path / "other.private", tmp_path / "other.public"]
    assert flask("office", "keygen", "--private", other[0], "--public", other[1]).exit_code == 0
    for arguments in (
        ("rotate", "--private", private, "--public", other[1]),
        ("rotate", "--private", private),
        ("rotate", "--private", tmp_path / "none", "--public", public),
    ):
        assert flask("office", *arguments).exit_code != 0
    assert private.read_text() == before


def test_with_the_site_on_another_machine_the_new_public_key_is_printed(
    deployment: Deployment, flask: Flask
) -> None:
    private, public = key_files(deployment)
    printed = flask("office", "rotate", "--private", private, "--private-only")
    keys = load_office_keys(private)
    assert printed.stdout == keys.newest.public.line
    assert flask("office", "public-key", "--private", private).stdout == keys.newest.public.line
    refused = flask("office", "retire", "--private", private)
    assert "still seals to another key" in refused.output
    public.unlink()
    assert "--public-key-id" in flask("office", "retire", "--private", private).output
    done = flask("office", "retire", "--private", private, "--public-key-id", keys.ids[0])
    assert done.exit_code == 0, done.output
    assert load_office_keys(private).ids == keys.ids[:1]
