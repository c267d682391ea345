"""A change of one request under way: what it tells the timeline, and by which ways a state changes."""

from dataclasses import asdict, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, select, update

from resident_app.casework.cases.actions import (
    Actor,
    ContactNotAllowed,
    InvalidTransition,
    NewMessage,
    ReasonRequired,
    RequestGone,
    RequestUnreadable,
    StaleVersion,
)
from resident_app.casework.messages.outbox import queue_message
from resident_app.casework.office_keys import CannotOpen, OfficeKeys
from resident_app.casework.opening import OpenedRequest, open_request
from resident_app.contact_points import Channel
from resident_app.database import insert_if_new
from resident_app.intake.aad import timeline_aad
from resident_app.intake.call_tables import OfficeCallRow
from resident_app.intake.help_request import HelpRequest, seal_json, seal_request
from resident_app.intake.request_tables import EntryKind, HelpRequestRow, RequestState, TimelineRow
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited

# From where to where a request may go. Who closes says with what outcome, who opens it again says why.
TRANSITIONS: dict[RequestState, frozenset[RequestState]] = {
    RequestState.RECEIVED: frozenset({RequestState.IN_HAND, RequestState.TRIED, RequestState.CLOSED}),
    RequestState.IN_HAND: frozenset({RequestState.RECEIVED, RequestState.TRIED, RequestState.CLOSED}),
    RequestState.TRIED: frozenset({RequestState.IN_HAND, RequestState.RECEIVED, RequestState.CLOSED}),
    RequestState.CLOSED: frozenset({RequestState.IN_HAND}),
    RequestState.ERASED: frozenset(),
}


