"""Whether a person may be called or texted now, in the words that the request's page shows."""

from datetime import datetime

from flask import Blueprint

from resident_app.configuration.contact_hours import ContactMoment
from resident_app.console.context import ConsoleContext, current_context
from resident_app.console.rendering import format_day
from resident_app.intake.help_request import HelpRequest

blueprint = Blueprint("contact_now", __name__)


@blueprint.app_template_global()
def contact_now(asked: HelpRequest) -> ContactMoment:
    """Return this moment as it is for the person."""
    context = current_context()
    return context.configuration.contact_hours.at(context.clock(), asked.time_zone, asked.best_time)


@blueprint.app_template_global()
def why_quiet(moment: ContactMoment) -> str:
    """Return why nobody should call or text now, or ""."""
    if not moment.is_quiet:
        return ""
    its_time = f"It is {moment.local:%-I:%M %p} for this person."
    return f"{its_time} Today is {moment.closed_day}." if moment.closed_day else its_time


@blueprint.app_template_global()
def goes_out(at: datetime) -> str:
    """Return when a message goes out: today, tomorrow or on a day, at the office."""
    context = current_context()
    local = at.astimezone(context.configuration.calendar.zone)
    return f"It goes out {_day(local, context)} at {local:%-I:%M %p}."


def _day(local: datetime, context: ConsoleContext) -> str:
    days = (local.date() - context.today()).days
    return {0: "today", 1: "tomorrow"}.get(days, f"on {local:%A}, {format_day(local.date())}")
