"""The office's actions on requests. Each is one transaction, with its entry in the timeline."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Engine, select, update

from resident_app.casework.cases.actions import (
    Actor,
    CannotMerge,
    CaseAction,
    ContactNotAllowed,
    InvalidTransition,
    StaleVersion,
)
from resident_app.casework.cases.bulk_changes import BulkChanges
from resident_app.casework.cases.case_change import NOTHING_WAITS, CaseChange, lock_request, set_values
from resident_app.casework.office_keys import OfficeKeysFile
from resident_app.configuration.casework import CallOutcome
from resident_app.configuration.contact_hours import ContactHours
from resident_app.database import find_one, writing
from resident_app.intake.help_request import HelpRequest
from resident_app.intake.request_tables import EntryKind, HelpRequestRow, RequestState
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited

MERGED = "merged"
"""The outcome of a request that was merged into another one."""


class CaseService:
    """Carries out officers' actions. `outcomes` are the codes that a request may be closed with.

    Every method raises ActionRefused.
    """

    def __init__(self, engine: Engine, keys: OfficeKeysFile, outcomes: frozenset[str], hours: ContactHours):
        self._engine = engine
        self._keys = keys
        self._hours = hours
        self.outcomes = outcomes - {MERGED}
        self.bulk = BulkChanges(engine, keys, self.outcomes)

    def perform(self, number: int, action: CaseAction, actor: Actor, version: int | None = None) -> bool:
        """Carry out all parts of an action, or none. Returns False if this form was carried out before.

        With a `version`, an action that overwrites something is refused if somebody changed the request
        since. Notes and messages overwrite nothing.
        """
        overwrites = action.state is not None or action.sets_next_action
        with self._changing(number, actor) as change:
            if change.is_repeat():
                return False
            if overwrites and version not in (None, change.row.version):
                raise StaleVersion
            if action.note:
                change.add_entry(EntryKind.NOTE, action.note)
                change.tell_mentioned(action.mentioned)
            if action.message:
                change.send(action.message, self._hours)
            if action.sets_next_action and action.next_action_at != change.row.next_action_at:
                change.set_next_action(action.next_action_at)
            if action.state is not None:
                change.change_state(
                    action.state,
                    action.outcome,
                    action.reason,
                    self.outcomes,
                    note=action.note,
                    is_answered=action.message is not None,
                )
            return True

    def assign(self, number: int, officer: int | None, actor: Actor, reason: str = "") -> bool:
        """Assign a request to an officer, or to nobody. A new request is then in progress.

        Returns False if it was assigned so before.
        """
        with self._changing(number, actor) as change:
            is_new: bool = change.row.assigned_to != officer
            change.assign(officer, reason)
            return is_new

    def mark_answered(self, number: int, seen: datetime, actor: Actor) -> None:
        """Note that what the sender wrote until `seen` was read and needs no answer."""
        with self._changing(number, actor) as change:
            change.mark_answered(seen)

    def set_tags(self, number: int, tags: Mapping[str, str], chosen: Collection[str], actor: Actor) -> None:
        """Give a request the chosen ones of the tags that exist, a name by its code."""
        with self._changing(number, actor) as change:
            change.set_tags(tags, chosen)

    def set_priority(self, number: int, has_priority: bool, reason: str, actor: Actor) -> None:
        """Put a request before others, or no longer."""
        with self._changing(number, actor) as change:
            change.set_priority(has_priority, reason)

    def correct_note(self, number: int, entry: int, words: str, actor: Actor) -> bool:
        """Add the corrected words of a note, which only its author may. Returns False for a repeated form."""
        with self._changing(number, actor) as change:
            if change.has_entry(EntryKind.NOTE_CORRECTED):
                return False
            change.correct_note(entry, words)
            return True

    def change_contact(self, number: int, contact: HelpRequest, actor: Actor) -> None:
        """Replace a request's contact details."""
        with self._changing(number, actor) as change:
            change.change_contact(contact)

    def merge(self, number: int, into: int, actor: Actor) -> None:
        """Make a request part of another one by the same person."""
        if number == into:
            raise CannotMerge
        with writing(self._engine) as connection:
            first, second = (lock_request(connection, one) for one in sorted((number, into)))
            part, whole = (first, second) if first.id == number else (second, first)
            if part.merged_into or whole.merged_into or part.legal_hold != whole.legal_hold:
                raise CannotMerge
            for one, other in ((part, whole), (whole, part)):
                # What the part was, for `separate`.
                state, outcome = (part.state.value, part.outcome) if one is part else ("", "")
                CaseChange(connection, self._keys.current(), one, actor).add_entry(
                    EntryKind.MERGED, code=state, detail=outcome, subject=other.id
                )
            connection.execute(
                update(HelpRequestRow)
                .where(HelpRequestRow.merged_into == part.id)
                .values(merged_into=whole.id)
            )
            set_values(
                connection,
                part,
                merged_into=whole.id,
                state=RequestState.CLOSED,
                outcome=MERGED,
                closed_at=actor.at,
                next_action_at=None,
                call_back_officer=None,
                call_back_interpreter=None,
                **NOTHING_WAITS,
            )
            set_values(connection, whole, **_waiting(part, whole), **_promised(part, whole))
            for one, other in ((part, whole), (whole, part)):
                audit_log.record(
                    connection,
                    Audited.REQUEST_CHANGED,
                    actor_id=actor.id,
                    at=actor.at,
                    request=one.id,
                    what="merged",
                    other=other.id,
                )

    def separate(self, number: int, actor: Actor) -> None:
        """Undo a merge. The request is again what it was."""
        with self._changing(number, actor) as change:
            whole = change.row.merged_into
            if whole is None:
                raise CannotMerge
            change.add_entry(EntryKind.SEPARATED, subject=whole)
            other = find_one(change.connection, select(HelpRequestRow).where(HelpRequestRow.id == whole))
            if other is not None:
                told = CaseChange(change.connection, self._keys.current(), other, actor)
                told.add_entry(EntryKind.SEPARATED, subject=number)
            state, outcome = change.before_merging()
            closed_at = change.row.closed_at if state is RequestState.CLOSED else None
            change.set(merged_into=None, state=state, outcome=outcome, closed_at=closed_at)

    def book_call_back(
        self, number: int, at: datetime, officer: int, actor: Actor, interpreter: int | None = None
    ) -> None:
        """Promise the person a call at a time. It takes the place of the next action."""
        with self._changing(number, actor) as change:
            if change.row.state is RequestState.CLOSED:
                raise InvalidTransition
            if change.row.erasure_requested_at is not None or change.row.contact_removed_at is not None:
                raise ContactNotAllowed
            change.book_call_back(at, officer, interpreter)

    def cancel_call_back(self, number: int, actor: Actor) -> None:
        """Cancel the call-back of a request, if it has one."""
        with self._changing(number, actor) as change:
            if change.row.call_back_officer is not None:
                change.set_next_action(None)

    def record_call(
        self,
        number: int,
        call: int | None,
        outcome: CallOutcome,
        actor: Actor,
        next_try: datetime | None = None,
        call_back: datetime | None = None,
    ) -> datetime | None:
        """Record a call's outcome, and return the time of the next action, or None if nothing is planned.

        `call` is None for a call from the officer's own phone. `next_try` is planned, unless something is
        planned for a later day than the actor's. A plan for today or before is over once the person was
        reached, and a call-back once it was tried. `call_back` is when the person asked to be called.
        """
        with self._changing(number, actor) as change:
            if call is not None:
                change.close_call(call, outcome.code)
            change.add_entry(EntryKind.CALL, code=outcome.code, subject=call)
            tried = {} if outcome.reached else {"tried_on": actor.day}
            change.set(last_contact_at=actor.at, undelivered_at=None, **tried)
            if outcome.reached:
                change.set(wrote_at=None)
            planned: datetime | None = change.row.next_action_at
            if change.row.state is RequestState.CLOSED:
                return planned
            change.set(state=outcome.state)
            if call_back is not None:
                change.book_call_back(call_back, actor.id)
                return call_back
            is_over = planned is not None and actor.day_of(planned) <= actor.day
            if next_try is not None and (planned is None or is_over):
                planned = next_try
            elif (outcome.reached or change.row.call_back_officer is not None) and is_over:
                planned = None
            if planned != change.row.next_action_at:
                change.set_next_action(planned, keeps_call_back=False)
            return planned

    @contextmanager
    def _changing(self, number: int, actor: Actor) -> Iterator[CaseChange]:
        with writing(self._engine) as connection:
            change = CaseChange(connection, self._keys.current(), lock_request(connection, number), actor)
            yield change
            change.finish()


def _promised(part: HelpRequestRow, whole: HelpRequestRow) -> dict[str, object]:
    """Return the call-back of the part for the whole: a promise is not lost. The earlier one of two stays."""
    own, promised = (one.next_action_at if one.call_back_officer else None for one in (whole, part))
    if promised is None or (own is not None and own <= promised):
        return {}
    taken = ("next_action_at", "call_back_officer", "call_back_interpreter")
    return {name: getattr(part, name) for name in taken}


def _waiting(part: HelpRequestRow, whole: HelpRequestRow) -> dict[str, datetime]:
    """Return when the sender of two requests wrote last, and when a message to them was lost last."""
    found = {name: (getattr(part, name), getattr(whole, name)) for name in NOTHING_WAITS}
    return {name: max(filter(None, times)) for name, times in found.items() if any(times)}
