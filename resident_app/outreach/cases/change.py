"""A change of one request under way: what it tells the timeline, and by which ways a state changes."""

from dataclasses import asdict, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, select, update

from resident_app.database import insert_if_new
from resident_app.outreach.boxes import of_entry
from resident_app.outreach.cases.deeds import (
    CannotBeRead,
    ChangedMeanwhile,
    Gone,
    Hand,
    Message,
    NoReason,
    NotThatWay,
    NotToBeContacted,
)
from resident_app.outreach.messages.outbox import queue_message
from resident_app.outreach.office_key import CannotOpen, OfficeKeys
from resident_app.outreach.request import HelpRequest, OpenedRequest, open_request, seal_request, seal_words
from resident_app.outreach.tables import Entry, EntryKind, OfficeCall, State, StoredRequest
from resident_app.safeguards import audit
from resident_app.safeguards.audit import Audited

# From where to where a request may go. Who closes says with what outcome, who opens it again says why.
WAYS: dict[State, frozenset[State]] = {
    State.RECEIVED: frozenset({State.IN_HAND, State.TRIED, State.CLOSED}),
    State.IN_HAND: frozenset({State.RECEIVED, State.TRIED, State.CLOSED}),
    State.TRIED: frozenset({State.IN_HAND, State.RECEIVED, State.CLOSED}),
    State.CLOSED: frozenset({State.IN_HAND}),
    State.ERASED: frozenset(),
}


class Change:
    """A change of one request under way, in a transaction that holds its row."""

    def __init__(self, connection: Connection, keys: OfficeKeys, row: Any, hand: Hand):
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
        keys = [self._key(kind.value) for kind in kinds]
        found = select(Entry.id).where(Entry.request == self.row.id, Entry.key.in_(keys)).limit(1)
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
        key = self._key(kind.value)
        box = seal_words({"words": words}, self._keys, of_entry(self.row.submission, key)) if words else None
        insert_if_new(
            self.connection,
            Entry,
            request=self.row.id,
            key=key,
            kind=kind.value,
            at=self._hand.at,
            staff=self._hand.staff,
            code=code,
            detail=detail,
            subject=subject,
            outgoing=outgoing,
            sealed=box.sealed if box else None,
            sealed_to=box.sealed_to if box else "",
        )
        self._told.append(kind.value)

    def send(self, message: Message) -> None:
        """Put a message to the request's sender in the outbox."""
        if self.row.erase_wanted_at is not None or self.row.contact_removed_at is not None:
            raise NotToBeContacted
        request = self._opened().request
        to = request.email if message.channel == "email" else request.phone
        if not to:
            raise NotToBeContacted
        queued = queue_message(
            self.connection,
            self._keys,
            request=self.row.id,
            channel=message.channel,
            to=to,
            body=message.words,
            language=self.row.written,
            staff=self._hand.staff,
            at=self._hand.at,
            key=self._key("message").hex(),
        )
        kind = EntryKind.EMAIL_OUT if message.channel == "email" else EntryKind.TEXT_OUT
        self.tell(kind, message.words, outgoing=queued)
        audit.record(
            self.connection,
            Audited.MESSAGE_QUEUED,
            staff=self._hand.staff,
            at=self._hand.at,
            request=self.row.id,
            message=queued,
        )

    def close_call(self, call: int, code: str) -> None:
        """Note at a call how it went, once."""
        noted = self.connection.execute(
            update(OfficeCall)
            .where(OfficeCall.id == call, OfficeCall.request == self.row.id, OfficeCall.outcome == "")
            .values(outcome=code)
        )
        if noted.rowcount != 1:
            raise ChangedMeanwhile

    def plan(self, on: date | None) -> None:
        self.tell(EntryKind.NEXT_ACTION, code=on.isoformat() if on else "")
        self.set(next_action_on=on)

    def move(self, state: State, outcome: str, reason: str, outcomes: frozenset[str]) -> None:
        """Give the request another state, by the ways there are."""
        old = State(self.row.state)
        if state not in WAYS[old] or self.row.merged_into is not None:
            raise NotThatWay
        if state is State.CLOSED:
            if outcome not in outcomes:
                raise NoReason
            self.set(closed_at=self._hand.at, outcome=outcome, next_action_on=None)
        elif old is State.CLOSED:
            if not reason:
                raise NoReason
            self.set(closed_at=None, outcome="")
        detail = outcome if state is State.CLOSED else ""
        self.tell(EntryKind.STATE, reason, code=state.value, detail=detail)
        tried = {"tried_on": self._hand.day} if state is State.TRIED else {}
        self.set(state=state.value, **tried)

    def assign(self, officer: int | None, reason: str) -> None:
        if officer == self.row.officer:
            return
        self.tell(EntryKind.ASSIGNED, reason, subject=officer)
        self.set(officer=officer)
        if officer is not None and self.row.state == State.RECEIVED.value:
            self.set(state=State.IN_HAND.value)

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
        audit.record(
            self.connection,
            Audited.REQUEST_CHANGED,
            staff=self._hand.staff,
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
            raise CannotBeRead from None


def locked(connection: Connection, number: int) -> Any:
    """A request's row; until the transaction ends nobody else changes it. Raises Gone."""
    row = connection.execute(
        select(StoredRequest.__table__).where(StoredRequest.id == number).with_for_update()
    ).one_or_none()
    if row is None or row.state == State.ERASED.value:
        raise Gone
    return row


def set_values(connection: Connection, row: Any, **values: object) -> None:
    connection.execute(
        update(StoredRequest)
        .where(StoredRequest.id == row.id)
        .values(version=StoredRequest.version + 1, **values)
    )
