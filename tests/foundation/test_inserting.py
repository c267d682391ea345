"""Inserting a row that may be there: the count is right on both databases."""

from sqlalchemy import Engine

from resident_app.database import insert_if_new, writing
from resident_app.security.daily_key import DailySalt


def test_only_the_first_row_of_a_key_is_inserted(engine: Engine) -> None:
    with writing(engine) as connection:
        assert insert_if_new(connection, DailySalt, day="2026-11-22", salt=bytes(32))
        assert not insert_if_new(connection, DailySalt, day="2026-11-22", salt=bytes(32))
        assert insert_if_new(connection, DailySalt, day="2026-11-23", salt=bytes(32))
