"""What an officer does with a request in one go, and why something is not done."""

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from resident_app.intake.request_tables import RequestState


class ActionRefused(Exception):
    """What is not done, and why."""


class RequestGone(ActionRefused):
    """The request is erased, or there is none."""


class StaleVersion(ActionRefused):
    """Somebody else changed the request since the page was made."""


class InvalidTransition(ActionRefused):
    """A request in this state does not go to that one."""


class ReasonRequired(ActionRefused):
    """A closed request needs an outcome, a reopened one some words."""


class ContactNotAllowed(ActionRefused):
    """Its sender asked to erase it, or its contact details are removed."""


class RequestUnreadable(ActionRefused):
    """The request does not open with the office's keys."""


class CannotMerge(ActionRefused):
    """These two cannot be merged."""


@dataclass(frozen=True, repr=False)
class NewMessage:
    """A message to a request's sender. `key` is the outbox's, so that it is sent once."""

    channel: str
    words: str


@dataclass(frozen=True, repr=False)
class CaseAction:
    """What an officer does in one go; each part may be left out."""

    note: str = ""
    message: NewMessage | None = None
    state: RequestState | None = None
    outcome: str = ""
    reason: str = ""
    next_action_on: date | None = None
    plans: bool = False
    """Whether `next_action_on` is meant: None then takes the date away."""

    def is_empty(self) -> bool:
        return not (self.note or self.message or self.state or self.plans)


@dataclass(frozen=True)
class Actor:
    """Who does something, when, and the mark of the form by which its second sending is known."""

    id: int
    at: datetime
    day: date
    """The day it is at the office."""
    form: str

    def key(self, part: str) -> bytes:
        """16 bytes: an entry's key."""
        return sha256(f"{self.form}|{part}".encode()).digest()[:16]
