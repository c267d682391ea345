"""One template to many people, each in their own language: who gets it, who does not and why, and cancelling.

Each message goes through the outbox with an authorization of its own. It waits for some minutes, in which the
whole can be cancelled.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import Connection, Engine, delete, func, select, update

from resident_app.casework.cases.actions import ActionRefused, Actor, CaseAction, NewMessage
from resident_app.casework.cases.bulk_message_tables import BulkMessageRow
from resident_app.casework.cases.case_service import CaseService
from resident_app.casework.messages import outbox
from resident_app.casework.messages.opted_out_numbers import OptedOutNumbers
from resident_app.casework.office_keys import OfficeKeys, OfficeKeysFile
from resident_app.casework.opening import open_row
from resident_app.contact_points import Channel
from resident_app.database import find_all, find_one, insert_if_new, reading, writing
from resident_app.intake.message_tables import OutgoingRow, OutgoingState
from resident_app.intake.request_tables import OPEN, HelpRequestRow, RequestState

_HIGHEST_NUMBER = 2**31 - 1
_KEPT = timedelta(days=90)
_STILL_THERE = (OutgoingState.WAITING, OutgoingState.QUEUED, OutgoingState.FAILED)


class NotReached(Enum):
    """Why a person does not get a bulk message."""

    GONE = "there is no such request, or it was erased"
    MERGED = "it is a part of another request"
    DO_NOT_CONTACT = "they asked to erase it: do not contact them"
    CLOSED = "it is closed"
    CANNOT_OPEN = "it does not open with the office’s keys"
    NO_ADDRESS = "no number or address, or it was removed"
    OTHER_CHANNEL = "they want to be contacted another way"
    OPTED_OUT = "their number opted out of texts"
    NO_TRANSLATION = "no translation in their language"
    NOT_REVIEWED = "not reviewed by a second person in their language"
    SAME_ADDRESS = "another request with the same number or address gets it"


@dataclass(frozen=True, repr=False)
class LanguageWords:
    """The words for a language, filled in, and what they say in English."""

    words: str
    in_english: str
    template: str
    """The template's name and version, for the timelines."""
    channel: str
    """`text` or `email`; empty: both."""
    is_reviewed: bool


WordsFor = Callable[[str], LanguageWords | None]
"""Returns the words for a language, or None if there is no translation."""


@dataclass(frozen=True, repr=False)
class Recipient:
    """Who gets the message, and how."""

    number: int
    language: str
    channel: Channel


@dataclass(frozen=True, repr=False)
class BulkMessagePreview:
    """Who would get a message and who would not. It holds no name, number or address."""

    recipients: tuple[Recipient, ...]
    not_reached: Mapping[int, NotReached]

    def by_language(self) -> Mapping[str, Mapping[Channel, int]]:
        """Count the recipients by language and channel, the largest language first."""
        languages = Counter(each.language for each in self.recipients)
        return {
            code: Counter(each.channel for each in self.recipients if each.language == code)
            for code, _ in languages.most_common()
        }

    def by_reason(self) -> Mapping[NotReached, list[int]]:
        """Return the requests that are not reached by the reason."""
        found: dict[NotReached, list[int]] = {}
        for number, why in self.not_reached.items():
            found.setdefault(why, []).append(number)
        return found


@dataclass(frozen=True)
class BulkMessage:
    """A message that was written to many. `states` counts its messages in the outbox."""

    id: int
    actor_id: int
    at: datetime
    send_at: datetime
    problems: Mapping[int, str]
    states: Mapping[OutgoingState, int]
    numbers: tuple[int, ...]
    """The requests whose people get it."""
    first_at: datetime | None
    last_at: datetime | None
    """From when the first and the last of those that wait go out: texts wait for quiet hours to end."""

    @property
    def cancellable(self) -> int:
        return sum(self.states.get(state, 0) for state in _STILL_THERE)


