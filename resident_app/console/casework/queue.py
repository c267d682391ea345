"""The queue: who waits longest, found by a view or by a search."""

from math import ceil
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from sqlalchemy import delete, insert, select
from werkzeug.wrappers import Response as AnyResponse

from resident_app.console.casework import bulk
from resident_app.console.casework.views import clocks_of, described, query_of, view_of
from resident_app.console.guard import current_staff
from resident_app.console.parts import current_parts
from resident_app.console.people import everyone
from resident_app.database import reading, writing
from resident_app.outreach.cases.queue import PAGE, Clocks, count_of, due_of, rows_of, rows_with
from resident_app.outreach.tables import SavedFilter
from resident_app.safeguards import audit
from resident_app.safeguards.audit import Audited

LONGEST_NAME = 60
LONGEST_QUERY = 400


def create_queue() -> Blueprint:
    queue = Blueprint("queue", __name__)
    queue.add_url_rule("/", "home", to_queue)
    queue.add_url_rule("/requests", "show", show)
    queue.add_url_rule("/requests/rows", "rows", show_rows)
    queue.add_url_rule("/requests/search", "search", search, methods=["POST"])
    queue.add_url_rule("/requests/bulk", "bulk", bulk.change_many, methods=["POST"])
    queue.add_url_rule("/requests/views", "save", save_view, methods=["POST"])
    queue.add_url_rule("/requests/views/<int:number>/forget", "forget", forget_view, methods=["POST"])
    return queue


def to_queue() -> AnyResponse:
    return redirect(url_for("queue.show"))


def show() -> str:
    """The queue by the view that the address asks for."""
    parts, staff = current_parts(), current_staff()
    view, clocks = view_of(request.args, staff, parts), clocks_of(parts)
    people = everyone(parts.engine)
    with reading(parts.engine) as connection:
        count = count_of(connection, view, clocks)
        rows = rows_of(connection, view, clocks, _page(count))
        saved = connection.execute(
            select(SavedFilter.__table__).where(SavedFilter.staff == staff.id).order_by(SavedFilter.name)
        ).all()
    return render_template(
        "queue.html",
        **_listed(rows, clocks),
        view=view,
        query=query_of(view),
        described=described(view, parts.configuration, {one.id: one.name for one in people.values()}),
        saved=saved,
        count=count,
        page=_page(count),
        last_page=max(1, ceil(count / PAGE)),
        people=people,
        outcomes=parts.configuration.casework.outcomes,
    )


def show_rows() -> str:
    """The rows of the queue alone, for a page that is open."""
    parts = current_parts()
    view, clocks = view_of(request.args, current_staff(), parts), clocks_of(parts)
    with reading(parts.engine) as connection:
        rows = rows_of(connection, view, clocks, _page(count_of(connection, view, clocks)))
    return render_template("queue_rows.html", **_listed(rows, clocks), people=everyone(parts.engine))


def search() -> str:
    """Requests by a reference, a name, a number or an address. Posted, so that no address holds these."""
    parts, words = current_parts(), request.form.get("words", "").strip()
    found = parts.opened.found(words)
    with writing(parts.engine) as connection:
        rows = rows_with(connection, found)
        audit.record(
            connection, Audited.SEARCHED, staff=current_staff().id, at=parts.clock(), found=len(rows)
        )
    clocks = clocks_of(parts)
    return render_template("search.html", **_listed(rows, clocks), words=words, people=everyone(parts.engine))


def save_view() -> AnyResponse | Response:
    """Give the view that is shown a name."""
    parts, staff = current_parts(), current_staff()
    query, name = request.form.get("query", ""), request.form.get("name", "").strip()[:LONGEST_NAME]
    if not name or len(query) > LONGEST_QUERY:
        return make_response(render_template("error.html", heading="The view needs a name", advice=""), 422)
    with writing(parts.engine) as connection:
        connection.execute(delete(SavedFilter).where(SavedFilter.staff == staff.id, SavedFilter.name == name))
        connection.execute(insert(SavedFilter).values(staff=staff.id, name=name, query=query))
    return redirect(f"{url_for('queue.show')}?{query}", 303)


def forget_view(number: int) -> AnyResponse:
    parts, staff = current_parts(), current_staff()
    with writing(parts.engine) as connection:
        connection.execute(delete(SavedFilter).where(SavedFilter.id == number, SavedFilter.staff == staff.id))
    return redirect(url_for("queue.show"), 303)


def _listed(rows: list[Any], clocks: Clocks) -> dict[str, Any]:
    return {"rows": rows, "due": {row.id: due_of(row, clocks) for row in rows}}


def _page(count: int) -> int:
    """The page that is asked for, within those there are."""
    asked = request.args.get("page", "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 8 else 1
    return max(1, min(number, ceil(count / PAGE)))
