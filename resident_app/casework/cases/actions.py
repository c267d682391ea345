"""What an officer does with a request in one step, and why an action is refused."""

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from resident_app.intake.request_tables import RequestState


class ActionRefused(Exception):
    """The action was not carried out."""


class RequestGone(ActionRefused):
    """The request was erased."""


class NoSuchRequest(ActionRefused):
    """No request has this number, or any more. The argument is the number."""


class StaleVersion(ActionRefused):
    """Somebody else changed the request since the page was made."""


class InvalidTransition(ActionRefused):
    """A request in this state cannot go to that one."""


class Unchanged(InvalidTransition):
    """The request is so already."""


class AccountClosed(ActionRefused):
    """The person it would be assigned to has no open account."""


class NoteRequired(ActionRefused):
    """A request is closed although nobody ever reached out: that needs a note that says why."""


class AnswerRequired(NoteRequired):
    """A request is closed although its sender wrote and has no answer: that needs a note that says why."""


class ReasonRequired(ActionRefused):
    """Closing a request needs an outcome, and reopening it needs a reason."""


class ContactNotAllowed(ActionRefused):
    """The sender asked for the request to be erased, or the contact details are removed."""


class RequestUnreadable(ActionRefused):
    """None of the office's keys opens the request."""


class NotYourNote(ActionRefused):
    """Only the author of a note may correct it."""


class InterpreterBooked(ActionRefused):
    """The interpreter is booked for another call within half an hour of this one."""


class CannotMerge(ActionRefused):
    """These two requests cannot be merged."""


@dataclass(frozen=True, repr=False)
class NewMessage:
    """A message to the person who made a request. `channel` is `text` or `email`."""

    channel: str
    words: str
    template: str = ""
    """The template that the words are, with its version, for the timeline; empty: words of one's own."""
    not_before: datetime | None = None
    bulk_id: int | None = None
    """The bulk message that it is a part of."""


@dataclass(frozen=True, repr=False)
class CaseAction:
    """What an officer does with a request in one step. Every part is optional."""

    note: str = ""
    message: NewMessage | None = None
    state: RequestState | None = None
    outcome: str = ""
    reason: str = ""
    next_action_at: datetime | None = None
    sets_next_action: bool = False
    """Whether `next_action_at` is applied. None then clears the plan."""
    mentioned: frozenset[int] = frozenset()
    """The accounts of colleagues whom the note names."""

    def is_empty(self) -> bool:
        return not (self.note or self.message or self.state or self.sets_next_action)


@dataclass(frozen=True)
class Actor:
    """The staff member who acts, the time, and the form that was submitted."""

    id: int
    at: datetime
    zone: ZoneInfo
    """The office's time zone."""
    form: str
    """The form's token: a second submission has the same one."""

    @property
    def day(self) -> date:
        """The day at the office."""
        return self.day_of(self.at)

    def day_of(self, at: datetime) -> date:
        """Return the day that it is at the office at a time."""
        return at.astimezone(self.zone).date()

    def key(self, part: str) -> bytes:
        """Return 16 bytes that identify one part of this form's submission."""
        return sha256(f"{self.form}|{part}".encode()).digest()[:16]
