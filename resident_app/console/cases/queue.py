"""The queue: requests by a view, longest without contact first, and a search."""

from collections.abc import Mapping
from math import ceil
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from sqlalchemy import delete, insert, select
from werkzeug.wrappers import Response as AnyResponse

from resident_app.casework.cases.bulk_changes import count_open_by_assignee
from resident_app.casework.cases.queue_query import (
    PAGE,
    QueueClock,
    QueueRow,
    SavedViewRow,
    count_matches,
    due_state,
    queue_page,
    rows_by_id,
    tags_of,
)
from resident_app.configuration.ending import ending_soon
from resident_app.console.cases.actor import current_reader
from resident_app.console.cases.queue_address import describe_view, parse_view, queue_clock, view_query
from resident_app.console.context import current_context
from resident_app.database import reading, writing
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited
from resident_app.web.accounts.current_staff import current_staff
from resident_app.web.accounts.directory import StaffMember, staff_directory
from resident_app.web.accounts.permissions import AccessLevel

LONGEST_NAME = 60
LONGEST_QUERY = 400


blueprint = Blueprint("queue", __name__)


def assignable_officers(
    people: Mapping[int, StaffMember], open_now: Mapping[int, int], language: str = ""
) -> list[tuple[StaffMember, int]]:
    """Return who may get a request, and how many open ones each has.

    Those who speak its language come first, then those who have the fewest.
    """
    active = [(one, open_now.get(one.id, 0)) for one in people.values() if one.active]
    return sorted(active, key=lambda pair: (language not in pair[0].languages, pair[1], pair[0].name))


@blueprint.get("/requests")
def show() -> str:
    """Show the queue by the view in the address."""
    context, staff = current_context(), current_staff()
    view, clocks = parse_view(request.args, staff, context), queue_clock(context)
    people = staff_directory(context.engine)
    with reading(context.engine) as connection:
        count = count_matches(connection, view, clocks)
        rows = queue_page(connection, view, clocks, _page(count))
        open_now = count_open_by_assignee(connection)
        saved = connection.execute(
            select(SavedViewRow.__table__)
            .where(SavedViewRow.account_id == staff.id)
            .order_by(SavedViewRow.name)
        ).all()
    return render_template(
        "queue.html",
        **_listed(rows, clocks),
        view=view,
        query=view_query(view),
        described=describe_view(view, context.configuration, {one.id: one.name for one in people.values()}),
        saved=saved,
        count=count,
        page=_page(count),
        begins=(_page(count) - 1) * PAGE,
        last_page=max(1, ceil(count / PAGE)),
        people=people,
        assignable=assignable_officers(people, open_now),
        outcomes=context.configuration.casework.outcomes,
        ending=_ending(),
    )


@blueprint.get("/requests/rows")
def rows() -> str:
    """Return the queue's rows alone, for a page that is open."""
    context = current_context()
    view, clocks = parse_view(request.args, current_staff(), context), queue_clock(context)
    with reading(context.engine) as connection:
        page = _page(count_matches(connection, view, clocks))
        rows = queue_page(connection, view, clocks, page)
    return render_template(
        "queue_rows.html",
        **_listed(rows, clocks),
        query=view_query(view),
        begins=(page - 1) * PAGE,
        people=staff_directory(context.engine),
    )


@blueprint.post("/requests/search")
def search() -> str:
    """Find requests by what identifies them, or by what was written. A POST, so that no URL holds it."""
    context, words = current_context(), request.form.get("words", "").strip()
    opened = context.request_index.search(words)
    with writing(context.engine) as connection:
        findings = opened.read(current_reader(connection))
        found_in = {one.number: [field.value for field in one.fields] for one in findings.found}
        rows = {row.id: row for row in rows_by_id(connection, list(found_in))}
        audit_log.record(
            connection, Audited.SEARCHED, actor_id=current_staff().id, at=context.clock(), found=len(rows)
        )
    clocks = queue_clock(context)
    return render_template(
        "search.html",
        **_listed([rows[number] for number in found_in if number in rows], clocks, can_choose=False),
        words=words,
        findings=findings,
        found_in=found_in,
        people=staff_directory(context.engine),
    )


@blueprint.post("/requests/views")
def save_view() -> AnyResponse | Response:
    """Save the current view under a name."""
    context, staff = current_context(), current_staff()
    query, name = request.form.get("query", ""), request.form.get("name", "").strip()[:LONGEST_NAME]
    if not name or len(query) > LONGEST_QUERY:
        return make_response(render_template("error.html", heading="The view needs a name", advice=""), 422)
    with writing(context.engine) as connection:
        connection.execute(
            delete(SavedViewRow).where(SavedViewRow.account_id == staff.id, SavedViewRow.name == name)
        )
        connection.execute(insert(SavedViewRow).values(account_id=staff.id, name=name, query=query))
    return redirect(f"{url_for('queue.show')}?{query}", 303)


@blueprint.post("/requests/views/<int:number>/forget")
def forget_view(number: int) -> AnyResponse:
    context, staff = current_context(), current_staff()
    with writing(context.engine) as connection:
        connection.execute(
            delete(SavedViewRow).where(SavedViewRow.id == number, SavedViewRow.account_id == staff.id)
        )
    return redirect(url_for("queue.show"), 303)


def _ending() -> list[str]:
    """Return what a lead is told of entries in config/ that have ended or end within six months."""
    context = current_context()
    if not current_staff().may(AccessLevel.LEAD):
        return []
    today = context.today()
    return [entry.describe(today) for entry in ending_soon(context.configuration, today)]


def _listed(rows: list[QueueRow], clocks: QueueClock, *, can_choose: bool = True) -> dict[str, Any]:
    """Return the template variables of a list of requests."""
    with reading(current_context().engine) as connection:
        tags = tags_of(connection, [row.id for row in rows])
    due = {row.id: due_state(row, clocks) for row in rows}
    return {"rows": rows, "can_choose": can_choose, "due": due, "tags": tags}


def _page(count: int) -> int:
    """Return the page number in the address, limited to the pages there are."""
    asked = request.args.get("page", "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 8 else 1
    return max(1, min(number, ceil(count / PAGE)))
