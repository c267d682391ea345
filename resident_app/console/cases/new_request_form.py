"""The form of a request that an officer takes down: what was typed, and its mistakes by field."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from resident_app.casework.cases.taken_down import CameBy, TakenDown
from resident_app.characters import readable
from resident_app.console.cases.typed_contact import read_contact
from resident_app.console.context import ConsoleContext
from resident_app.contact_points import Origin
from resident_app.intake.attachments import IncomingFile
from resident_app.intake.help_request import ANOTHER_LANGUAGE, MESSAGE_LENGTH, SHORT_LENGTH, HelpRequest

NO_CONTACT = "none"
"""The choice of a person who leaves no number and no address, and comes or calls again."""
_TYPED = (
    *("came_by", "name", "reach_by", "phone", "email", "spoken", "written", "language_note", "topic"),
    *("best_time", "voicemail_ok", "received_on", "spoke", "assign"),
)


@dataclass(frozen=True, repr=False)
class NewRequestForm:
    """The form as it was typed."""

    form_token: str
    typed: Mapping[str, str]
    mistakes: Mapping[str, str] = field(default_factory=dict)
    taken: TakenDown | None = None
    """What to store, if there are no mistakes."""


def empty_form(context: ConsoleContext) -> NewRequestForm:
    """Return the form of a page that was just opened."""
    typed = dict.fromkeys((*_TYPED, "message"), "")
    return NewRequestForm(secrets.token_hex(16), typed | {"received_on": context.today().isoformat()})


def read_form(
    form: Mapping[str, str], papers: Sequence[IncomingFile], context: ConsoleContext
) -> NewRequestForm:
    """Return what was typed, with its mistakes or with what to store."""
    typed = {name: readable(form.get(name, "")).strip()[: SHORT_LENGTH + 1] for name in _TYPED}
    message = readable(form.get("message", "")).replace("\r\n", "\n").replace("\r", "\n").strip()
    typed["message"] = message
    token = form.get("form_token", "")[:100] or secrets.token_hex(16)
    wanted = "" if typed["reach_by"] == NO_CONTACT else typed["reach_by"]
    contact, mistakes = read_contact(
        typed | {"reach_by": wanted}, may_be_none=typed["reach_by"] == NO_CONTACT
    )
    mistakes |= _mistakes(typed, context)
    received_at, wrong_day = _received_at(typed, context)
    if wrong_day:
        mistakes["received_on"] = wrong_day
    if mistakes or received_at is None:
        return NewRequestForm(token, typed, mistakes)
    request = HelpRequest(
        origin=Origin.STAFF,
        reach_by=wanted,
        **contact,
        spoken=typed["spoken"],
        written=typed["written"],
        topic=typed["topic"],
        name=typed["name"],
        message=message,
        best_time=typed["best_time"],
        language_note=typed["language_note"],
        voicemail_ok=typed["voicemail_ok"] == "yes",
    )
    spoke = typed["spoke"] == "yes"
    taken = TakenDown(request, CameBy(typed["came_by"]), received_at, spoke, tuple(papers))
    return NewRequestForm(token, typed, taken=taken)


def _mistakes(typed: Mapping[str, str], context: ConsoleContext) -> dict[str, str]:
    spoken = {*context.languages, ANOTHER_LANGUAGE}
    written = {*(one.code for one in context.languages.on_the_site()), ANOTHER_LANGUAGE}
    found = {
        name: f"This is too long. Use at most {SHORT_LENGTH} letters."
        for name in ("name", "language_note", "best_time")
        if len(typed[name]) > SHORT_LENGTH
    }
    if len(typed["message"]) > MESSAGE_LENGTH:
        found["message"] = f"This is too long. Use at most {MESSAGE_LENGTH:,} letters."
    if typed["came_by"] not in tuple(CameBy):
        found["came_by"] = "Choose how the person came."
    if typed["spoken"] not in spoken:
        found["spoken"] = "Choose the language that the person speaks."
    if typed["written"] not in written:
        found["written"] = "Choose the language that the person reads."
    if ANOTHER_LANGUAGE in (typed["spoken"], typed["written"]) and not typed["language_note"]:
        found["language_note"] = "Write which language it is."
    if typed["topic"] not in context.configuration.codes.topics:
        found["topic"] = "Choose what it is about."
    if typed["best_time"] not in context.configuration.codes.times:
        found["best_time"] = "Choose a good time."
    return found


def _received_at(typed: Mapping[str, str], context: ConsoleContext) -> tuple[datetime | None, str]:
    """Return when the request came, or why the day cannot be right. Only a paper form can be from before."""
    today, now = context.today(), context.clock()
    if typed["came_by"] != CameBy.PAPER:
        return now, ""
    oldest = today - timedelta(days=context.configuration.casework.taken_down.oldest_days)
    try:
        day = date.fromisoformat(typed["received_on"])
    except ValueError:
        return None, f"Enter a day, such as {today.isoformat()}."
    if not oldest <= day <= today:
        return None, f"Enter a day from {oldest.isoformat()} to today."
    noon = datetime.combine(day, time(12), context.configuration.calendar.zone)
    return min(now, noon.astimezone(now.tzinfo)), ""
