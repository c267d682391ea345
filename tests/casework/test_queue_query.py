"""The queue: longest without contact first, overdue by the office's rules, nothing left out and no cap."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from resident_app.casework.cases.queue_query import (
    PAGE,
    DueState,
    QueueClock,
    QueueOrder,
    QueueView,
    count_matches,
    due_state,
    every_row,
    matching_ids,
    queue_page,
)
from resident_app.casework.cases.request_index import RequestIndex
from resident_app.casework.opened import Opened
from resident_app.database import reading
from resident_app.intake.request_tables import HelpRequestRow, RequestState
from tests.casework.office import CONFIGURATION, Office, open_office
from tests.conftest import NOW

RULES = CONFIGURATION.casework.overdue
CLOCKS = QueueClock(NOW, CONFIGURATION.calendar, RULES)
EVERY_STATE = tuple(state for state in RequestState)


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Office:
    return open_office(engine, tmp_path)


def taken(office: Office, opened: Opened[list[int]]) -> list[int]:
    return office.read(opened.read)


def numbers(office: Office, index: RequestIndex, words: str) -> list[int]:
    """Search. Returns the requests that were found, in order."""
    return [one.number for one in office.read(index.search(words).read).found]


def found(office: Office, view: QueueView, clocks: QueueClock = CLOCKS) -> list[int]:
    with reading(office.engine) as connection:
        ids = matching_ids(connection, view, clocks)
        assert count_matches(connection, view, clocks) == len(ids)
    return ids


def test_longest_without_contact_comes_first(office: Office) -> None:
    days = {office.leave(last_contact_at=NOW - timedelta(days=days)): days for days in (1, 9, 3)}
    assert found(office, QueueView()) == sorted(days, key=lambda number: -days[number])


def test_new_requests_about_a_record_that_was_shared_come_first(office: Office) -> None:
    """Until the office first reaches out: then they wait as everybody does."""
    day = timedelta(days=1)
    waiting = office.leave(received_at=NOW - 3 * day, last_contact_at=NOW - 3 * day)
    called = office.leave(topic="shared", received_at=NOW - 9 * day, last_contact_at=NOW - 2 * day)
    new = office.leave(topic="shared", received_at=NOW - day, last_contact_at=NOW - day)
    newest = office.leave(topic="shared", received_at=NOW, last_contact_at=NOW)
    assert CONFIGURATION.casework.queue.first == ("shared",)
    first = replace(CLOCKS, first=("shared",))
    assert found(office, QueueView(), first) == [new, newest, waiting, called]
    with reading(office.engine) as connection:
        assert [row.id for row in queue_page(connection, QueueView(), first)] == [
            new,
            newest,
            waiting,
            called,
        ]
    assert found(office, QueueView(order=QueueOrder.NEWEST), first)[0] == newest
    assert found(office, QueueView()) == [waiting, called, new, newest], "without the rule"


def test_the_database_and_the_page_agree_on_what_is_overdue(office: Office) -> None:
    """For every kind of request at each side of each midnight, on working days, a weekend and holidays."""
    hour, day = timedelta(hours=1), timedelta(days=1)
    midnight = CLOCKS.begins(date(2026, 11, 25))
    waits = [day * days + extra for days in range(6) for extra in (-hour, timedelta())]
    planned = [None, *(midnight + hour * hours for hours in (-24, 0, 20, 24 * 40))]
    wrote = (None, midnight)
    for wait, contacted, plan, state, wrote_at in product(
        waits, (False, True), planned, ("received", "closed"), wrote
    ):
        last = midnight - wait
        office.leave(
            last_contact_at=last,
            received_at=last - day if contacted else last,
            next_action_at=plan,
            state=state,
            wrote_at=wrote_at,
        )
    with reading(office.engine) as connection:
        rows = connection.execute(select(HelpRequestRow.__table__)).all()
    for days in (*range(8), 32, 33, 36, 41):
        clocks = replace(CLOCKS, now=midnight + day * days + hour)
        told = {due: {row.id for row in rows if due_state(row, clocks) is due} for due in DueState}
        assert told[DueState.OVERDUE]
        for due in DueState:
            assert set(found(office, QueueView(states=EVERY_STATE, due=due.value), clocks)) == told[due]


@pytest.mark.parametrize(
    ("came", "last_day"),
    [
        ("2026-11-23T23:59", "2026-11-25"),
        ("2026-11-24T00:00", "2026-11-30"),
        ("2026-11-26T12:00", "2026-11-30"),
        ("2026-11-29T12:00", "2026-12-01"),
        ("2027-12-29T12:00", "2028-01-03"),
    ],
    ids=["two days later", "Thanksgiving", "the weekend", "Sunday", "New Year observed on December 31"],
)
def test_a_request_is_overdue_after_the_open_day_that_was_promised(
    office: Office, came: str, last_day: str
) -> None:
    at = datetime.fromisoformat(came).replace(tzinfo=CONFIGURATION.calendar.zone)
    number = office.leave(received_at=at, last_contact_at=at)
    last, late = QueueView(due="approaching"), QueueView(due="overdue")
    day = date.fromisoformat(last_day)
    for moment in (CLOCKS.begins(day), CLOCKS.begins(day + timedelta(days=1)) - timedelta(seconds=1)):
        clocks = replace(CLOCKS, now=moment)
        assert (found(office, last, clocks), found(office, late, clocks)) == ([number], [])
    before = replace(CLOCKS, now=CLOCKS.begins(day) - timedelta(seconds=1))
    assert found(office, last, before) == found(office, late, before) == []
    after = replace(CLOCKS, now=CLOCKS.begins(day + timedelta(days=1)))
    assert (found(office, last, after), found(office, late, after)) == ([], [number])


def test_no_plan_hides_a_person(office: Office) -> None:
    """Nobody has reached out: overdue when its day is over, whatever is planned. After a contact, a plan
    takes the place of the next one, for `plan_days` at most, also if it is for the year 2099."""
    far, soon = datetime(2099, 12, 1, tzinfo=UTC), NOW + timedelta(days=25)
    never = [office.leave(next_action_at=at) for at in (far, soon)]
    before = NOW - timedelta(days=1)
    called = [office.leave(received_at=before, next_action_at=at) for at in (far, soon, None)]
    overdue = QueueView(due="overdue")
    for days, wanted in (
        (2, []),
        (3, never),
        (9, [*never, called[2]]),
        (24, [*never, called[2]]),
        (31, [*never, *called]),
    ):
        clocks = replace(CLOCKS, now=NOW + timedelta(days=days))
        assert sorted(found(office, overdue, clocks)) == sorted(wanted), days


def test_a_plan_is_overdue_soon_after_its_time(office: Office) -> None:
    at = NOW + timedelta(hours=3)
    number = office.leave(received_at=NOW - timedelta(hours=1), next_action_at=at)
    late = timedelta(minutes=RULES.plan_late_minutes)
    for now, due in ((at + late, "approaching"), (at + late + timedelta(seconds=1), "overdue")):
        assert found(office, QueueView(due=due), replace(CLOCKS, now=now)) == [number]


@pytest.mark.parametrize("order", list(QueueOrder))
def test_who_pressed_no_key_comes_last(office: Office, order: QueueOrder) -> None:
    """However long ago the call was, and even if a next action is planned: its number may be anybody's."""
    silent = [
        office.leave(
            topic="silent", last_contact_at=NOW - timedelta(days=9), received_at=NOW - timedelta(days=9)
        ),
        office.leave(topic="silent", next_action_at=NOW, received_at=NOW + timedelta(hours=1)),
    ]
    spoken = [office.leave(), office.leave(next_action_at=NOW)]
    listed = found(office, QueueView(order=order))
    assert set(listed[:2]) == set(spoken)
    assert set(listed[2:]) == set(silent)


