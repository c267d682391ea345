"""The office's interpreters: the list, and who is offered for a request and at an hour."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from flask import Blueprint, render_template
from sqlalchemy import Connection

from resident_app.casework.calls.interpreters import (
    ALWAYS,
    DAY_END,
    Interpreter,
    count_refused,
    every_interpreter,
    find_interpreter,
)
from resident_app.configuration.office import Period
from resident_app.console.context import current_context
from resident_app.database import reading
from resident_app.intake.request_tables import HelpRequestRow
from resident_app.web.accounts.current_staff import current_staff
from resident_app.web.accounts.permissions import AccessLevel

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_GONE = "This interpreter is not offered any more. Choose another one."

blueprint = Blueprint("interpreters", __name__)


@dataclass(frozen=True)
class OfferedInterpreters:
    """Who interprets the language of a request. `booked` is for its call-back, and the first of `now`."""

    booked: Interpreter | None
    now: Sequence[Interpreter]
    later: Sequence[Interpreter]

    @property
    def all(self) -> list[Interpreter]:
        return [*self.now, *self.later]


@blueprint.get("/interpreters")
def show() -> str:
    """List every interpreter."""
    with reading(current_context().engine) as connection:
        found, refused = every_interpreter(connection), count_refused(connection)
    return render_template(
        "interpreters.html",
        active=[one for one in found if one.active],
        retired=[one for one in found if not one.active],
        refused=refused,
        may_change=current_staff().may(AccessLevel.LEAD),
    )


@blueprint.app_template_global()
def interpreters_for(row: HelpRequestRow) -> OfferedInterpreters:
    """Return who may be rung into a call about a request, and booked for it."""
    context = current_context()
    with reading(context.engine) as connection:
        active = [one for one in every_interpreter(connection) if one.active]
    booked = next((one for one in active if one.id == row.call_back_interpreter), None)
    speak = [one for one in active if one.speaks(row.spoken_language) or one == booked]
    # Who speaks just this language is before those for any, and the booked one before all.
    speak.sort(key=lambda one: (one != booked, not one.languages))
    now, zone = context.clock(), context.configuration.calendar.zone
    return OfferedInterpreters(
        booked,
        [one for one in speak if one.is_there(now, zone)],
        [one for one in speak if not one.is_there(now, zone)],
    )


def chosen_interpreter(connection: Connection, typed: str) -> Interpreter | None:
    """Return the active interpreter that a form names, or None."""
    found = find_interpreter(connection, int(typed)) if typed.isascii() and typed.isdigit() else None
    return found if found and found.active else None


def why_not_at(chosen: Interpreter | None, at: datetime) -> str:
    """Return why the chosen interpreter cannot interpret at a time, or ""."""
    if chosen is None:
        return _GONE
    if chosen.is_there(at, current_context().configuration.calendar.zone):
        return ""
    return f"The interpreter {chosen.name} is not there at that hour: {hours_in_words(chosen.hours)}."


def why_not_rung(chosen: Interpreter | None, typed: str) -> str:
    """Return why the interpreter of a form cannot be rung now, or "". Nothing typed: the office's line."""
    context = current_context()
    if typed:
        return why_not_at(chosen, context.clock())
    return (
        ""
        if context.configuration.office.interpreter
        else "No interpreter’s number is set in config/office.toml."
    )


@blueprint.app_template_global()
def hours_in_words(hours: Sequence[Period | None]) -> str:
    """Return hours such as Mon–Fri 9:00 AM–5:00 PM, days of the same hours together."""
    if tuple(hours) == ALWAYS:
        return "at any hour"
    told = []
    for same, group in groupby(range(7), lambda day: hours[day]):
        if same is not None:
            days = [_DAYS[day] for day in group]
            closes = "midnight" if same[1] >= DAY_END else f"{same[1]:%-I:%M %p}"
            told.append(f"{'–'.join(days[:1] + days[1:][-1:])} {same[0]:%-I:%M %p}–{closes}")
    return ", ".join(told)
