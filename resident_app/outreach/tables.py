"""Help requests as they are stored: what the queue sorts by is readable, the rest is sealed.

`sealed_to` is the id of the office key that opens the column `sealed` beside it. `staff` and `officer` are
numbers of accounts; accounts are closed, never deleted.
"""

from datetime import date, datetime
from enum import Enum

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.database import Base, Moment

_REQUEST = "help_request.id"


class State(Enum):
    """How a request stands, as its sender is told."""

    RECEIVED = "received"
    IN_HAND = "in-hand"
    TRIED = "tried"
    CLOSED = "closed"
    ERASED = "erased"
    """By its sender, who is told from then on that no request has the reference."""


OPEN = (State.RECEIVED, State.IN_HAND, State.TRIED)
"""The office has something to do."""


class StoredRequest(Base):
    """One request. When it is erased its row stays, with nothing in it but `submission` and the time."""

    __tablename__ = "help_request"
    __table_args__ = (Index("help_request_queue", "state", "last_contact_at"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    submission: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """16 bytes that a second sending of the same form gives again."""
    selector: Mapped[str | None] = mapped_column(String(5), unique=True)
    """None once the request is erased."""
    secret_hash: Mapped[str] = mapped_column(String(200))
    """Argon2id of the reference's secret half."""
    reference_attempt: Mapped[int] = mapped_column(Integer)
    """Which of the submission's references it is: an earlier one was taken."""
    door: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(20), index=True)
    """The spoken one."""
    written: Mapped[str] = mapped_column(String(20), default="")
    topic: Mapped[str] = mapped_column(String(30))
    channel: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(20), index=True)
    received_at: Mapped[datetime] = mapped_column(Moment, index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_to: Mapped[str] = mapped_column(String(16), index=True, default="")
    version: Mapped[int] = mapped_column(Integer, default=0)
    """Grows with each change by the office, so that two officers do not undo each other's."""
    officer: Mapped[int | None] = mapped_column(Integer, index=True)
    """Who has it."""
    last_contact_at: Mapped[datetime] = mapped_column(Moment)
    """When the office last reached out, or when the request came: longest ago comes first."""
    tried_on: Mapped[date | None] = mapped_column(Date)
    """The day on which the office last tried to reach its sender, who is told."""
    next_action_on: Mapped[date | None] = mapped_column(Date, index=True)
    closed_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    outcome: Mapped[str] = mapped_column(String(30), default="")
    """Why it was closed: a code of config/casework.toml."""
    merged_into: Mapped[int | None] = mapped_column(Integer, index=True)
    """The request of the same person that this one repeats; never one that is itself merged."""
    held: Mapped[bool] = mapped_column(Boolean, default=False, index=True)
    """Under legal hold: nothing of it is removed."""
    erase_wanted_at: Mapped[datetime | None] = mapped_column(Moment)
    """Its sender erased it while it was held; it goes when the hold ends."""
    contact_removed_at: Mapped[datetime | None] = mapped_column(Moment)


class StoredNote(Base):
    """What a sender added to a request later."""

    __tablename__ = "request_note"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    request: Mapped[int] = mapped_column(ForeignKey(_REQUEST, ondelete="CASCADE"), index=True)
    submission: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """16 bytes that a second sending of the same note gives again."""
    received_at: Mapped[datetime] = mapped_column(Moment)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_to: Mapped[str] = mapped_column(String(16), index=True, default="")


class EntryKind(Enum):
    """What the office did with a request, or what came to it: a line of its timeline."""

    NOTE = "note"
    READ = "read"
    STATE = "state"
    """`code` is the new state, or `closed` with the outcome in `detail`."""
    ASSIGNED = "assigned"
    """`subject` is the officer who has it from then on; None: nobody."""
    NEXT_ACTION = "next-action"
    CALL = "call"
    """`code` is how the call went."""
    TEXT_OUT = "text-out"
    EMAIL_OUT = "email-out"
    TEXT_IN = "text-in"
    EMAIL_IN = "email-in"
    MERGED = "merged"
    """`subject` is the request that was merged into this one, or into which this one was."""
    SEPARATED = "separated"
    """The merge with `subject` was undone."""
    CONTACT_CHANGED = "contact-changed"
    HELD = "held"
    RELEASED = "released"
    CONTACT_REMOVED = "contact-removed"


class Entry(Base):
    """A line of a request's timeline. Words are sealed, bound to the request's submission and to `key`."""

    __tablename__ = "request_entry"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    request: Mapped[int] = mapped_column(ForeignKey(_REQUEST, ondelete="CASCADE"), index=True)
    key: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """16 bytes: a second sending of the same form is the same entry."""
    kind: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(Moment)
    staff: Mapped[int | None] = mapped_column(Integer)
    """Who did it; None: the resident, or the system by itself."""
    code: Mapped[str] = mapped_column(String(40), default="")
    detail: Mapped[str] = mapped_column(String(40), default="")
    subject: Mapped[int | None] = mapped_column(Integer)
    outgoing: Mapped[int | None] = mapped_column(ForeignKey("outgoing.id", ondelete="SET NULL"))
    """The message whose sending this tells."""
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed_to: Mapped[str] = mapped_column(String(16), index=True, default="")


class Presence(Base):
    """Who has a request open now."""

    __tablename__ = "request_presence"

    request: Mapped[int] = mapped_column(ForeignKey(_REQUEST, ondelete="CASCADE"), primary_key=True)
    staff: Mapped[int] = mapped_column(Integer, primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(Moment, index=True)


class OutgoingState(Enum):
    WAITING = "waiting"
    """For a worker, or until `not_before`."""
    SENDING = "sending"
    """A worker has it; it may try again."""
    SENT = "sent"
    FAILED = "failed"
    """Nobody tries again until a person says so."""
    CANCELLED = "cancelled"


class Outgoing(Base):
    """A message on its way. To whom and what is sealed, bound to `key`."""

    __tablename__ = "outgoing"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    """The idempotency key: whoever honours it sends the message once, however often it is asked."""
    request: Mapped[int | None] = mapped_column(ForeignKey(_REQUEST, ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(10))
    """`text` or `email`."""
    state: Mapped[str] = mapped_column(String(20), index=True)
    round: Mapped[int] = mapped_column(Integer, default=0)
    """Grows when a person asks for it to be tried again."""
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(Moment, index=True)
    not_before: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    trouble: Mapped[str] = mapped_column(String(60), default="")
    """Why it failed: a code, never a provider's words."""
    provider_id: Mapped[str] = mapped_column(String(80), default="")
    staff: Mapped[int | None] = mapped_column(Integer)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_to: Mapped[str] = mapped_column(String(16), index=True, default="")


class CallStage(Enum):
    """How a call from the office to a resident stands."""

    WAITING = "waiting"
    RINGING_OFFICER = "ringing-officer"
    OFFICER_READY = "officer-ready"
    """The officer pressed a key and waits in the conference."""
    RINGING_RESIDENT = "ringing-resident"
    TALKING = "talking"
    ENDED = "ended"


class OfficeCall(Base):
    """A call from the office to a resident. The numbers are sealed, bound to `token`, and go when it ends."""

    __tablename__ = "office_call"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    token: Mapped[str] = mapped_column(String(32), unique=True)
    """Random; the conference is named by it, and the provider's requests about the call bear it."""
    request: Mapped[int] = mapped_column(ForeignKey(_REQUEST, ondelete="CASCADE"), index=True)
    staff: Mapped[int | None] = mapped_column(Integer)
    stage: Mapped[str] = mapped_column(String(20), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment, index=True)
    updated_at: Mapped[datetime] = mapped_column(Moment)
    """When it came to its stage."""
    language: Mapped[str] = mapped_column(String(20))
    """The resident's, or "other"; with the topic, all that the officer and an interpreter are told."""
    topic: Mapped[str] = mapped_column(String(30))
    voicemail_ok: Mapped[bool] = mapped_column(Boolean, default=False)
    wants_interpreter: Mapped[bool] = mapped_column(Boolean, default=False)
    """Until one is rung."""
    answered_by: Mapped[str] = mapped_column(String(20), default="")
    """Who answered at the resident's: `person`, `machine`, `message` (a machine that a message is left on),
    or nothing."""
    ended_because: Mapped[str] = mapped_column(String(40), default="")
    outcome: Mapped[str] = mapped_column(String(30), default="")
    """What the officer noted: a code of config/casework.toml."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_to: Mapped[str] = mapped_column(String(16), index=True, default="")


class Incoming(Base):
    """A text message or an e-mail that came in, until it is in a timeline. It is bound to `submission`."""

    __tablename__ = "incoming"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    submission: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """16 bytes that the same message gives again when it is delivered twice."""
    door: Mapped[str] = mapped_column(String(10))
    """`text` or `email`."""
    state: Mapped[str] = mapped_column(String(20), index=True)
    """`new`, `unplaced` (no request has its sender), or `stop`: the number wants no texts."""
    received_at: Mapped[datetime] = mapped_column(Moment)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_to: Mapped[str] = mapped_column(String(16), index=True, default="")


class Purge(Base):
    """Proof that something was removed: what kind, how many, when, by which rule."""

    __tablename__ = "purge"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    kind: Mapped[str] = mapped_column(String(40))
    rule: Mapped[str] = mapped_column(String(80))
    count: Mapped[int] = mapped_column(Integer)


class Removal(Base):
    """A request that is gone, by its submission: a restored backup is made to forget it again."""

    __tablename__ = "removal"

    submission: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    why: Mapped[str] = mapped_column(String(20))
    """`erased` by its sender, or `retention`."""


class SavedFilter(Base):
    """A view of the queue that an officer gave a name."""

    __tablename__ = "saved_filter"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    staff: Mapped[int] = mapped_column(Integer, index=True)
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(String(400))
    """The query string of the queue's address."""


class Export(Base):
    """A copy of figures or requests that somebody wants to take out, with a reason and a second person."""

    __tablename__ = "export"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    query: Mapped[str] = mapped_column(String(400))
    reason: Mapped[str] = mapped_column(String(400))
    wanted_by: Mapped[int | None] = mapped_column(Integer)
    wanted_at: Mapped[datetime] = mapped_column(Moment)
    decided_by: Mapped[int | None] = mapped_column(Integer)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    allowed: Mapped[bool] = mapped_column(Boolean, default=False)
    taken_at: Mapped[datetime | None] = mapped_column(Moment)