def test_each_filter_finds_its_own(office: Office) -> None:
    ours = office.leave(topic="card", assigned_to=7, spoken="vi", written="es", reach_by="text")
    nobodys = office.leave(topic="other", spoken="ko", written="ko")
    closed = office.leave(state="closed", outcome="helped", spoken="vi")
    office.leave(state="erased")
    office.leave(state="closed", merged_into=ours)
    cases = {
        QueueView(): [ours, nobodys],
        QueueView(languages=("es",)): [ours],
        QueueView(languages=("vi", "ko")): [ours, nobodys],
        QueueView(topic="card"): [ours],
        QueueView(channel="text"): [ours],
        QueueView(officer="7"): [ours],
        QueueView(officer="none"): [nobodys],
        QueueView(states=("closed",), outcome="helped"): [closed],
        QueueView(since=date(2026, 11, 22), until=date(2026, 11, 22)): [ours, nobodys],
        QueueView(since=date(2026, 11, 23)): [],
        QueueView(first_contact=True): [ours, nobodys],
    }
    for view, wanted in cases.items():
        assert found(office, view) == wanted, view


def test_days_are_those_of_the_office(office: Office) -> None:
    """03:00 UTC is the evening before at the office."""
    number = office.leave(received_at=NOW.replace(hour=3), last_contact_at=NOW)
    assert found(office, QueueView(until=date(2026, 11, 21))) == [number]
    assert found(office, QueueView(since=date(2026, 11, 22))) == []


