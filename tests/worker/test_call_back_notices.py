"""The officer is told when a call-back is due: once, and again only if it was moved."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from resident_app.database import reading, writing
from resident_app.intake.notice_tables import NoticeKind, NoticeRow
from resident_app.intake.request_tables import HelpRequestRow, RequestState
from tests.worker.office import Desk

ANA = 7


def promise(desk: Desk, **columns: object) -> int:
    """Promise a call in ten minutes."""
    number = desk.office.leave()
    change(
        desk, number, next_action_at=desk.clock() + timedelta(minutes=10), call_back_officer=ANA, **columns
    )
    return number


def change(desk: Desk, number: int, **columns: object) -> None:
    with writing(desk.office.engine) as connection:
        connection.execute(update(HelpRequestRow).where(HelpRequestRow.id == number).values(**columns))


def told(desk: Desk) -> list[tuple[int, int]]:
    """Let the worker look twice, and return the account and request of each notice."""
    desk.work()
    desk.work()
    with reading(desk.office.engine) as connection:
        found = select(NoticeRow.account_id, NoticeRow.request_id, NoticeRow.kind).order_by(NoticeRow.id)
        rows = connection.execute(found).all()
    assert {row.kind for row in rows} <= {NoticeKind.CALL_BACK}
    return [(row.account_id, row.request_id) for row in rows]


def read_all(desk: Desk) -> None:
    with writing(desk.office.engine) as connection:
        connection.execute(update(NoticeRow).values(read_at=desk.clock()))


def test_the_officer_is_told_once_when_a_call_back_is_due(desk: Desk) -> None:
    number = promise(desk)
    desk.clock.pass_by(9 * 60)
    assert told(desk) == []
    desk.clock.pass_by(60)
    assert told(desk) == [(ANA, number)]
    read_all(desk)
    desk.clock.pass_by(24 * 3600)
    assert told(desk) == [(ANA, number)], "no reminder of what was told"
    change(desk, number, next_action_at=desk.clock() + timedelta(minutes=5))
    assert told(desk) == [(ANA, number)], "it is later now"
    desk.clock.pass_by(5 * 60)
    assert told(desk) == [(ANA, number)] * 2


@pytest.mark.parametrize(
    "columns",
    [{"state": RequestState.CLOSED}, {"merged_into": 999}, {"call_back_officer": None}],
    ids=["closed", "merged", "no call-back"],
)
def test_nobody_is_told_of_a_call_that_is_not_to_be_made(desk: Desk, columns: dict[str, object]) -> None:
    number = promise(desk)
    change(desk, number, **columns)
    desk.clock.pass_by(20 * 60)
    assert told(desk) == []
