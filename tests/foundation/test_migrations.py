"""The schema goes up and down on both databases, and is what the code says."""

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect, text

from resident_app.database import open_database, writing
from resident_app.migrations.state import _config, downgrade, is_current, upgrade


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    return "postgresql+psycopg" + request.getfixturevalue("postgresql").removeprefix("postgresql")


def test_up_down_and_up_again(url: str) -> None:
    engine = open_database(url)
    upgrade(engine)
    assert is_current(engine)
    with writing(engine) as connection:
        command.check(_config(connection))
    downgrade(engine, "base")
    assert not is_current(engine)
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    upgrade(engine)
    assert is_current(engine)
    engine.dispose()


def test_requests_stay_when_the_schema_goes_down_and_erased_ones_go(url: str) -> None:
    engine = open_database(url)
    upgrade(engine, "0004")
    leave = text(
        "INSERT INTO help_request (submission, selector, secret_hash, reference_attempt, door, language,"
        " topic, channel, state, received_at, sealed) VALUES (:submission, :selector, '', 0, 'web', 'en',"
        " 'card', 'text', 'received', '2026-11-22 20:00:00', :submission)"
    )
    with writing(engine) as connection:
        for submission, selector in ((b"1", "12345"), (b"2", None), (b"3", None)):
            connection.execute(leave, {"submission": submission, "selector": selector})
    downgrade(engine, "0003")
    upgrade(engine)
    with writing(engine) as connection:
        assert connection.execute(text("SELECT selector FROM help_request")).scalars().all() == ["12345"]
        names = [
            unique["column_names"] for unique in inspect(connection).get_unique_constraints("help_request")
        ]
    assert sorted(names) == [["selector"], ["submission"]]
    engine.dispose()
