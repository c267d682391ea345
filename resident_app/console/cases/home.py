"""My day: what waits for the officer who signed in. Each list links to its whole view."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from flask import Blueprint, render_template

from resident_app.casework.calls.promised_calls import promised_calls
from resident_app.casework.cases.queue_query import (
    NOBODY,
    DueState,
    QueueRow,
    QueueView,
    count_each,
    due_state,
    queue_page,
    tags_of,
)
from resident_app.console.cases.queue_address import queue_clock, view_query
from resident_app.console.context import current_context
from resident_app.database import reading
from resident_app.web.accounts.current_staff import SignedInStaff, current_staff
from resident_app.web.accounts.directory import staff_directory

blueprint = Blueprint("home", __name__)

FIRST = 5
"""How many requests of each list are shown."""


@dataclass(frozen=True)
class DayList:
    """One list of the day. `without` is what the page says if it is empty."""

    id: str
    title: str
    view: QueueView
    without: str
    is_urgent: bool = False
    count: int = 0
    rows: tuple[QueueRow, ...] = ()

    @property
    def query(self) -> str:
        return view_query(self.view)


@blueprint.get("/")
def show() -> str:
    """Show the officer's day. Like the queue, it names nobody, so nothing that is sealed is read."""
    context, staff = current_context(), current_staff()
    clocks, lists = queue_clock(context), list(_lists(staff))
    with reading(context.engine) as connection:
        tomorrow = clocks.begins(clocks.today + timedelta(days=1))
        call_backs = promised_calls(connection, tomorrow, officer=staff.id)
        counts = count_each(connection, [one.view for one in lists], clocks)
        filled = [
            replace(
                one,
                count=count,
                rows=tuple(queue_page(connection, one.view, clocks, length=FIRST)) if count else (),
            )
            for one, count in zip(lists, counts, strict=True)
        ]
        tags = tags_of(connection, [row.id for one in filled for row in one.rows])
    return render_template(
        "home.html",
        lists=filled,
        waiting=sum(one.count for one in filled if one.is_urgent),
        due={row.id: due_state(row, clocks) for one in filled for row in one.rows},
        people=staff_directory(context.engine),
        tags=tags,
        call_backs=call_backs,
        late_before=clocks.plans_late_before,
        can_choose=False,
        today=context.today(),
    )


def _lists(staff: SignedInStaff) -> Iterator[DayList]:
    """Yield the day's lists, without their requests."""
    mine = QueueView(officer=str(staff.id))
    yield DayList(
        "wrote",
        "Yours: they wrote",
        replace(mine, wrote=True),
        "Nobody of yours waits for an answer.",
        is_urgent=True,
    )
    yield DayList(
        "overdue",
        "Yours, overdue",
        replace(mine, due=DueState.OVERDUE.value),
        "None of yours is overdue.",
        is_urgent=True,
    )
    yield DayList(
        "undelivered",
        "Yours: a message did not arrive",
        replace(mine, undelivered=True),
        "All your messages arrived, as far as we know.",
        is_urgent=True,
    )
    yield DayList(
        "due",
        "Yours, due soon",
        replace(mine, due=DueState.APPROACHING.value),
        "Nothing else of yours is due today or tomorrow.",
    )
    yield DayList(
        "given",
        "Newly yours",
        replace(mine, given=True),
        "Nobody gave you a request that you have not opened.",
    )
    if staff.languages:
        yield DayList(
            "unassigned-wrote",
            "They wrote, unassigned, in your languages",
            QueueView(languages=staff.languages, officer=NOBODY, wrote=True),
            "Everybody who wrote in your languages has an officer.",
            is_urgent=True,
        )
        yield DayList(
            "late",
            "Overdue in your languages",
            QueueView(languages=staff.languages, due=DueState.OVERDUE.value),
            "Nothing in your languages is overdue.",
        )
        yield DayList(
            "free",
            "Unassigned, in your languages",
            QueueView(languages=staff.languages, officer=NOBODY),
            "Every open request in your languages is somebody’s.",
        )