class BulkMessages:
    """Previews, sends and cancels. With `only_reviewed`, no words go out that nobody reviewed."""

    def __init__(
        self, engine: Engine, keys: OfficeKeysFile, casework: CaseService, *, only_reviewed: bool = True
    ):
        self._engine = engine
        self._keys = keys
        self._casework = casework
        self._only_reviewed = only_reviewed
        self._opt_outs = OptedOutNumbers(engine, keys)

    def preview(self, numbers: Sequence[int], words_for: WordsFor) -> BulkMessagePreview:
        """Return who would get the words. Nothing is sent and nothing is shown of anybody."""
        keys = self._keys.current()
        with reading(self._engine) as connection:
            rows = _rows(connection, numbers)
        opted_out = self._opt_outs.numbers()
        recipients: list[Recipient] = []
        not_reached: dict[int, NotReached] = {}
        addresses: set[str] = set()
        for number in dict.fromkeys(numbers):
            found = self._check(rows.get(number), words_for, opted_out, addresses, keys)
            if isinstance(found, NotReached):
                not_reached[number] = found
            else:
                recipients.append(found)
        return BulkMessagePreview(tuple(recipients), not_reached)

    def send(
        self,
        recipients: Sequence[Recipient],
        words_for: WordsFor,
        actor: Actor,
        describe: Callable[[ActionRefused], str],
        wait: timedelta,
    ) -> int:
        """Queue the message for each recipient, to go out after `wait`. Return the bulk message's id.

        A form that is sent twice sends once. A refused message does not stop the others.
        """
        key, send_at = actor.key("bulk message"), actor.at + wait
        with writing(self._engine) as connection:
            connection.execute(delete(BulkMessageRow).where(BulkMessageRow.at < actor.at - _KEPT))
            insert_if_new(
                connection,
                BulkMessageRow,
                key=key,
                actor_id=actor.id,
                at=actor.at,
                send_at=send_at,
                problems="",
            )
            row = connection.execute(
                select(BulkMessageRow.id, BulkMessageRow.send_at).where(BulkMessageRow.key == key)
            ).one()
        problems: dict[int, str] = {}
        for each in recipients:
            words = words_for(each.language)
            if words is None:
                continue
            message = NewMessage(each.channel, words.words, words.template, row.send_at, row.id)
            own = replace(actor, form=f"{actor.form}|{each.number}")
            try:
                self._casework.perform(each.number, CaseAction(message=message), own)
            except ActionRefused as refused:
                problems[each.number] = describe(refused)
        if problems:
            with writing(self._engine) as connection:
                connection.execute(
                    update(BulkMessageRow)
                    .where(BulkMessageRow.id == row.id)
                    .values(problems=json.dumps(problems))
                )
        return int(row.id)

    def cancel(self, id: int, actor: Actor) -> int:
        """Cancel what has not gone out. Return how many messages that were."""
        waiting = select(OutgoingRow.id).where(OutgoingRow.bulk_id == id, OutgoingRow.state.in_(_STILL_THERE))
        with writing(self._engine) as connection:
            numbers = connection.scalars(waiting.order_by(OutgoingRow.id)).all()
            return sum(outbox.cancel(connection, number, actor.id, actor.at) for number in numbers)

    def _check(
        self,
        row: HelpRequestRow | None,
        words_for: WordsFor,
        opted_out: frozenset[str],
        addresses: set[str],
        keys: OfficeKeys,
    ) -> Recipient | NotReached:
        """Return how a person gets the message, or why not. `addresses` are those that get it already."""
        if row is None or row.state is RequestState.ERASED:
            return NotReached.GONE
        if not_open := _not_open(row):
            return not_open
        request, _ = open_row(row, keys)
        if request is None:
            return NotReached.CANNOT_OPEN
        words = words_for(row.written_language)
        if words is None:
            return NotReached.NO_TRANSLATION
        if self._only_reviewed and not words.is_reviewed:
            return NotReached.NOT_REVIEWED
        channel = Channel(request.reach_by)
        if channel is Channel.PHONE or words.channel not in ("", channel):
            return NotReached.OTHER_CHANNEL
        address = request.email if channel is Channel.EMAIL else request.phone
        if not address:
            return NotReached.NO_ADDRESS
        if channel is Channel.TEXT and address in opted_out:
            return NotReached.OPTED_OUT
        if address in addresses:
            return NotReached.SAME_ADDRESS
        addresses.add(address)
        return Recipient(row.id, row.written_language, channel)


def find_bulk_message(connection: Connection, id: int) -> BulkMessage | None:
    """Return a bulk message with how far its messages have come, or None."""
    row = find_one(connection, select(BulkMessageRow).where(BulkMessageRow.id == id))
    return _bulk_message(connection, row) if row else None


def waiting_bulk_messages(connection: Connection) -> list[BulkMessage]:
    """Return the bulk messages of which some have not gone out, the newest first."""
    ids = select(OutgoingRow.bulk_id).where(
        OutgoingRow.bulk_id.is_not(None),
        OutgoingRow.state.in_((OutgoingState.WAITING, OutgoingState.QUEUED)),
    )
    rows = find_all(
        connection,
        select(BulkMessageRow).where(BulkMessageRow.id.in_(ids)).order_by(BulkMessageRow.id.desc()),
    )
    return [_bulk_message(connection, row) for row in rows]


def _bulk_message(connection: Connection, row: BulkMessageRow) -> BulkMessage:
    states = connection.execute(
        select(OutgoingRow.state, func.count())
        .where(OutgoingRow.bulk_id == row.id)
        .group_by(OutgoingRow.state)
    )
    numbers = connection.scalars(
        select(OutgoingRow.request_id).where(OutgoingRow.bulk_id == row.id).order_by(OutgoingRow.request_id)
    )
    first_at, last_at = connection.execute(
        select(func.min(OutgoingRow.not_before), func.max(OutgoingRow.not_before)).where(
            OutgoingRow.bulk_id == row.id, OutgoingRow.state == OutgoingState.WAITING
        )
    ).one()
    return BulkMessage(
        row.id,
        row.actor_id,
        row.at,
        row.send_at,
        {int(number): why for number, why in json.loads(row.problems or "{}").items()},
        {each.state: each[1] for each in states},
        tuple(number for number in numbers if number is not None),
        first_at,
        last_at,
    )


def _not_open(row: HelpRequestRow) -> NotReached | None:
    """Return why nobody is written to about a request in its state, or None."""
    if row.merged_into is not None:
        return NotReached.MERGED
    if row.erasure_requested_at is not None:
        return NotReached.DO_NOT_CONTACT
    if row.state not in OPEN:
        return NotReached.CLOSED
    return NotReached.NO_ADDRESS if row.contact_removed_at is not None else None


def _rows(connection: Connection, numbers: Sequence[int]) -> dict[int, HelpRequestRow]:
    wanted = [number for number in dict.fromkeys(numbers) if number <= _HIGHEST_NUMBER]
    return {
        row.id: row
        for row in find_all(connection, select(HelpRequestRow).where(HelpRequestRow.id.in_(wanted)))
    }
