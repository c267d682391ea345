"""How much each officer has, for leads: open, overdue, they wrote, closed this week, languages."""

from datetime import timedelta

from flask import Blueprint, render_template

from resident_app.casework.cases.queue_query import NOBODY
from resident_app.casework.cases.workload import Workload, workloads
from resident_app.console.cases.queue_address import queue_clock
from resident_app.console.context import current_context
from resident_app.database import reading
from resident_app.web.accounts.directory import staff_directory

blueprint = Blueprint("load", __name__)


@blueprint.get("/load")
def show() -> str:
    """Show a row for each account that is open or has requests, and one for what nobody has."""
    context = current_context()
    clocks = queue_clock(context)
    monday = clocks.today - timedelta(days=clocks.today.weekday())
    people = staff_directory(context.engine)
    with reading(context.engine) as connection:
        loads = workloads(connection, clocks, clocks.begins(monday))
    rows = [
        (one, loads.get(one.id, Workload()))
        for one in people.values()
        if one.active or (one.id in loads and loads[one.id].open)
    ]
    rows.sort(key=lambda row: (-row[1].open, row[0].name))
    return render_template(
        "load.html", rows=rows, unassigned=loads.get(None, Workload()), nobody=NOBODY, monday=monday
    )
