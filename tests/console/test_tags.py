"""Tags and priority: from the office's list, shown in the queue, and a reason that only the timeline has."""

import re

import pytest
from sqlalchemy import select

from resident_app.database import reading
from resident_app.intake.request_tables import RequestTagRow, TimelineRow
from tests.console.conftest import Console
from tests.console.office import insert_request
from tests.console.strict_console import ConsolePage


def numbers(page: ConsolePage) -> list[int]:
    return [int(number) for number in re.findall(r'<th scope="row"><a href="/requests/(\d+)[?"]', page.text)]


def test_tags_are_from_the_list_alone_and_the_queue_shows_and_filters_them(console: Console) -> None:
    tagged, other = insert_request(console), insert_request(console)
    officer = console.sign_in()
    page = officer.done(f"/requests/{tagged}/tags", {"tags": ["deadline", "letter", "Maria Peña"]})
    assert "Added: Has a deadline, Wants a letter." in page.main
    with reading(console.engine) as connection:
        assert set(connection.execute(select(RequestTagRow.request_id, RequestTagRow.tag)).all()) == {
            (tagged, "deadline"),
            (tagged, "letter"),
        }
    queue = officer.get("/requests")
    assert numbers(queue) == [tagged, other]
    assert queue.text.count('<span class="label red">Has a deadline</span>') == 1
    assert numbers(officer.get("/requests?tag=deadline")) == [tagged]
    assert numbers(officer.get("/requests?tag=partner")) == []
    page = officer.done(f"/requests/{tagged}/tags", {"tags": ["letter"]})
    assert "Removed: Has a deadline." in page.main
    assert numbers(officer.get("/requests?tag=deadline")) == []


def test_priority_needs_a_reason_and_comes_first(console: Console) -> None:
    first, second, third = (insert_request(console) for _ in range(3))
    officer = console.sign_in()
    page = officer.done(f"/requests/{second}/priority", {"priority": "on", "reason": " "})
    assert "Say why in a few words." in page.main
    assert numbers(officer.get("/requests")) == [first, second, third]
    page = officer.done(f"/requests/{second}/priority", {"priority": "on", "reason": "a hearing on Tuesday"})
    assert "a hearing on Tuesday" in page.main
    assert numbers(officer.get("/requests")) == [second, first, third]
    assert numbers(officer.get("/requests?priority=1")) == [second]
    with reading(console.engine) as connection:
        rows = connection.execute(select(TimelineRow.code, TimelineRow.detail, TimelineRow.sealed)).all()
    assert not [
        row for row in rows if "hearing" in row.code + row.detail or b"hearing" in (row.sealed or b"")
    ]
    officer.done(f"/requests/{second}/priority", {"priority": "", "reason": "the hearing is over"})
    assert numbers(officer.get("/requests")) == [first, second, third]


@pytest.mark.parametrize("path", ["/requests/99/tags", "/requests/99/priority"])
def test_a_request_that_is_not_there_is_said(console: Console, path: str) -> None:
    response = console.sign_in().send(path, {"tags": "letter", "priority": "on", "reason": "why"})
    assert response.status_code == 303
