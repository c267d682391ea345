"""The tables of help requests. What the queue sorts by is readable, and the rest is sealed.

`sealed_to` is the id of the office key that opens the column `sealed` beside it.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    Boolean,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.contact_points import Channel, Origin
from resident_app.database import Base, Moment, enum_type

REQUEST_ID = "help_request.id"


class RequestState(StrEnum):
    """How far a request has come. The sender sees it."""

    RECEIVED = "received"
    IN_HAND = "in-hand"
    TRIED = "tried"
    CLOSED = "closed"
    ERASED = "erased"
    """By its sender. From then on its reference is unknown."""


OPEN = (RequestState.RECEIVED, RequestState.IN_HAND, RequestState.TRIED)
"""The states of requests that the office still works on."""


class HelpRequestRow(Base):
    """One request. An erased request keeps its row, with only `submission` and the time."""

    __tablename__ = "help_request"
    __table_args__ = (Index("help_request_queue", "state", "last_contact_at"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    submission: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """16 bytes, the same for a second submission of the same form."""
    selector: Mapped[str | None] = mapped_column(String(7), unique=True)
    """Seven digits, or five of a reference of version 0.2.0. None once the request is erased."""
    secret_hash: Mapped[str] = mapped_column(String(200))
    """Argon2id of the reference's secret half."""
    reference_attempt: Mapped[int] = mapped_column(Integer)
    """How many of the submission's references were in use already."""
    origin: Mapped[Origin | None] = mapped_column(enum_type(Origin, 10))
    spoken_language: Mapped[str] = mapped_column(String(20), index=True)
    """The spoken one."""
    written_language: Mapped[str] = mapped_column(String(20), default="")
    topic: Mapped[str] = mapped_column(String(30))
    channel: Mapped[Channel | None] = mapped_column(enum_type(Channel, 10))
    state: Mapped[RequestState] = mapped_column(enum_type(RequestState, 20), index=True)
    received_at: Mapped[datetime] = mapped_column(Moment, index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_to: Mapped[str] = mapped_column(String(16), index=True, default="")
    version: Mapped[int] = mapped_column(Integer, default=0)
    """Rises with each change, so that two officers do not overwrite each other."""
    assigned_to: Mapped[int | None] = mapped_column(Integer, index=True)
    """The staff member who works on it."""
    last_contact_at: Mapped[datetime] = mapped_column(Moment)
    """When the office last reached out, or when the request was received. The queue sorts by it."""
    tried_on: Mapped[date | None] = mapped_column(Date)
    """The day when the office last tried to reach the sender, who sees it."""
    next_action_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    """By when an officer means to do the next thing."""
    call_back_officer: Mapped[int | None] = mapped_column(Integer)
    """The next action is a call that the person was promised for that time, by this staff member."""
    call_back_interpreter: Mapped[int | None] = mapped_column(Integer, index=True)
    """The interpreter who is booked for that call."""
    priority: Mapped[bool] = mapped_column(Boolean, server_default=false())
    """An officer put it before others. The reason is sealed in the timeline."""
    closed_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    outcome: Mapped[str] = mapped_column(String(30), default="")
    """Why it was closed: a code of config/casework.toml."""
    merged_into: Mapped[int | None] = mapped_column(Integer, index=True)
    """The request by the same person that this one was merged into, which is not itself merged."""
    legal_hold: Mapped[bool] = mapped_column(Boolean, default=False, index=True)
    """Nothing of it is removed."""
    erasure_requested_at: Mapped[datetime | None] = mapped_column(Moment)
    """When its sender erased it under legal hold. It is erased when the hold ends."""
    contact_removed_at: Mapped[datetime | None] = mapped_column(Moment)
    wrote_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    """When the sender wrote last, until the office answers. Such a request comes first in the queue."""
    undelivered_at: Mapped[datetime | None] = mapped_column(Moment)
    """When a message of the office did not arrive, until the office reaches out in another way."""


class NoteRow(Base):
    """A note that the sender added later."""

    __tablename__ = "request_note"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey(REQUEST_ID, ondelete="CASCADE"), index=True)
    submission: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """16 bytes, the same for a second submission of the same note."""
    received_at: Mapped[datetime] = mapped_column(Moment)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_to: Mapped[str] = mapped_column(String(16), index=True, default="")


class RequestTagRow(Base):
    """A tag of a request: a code of config/casework.toml, which anybody with the database can read."""

    __tablename__ = "request_tag"

    request_id: Mapped[int] = mapped_column(ForeignKey(REQUEST_ID, ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(30), primary_key=True, index=True)


class EntryKind(StrEnum):
    """The kinds of timeline entries."""

    NOTE = "note"
    NOTE_CORRECTED = "note-corrected"
    """`subject` is the entry of the note, which stays."""
    READ = "read"
    STATE = "state"
    """`code` is the new state, or `closed` with the outcome in `detail`."""
    ASSIGNED = "assigned"
    """`subject` is the officer that it was assigned to, or None."""
    NEXT_ACTION = "next-action"
    CALL_BACK = "call-back"
    """A call was promised for the time in `code`, by the officer `subject`."""
    CALL = "call"
    """`code` is the call's outcome."""
    TAKEN_DOWN = "taken-down"
    """Staff took the request down. `code` is how the person came; `detail` is SPOKE if they spoke."""
    TEXT_OUT = "text-out"
    EMAIL_OUT = "email-out"
    TEXT_IN = "text-in"
    EMAIL_IN = "email-in"
    MERGED = "merged"
    """`subject` is the other request."""
    SEPARATED = "separated"
    """The merge with the request `subject` was undone."""
    CONTACT_CHANGED = "contact-changed"
    TAGGED = "tagged"
    PRIORITY = "priority"
    """`code` is `on` or `off`."""
    HELD = "held"
    RELEASED = "released"
    CONTACT_REMOVED = "contact-removed"
    ANSWERED = "answered"
    """What the sender wrote was read, and needs no answer."""


SPOKE = "spoke"


class TimelineRow(Base):
    """A timeline entry. Its words are sealed, bound to the request's submission and to `key`."""

    __tablename__ = "timeline_entry"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey(REQUEST_ID, ondelete="CASCADE"), index=True)
    key: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """16 bytes, the same for a second submission of the same form."""
    kind: Mapped[EntryKind] = mapped_column(enum_type(EntryKind, 20))
    at: Mapped[datetime] = mapped_column(Moment)
    actor_id: Mapped[int | None] = mapped_column(Integer)
    """The staff member, or None for the resident or the system."""
    code: Mapped[str] = mapped_column(String(40), default="")
    detail: Mapped[str] = mapped_column(String(40), default="")
    subject: Mapped[int | None] = mapped_column(Integer)
    outgoing_id: Mapped[int | None] = mapped_column(ForeignKey("outgoing_message.id", ondelete="SET NULL"))
    """The message that was sent."""
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed_to: Mapped[str] = mapped_column(String(16), index=True, default="")


class DraftRow(Base):
    """What a staff member typed on a request's page and has not saved yet. Bound to the request and them."""

    __tablename__ = "request_draft"
    __table_args__ = (UniqueConstraint("request_id", "account_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey(REQUEST_ID, ondelete="CASCADE"), index=True)
    account_id: Mapped[int] = mapped_column(Integer, index=True)
    saved_at: Mapped[datetime] = mapped_column(Moment, index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_to: Mapped[str] = mapped_column(String(16), index=True, default="")


class PresenceRow(Base):
    """A staff member who has a request open now."""

    __tablename__ = "request_presence"

    request_id: Mapped[int] = mapped_column(ForeignKey(REQUEST_ID, ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(Moment, index=True)
