"""The queue: who waits longest, found by a view or by a search."""

from math import ceil
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from sqlalchemy import delete, insert, select
from werkzeug.wrappers import Response as AnyResponse

from resident_app.casework.cases.queue_query import (
    PAGE,
    QueueClock,
    SavedViewRow,
    count_of,
    due_of,
    rows_of,
    rows_with,
)
from resident_app.console.cases import bulk
from resident_app.console.cases.queue_address import describe_view, parse_view, queue_clock, view_query
from resident_app.console.context import current_context
from resident_app.database import reading, writing
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited
from resident_app.web.accounts.access_control import current_staff
from resident_app.web.accounts.directory import staff_directory

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
    parts, staff = current_context(), current_staff()
    view, clocks = parse_view(request.args, staff, parts), queue_clock(parts)
    people = staff_directory(parts.engine)
    with reading(parts.engine) as connection:
        count = count_of(connection, view, clocks)
        rows = rows_of(connection, view, clocks, _page(count))
        saved = connection.execute(
            select(SavedViewRow.__table__).where(SavedViewRow.staff == staff.id).order_by(SavedViewRow.name)
        ).all()
    return render_template(
        "queue.html",
        **_listed(rows, clocks),
        view=view,
        query=view_query(view),
        described=describe_view(view, parts.configuration, {one.id: one.name for one in people.values()}),
        saved=saved,
        count=count,
        page=_page(count),
        last_page=max(1, ceil(count / PAGE)),
        people=people,
        outcomes=parts.configuration.casework.outcomes,
    )


def show_rows() -> str:
    """The rows of the queue alone, for a page that is open."""
    parts = current_context()
    view, clocks = parse_view(request.args, current_staff(), parts), queue_clock(parts)
    with reading(parts.engine) as connection:
        rows = rows_of(connection, view, clocks, _page(count_of(connection, view, clocks)))
    return render_template("queue_rows.html", **_listed(rows, clocks), people=staff_directory(parts.engine))


def search() -> str:
    """Requests by a reference, a name, a number or an address. Posted, so that no address holds these."""
    parts, words = current_context(), request.form.get("words", "").strip()
    found = parts.opened.found(words)
    with writing(parts.engine) as connection:
        rows = rows_with(connection, found)
        audit_log.record(
            connection, Audited.SEARCHED, staff=current_staff().id, at=parts.clock(), found=len(rows)
        )
    clocks = queue_clock(parts)
    return render_template(
        "search.html", **_listed(rows, clocks), words=words, people=staff_directory(parts.engine)
    )


def save_view() -> AnyResponse | Response:
    """Give the view that is shown a name."""
    parts, staff = current_context(), current_staff()
    query, name = request.form.get("query", ""), request.form.get("name", "").strip()[:LONGEST_NAME]
    if not name or len(query) > LONGEST_QUERY:
        return make_response(render_template("error.html", heading="The view needs a name", advice=""), 422)
    with writing(parts.engine) as connection:
        connection.execute(
            delete(SavedViewRow).where(SavedViewRow.staff == staff.id, SavedViewRow.name == name)
        )
        connection.execute(insert(SavedViewRow).values(staff=staff.id, name=name, query=query))
    return redirect(f"{url_for('queue.show')}?{query}", 303)


def forget_view(number: int) -> AnyResponse:
    parts, staff = current_context(), current_staff()
    with writing(parts.engine) as connection:
        connection.execute(
            delete(SavedViewRow).where(SavedViewRow.id == number, SavedViewRow.staff == staff.id)
        )
    return redirect(url_for("queue.show"), 303)


def _listed(rows: list[Any], clocks: QueueClock) -> dict[str, Any]:
    return {"rows": rows, "due": {row.id: due_of(row, clocks) for row in rows}}


def _page(count: int) -> int:
    """The page that is asked for, within those there are."""
    asked = request.args.get("page", "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 8 else 1
    return max(1, min(number, ceil(count / PAGE)))
