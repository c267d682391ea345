"""The office's key changes while everybody works: every request opens, and the old key is of no more use."""

import os
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import Engine, insert, select, update

from resident_app.casework import resealing
from resident_app.casework.key_rotation import add_key
from resident_app.casework.office_keys import CannotOpen, OfficeKeys, load_office_keys
from resident_app.casework.opening import open_request
from resident_app.casework.resealing import count_by_key, older_key_use, remaining, reseal_some
from resident_app.casework.sealed_columns import SEALED_COLUMNS
from resident_app.commands import create_app
from resident_app.contact_points import Channel
from resident_app.database import reading, writing
from resident_app.intake import aad, inbound_messages
from resident_app.intake.call_tables import OfficeCallRow
from resident_app.intake.help_request import HelpRequest, seal_json, seal_note
from resident_app.intake.message_tables import OutgoingRow
from resident_app.intake.office_public_key import load_public_key
from resident_app.intake.request_tables import EntryKind, HelpRequestRow, NoteRow, TimelineRow
from resident_app.security.audit_log import Audited, AuditEvent
from resident_app.security.request_source import RequestSource, SourceKind
from tests.casework.office import Office, open_office
from tests.conftest import NOW, Deployment

Flask = Callable[..., Result]


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Office:
    return open_office(engine, tmp_path)


def fill(office: Office, requests: int = 3) -> None:
    """Boxes of every kind."""
    keys = office.keys.current()
    for _ in range(requests):
        number = office.leave()
        with writing(office.engine) as connection:
            own = connection.execute(
                select(HelpRequestRow.submission).where(HelpRequestRow.id == number)
            ).scalar_one()
            mark, word = secrets.token_bytes(16), secrets.token_hex(8)
            note = seal_note("a note", keys.newest.public, own, mark)
            words = seal_json({"words": "a line"}, keys.newest.public, aad.timeline_aad(own, mark))
            message = seal_json({"to": "+12065550100"}, keys.newest.public, aad.outgoing_aad(word))
            call = seal_json({"officer": "+12065550101"}, keys.newest.public, aad.call_aad(word))
            for table, box, values in (
                (NoteRow, note, {"submission": mark, "received_at": NOW}),
                (TimelineRow, words, {"key": mark, "kind": EntryKind.NOTE, "at": NOW}),
                (OutgoingRow, message, {"key": word, "channel": "text", "state": "sent", "created_at": NOW}),
                (
                    OfficeCallRow,
                    call,
                    {
                        "token": word,
                        "stage": "ended",
                        "created_at": NOW,
                        "updated_at": NOW,
                        "spoken_language": "ko",
                        "topic": "question",
                    },
                ),
            ):
                row = {"request_id": number, "sealed": box.sealed, "sealed_to": box.sealed_to, **values}
                connection.execute(insert(table).values(**row))
            inbound_messages.store_inbound(
                connection,
                keys.newest.public,
                channel=Channel.TEXT,
                sender="+12065550102",
                words="hello",
                submission=mark,
                at=NOW,
            )


def opened(engine: Engine, keys: OfficeKeys) -> int:
    """Opens every box there is. Raises CannotOpen."""
    count = 0
    for kind in SEALED_COLUMNS:
        with reading(engine) as connection:
            for row in connection.execute(kind.rows()).all():
                assert keys.open(row.sealed, kind.binding(row))
                count += 1
    return count


def alone(keys: OfficeKeys, place: int) -> OfficeKeys:
    """One of the office's keys, without the others."""
    return OfficeKeys((keys._keys[place],))


def change_key(office: Office) -> OfficeKeys:
    add_key(office.keys._path)
    return office.keys.current()