class CaseChange:
    """A change of one request under way, in a transaction that holds its row."""

    def __init__(self, connection: Connection, keys: OfficeKeys, row: Any, hand: Actor):
        self.connection = connection
        self.row = row
        self._keys = keys
        self._hand = hand
        self._values: dict[str, object] = {}
        self._told: list[str] = []

    def is_repeat(self) -> bool:
        """Whether this form's deed was done already: it was sent twice."""
        kinds = (
            EntryKind.NOTE,
            EntryKind.TEXT_OUT,
            EntryKind.EMAIL_OUT,
            EntryKind.STATE,
            EntryKind.NEXT_ACTION,
        )
        keys = [self._key(kind) for kind in kinds]
        found = (
            select(TimelineRow.id)
            .where(TimelineRow.request_id == self.row.id, TimelineRow.key.in_(keys))
            .limit(1)
        )
        return self.connection.execute(found).one_or_none() is not None

    def tell(
        self,
        kind: EntryKind,
        words: str = "",
        *,
        code: str = "",
        detail: str = "",
        subject: int | None = None,
        outgoing: int | None = None,
    ) -> None:
        """Add a line to the timeline; a second sending of the same form adds none."""
        key = self._key(kind)
        box = (
            seal_json({"words": words}, self._keys.newest.public, timeline_aad(self.row.submission, key))
            if words
            else None
        )
        insert_if_new(
            self.connection,
            TimelineRow,
            request_id=self.row.id,
            key=key,
            kind=kind,
            at=self._hand.at,
            actor_id=self._hand.id,
            code=code,
            detail=detail,
            subject=subject,
            outgoing_id=outgoing,
            sealed=box.sealed if box else None,
            sealed_to=box.sealed_to if box else "",
        )
        self._told.append(kind)

    def send(self, message: NewMessage) -> None:
        """Put a message to the request's sender in the outbox."""
        if self.row.erasure_requested_at is not None or self.row.contact_removed_at is not None:
            raise ContactNotAllowed
        request = self._opened().request
        to = request.email if message.channel == "email" else request.phone
        if not to:
            raise ContactNotAllowed
        queued = queue_message(
            self.connection,
            self._keys,
            request=self.row.id,
            channel=Channel(message.channel),
            to=to,
            body=message.words,
            language=self.row.written_language,
            actor_id=self._hand.id,
            at=self._hand.at,
            key=self._key("message").hex(),
        )
        kind = EntryKind.EMAIL_OUT if message.channel == "email" else EntryKind.TEXT_OUT
        self.tell(kind, message.words, outgoing=queued)
        audit_log.record(
            self.connection,
            Audited.MESSAGE_QUEUED,
            actor_id=self._hand.id,
            at=self._hand.at,
            request=self.row.id,
            message=queued,
        )

    def close_call(self, call: int, code: str) -> None:
        """Note at a call how it went, once."""
        noted = self.connection.execute(
            update(OfficeCallRow)
            .where(
                OfficeCallRow.id == call, OfficeCallRow.request_id == self.row.id, OfficeCallRow.outcome == ""
            )
            .values(outcome=code)
        )
        if noted.rowcount != 1:
            raise StaleVersion

    def plan(self, on: date | None) -> None:
        self.tell(EntryKind.NEXT_ACTION, code=on.isoformat() if on else "")
        self.set(next_action_on=on)

    def move(self, state: RequestState, outcome: str, reason: str, outcomes: frozenset[str]) -> None:
        """Give the request another state, by the ways there are."""
        old = RequestState(self.row.state)
        if state not in TRANSITIONS[old] or self.row.merged_into is not None:
            raise InvalidTransition
        if state is RequestState.CLOSED:
            if outcome not in outcomes:
                raise ReasonRequired
            self.set(closed_at=self._hand.at, outcome=outcome, next_action_on=None)
        elif old is RequestState.CLOSED:
            if not reason:
                raise ReasonRequired
            self.set(closed_at=None, outcome="")
        detail = outcome if state is RequestState.CLOSED else ""
        self.tell(EntryKind.STATE, reason, code=state, detail=detail)
        tried = {"tried_on": self._hand.day} if state is RequestState.TRIED else {}
        self.set(state=state, **tried)

    def assign(self, officer: int | None, reason: str) -> None:
        if officer == self.row.assigned_to:
            return
        self.tell(EntryKind.ASSIGNED, reason, subject=officer)
        self.set(assigned_to=officer)
        if officer is not None and self.row.state == RequestState.RECEIVED:
            self.set(state=RequestState.IN_HAND)

    def seal(self, contact: HelpRequest) -> None:
        """Seal the request again with the contact's ways to be reached; its words stay."""
        found = self._opened()
        kept = asdict(found.request)
        ways = ("reach_by", "phone", "email", "name", "best_time", "voicemail_ok")
        changed = replace(HelpRequest(**kept), **{name: getattr(contact, name) for name in ways})
        box = seal_request(changed, found.reference, self._keys.newest.public, self.row.submission)
        self.set(
            sealed=box.sealed,
            sealed_to=box.sealed_to,
            channel=changed.reach_by,
            contact_removed_at=None,
        )

    def set(self, **values: object) -> None:
        self._values |= values

    def finish(self) -> None:
        """Write what was set, and say in the audit log what was done."""
        if not self._told:
            return
        set_values(self.connection, self.row, **self._values)
        audit_log.record(
            self.connection,
            Audited.REQUEST_CHANGED,
            actor_id=self._hand.id,
            at=self._hand.at,
            request=self.row.id,
            what="+".join(self._told),
        )

    def _key(self, part: str) -> bytes:
        """An entry's key: the same for a second sending of the same form about this request."""
        return self._hand.key(f"{self.row.id}|{part}")

    def _opened(self) -> OpenedRequest:
        try:
            return open_request(self.row.sealed, self._keys, self.row.submission)
        except CannotOpen:
            raise RequestUnreadable from None


def lock_request(connection: Connection, number: int) -> Any:
    """A request's row; until the transaction ends nobody else changes it. Raises Gone."""
    row = connection.execute(
        select(HelpRequestRow.__table__).where(HelpRequestRow.id == number).with_for_update()
    ).one_or_none()
    if row is None or row.state == RequestState.ERASED:
        raise RequestGone
    return row


def set_values(connection: Connection, row: Any, **values: object) -> None:
    connection.execute(
        update(HelpRequestRow)
        .where(HelpRequestRow.id == row.id)
        .values(version=HelpRequestRow.version + 1, **values)
    )
