"""When the next thing is to be done with a request: the day and time that an officer types."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from resident_app.casework.cases.queue_query import QueueClock
from resident_app.configuration.contact_hours import ContactHours
from resident_app.configuration.office_calendar import OfficeCalendar
from resident_app.console.rendering import format_day

Value = TypeVar("Value")
DAY, TIME = "next_action_day", "next_action_time"


@dataclass(frozen=True)
class ReadPlan:
    """A plan as it was typed. `day` is for its field: another one is offered if the office is closed."""

    at: datetime | None
    day: str
    mistakes: Mapping[str, str] = field(default_factory=dict)


def plan_fields(at: datetime | None, zone: ZoneInfo) -> tuple[str, str]:
    """Return day and time of a plan as the form's fields have them, at the office."""
    if at is None:
        return "", ""
    local = at.astimezone(zone)
    return local.date().isoformat(), local.strftime("%H:%M")


def last_plan_day(clocks: QueueClock) -> date:
    """Return the last day for which something can be planned today."""
    return clocks.today + timedelta(days=clocks.rules.plan_days)


def describe_closed(day: date, calendar: OfficeCalendar) -> str:
    """Return that the office is closed on a day, and why."""
    why = calendar.name_of_closed_day(day) or f"a {day:%A}"
    return f"The office is closed on {format_day(day)}, {why}."


def read_plan(
    day: str, at: str, before: datetime | None, clocks: QueueClock, hours: ContactHours | None = None
) -> ReadPlan:
    """Return the plan of a form. Without a time it is for the end of the office's day.

    A plan that was there `before` may stay as it is, also when its time has passed. With `hours`, it is not
    for the office's night.
    """
    calendar = clocks.calendar
    if (day, at) == plan_fields(before, calendar.zone):
        return ReadPlan(before, day)
    if not day:
        return (
            ReadPlan(before, day, {DAY: "Choose a day for this time, or clear both."})
            if at
            else ReadPlan(None, "")
        )
    typed_day, typed_time = _parsed(date.fromisoformat, day), _parsed(time.fromisoformat, at) if at else None
    if typed_day is None:
        return ReadPlan(before, day, {DAY: "Enter a day, such as 2026-12-01."})
    if at and typed_time is None:
        return ReadPlan(before, day, {TIME: "Enter a time, such as 14:30."})
    if problem := _problem(typed_day, clocks):
        return ReadPlan(before, day, {DAY: problem})
    if not calendar.is_working_day(typed_day):
        return _another_day(typed_day, before, clocks)
    planned = (
        calendar.ends_at(typed_day)
        if typed_time is None
        else datetime.combine(typed_day, typed_time.replace(tzinfo=None), calendar.zone)
    )
    if planned <= clocks.now and typed_time is None:
        return ReadPlan(before, day, {DAY: "The office’s day is over. Add a time, or choose a later day."})
    if planned <= clocks.now:
        return ReadPlan(before, day, {TIME: "This time is over. Choose a later one."})
    if typed_time is not None and hours is not None and hours.at(planned).is_quiet:
        return ReadPlan(before, day, {TIME: "It is night then. Choose a time in the day."})
    return ReadPlan(planned, day)


def read_call_back(
    day: str, at: str, clocks: QueueClock, hours: ContactHours, time_zone: str
) -> tuple[datetime | None, str]:
    """Return the time of a call-back, or None and why the person cannot be called then."""
    if not day or not at:
        return None, "Choose the day and the time of the call-back."
    plan = read_plan(day, at, None, clocks)
    if plan.at is None:
        mistake = next(iter(plan.mistakes.values()))
        return None, mistake.replace(
            "is entered now: save to plan that.", "is the next day on which it is open."
        )
    moment = hours.at(plan.at, time_zone)
    if moment.is_quiet:
        return None, f"It will be {moment.local:%-I:%M %p} for this person. Choose a time in their day."
    return plan.at, ""


def _problem(day: date, clocks: QueueClock) -> str:
    last = last_plan_day(clocks)
    if day < clocks.today:
        return "This day is over. Choose today or a later day."
    if day > last:
        return f"Nobody would think of this person for too long. Plan for {format_day(last)} at the latest."
    return ""


def _another_day(day: date, before: datetime | None, clocks: QueueClock) -> ReadPlan:
    """Offer the next working day, or the one before it if that would be too far ahead."""
    calendar = clocks.calendar
    offered = calendar.first_working_day(day)
    if offered > last_plan_day(clocks):
        offered = calendar.last_working_day_before(day)
    entered = f"{offered:%A}, {format_day(offered)} is entered now: save to plan that."
    return ReadPlan(before, offered.isoformat(), {DAY: f"{describe_closed(day, calendar)} {entered}"})


def _parsed(parse: Callable[[str], Value], typed: str) -> Value | None:
    try:
        return parse(typed)
    except ValueError:
        return None
