"""The globals of the console's templates. They are in English, because only the office reads the console."""

import secrets
from collections.abc import Iterable
from datetime import date, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from flask import Flask, request
from jinja2 import StrictUndefined

from resident_app.casework.messages.quotations import passages
from resident_app.configuration.contact_hours import TIME_ZONES
from resident_app.console.context import ConsoleContext
from resident_app.intake.call_tables import CallStage
from resident_app.intake.help_request import ANOTHER_LANGUAGE
from resident_app.intake.request_tables import RequestState
from resident_app.web.accounts import installation as accounts
from resident_app.web.accounts.permissions import Permission
from resident_app.web.static_files import StaticFolder, versioned_address

STATIC = (
    StaticFolder(Path(__file__).parent.parent / "site" / "static"),
    StaticFolder(Path(__file__).parent / "static"),
    StaticFolder(accounts.STATIC_FOLDER),
)
"""The console shares the residents' stylesheet: its colors, forms and buttons."""

STATES = {
    RequestState.RECEIVED: "Received",
    RequestState.IN_HAND: "In progress",
    RequestState.TRIED: "Tried to reach",
    RequestState.CLOSED: "Closed",
    RequestState.ERASED: "Erased",
}
DUE = {"overdue": "Overdue", "now": "Due now", "approaching": "Due soon"}
CHANNELS = {"phone": "Phone call", "text": "Text message", "email": "Email"}
WHY_NOT_DELIVERED = {
    21610: "this number opted out of texts",
    21614: "this number cannot get texts",
    30001: "too many of our texts waited at the phone company",
    30002: "the phone company suspended our account. Tell whoever runs this system",
    30003: "the phone is off or cannot be reached",
    30004: "this number blocks our texts",
    30005: "there is no such number",
    30006: "this number is a landline, or cannot get texts",
    30007: "the phone company took it for spam",
    30008: "the phone company does not say why",
    30023: "our number sent as many texts today as it may",
    30032: "our number is not verified for texts. Tell whoever runs this system",
    30034: "our number is not registered for texts. Tell whoever runs this system",
}
"""By the carrier's code: https://www.twilio.com/docs/api/errors."""
REPLY_KINDS = {
    "acknowledgment": "Only a reaction or thanks",
    "automatic": "Automatic reply",
    "stop": "STOP: no more text messages",
    "start": "START: text messages again",
    "help": "HELP",
}
CALL_STAGES = {
    CallStage.WAITING: "Your phone will ring in a moment.",
    CallStage.RINGING_OFFICER: "Your phone rings. Answer it, and press any key.",
    CallStage.OFFICER_READY: "You are connected. The person is called next.",
    CallStage.RINGING_RESIDENT: "The person’s phone rings.",
    CallStage.TALKING: "You are talking with the person.",
}


def install(app: Flask, context: ConsoleContext) -> None:
    """Give an application's templates their globals."""
    zone = ZoneInfo(context.configuration.office.time_zone)

    def moment(at: datetime | None) -> str:
        """Return a time at the office: Nov 24, 2026, 2:05 PM; "" for None."""
        return format_moment(at, zone) if at else ""

    def planned(code: str) -> str:
        """Return the time in a timeline entry's code. Older entries have a day alone."""
        at = datetime.fromisoformat(code)
        return moment(at) if at.tzinfo else format_day(at)

    def ago(at: datetime | None) -> str:
        """Return how long ago a time was: 3 days, 5 hours, 10 minutes."""
        return duration(int((context.clock() - at).total_seconds())) if at else ""

    app.jinja_env.undefined = StrictUndefined  # A misspelled name in a template is an error.
    app.jinja_env.globals.update(
        office=context.configuration.office,
        why_not_delivered=why_not_delivered,
        codes=context.configuration.codes,
        stylesheets=[versioned_address(name, STATIC) for name in ("site.css", "console.css")],
        scripts=[
            versioned_address(f"{name}.js", STATIC)
            for name in ("htmx.min", "console", "lock", "passkey", "set_up")
        ],
        moment=moment,
        time_zones=TIME_ZONES,
        sections=navigation_sections,
        planned=planned,
        clock_time=lambda at: at.astimezone(zone).strftime("%-I:%M %p"),
        passages=passages,
        ago=ago,
        day=format_day,
        language_name=language_name,
        language_of=context.languages.get,
        every_language=list(context.languages.values()),
        site_languages=frozenset(context.languages),
        state_names=STATES,
        channel_names=CHANNELS,
        due_names=DUE,
        reply_kinds=REPLY_KINDS,
        office_tags=context.configuration.casework.tags,
        call_stages=CALL_STAGES,
        call_outcomes=context.configuration.casework.call,
        new_token=lambda: secrets.token_hex(16),
    )

    def for_this_request() -> dict[str, str]:
        return {"endpoint": request.endpoint or ""}

    app.context_processor(for_this_request)


def why_not_delivered(code: int | None) -> str:
    """Return why a text message did not arrive, in words."""
    other = f"the phone company’s code is {code}" if code else WHY_NOT_DELIVERED[30008]
    return WHY_NOT_DELIVERED.get(code or 0, other)


def language_name(code: str) -> str:
    """Return the English name of a language."""
    if code in ("", ANOTHER_LANGUAGE):
        return "Another language"
    try:
        return Locale.parse(code, sep="-").get_display_name("en") or code
    except (UnknownLocaleError, ValueError):
        return code


def navigation_sections(pages: Iterable[Permission]) -> list[tuple[str, list[Permission]]]:
    """Return the navigation's entries in their order: a page alone, or the pages of one section."""
    found: dict[str, list[Permission]] = {}
    for page in pages:
        found.setdefault(page.section or page.endpoint, []).append(page)
    return [(pages[0].section, pages) for pages in found.values()]


def format_moment(at: datetime, zone: tzinfo) -> str:
    """Return a time as Nov 24, 2026, 2:05 PM."""
    return at.astimezone(zone).strftime("%b %-d, %Y, %-I:%M %p")


def format_day(day: date | None) -> str:
    """Return a date as Nov 24, 2026; "" for None."""
    return day.strftime("%b %-d, %Y") if day else ""


def duration(seconds: int) -> str:
    """Return a duration in its largest whole unit: 3 days, 5 hours, 10 minutes."""
    for name, length in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            count = seconds // length
            return f"{count} {name}{'s' if count > 1 else ''}"
    return "less than a minute"
