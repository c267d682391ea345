"""The officer who acts or reads, and the words for an officer when an action is refused."""

import secrets

from flask import request
from sqlalchemy import Connection

from resident_app.casework.cases import actions
from resident_app.casework.cases.actions import Actor
from resident_app.casework.opened import Reader
from resident_app.console.context import current_context
from resident_app.web.accounts.current_staff import current_staff


def current_actor(form_token: str | None, part: str = "") -> Actor:
    """Return the person who is signed in, with the form's token: a form that is sent twice acts once."""
    context = current_context()
    token = form_token or secrets.token_hex(16)
    return Actor(current_staff().id, context.clock(), context.configuration.calendar.zone, f"{token}|{part}")


def current_reader(connection: Connection) -> Reader:
    """Return the person who is signed in and looks at this page, in the transaction that records it."""
    return Reader(connection, current_staff().id, current_context().clock(), request.endpoint or "")


_REFUSALS: dict[type[actions.ActionRefused], str] = {
    actions.RequestGone: "The request is gone: it was erased.",
    actions.StaleVersion: (
        "Somebody changed this request while you were working. What you wrote is still below: "
        "look at the timeline, then send it again."
    ),
    actions.InvalidTransition: "A request in this state cannot go to that one.",
    actions.Unchanged: "Nothing changes: it is so already.",
    actions.AccountClosed: "The person it was assigned to has no open account any more.",
    actions.NoteRequired: (
        "Nobody has reached out to this person yet. Write a note of at least 10 letters that says why the "
        "request is closed."
    ),
    actions.AnswerRequired: (
        "This person wrote and has no answer yet. Answer them, or write a note of at least 10 letters "
        "that says why the request is closed without one."
    ),
    actions.ReasonRequired: "Say why: a closed request needs an outcome, a reopened one a few words.",
    actions.ContactNotAllowed: (
        "This person must not be contacted this way: there is no number or address for it, "
        "it was removed, or they asked to erase the request."
    ),
    actions.RequestUnreadable: "This request does not open with the office's keys.",
    actions.NotYourNote: "Only the person who wrote a note may correct it.",
    actions.InterpreterBooked: (
        "This interpreter is booked for another call within 30 minutes of that time. "
        "Choose another time or interpreter."
    ),
    actions.CannotMerge: "These two requests cannot be merged.",
}


def describe_refusal(refused: actions.ActionRefused) -> str:
    """Return what to tell an officer whose action was refused."""
    if isinstance(refused, actions.NoSuchRequest):
        return f"There is no request {refused.args[0]}."
    return _REFUSALS[type(refused)]
