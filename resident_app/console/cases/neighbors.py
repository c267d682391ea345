"""The request before and after this one in the view of the queue that somebody came from.

The address holds the view and the position in it: `/requests/12?view=officer%3D3&at=4`. So "next" reads
three rows, however long the queue is, and still works when this request has left the view.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from flask import request, url_for

from resident_app.casework.cases.queue_query import queue_page
from resident_app.console.cases.queue_address import parse_view, queue_clock, view_query
from resident_app.console.context import current_context
from resident_app.database import reading
from resident_app.web.accounts.current_staff import current_staff

_LONGEST_QUERY = 400
_PAGES = frozenset(
    {"request", "call", "contact", "merge", "note", "saved_draft", "legal_hold", "erase_request", "tags"}
)
"""The blueprints whose addresses keep the view, as long as they are about the same request."""


@dataclass(frozen=True)
class Neighbors:
    """Addresses, or "" at an end of the view. `queue` is the view itself."""

    previous: str = ""
    next: str = ""
    queue: str = ""


def find_neighbors(number: int) -> Neighbors | None:
    """Return the neighbors of a request in the view of the address, or None if the address has no view."""
    asked, at = request.args.get("view"), request.args.get("at", "")
    if asked is None or len(asked) > _LONGEST_QUERY or not (at.isascii() and at.isdigit() and len(at) < 8):
        return None
    context, position = current_context(), int(at)
    view = parse_view(dict(parse_qsl(asked)), current_staff(), context)
    query, first = view_query(view), max(0, position - 1)
    with reading(context.engine) as connection:
        rows = queue_page(connection, view, queue_clock(context), offset=first, length=3)
    ids = [row.id for row in rows]
    # Where it is now. If it left the view, the one that took its place is next.
    here = ids.index(number) if number in ids else None
    before = (here if here is not None else position - first) - 1
    after = here + 1 if here is not None else position - first

    def address(index: int) -> str:
        if not 0 <= index < len(ids):
            return ""
        return url_for("request.show", number=ids[index], view=query, at=first + index)

    return Neighbors(address(before), address(after), f"{url_for('queue.show')}?{query}")


def keep_view(endpoint: str, values: dict[str, Any]) -> None:
    """Add the view of this address to addresses about the same request."""
    here = request.view_args or {}
    if endpoint.partition(".")[0] not in _PAGES or "view" in values or "view" not in request.args:
        return
    if values.get("number") == here.get("number"):
        values |= {"view": request.args["view"], "at": request.args.get("at", "")}
