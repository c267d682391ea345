"""All of a message that a person sent. The request's page shows only the beginning of a long one."""

from flask import Blueprint, abort, render_template

from resident_app.casework.cases.timeline import open_case
from resident_app.console.cases.actor import current_reader
from resident_app.console.context import current_context
from resident_app.database import writing
from resident_app.intake.request_tables import EntryKind

blueprint = Blueprint("message", __name__)


@blueprint.get("/requests/<int:number>/messages/<int:entry>")
def show(number: int, entry: int) -> str:
    """Show a text message or an email of the request, or of one that was merged into it."""
    context = current_context()
    with writing(context.engine) as connection:
        found = open_case(connection, context.keys.current(), number)
        if found is None:
            abort(404)
        lines = found.read(current_reader(connection)).lines
    sent = (line for line in lines if line.kind in (EntryKind.TEXT_IN, EntryKind.EMAIL_IN) and line.words)
    line = next((line for line in sent if line.id == entry), None)
    if line is None:
        abort(404)
    return render_template("message.html", number=number, line=line)
