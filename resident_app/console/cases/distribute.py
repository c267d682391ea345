"""Distribute what nobody has among officers who speak the language: see first who gets how many."""

from dataclasses import dataclass

from flask import Blueprint, Response, make_response, render_template, request
from sqlalchemy import Connection

from resident_app.casework.cases.bulk_change_tables import BulkKind
from resident_app.casework.cases.bulk_changes import (
    UNDO_WITHIN,
    BulkAction,
    count_open_by_assignee,
    find_bulk_change,
)
from resident_app.casework.cases.queue_query import NOBODY, QueueRow, QueueView, every_row
from resident_app.casework.cases.workload import distribute
from resident_app.console.cases.actor import current_actor, describe_refusal
from resident_app.console.cases.queue_address import queue_clock
from resident_app.console.context import current_context
from resident_app.database import reading
from resident_app.web.accounts.directory import StaffMember, staff_directory

blueprint = Blueprint("distribute", __name__)


@dataclass(frozen=True)
class Share:
    """What one officer has and would get."""

    officer: StaffMember
    takes_part: bool
    open_now: int
    rows: tuple[QueueRow, ...] = ()

    @property
    def versions(self) -> str:
        """The requests with their versions, as the form sends them."""
        return "-".join(f"{row.id}.{row.version}" for row in self.rows)


@dataclass(frozen=True)
class Assigned:
    """What was done for one officer. `number` is the bulk change, which can be undone."""

    officer: StaffMember
    number: int
    done: int
    refused: int


@blueprint.get("/requests/distribute")
def preview() -> str:
    """Show who would get how many. Nothing is changed."""
    context = current_context()
    people = _officers()
    asked = request.args.getlist("officer")
    chosen = [id for id in people if not asked or str(id) in asked]
    with reading(context.engine) as connection:
        open_now = count_open_by_assignee(connection)
        found = distribute(_nobodys(connection), {id: people[id].languages for id in chosen}, open_now)
    shares = [
        Share(one, one.id in chosen, open_now.get(one.id, 0), tuple(found.given.get(one.id, ())))
        for one in people.values()
    ]
    return render_template(
        "distribute.html",
        shares=shares,
        unspoken=found.unspoken,
        count=sum(len(share.rows) for share in shares),
        minutes=int(UNDO_WITHIN.total_seconds()) // 60,
    )


@blueprint.post("/requests/distribute")
def assign() -> Response:
    """Assign what was previewed. A request that somebody changed since is left as it is."""
    context, token = current_context(), request.form.get("form_token")
    assigned = []
    for id, officer in _officers().items():
        versions = _parse_versions(request.form.get(f"share-{id}", ""))
        if versions:
            action = BulkAction(BulkKind.ASSIGN, officer=id)
            made = context.casework.bulk.make(
                versions, action, current_actor(token, str(id)), describe_refusal
            )
            with reading(context.engine) as connection:
                change = find_bulk_change(connection, made)
            if change is not None:
                assigned.append(Assigned(officer, made, len(change.changed), len(change.refused)))
    if not assigned:
        heading = "There is nothing to distribute."
        return make_response(
            render_template("error.html", heading=heading, advice="Look at the load again."), 422
        )
    return make_response(render_template("distributed.html", assigned=assigned))


def _officers() -> dict[int, StaffMember]:
    """Return the open accounts that have languages."""
    people = staff_directory(current_context().engine)
    return {id: one for id, one in people.items() if one.active and one.languages}


def _nobodys(connection: Connection) -> list[QueueRow]:
    """Return the open requests that nobody has, the most urgent first."""
    context = current_context()
    rows = every_row(connection, QueueView(officer=NOBODY), queue_clock(context))
    return [row for row in rows if row.erasure_requested_at is None]


def _parse_versions(typed: str) -> dict[int, int]:
    """Return the version of each request, from `12.3-14.0`. What is malformed is left out."""
    pairs = (part.partition(".") for part in typed.split("-"))
    return {
        int(number): int(version)
        for number, _, version in pairs
        if number.isascii()
        and number.isdigit()
        and version.isascii()
        and version.isdigit()
        and len(number) < 10
        and len(version) < 10
    }