def test_every_kind_of_box_is_sealed_again_and_the_old_key_opens_none(office: Office) -> None:
    fill(office)
    keys = change_key(office)
    assert len(keys.ids) == 2
    with reading(office.engine) as connection:
        assert remaining(connection, keys) == 3 * len(SEALED_COLUMNS)
        assert {one.key for one in count_by_key(connection)} == {keys.ids[1]}
    assert opened(office.engine, keys) == 3 * len(SEALED_COLUMNS)
    assert reseal_some(office.engine, keys) == 0
    assert opened(office.engine, alone(keys, 0)) == 3 * len(SEALED_COLUMNS)
    for kind in SEALED_COLUMNS:
        with reading(office.engine) as connection:
            rows = connection.execute(kind.rows()).all()
        assert {row.sealed_to for row in rows} == {keys.newest.public.id}
        for row in rows:
            with pytest.raises(CannotOpen):
                alone(keys, 1).open(row.sealed, kind.binding(row))
    with reading(office.engine) as connection:
        assert {(one.name, one.key, one.number) for one in count_by_key(connection)} == {
            (kind.name, keys.ids[0], 3) for kind in SEALED_COLUMNS
        }


def test_boxes_from_before_keys_were_noted_are_sealed_again_and_noted(office: Office) -> None:
    fill(office, 1)
    with writing(office.engine) as connection:
        connection.execute(update(HelpRequestRow).values(sealed_to=""))
    keys = office.keys.current()
    assert reseal_some(office.engine, keys) == 0
    with reading(office.engine) as connection:
        assert connection.execute(select(HelpRequestRow.sealed_to)).scalar_one() == keys.newest.public.id


def test_a_key_that_stands_twice_in_the_file_is_not_sealed_again_for_ever(office: Office) -> None:
    fill(office, 1)
    path = office.keys._path
    path.write_text(path.read_text() * 2)
    keys = office.keys.current()
    assert len(keys.ids) == 2
    assert reseal_some(office.engine, keys, limit=1) == 0
    assert older_key_use(office.engine, keys).boxes == 0


def test_what_opens_with_no_key_is_left_and_holds_up_nothing(office: Office) -> None:
    fill(office, 2)
    lost = office.leave(sealed=b"not a box")
    keys = change_key(office)
    assert reseal_some(office.engine, keys, limit=1) == 2 * len(SEALED_COLUMNS)
    while reseal_some(office.engine, keys, limit=3):
        pass
    needs = older_key_use(office.engine, keys)
    assert (needs.boxes, needs.unopened) == (0, 1)
    with reading(office.engine) as connection:
        [row] = connection.execute(select(HelpRequestRow).where(HelpRequestRow.id == lost)).all()
    assert (row.sealed, row.sealed_to) == (b"not a box", keys.ids[1])


def test_a_box_that_changes_meanwhile_is_not_overwritten(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = office.leave()
    keys = change_key(office)
    real = resealing._sealed_again

    def slow(*arguments: object) -> object:
        with writing(office.engine) as connection:
            connection.execute(update(HelpRequestRow).values(sealed=b"changed"))
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(resealing, "_sealed_again", slow)
    reseal_some(office.engine, keys)
    with reading(office.engine) as connection:
        sealed = connection.execute(select(HelpRequestRow.sealed).where(HelpRequestRow.id == number))
        assert sealed.scalar_one() == b"changed"


def test_many_at_once_killed_in_the_middle_and_going_on_lose_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(office, 12)
    keys = change_key(office)
    monkeypatch.setattr(resealing, "_BATCH", 5)
    real, calls = resealing.writing, iter(range(10_000))

    class Killed(BaseException):
        pass

    def dying(*arguments: object, **more: object) -> object:
        if next(calls) == 4:
            raise Killed
        return real(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(resealing, "writing", dying)
    with pytest.raises(Killed):
        reseal_some(office.engine, keys)
    with reading(office.engine) as connection:
        assert 0 < remaining(connection, keys) < 12 * len(SEALED_COLUMNS)
    assert opened(office.engine, keys) == 12 * len(SEALED_COLUMNS)
    threads = [threading.Thread(target=reseal_some, args=(office.engine, keys)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened(office.engine, alone(keys, 0)) == 12 * len(SEALED_COLUMNS)


@pytest.fixture
def flask(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The command line over a deployment's folder."""
    monkeypatch.setenv("INSTANCE_DIR", str(deployment.context.settings.instance_dir))
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
