"""The schema goes up and down on both databases, and is what the code defines."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, inspect, select, text

from resident_app.database import (
    Base,
    DanglingReferenceError,
    migrating,
    open_database,
    reading,
    writing,
)
from resident_app.migrations.first_version import NotAFileError, NothingToSetAsideError, set_aside
from resident_app.migrations.models import load_all_metadata
from resident_app.migrations.new_revision import write_revision
from resident_app.migrations.state import FirstVersionError, check, downgrade, is_current, upgrade


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    return "postgresql+psycopg" + request.getfixturevalue("empty_postgresql").removeprefix("postgresql")


def test_up_down_and_up_again(url: str) -> None:
    engine = open_database(url)
    upgrade(engine)
    assert is_current(engine)
    check(engine)
    expected = {name for metadata in load_all_metadata(engine.dialect.name) for name in metadata.tables}
    assert set(inspect(engine).get_table_names()) == {*expected, "alembic_version"}
    downgrade(engine, "base")
    assert not is_current(engine)
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    upgrade(engine)
    assert is_current(engine)
    engine.dispose()


def test_references_of_twelve_digits_outlive_the_longer_ones(url: str) -> None:
    """Up and down: a table is made again on SQLite, and what refers to it stays."""
    engine = open_database(url)
    upgrade(engine, "0005_keyed_audit_log")
    store_request(engine, 1, "12345")
    upgrade(engine)
    assert selectors_and_notes(engine) == [("12345", 1)]
    store_request(engine, 2, "1234567")
    downgrade(engine, "0005_keyed_audit_log")
    assert selectors_and_notes(engine) == [("12345", 1), (None, 2)]
    upgrade(engine)
    assert selectors_and_notes(engine) == [("12345", 1), (None, 2)]
    check(engine)
    engine.dispose()


def test_a_planned_day_becomes_its_end_at_the_office_and_back(url: str) -> None:
    engine = open_database(url)
    upgrade(engine)
    store_request(engine, 1, "1234567")
    store_request(engine, 2, "7654321")
    request = Base.metadata.tables["help_request"]
    downgrade(engine, "0013_office_templates")
    with writing(engine) as connection:
        connection.execute(text("UPDATE help_request SET next_action_on = '2026-11-30' WHERE id = 1"))
    upgrade(engine)
    with reading(engine) as connection:
        planned = select(request.c.next_action_at).order_by(request.c.id)
        end = datetime(2026, 12, 1, 1, tzinfo=UTC)
        assert list(connection.execute(planned).scalars()) == [end, None]
    downgrade(engine, "0013_office_templates")
    with reading(engine) as connection:
        days = connection.execute(text("SELECT next_action_on FROM help_request ORDER BY id")).scalars()
        assert [str(day) for day in days] == ["2026-11-30", "None"]
    engine.dispose()


def store_request(engine: Engine, number: int, selector: str) -> None:
    """Store a request and a note to it."""
    request, note = (Base.metadata.tables[name] for name in ("help_request", "request_note"))
    sealed = {"received_at": datetime.now(UTC), "sealed": b"s", "submission": bytes([number]) * 16}
    with writing(engine) as connection:
        connection.execute(
            insert(request).values(
                id=number,
                selector=selector,
                secret_hash="",
                reference_attempt=0,
                spoken_language="en",
                topic="question",
                state="received",
                last_contact_at=datetime.now(UTC),
                **sealed,
            )
        )
        connection.execute(insert(note).values(request_id=number, **sealed))


def selectors_and_notes(engine: Engine) -> list[tuple[str | None, int]]:
    request, note = (Base.metadata.tables[name] for name in ("help_request", "request_note"))
    joined = select(request.c.selector, note.c.request_id).join_from(request, note).order_by(request.c.id)
    with reading(engine) as connection:
        return [tuple(row) for row in connection.execute(joined)]


def test_a_migration_that_would_leave_a_note_of_no_request_is_undone(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'test.db'}")
    upgrade(engine)
    store_request(engine, 1, "1234567")
    with pytest.raises(DanglingReferenceError), migrating(engine) as connection:
        connection.execute(text("DELETE FROM help_request"))
    assert selectors_and_notes(engine) == [("1234567", 1)]
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM help_request"))
        assert connection.execute(text("SELECT count(*) FROM request_note")).scalar_one() == 0, "keys are on"
    engine.dispose()


def test_every_table_is_found_without_anybody_listing_it() -> None:
    """In a process of its own: this one has imported the tables' modules already."""
    listed = (
        "from resident_app.migrations.models import load_metadata;"
        "print(*sorted(load_metadata().tables), sep=chr(10))"
    )
    found = subprocess.run([sys.executable, "-c", listed], capture_output=True, text=True, check=True)
    assert set(found.stdout.split()) == set(Base.metadata.tables)
    assert {"opt_out", "help_request", "envelope", "staff"} < set(found.stdout.split())


def test_a_new_migration_has_what_the_others_lack(tmp_path: Path) -> None:
    made = write_revision("Nothing changed yet", folder=tmp_path)
    assert made.parent == tmp_path
    assert made.name.endswith("_nothing_changed_yet.py")
    assert made.read_text().count("    pass\n") == 2


def make_first_version(url: str) -> None:
    """A database as the first version left it: of its tables, one with the names of that time."""
    engine = open_database(url)
    with writing(engine) as connection:
        for statement in (
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)",
            "INSERT INTO alembic_version VALUES ('0005')",
            "CREATE TABLE help_request (id INTEGER PRIMARY KEY, door VARCHAR(10), officer INTEGER)",
            "INSERT INTO help_request VALUES (1, 'web', 7)",
        ):
            connection.execute(text(statement))
    engine.dispose()


def test_a_database_of_the_first_version_is_named_and_can_be_set_aside(tmp_path: Path) -> None:
    path, jobs = tmp_path / "resident.db", tmp_path / "jobs.db"
    jobs.write_bytes(b"jobs")
    for round in ("first-version", "first-version-2"):
        make_first_version(f"sqlite:///{path}")
        engine = open_database(f"sqlite:///{path}")
        with pytest.raises(FirstVersionError, match="flask database set-aside"):
            upgrade(engine)
        assert not is_current(engine)
        moved = dict(set_aside(engine, jobs, tmp_path / "none.txt"))
        assert moved[path] == tmp_path / f"resident.{round}.db"
        old = open_database(f"sqlite:///{moved[path]}")
        with old.connect() as connection:
            assert connection.execute(select(text("officer FROM help_request"))).scalar_one() == 7
        old.dispose()
    assert (tmp_path / "jobs.first-version.db").read_bytes() == b"jobs"
    upgrade(engine)
    assert is_current(engine)
    with pytest.raises(NothingToSetAsideError):
        set_aside(engine)
    engine.dispose()


def test_on_postgresql_nothing_is_renamed(empty_postgresql: str) -> None:
    url = "postgresql+psycopg" + empty_postgresql.removeprefix("postgresql")
    make_first_version(url)
    engine = open_database(url)
    with pytest.raises(FirstVersionError):
        upgrade(engine)
    with pytest.raises(NotAFileError):
        set_aside(engine)
    engine.dispose()
