"""My day: what waits for the officer who signed in. Each list links to its whole view."""

from collections.abc import Iterator, Mapping
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
from resident_app.console.context import ConsoleContext, current_context
from resident_app.database import reading
from resident_app.intake.help_request import ANOTHER_LANGUAGE
from resident_app.web.accounts.current_staff import SignedInStaff, current_staff
from resident_app.web.accounts.directory import StaffMember, staff_directory
from resident_app.web.accounts.permissions import AccessLevel

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
    clocks, people = queue_clock(context), staff_directory(context.engine)
    lists = [*_own_lists(staff), *_office_lists(staff), *_uncovered_lists(staff, people, context)]
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
        people=people,
        tags=tags,
        call_backs=call_backs,
        late_before=clocks.plans_late_before,
        can_choose=False,
        today=context.today(),
    )


def _own_lists(staff: SignedInStaff) -> Iterator[DayList]:
    """Yield the lists of the officer's own requests, without their rows."""
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


def _office_lists(staff: SignedInStaff) -> Iterator[DayList]:
    """Yield the lists of what others have or nobody has, in the officer's languages.

    They are those of the whole office for an officer without languages. A lead sees everybody who wrote and
    has no officer.
    """
    of_all = not staff.languages
    view, theirs = QueueView(languages=staff.languages), "" if of_all else ", in your languages"
    if of_all or staff.may(AccessLevel.LEAD):
        yield DayList(
            "unassigned-wrote",
            "They wrote, unassigned",
            QueueView(officer=NOBODY, wrote=True),
            "Everybody who wrote has an officer.",
            is_urgent=True,
        )
    else:
        yield DayList(
            "unassigned-wrote",
            "They wrote, unassigned, in your languages",
            replace(view, officer=NOBODY, wrote=True),
            "Everybody who wrote in your languages has an officer.",
            is_urgent=True,
        )
    yield DayList(
        "late",
        "Overdue in the whole office" if of_all else "Overdue in your languages",
        replace(view, due=DueState.OVERDUE.value),
        f"Nothing {'in the office' if of_all else 'in your languages'} is overdue.",
    )
    yield DayList(
        "free",
        f"Unassigned{theirs}",
        replace(view, officer=NOBODY),
        f"Every open request{' in your languages' if not of_all else ''} is somebody’s.",
    )


def _uncovered_lists(
    staff: SignedInStaff, people: Mapping[int, StaffMember], context: ConsoleContext
) -> Iterator[DayList]:
    """Yield for a lead what is on nobody's day, because no account has the language."""
    covered = {code for one in people.values() if one.active for code in one.languages}
    uncovered = tuple(code for code in (*context.languages, ANOTHER_LANGUAGE) if code not in covered)
    if uncovered and staff.may(AccessLevel.LEAD):
        yield DayList(
            "uncovered",
            "Unassigned, in languages that nobody here speaks",
            QueueView(languages=uncovered, officer=NOBODY),
            "Every open request in a language that nobody here speaks is somebody’s.",
        )
