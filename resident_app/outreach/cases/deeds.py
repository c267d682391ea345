"""What an officer does with a request in one go, and why something is not done."""

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from resident_app.outreach.tables import State


class Refused(Exception):
    """What is not done, and why."""


class Gone(Refused):
    """The request is erased, or there is none."""


class ChangedMeanwhile(Refused):
    """Somebody else changed the request since the page was made."""


class NotThatWay(Refused):
    """A request in this state does not go to that one."""


class NoReason(Refused):
    """A closed request needs an outcome, a reopened one some words."""


class NotToBeContacted(Refused):
    """Its sender asked to erase it, or its contact details are removed."""


class CannotBeRead(Refused):
    """The request does not open with the office's keys."""


class NotOneRequest(Refused):
    """These two cannot be merged."""


@dataclass(frozen=True, repr=False)
class Message:
    """A message to a request's sender. `key` is the outbox's, so that it is sent once."""

    channel: str
    words: str


@dataclass(frozen=True, repr=False)
class Deed:
    """What an officer does in one go; each part may be left out."""

    note: str = ""
    message: Message | None = None
    state: State | None = None
    outcome: str = ""
    reason: str = ""
    next_action_on: date | None = None
    plans: bool = False
    """Whether `next_action_on` is meant: None then takes the date away."""

    def is_empty(self) -> bool:
        return not (self.note or self.message or self.state or self.plans)


@dataclass(frozen=True)
class Hand:
    """Who does something, when, and the mark of the form by which its second sending is known."""

    staff: int
    at: datetime
    day: date
    """The day it is at the office."""
    form: str

    def key(self, part: str) -> bytes:
        """16 bytes: an entry's key."""
        return sha256(f"{self.form}|{part}".encode()).digest()[:16]
