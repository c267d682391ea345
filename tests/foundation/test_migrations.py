"""The schema goes up and down on both databases, and is what the code says."""

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect

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
