"""The form of a request's page before it is carried out: a note, a message, a state, a next action."""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from resident_app.casework.cases.actions import CaseAction, NewMessage
from resident_app.casework.cases.timeline import OpenedCase
from resident_app.casework.messages import composing
from resident_app.casework.messages.composing import DraftProblem
from resident_app.characters import readable
from resident_app.console.cases.plan import ReadPlan, plan_fields, read_plan
from resident_app.console.cases.queue_address import queue_clock
from resident_app.console.cases.reach import Reach
from resident_app.console.cases.ready_message import ReadyMessage, read_message
from resident_app.console.context import ConsoleContext
from resident_app.console.rendering import STATES, format_moment
from resident_app.contact_points import Channel
from resident_app.intake.help_request import MESSAGE_LENGTH
from resident_app.intake.request_tables import RequestState

_REFUSALS: dict[DraftProblem, str] = {
    DraftProblem.EMPTY: "Write the message, or choose a template.",
    DraftProblem.TOO_LONG: "The message is too long for this way of sending it.",
    DraftProblem.PLACEHOLDER_LEFT: "Something in the message still waits to be filled in.",
    DraftProblem.WRONG_SCRIPT: "The message is not in the script of this person’s language.",
    DraftProblem.WRONG_LANGUAGE: "The message is not in this person’s language.",
    DraftProblem.REVEALING: "A text may be read by others: leave out what it is about.",
}
_CHANNELS: dict[str, str] = {Channel.TEXT: "text messages", Channel.EMAIL: "email"}


@dataclass(frozen=True, repr=False)
class CaseDraft:
    """The form as it was typed, with its mistakes by field."""

    form_token: str
    version: int
    note: str = ""
    channel: str = ""
    message: ReadyMessage = field(default_factory=ReadyMessage)
    state: str = ""
    reason: str = ""
    next_action_day: str = ""
    next_action_time: str = ""
    is_preview: bool = False
    """Show the message; do not send it yet."""
    action: CaseAction = field(default_factory=CaseAction)
    mistakes: Mapping[str, str] = field(default_factory=dict)


def empty_draft(opened: OpenedCase, reach: Reach, context: ConsoleContext) -> CaseDraft:
    """Return the form of a page that was just opened."""
    day, time = plan_fields(opened.row.next_action_at, context.configuration.calendar.zone)
    return CaseDraft(
        form_token=secrets.token_hex(16),
        version=opened.row.version,
        channel=reach.channels[0] if reach.channels else "",
        next_action_day=day,
        next_action_time=time,
    )


def read_draft(
    form: Mapping[str, str], opened: OpenedCase, reach: Reach, staff_name: str, context: ConsoleContext
) -> CaseDraft:
    """Return the form as a draft. It can be carried out if it has no mistakes."""
    typed = {name: readable(form.get(name, "")).strip() for name in TYPED}
    message = read_message(typed, opened.row.written_language, staff_name, context)
    version = form.get("version", "")
    draft = CaseDraft(
        form_token=form.get("form_token") or secrets.token_hex(16),
        version=int(version) if version.isascii() and version.isdigit() else -1,
        is_preview="show" in form,
        note=typed["note"],
        channel=typed["channel"],
        message=message,
        state=typed["state"],
        reason=typed["reason"],
        next_action_day=typed["next_action_day"],
        next_action_time=typed["next_action_time"],
    )
    plan = read_plan(
        draft.next_action_day,
        draft.next_action_time,
        opened.row.next_action_at,
        queue_clock(context),
        context.configuration.contact_hours,
    )
    mistakes = {**dict(_mistakes(draft, opened, reach, context)), **plan.mistakes}
    draft = replace(draft, next_action_day=plan.day)
    action = _action(draft, opened, plan)
    if not mistakes and action.is_empty():
        mistakes["note"] = "Write a note or a message, or choose a state or a day."
    if draft.is_preview:
        # The message is looked at; it is not sent yet.
        kept = {"template", *(name for name in ("day", "time") if typed[name])}
        mistakes = {name: why for name, why in mistakes.items() if name in kept}
    return replace(draft, action=action, mistakes=mistakes)


TYPED = (
    "note",
    "channel",
    "template",
    "day",
    "time",
    "shown_template",
    "shown_day",
    "shown_time",
    "message",
    "state",
    "reason",
    "next_action_day",
    "next_action_time",
)


def describe_action(action: CaseAction, context: ConsoleContext, goes_out: str = "") -> str:
    """Return what was done, in sentences. `goes_out` says when the message does, if it waits."""
    said = ["Note saved."] if action.note else []
    if action.message:
        kind = {Channel.TEXT: "text message", Channel.EMAIL: "email"}[Channel(action.message.channel)]
        said.append(f"The {kind} is in the outbox{'. ' + goes_out if goes_out else ' and goes out next.'}")
    if action.state:
        outcome = context.configuration.casework.outcomes.get(action.outcome, "")
        said.append(f"Status: {STATES[action.state]}{': ' + outcome if outcome else ''}.")
    if action.sets_next_action:
        zone = context.configuration.calendar.zone
        at = action.next_action_at
        said.append(f"Next action: {format_moment(at, zone)}." if at else "The next action is removed.")
    return " ".join(said)


def _action(draft: CaseDraft, opened: OpenedCase, plan: ReadPlan) -> CaseAction:
    state, _, outcome = draft.state.partition(":")
    return CaseAction(
        note=draft.note,
        message=_new_message(draft) if draft.message.words else None,
        state=RequestState(state) if state in {one.value for one in RequestState} else None,
        outcome=outcome,
        reason=draft.reason,
        next_action_at=plan.at,
        sets_next_action=plan.at != opened.row.next_action_at,
    )


def _new_message(draft: CaseDraft) -> NewMessage:
    template = draft.message.chosen
    return NewMessage(draft.channel, draft.message.words, template.name if template else "")


def _mistakes(
    draft: CaseDraft, opened: OpenedCase, reach: Reach, context: ConsoleContext
) -> Iterator[tuple[str, str]]:
    if len(draft.note) > MESSAGE_LENGTH:
        yield "note", f"This is too long. Use at most {MESSAGE_LENGTH} letters."
    message = draft.message
    yield from message.mistakes
    if message.words and draft.channel not in reach.channels:
        yield "channel", reach.why_not.get(draft.channel, "Choose how the message is sent.")
    only = message.chosen.channel if message.chosen else ""
    if only and only != draft.channel:
        yield "channel", f"This template is for {_CHANNELS[only]} only."
    if message.words and not message.mistakes:
        written = composing.MessageDraft(message.words, opened.row.written_language, draft.channel)
        for problem in composing.draft_problems(written, context.languages):
            yield "message", _REFUSALS[problem]
