"""One change to a request: its timeline entries, and the transitions between states."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection, Select, delete, select, update

from resident_app.casework.calls.interpreters import find_interpreter, is_booked
from resident_app.casework.cases.actions import (
    Actor,
    ContactNotAllowed,
    InterpreterBooked,
    InvalidTransition,
    NewMessage,
    NoSuchRequest,
    NotYourNote,
    ReasonRequired,
    RequestGone,
    RequestUnreadable,
    StaleVersion,
)
from resident_app.casework.cases.transitions import require_transition
from resident_app.casework.messages.outbox import queue_message
from resident_app.casework.notices.staff_notices import tell
from resident_app.casework.office_keys import CannotOpen, OfficeKeys
from resident_app.casework.opening import open_request
from resident_app.casework.resealing import reseal_with_contact
from resident_app.configuration.contact_hours import ContactHours
from resident_app.contact_points import Channel
from resident_app.database import find_one, insert_if_new
from resident_app.intake.aad import timeline_aad
from resident_app.intake.call_tables import OfficeCallRow
from resident_app.intake.help_request import HelpRequest, seal_json
from resident_app.intake.notice_tables import NoticeKind
from resident_app.intake.request_tables import (
    EntryKind,
    HelpRequestRow,
    RequestState,
    RequestTagRow,
    TimelineRow,
)
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited

NOTHING_WAITS: dict[str, None] = {"wrote_at": None, "undelivered_at": None}
"""The columns of a request whose sender waits for no answer, and to which no message was lost."""

_ENTRIES_OF_ACTIONS = (
    EntryKind.NOTE,
    EntryKind.TEXT_OUT,
    EntryKind.EMAIL_OUT,
    EntryKind.STATE,
    EntryKind.NEXT_ACTION,
    EntryKind.CALL_BACK,
)


class CaseChange:
    """A change to one request, in a transaction that has locked its row. `finish` writes it."""

    def __init__(self, connection: Connection, keys: OfficeKeys, row: HelpRequestRow, actor: Actor):
        self.connection = connection
        self.row = row
        self._keys = keys
        self._actor = actor
        self._values: dict[str, object] = {}
        self._changes: list[str] = []
        self._told: dict[str, int | str] = {}

    def is_repeat(self) -> bool:
        """Return whether this form was submitted before."""
        keys = [self._key(kind) for kind in _ENTRIES_OF_ACTIONS]
        found = (
            select(TimelineRow.id)
            .where(TimelineRow.request_id == self.row.id, TimelineRow.key.in_(keys))
            .limit(1)
        )
        return self.connection.execute(found).one_or_none() is not None

    def tell_mentioned(self, accounts: Collection[int]) -> None:
        """Tell colleagues that a note names them."""
        for account in sorted({*accounts} - {self._actor.id}):
            tell(self.connection, account, NoticeKind.MENTIONED, self.row.id, self._actor.at, self._actor.id)

    def add_entry(
        self,
        kind: EntryKind,
        words: str = "",
        *,
        code: str = "",
        detail: str = "",
        subject: int | None = None,
        outgoing: int | None = None,
        template: str = "",
    ) -> None:
        """Add an entry to the timeline. A second submission of the same form adds none.

        `template` is sealed with the words: which one was sent tells what the request is about.
        """
        key = self._key(kind)
        contents = {"words": words} | ({"template": template} if template else {})
        sealed = (
            seal_json(contents, self._keys.newest.public, timeline_aad(self.row.submission, key))
            if words
            else None
        )
        insert_if_new(
            self.connection,
            TimelineRow,
            request_id=self.row.id,
            key=key,
            kind=kind,
            at=self._actor.at,
            actor_id=self._actor.id,
            code=code,
            detail=detail,
            subject=subject,
            outgoing_id=outgoing,
            sealed=sealed.sealed if sealed else None,
            sealed_to=sealed.sealed_to if sealed else "",
        )
        self._changes.append(kind)

    def has_entry(self, kind: EntryKind) -> bool:
        """Return whether this form added such an entry before."""
        found = select(TimelineRow.id).where(TimelineRow.key == self._key(kind))
        return self.connection.execute(found).one_or_none() is not None

    def correct_note(self, entry: int, words: str) -> None:
        """Add the corrected words of a note. Raises NotYourNote."""
        found = self.connection.execute(
            select(TimelineRow.actor_id).where(
                TimelineRow.id == entry,
                TimelineRow.request_id == self.row.id,
                TimelineRow.kind == EntryKind.NOTE,
            )
        ).one_or_none()
        if found is None or found.actor_id != self._actor.id:
            raise NotYourNote
        self.add_entry(EntryKind.NOTE_CORRECTED, words, subject=entry)

    def send(self, message: NewMessage, hours: ContactHours) -> None:
        """Queue a message to the person who made the request. A text waits until the quiet hours end."""
        if self.row.erasure_requested_at is not None or self.row.contact_removed_at is not None:
            raise ContactNotAllowed
        request = self._open()
        to = request.email if message.channel == Channel.EMAIL else request.phone
        if not to:
            raise ContactNotAllowed
        moment = hours.at(message.not_before or self._actor.at, request.time_zone)
        waits = message.channel == Channel.TEXT and moment.is_quiet
        queued = queue_message(
            self.connection,
            self._keys,
            request=self.row.id,
            channel=Channel(message.channel),
            to=to,
            body=message.words,
            language=self.row.written_language,
            actor_id=self._actor.id,
            at=self._actor.at,
            key=self._key("message").hex(),
            not_before=moment.allowed_at if waits else message.not_before,
            bulk_id=message.bulk_id,
            time_zone=request.time_zone,
        )
        kind = EntryKind.EMAIL_OUT if message.channel == Channel.EMAIL else EntryKind.TEXT_OUT
        self.add_entry(kind, message.words, outgoing=queued, template=message.template)

    def close_call(self, call: int, code: str) -> None:
        """Record a call's outcome. Raises StaleVersion if it has one."""
        recorded = self.connection.execute(
            update(OfficeCallRow)
            .where(
                OfficeCallRow.id == call,
                OfficeCallRow.request_id == self.row.id,
                OfficeCallRow.outcome == "",
            )
            .values(outcome=code)
        )
        if recorded.rowcount != 1:
            raise StaleVersion

    def mark_answered(self, seen: datetime) -> None:
        """Note that what the sender wrote until `seen` needs no answer. What came later still waits."""
        wrote_at = self.row.wrote_at
        if wrote_at is not None and wrote_at <= seen:
            self.add_entry(EntryKind.ANSWERED)
            self.set(wrote_at=None)

    def set_next_action(self, at: datetime | None, *, keeps_call_back: bool = True) -> None:
        """Set the time of the next action, or clear it. A call-back stays one at its new time."""
        officer = self.row.call_back_officer
        if at is not None and officer is not None and keeps_call_back:
            self.book_call_back(at, officer, self._interpreter_at(at))
            return
        self.add_entry(EntryKind.NEXT_ACTION, code=moment_code(at) if at else "")
        self.set(next_action_at=at, call_back_officer=None, call_back_interpreter=None)

    def book_call_back(self, at: datetime, officer: int, interpreter: int | None = None) -> None:
        """Promise the person a call, with an interpreter if one is given. It is the next action.

        One that is booked already is not booked twice. Raises InterpreterBooked.
        """
        row = self.row
        if (at, officer, interpreter) == (
            row.next_action_at,
            row.call_back_officer,
            row.call_back_interpreter,
        ):
            return
        if interpreter is not None and is_booked(self.connection, interpreter, at, self.row.id):
            raise InterpreterBooked
        self.add_entry(EntryKind.CALL_BACK, code=moment_code(at), subject=officer)
        self.set(next_action_at=at, call_back_officer=officer, call_back_interpreter=interpreter)

    def _interpreter_at(self, at: datetime) -> int | None:
        """Return the interpreter of a call-back that moves, if that one can come at the new time."""
        booked = self.row.call_back_interpreter
        found = find_interpreter(self.connection, booked) if booked is not None else None
        if found is None or not found.active or not found.is_there(at, self._actor.zone):
            return None
        return None if is_booked(self.connection, found.id, at, self.row.id) else found.id

    def change_state(
        self,
        state: RequestState,
        outcome: str,
        reason: str,
        outcomes: frozenset[str],
        *,
        note: str = "",
        is_answered: bool = False,
    ) -> None:
        """Give the request another state. `outcomes` are the codes that a request may be closed with.

        `note` is the note of the same action; `is_answered`: it sends a message, too.
        Raises what `require_transition` raises.
        """
        old = self.row.state
        require_transition(self.row, state, outcome, reason or note, outcomes, is_answered=is_answered)
        if state is RequestState.CLOSED:
            self.set(closed_at=self._actor.at, outcome=outcome, **NOTHING_WAITS)
            self.set(next_action_at=None, call_back_officer=None, call_back_interpreter=None)
        elif old is RequestState.CLOSED:
            self.set(closed_at=None, outcome="")
        detail = outcome if state is RequestState.CLOSED else ""
        self.add_entry(EntryKind.STATE, reason, code=state, detail=detail)
        self._told |= {"state": state.value}
        tried = {"tried_on": self._actor.day} if state is RequestState.TRIED else {}
        self.set(state=state, **tried)

    def before_merging(self) -> tuple[RequestState, str]:
        """Return the state and the outcome that the request had when it was merged last."""
        merged = (
            select(TimelineRow.code, TimelineRow.detail)
            .where(TimelineRow.request_id == self.row.id, TimelineRow.kind == EntryKind.MERGED)
            .where(TimelineRow.code != "")
            .order_by(TimelineRow.id.desc())
            .limit(1)
        )
        found = self.connection.execute(merged).one_or_none()
        return (RequestState(found.code), found.detail) if found else (RequestState.IN_HAND, "")

    def assign(self, officer: int | None, reason: str) -> None:
        """Assign the request to an officer, or to nobody."""
        if officer == self.row.assigned_to:
            return
        self.add_entry(EntryKind.ASSIGNED, reason, subject=officer)
        self._told |= {"assigned_to": officer or 0}
        self.set(assigned_to=officer)
        if officer is not None and officer != self._actor.id:
            tell(self.connection, officer, NoticeKind.ASSIGNED, self.row.id, self._actor.at, self._actor.id)
        if officer is not None and self.row.state is RequestState.RECEIVED:
            self.set(state=RequestState.IN_HAND)

    def set_tags(self, tags: Mapping[str, str], chosen: Collection[str]) -> None:
        """Give the request these tags of those that exist, a name by its code. Other tags stay."""
        now = {*self.connection.execute(_tags_of(self.row.id)).scalars()} & tags.keys()
        wanted = {*chosen} & tags.keys()
        if now == wanted:
            return
        for tag in sorted(wanted - now):
            insert_if_new(self.connection, RequestTagRow, request_id=self.row.id, tag=tag)
        gone = delete(RequestTagRow).where(RequestTagRow.request_id == self.row.id)
        self.connection.execute(gone.where(RequestTagRow.tag.in_(now - wanted)))
        parts = (("Added", wanted - now), ("Removed", now - wanted))
        changes = (
            f"{verb}: {', '.join(tags[tag] for tag in sorted(which))}." for verb, which in parts if which
        )
        self.add_entry(EntryKind.TAGGED, " ".join(changes))

    def set_priority(self, has_priority: bool, reason: str) -> None:
        """Put the request before others, or no longer. Raises ReasonRequired, InvalidTransition."""
        if has_priority == self.row.priority:
            return
        if not reason:
            raise ReasonRequired
        if has_priority and (self.row.state is RequestState.CLOSED or self.row.merged_into is not None):
            raise InvalidTransition
        self.add_entry(EntryKind.PRIORITY, reason, code="on" if has_priority else "off")
        self.set(priority=has_priority)

    def change_contact(self, contact: HelpRequest) -> None:
        """Replace the contact details. The message stays as it was written."""
        try:
            resealed = reseal_with_contact(self.row, self._keys, contact)
        except CannotOpen:
            raise RequestUnreadable from None
        self.set(
            sealed=resealed.sealed,
            sealed_to=resealed.sealed_to,
            channel=contact.reach_by,
            contact_removed_at=None,
        )
        self.add_entry(EntryKind.CONTACT_CHANGED)

    def set(self, **values: object) -> None:
        """Set columns of the request when the change is finished."""
        self._values |= values

    def finish(self) -> None:
        """Write the columns that were set, and record the change in the audit log."""
        if not self._changes:
            return
        set_values(self.connection, self.row, **self._values)
        audit_log.record(
            self.connection,
            Audited.REQUEST_CHANGED,
            actor_id=self._actor.id,
            at=self._actor.at,
            request=self.row.id,
            what="+".join(self._changes),
            **self._told,
        )

    def _key(self, part: str) -> bytes:
        """Return an entry's key, the same for a second submission of the same form about this request."""
        return self._actor.key(f"{self.row.id}|{part}")

    def _open(self) -> HelpRequest:
        try:
            return open_request(self.row.sealed, self._keys, self.row.submission).request
        except CannotOpen:
            raise RequestUnreadable from None


def moment_code(at: datetime) -> str:
    """Return a time as a timeline entry's code: 2026-12-01T22:30+00:00."""
    return at.astimezone(UTC).isoformat(timespec="minutes")


def _tags_of(number: int) -> Select[str]:
    return select(RequestTagRow.tag).where(RequestTagRow.request_id == number)


def lock_request(connection: Connection, number: int) -> HelpRequestRow:
    """Return a request's row, locked until the transaction ends. Raises RequestGone, NoSuchRequest."""
    row = find_one(connection, select(HelpRequestRow).where(HelpRequestRow.id == number).with_for_update())
    if row is None:
        raise NoSuchRequest(number)
    if row.state is RequestState.ERASED:
        raise RequestGone
    return row


def set_values(connection: Connection, row: HelpRequestRow, **values: object) -> None:
    """Write columns of a request, and raise its version."""
    connection.execute(
        update(HelpRequestRow)
        .where(HelpRequestRow.id == row.id)
        .values(version=HelpRequestRow.version + 1, **values)
    )
