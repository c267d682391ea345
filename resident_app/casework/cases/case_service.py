"""What the office does with a request: each deed is one transaction with its line in the timeline."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, update

from resident_app.casework.cases.actions import Actor, CannotMerge, CaseAction, StaleVersion
from resident_app.casework.cases.case_change import CaseChange, lock_request, set_values
from resident_app.casework.office_keys import OfficeKeysFile
from resident_app.configuration.casework import CallOutcome
from resident_app.database import writing
from resident_app.intake.help_request import HelpRequest
from resident_app.intake.request_tables import EntryKind, HelpRequestRow, RequestState
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited

MERGED = "merged"
"""The outcome of a request that repeats another one."""


class CaseService:
    """Does what officers do. `outcomes` are the codes with which a request may be closed."""

    def __init__(self, engine: Engine, keys: OfficeKeysFile, outcomes: frozenset[str]):
        self._engine = engine
        self._keys = keys
        self._outcomes = outcomes - {MERGED}

    def do(self, number: int, deed: CaseAction, hand: Actor, version: int | None = None) -> None:
        """All parts of a deed, or none. With `version`: only if nobody changed the request since.

        Notes and messages never conflict; only what overwrites does. Raises Refused.
        """
        overwrites = deed.state is not None or deed.plans
        with self._changing(number, hand) as change:
            if change.is_repeat():
                return
            if overwrites and version not in (None, change.row.version):
                raise StaleVersion
            if deed.note:
                change.tell(EntryKind.NOTE, deed.note)
            if deed.message:
                change.send(deed.message)
            if deed.plans and deed.next_action_on != change.row.next_action_on:
                change.plan(deed.next_action_on)
            if deed.state is not None:
                change.move(deed.state, deed.outcome, deed.reason, self._outcomes)

    def assign(self, number: int, officer: int | None, hand: Actor, reason: str = "") -> None:
        """Give a request to an officer, or to nobody. A received one is then in hand. Raises Refused."""
        with self._changing(number, hand) as change:
            change.assign(officer, reason)

    def change_contact(self, number: int, contact: HelpRequest, hand: Actor) -> None:
        """Seal a request again with other ways to reach its sender. Raises Refused."""
        with self._changing(number, hand) as change:
            change.seal(contact)
            change.tell(EntryKind.CONTACT_CHANGED)

    def merge(self, number: int, into: int, hand: Actor) -> None:
        """One person asked twice: from now on `number` is a part of `into`. Raises Refused."""
        if number == into:
            raise CannotMerge
        with writing(self._engine) as connection:
            first, second = (lock_request(connection, one) for one in sorted((number, into)))
            part, whole = (first, second) if first.id == number else (second, first)
            if part.merged_into or whole.merged_into or part.legal_hold != whole.legal_hold:
                raise CannotMerge
            for one, other in ((part, whole), (whole, part)):
                CaseChange(connection, self._keys.current(), one, hand).tell(
                    EntryKind.MERGED, subject=other.id
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
                closed_at=hand.at,
                next_action_on=None,
            )
            set_values(connection, whole)
            for one in (part, whole):
                audit_log.record(
                    connection,
                    Audited.REQUEST_CHANGED,
                    actor_id=hand.id,
                    at=hand.at,
                    request=one.id,
                    what="merged",
                )

    def separate(self, number: int, hand: Actor) -> None:
        """Undo a merge: the request stands by itself again, in hand. Raises Refused."""
        with self._changing(number, hand) as change:
            whole = change.row.merged_into
            if whole is None:
                raise CannotMerge
            change.tell(EntryKind.SEPARATED, subject=whole)
            change.set(merged_into=None, state=RequestState.IN_HAND, outcome="", closed_at=None)

    def note_call(self, number: int, call: int | None, went: CallOutcome, hand: Actor) -> None:
        """How a call went; None: one from the officer's own phone. Raises Refused."""
        with self._changing(number, hand) as change:
            if call is not None:
                change.close_call(call, went.code)
            change.tell(EntryKind.CALL, code=went.code, subject=call)
            tried = {} if went.reached else {"tried_on": hand.day}
            change.set(last_contact_at=hand.at, **tried)
            if change.row.state != RequestState.CLOSED:
                change.set(state=went.state)

    @contextmanager
    def _changing(self, number: int, hand: Actor) -> Iterator[CaseChange]:
        with writing(self._engine) as connection:
            change = CaseChange(connection, self._keys.current(), lock_request(connection, number), hand)
            yield change
            change.finish()
