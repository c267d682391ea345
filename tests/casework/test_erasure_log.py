"""What was removed is in no file and no later backup, and an older backup is made to forget it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select, update

from resident_app.casework.retention import erasure_log
from resident_app.database import open_database, reading, writing
from resident_app.intake.erasure import erase_request
from resident_app.intake.request_tables import (
    HelpRequestRow,
)
from resident_app.migrations.state import upgrade
from resident_app.security.audit_log import with_audit_log
from tests.casework.office import Office, open_office
from tests.casework.retention_records import (
    DAY,
    DEPENDENT,
    LONG_AGO,
    NOW,
    closed,
    count,
    full_request,
    receipts_by_rule,
    run,
)
from tests.conftest import AUDIT_KEYS


def test_a_restored_backup_forgets_again(tmp_path: Path) -> None:
    """Requests that were erased or purged after the backup, one of them held in it."""
    live = open_database(f"sqlite:///{tmp_path / 'live.db'}")
    upgrade(live)
    office = open_office(live, tmp_path, now=LONG_AGO)
    erased, purged, kept = office.leave(), full_request(office), office.leave(last_contact_at=NOW)
    with writing(live) as connection:
        connection.execute(update(HelpRequestRow).where(HelpRequestRow.id == erased).values(legal_hold=True))
    back_up(tmp_path / "live.db", tmp_path / "old.db")
    with writing(live) as connection:
        connection.execute(update(HelpRequestRow).where(HelpRequestRow.id == erased).values(legal_hold=False))
        assert erase_request(connection, erased, NOW)
    run(office)
    with reading(live) as connection:
        lines = list(erasure_log.erasure_log_lines(connection))
    assert len(lines) == 2
    restored = with_audit_log(open_database(f"sqlite:///{tmp_path / 'old.db'}"), AUDIT_KEYS)
    gone = erasure_log.read_erasure_log(lines)
    assert erasure_log.erase_again(restored, gone, NOW) == 2
    assert erasure_log.erase_again(restored, gone, NOW) == 0
    after = Office(restored, office.keys)
    assert after.opened(kept)
    with reading(restored) as connection:
        rows = connection.execute(select(HelpRequestRow.id, HelpRequestRow.state)).all()
        states = {row.id: row.state for row in rows}
        assert list(erasure_log.erasure_log_lines(connection)) == lines
    assert (states[erased], states[purged]) == ("erased", "erased")
    assert [count(after, kind) for kind in DEPENDENT] == [0] * len(DEPENDENT)
    assert {("request", "erased"), ("request", "retention")} < set(receipts_by_rule(after))
    with pytest.raises(erasure_log.NotAnErasureLog, match="2"):
        erasure_log.read_erasure_log([lines[0], "not a line"])
    for engine in (live, restored):
        engine.dispose()


def test_no_file_holds_what_was_purged_nor_does_a_later_backup(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'files.db'}")
    upgrade(engine)
    office = open_office(engine, tmp_path, now=LONG_AGO)
    for number in range(12):
        if number % 2:
            full_request(office)
        else:
            closed(office, NOW - 100 * DAY, message="long " * 700)
    with reading(engine) as connection:
        sealed = [
            bytes(one)
            for kind in (HelpRequestRow, *DEPENDENT)
            for one in connection.execute(select(kind.sealed)).scalars()  # type: ignore[attr-defined]
        ]
    pieces = [one[at : at + 48] for one in sealed for at in (0, len(one) // 2, len(one) - 48)]
    assert len(pieces) > 90
    assert all(any(piece in contents for contents in files(tmp_path)) for piece in pieces)
    run(office)
    back_up(tmp_path / "files.db", tmp_path / "files.db-copy")
    assert not [piece for piece in pieces if any(piece in contents for contents in files(tmp_path))]
    engine.dispose()


def back_up(file: Path, copy: Path) -> None:
    """As SQLite does it while others work."""
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)


def files(folder: Path) -> Iterator[bytes]:
    """The database's file, its journal, and copies."""
    return (path.read_bytes() for path in sorted(folder.glob("files.db*")))
