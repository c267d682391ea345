"""Opened data shows itself by its event alone."""

import copy
import json
import logging
import pickle
from collections.abc import Callable

import pytest
from markupsafe import escape
from sqlalchemy import Engine, select

from resident_app.casework.opened import NotRead, Opened, Reader, request_read
from resident_app.database import open_database, reading, writing
from resident_app.security.audit_log import AuditEvent, AuditKeyMissing
from tests.conftest import NOW

WAYS: list[Callable[[Opened[str]], object]] = [
    str,
    repr,
    bytes,
    list,
    len,
    bool,
    escape,
    lambda it: f"{it}",
    lambda it: f"{it!r:>10}",
    "{}".format,
    lambda it: "%s" % it,  # noqa: UP031
    lambda it: "" + it,  # type: ignore[operator]
    lambda it: "marked" in it,  # type: ignore[operator]
    lambda it: it[0],  # type: ignore[index]
    json.dumps,
    lambda it: json.dumps({"it": it}, default=str),
    pickle.dumps,
    copy.copy,
    copy.deepcopy,
    vars,
]


@pytest.mark.parametrize("way", WAYS)
def test_no_way_of_printing_it_works(way: Callable[[Opened[str]], object]) -> None:
    with pytest.raises(TypeError) as refused:
        way(Opened("marked", [request_read(1)]))
    assert "marked" not in str(refused.value)


def test_a_log_line_does_not_hold_it(caplog: pytest.LogCaptureFixture) -> None:
    record = logging.makeLogRecord({"msg": "%s", "args": (Opened("marked", [request_read(1)]),)})
    with pytest.raises(NotRead):
        logging.Formatter().format(record)


def test_reading_gives_it_and_records_each_request(engine: Engine) -> None:
    opened = Opened("marked", [request_read(4), request_read(7)])
    with writing(engine) as connection:
        assert opened.read(Reader(connection, 3, NOW, "request.show")) == "marked"
    with reading(engine) as connection:
        rows = connection.execute(select(AuditEvent.actor_id, AuditEvent.fields)).all()
    assert [tuple(row) for row in rows] == [
        (3, '{"page": "request.show", "request": 4}'),
        (3, '{"page": "request.show", "request": 7}'),
    ]


def test_a_process_without_the_audit_key_reads_nothing(engine: Engine) -> None:
    without = open_database(engine.url.render_as_string(hide_password=False))
    with pytest.raises(AuditKeyMissing), writing(without) as connection:
        Opened("marked", [request_read(4)]).read(Reader(connection, 3, NOW, "request.show"))
    without.dispose()
