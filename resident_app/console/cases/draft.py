"""The form of a request's page before it is carried out: a note, a message, a state, a next action."""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from resident_app.casework.cases.actions import CaseAction, NewMessage
from resident_app.casework.cases.timeline import OpenedCase
from resident_app.casework.messages import composing
from resident_app.casework.messages.composing import DraftProblem
from resident_app.casework.messages.templates import MessageTemplate
from resident_app.characters import readable
from resident_app.console.context import ConsoleContext
from resident_app.contact_points import Channel
from resident_app.intake.help_request import MESSAGE_LENGTH
from resident_app.intake.request_tables import RequestState
from resident_app.languages import Languages

_REFUSALS: dict[DraftProblem, str] = {
    DraftProblem.EMPTY: "Write the message, or choose one.",
    DraftProblem.TOO_LONG: "The message is too long for this way of sending it.",
    DraftProblem.PLACEHOLDER_LEFT: "Something in the message still waits to be filled in.",
    DraftProblem.WRONG_SCRIPT: "The message is not in the script of this person’s language.",
    DraftProblem.WRONG_LANGUAGE: "The message is not in this person’s language.",
    DraftProblem.REVEALING: "A text may be read by others: leave out what it is about.",
}


@dataclass(frozen=True, repr=False)
class CaseDraft:
    """The form as it was typed, with its mistakes by field."""

    form_token: str
    version: int
    note: str = ""
    channel: str = ""
    template: str = ""
    day: str = ""
    message: str = ""
    back_translation: str = ""
    """The chosen message in English; empty once its words were changed."""
    state: str = ""
    reason: str = ""
    next_action_on: str = ""
    is_preview: bool = False
    """Show the message; do not send it yet."""
    action: CaseAction = field(default_factory=CaseAction)
    mistakes: Mapping[str, str] = field(default_factory=dict)


def empty_draft(opened: OpenedCase) -> CaseDraft:
    """Return the form of a page that was just opened."""
    planned = opened.row.next_action_on
    return CaseDraft(
        form_token=secrets.token_hex(16),
        version=opened.row.version,
        channel=channels(opened)[0] if channels(opened) else "",
        next_action_on=planned.isoformat() if planned else "",
    )


def channels(opened: OpenedCase) -> tuple[str, ...]:
    """Return the channels by which a message can reach this person, the one they asked for first."""
    request = opened.request
    if request is None or opened.row.erasure_requested_at or opened.row.contact_removed_at:
        return ()
    contact_points = {Channel.TEXT: request.phone, Channel.EMAIL: request.email}
    usable = [channel for channel, address in contact_points.items() if address]
    return tuple(sorted(usable, key=lambda channel: channel != request.reach_by))


def read_draft(form: Mapping[str, str], opened: OpenedCase, context: ConsoleContext) -> CaseDraft:
    """Return the form as a draft. It can be carried out if it has no mistakes."""
    typed = {name: readable(form.get(name, "")).strip() for name in _TYPED}
    message, back_translation = typed["message"], ""
    if typed["template"] in MessageTemplate.__members__:
        template, in_english = _filled(typed, opened, context)
        message = message or template
        back_translation = in_english if message == template else ""
    version = form.get("version", "")
    draft = CaseDraft(
        form_token=form.get("form_token") or secrets.token_hex(16),
        version=int(version) if version.isascii() and version.isdigit() else -1,
        is_preview="show" in form,
        note=typed["note"],
        channel=typed["channel"],
        template=typed["template"],
        day=typed["day"],
        message=message,
        back_translation=back_translation,
        state=typed["state"],
        reason=typed["reason"],
        next_action_on=typed["next_action_on"],
    )
    mistakes = dict(_mistakes(draft, opened, context))
    action = _action(draft, opened)
    if not mistakes and action.is_empty():
        mistakes["note"] = "Write a note or a message, or choose a state or a day."
    return replace(draft, action=action, mistakes={} if draft.is_preview else mistakes)


_TYPED = ("note", "channel", "template", "day", "message", "state", "reason", "next_action_on")


def _action(draft: CaseDraft, opened: OpenedCase) -> CaseAction:
    state, _, outcome = draft.state.partition(":")
    planned = _date(draft.next_action_on)
    return CaseAction(
        note=draft.note,
        message=NewMessage(draft.channel, draft.message) if draft.message else None,
        state=RequestState(state) if state in {one.value for one in RequestState} else None,
        outcome=outcome,
        reason=draft.reason,
        next_action_on=planned,
        sets_next_action=planned != opened.row.next_action_on,
    )


def _mistakes(draft: CaseDraft, opened: OpenedCase, context: ConsoleContext) -> Iterator[tuple[str, str]]:
    if len(draft.note) > MESSAGE_LENGTH:
        yield "note", f"This is too long. Use at most {MESSAGE_LENGTH} letters."
    if draft.next_action_on and _date(draft.next_action_on) is None:
        yield "next_action_on", "Enter a day, such as 2026-12-01."
    if draft.message:
        if draft.channel not in channels(opened):
            yield "channel", "This person cannot be reached this way."
        for refusal in _refusals(draft, opened.row.written_language, context.languages):
            yield "message", _REFUSALS[refusal]


def _refusals(draft: CaseDraft, language: str, languages: Languages) -> tuple[DraftProblem, ...]:
    """Return the problems of the message. Its language is checked only if it is one of the site's."""
    return composing.draft_problems(composing.MessageDraft(draft.message, language, draft.channel), languages)


def _filled(typed: Mapping[str, str], opened: OpenedCase, context: ConsoleContext) -> tuple[str, str]:
    """Return a template's message in the person's language and in English; "" if the language has none."""
    language = context.languages.get(opened.row.written_language)
    if language is None:
        return "", ""
    template = MessageTemplate[typed["template"]]
    number, day = context.configuration.office.line_in_words, _date(typed["day"])
    words = composing.fill(template, language, number=number, day=day)
    says = composing.read_back(template, language, context.back_translations, number=number, day=day)
    return words, says


def _date(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None