def test_pages_hold_all_without_a_cap(office: Office) -> None:
    every = [office.leave(last_contact_at=NOW - timedelta(minutes=number)) for number in range(PAGE + 3)]
    with reading(office.engine) as connection:
        paged = [row.id for page in (1, 2) for row in queue_page(connection, QueueView(), CLOCKS, page)]
        assert paged == list(reversed(every))
        assert [row.id for row in every_row(connection, QueueView(), CLOCKS)] == paged


def test_the_order_by_next_action(office: Office) -> None:
    late, none, soon = (
        office.leave(next_action_at=at) for at in (NOW + timedelta(days=9), None, NOW + timedelta(minutes=1))
    )
    assert found(office, replace(QueueView(), order=QueueOrder.NEXT_ACTION)) == [soon, late, none]


@pytest.mark.parametrize(
    ("words", "finds"),
    [
        ("peña", True),
        ("PENA", True),
        ("maría pe", True),
        ("2065550147", True),
        ("(206) 555-0147", True),
        ("0147", True),
        ("somebody@", True),
        ("147", False),
        ("m", False),
        ("", False),
        ("nobody", False),
        ("9999", False),
    ],
)
def test_search_finds_by_name_number_and_address(office: Office, words: str, finds: bool) -> None:
    office.leave(name="Other Person", phone="+12065550199")
    wanted = office.leave(name="María Peña", phone="+12065550147", email="Somebody@example.org")
    opened = RequestIndex(office.engine, office.keys)
    assert numbers(office, opened, words) == ([wanted] if finds else [])


def test_search_finds_by_reference_and_forgets_what_was_erased(office: Office) -> None:
    number = office.leave()
    opened = RequestIndex(office.engine, office.keys)
    reference = office.opened(number).reference
    assert numbers(office, opened, reference) == [number]
    office.casework.change_contact(
        number,
        replace(office.opened(number).request, name="New Name"),  # type: ignore[type-var]
        office.actor(),
    )
    assert numbers(office, opened, "new name") == [number]
    with office.engine.begin() as connection:
        connection.execute(HelpRequestRow.__table__.update().values(state="erased"))  # type: ignore[attr-defined]
    assert numbers(office, opened, reference) == []


def test_repeats_are_found_by_number_or_address(office: Office) -> None:
    first, second, third = office.leave(), office.leave(), office.leave(phone="+12065550177")
    assert taken(office, RequestIndex(office.engine, office.keys).alike(first)) == [second]
    assert taken(office, RequestIndex(office.engine, office.keys).alike(third)) == []
