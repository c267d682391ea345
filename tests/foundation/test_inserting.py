"""Inserting a row that may be there: the count is right on both databases."""

from sqlalchemy import Engine

from ivr.carrier.opt_outs import KeywordTextRow
from resident_app.database import insert_if_new, writing


def test_only_the_first_row_of_a_key_is_inserted(engine: Engine) -> None:
    with writing(engine) as connection:
        assert insert_if_new(connection, KeywordTextRow, id=b"first")
        assert not insert_if_new(connection, KeywordTextRow, id=b"first")
        assert insert_if_new(connection, KeywordTextRow, id=b"second")
