"""One change to many requests: what it would do, doing it, and undoing it for an hour.

Each request is changed in a transaction of its own and has its own result. A request that somebody changed
after the preview is not changed, and one that somebody changed after the change is not restored.
"""

import json
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from resident_app.casework.cases.actions import (
    AccountClosed,
    ActionRefused,
    Actor,
    NoSuchRequest,
    NoteRequired,
    ReasonRequired,
    RequestGone,
    StaleVersion,
    Unchanged,
)
from resident_app.casework.cases.bulk_change_tables import BulkChangeRow, BulkItemRow, BulkKind
from resident_app.casework.cases.case_change import CaseChange, lock_request, set_values
from resident_app.casework.cases.transitions import require_transition, was_contacted
from resident_app.casework.messages.outbox import OutboxEntry, still_waiting
from resident_app.casework.office_keys import OfficeKeysFile
from resident_app.database import find_all, find_one, insert_if_new, reading, writing
from resident_app.intake.request_tables import OPEN, EntryKind, HelpRequestRow, RequestState, TimelineRow
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited

UNDO_WITHIN = timedelta(hours=1)
HIGHEST_NUMBER = 2**31 - 1
Describe = Callable[[ActionRefused], str]
"""Returns what an officer reads of a refusal."""

UNDONE = "A change of many requests was undone."
_AT_ONCE = 500
_RESTORED = (
    *("state", "outcome", "closed_at", "next_action_at", "call_back_officer"),
    "call_back_interpreter",
    *("tried_on", "assigned_to", "wrote_at", "undelivered_at"),
)
"""The columns of a request that a bulk change may change."""
_AFTER = "after"
"""Beside what a request was before: what the change made of it."""


@dataclass(frozen=True, repr=False)
class BulkAction:
    """What is done to each request: it is assigned to `officer`, or its state is set."""

    kind: BulkKind
    officer: int | None = None
    state: RequestState | None = None
    outcome: str = ""
    note: str = ""
    """Why, for each request that needs it to be closed or reopened."""


@dataclass(frozen=True)
class BulkPreview:
    """What a bulk change would do. Numbers of requests by state, spoken language and assignee."""

    versions: Mapping[int, int]
    """The version of each request that it would change, by number."""
    states: Mapping[RequestState, int]
    spoken_languages: Mapping[str, int]
    assignees: Mapping[int | None, int]
    never_contacted: int
    unanswered: Sequence[int]
    """The requests whose sender wrote and has no answer."""
    still_waiting: Sequence[OutboxEntry]
    """The messages to them that will still go out."""
    refused: Mapping[int, ActionRefused]
    """Why the others cannot be changed."""
    needs_note: bool
    """Some requests can be changed only with a note that says why."""


@dataclass(frozen=True)
class BulkItem:
    """The result for one request. `problem` is why it was not changed, `undo_problem` why not restored."""

    number: int
    problem: str
    undo_problem: str


@dataclass(frozen=True)
class BulkChange:
    """A change that was made, with what came of each request."""

    id: int
    actor_id: int
    at: datetime
    action: BulkAction
    matching_since: int
    undone_at: datetime | None
    items: tuple[BulkItem, ...]

    @property
    def changed(self) -> list[BulkItem]:
        return [item for item in self.items if not item.problem]

    @property
    def refused(self) -> list[BulkItem]:
        return [item for item in self.items if item.problem]

    def can_be_undone(self, now: datetime) -> bool:
        return self.undone_at is None and now < self.at + UNDO_WITHIN and bool(self.changed)


class BulkChanges:
    """Previews, makes and undoes bulk changes. `outcomes` are the codes a request may be closed with."""

    def __init__(self, engine: Engine, keys: OfficeKeysFile, outcomes: frozenset[str]):
        self._engine = engine
        self._keys = keys
        self._outcomes = outcomes

    def preview(self, connection: Connection, numbers: Sequence[int], action: BulkAction) -> BulkPreview:
        """Return what the action would do to these requests. Nothing is changed."""
        rows = {row.id: row for row in _rows(connection, numbers)}
        chosen: list[HelpRequestRow] = []
        refused: dict[int, ActionRefused] = {}
        needs_note = False
        for number in dict.fromkeys(numbers):
            row = rows.get(number)
            try:
                if row is None:
                    raise NoSuchRequest(number)
                self._require(row, action)
            except (NoteRequired, ReasonRequired) as without:
                if isinstance(without, ReasonRequired) and action.state is RequestState.CLOSED:
                    raise
                needs_note = True
            except ActionRefused as why:
                refused[number] = why
                continue
            if row is not None:
                chosen.append(row)
        return BulkPreview(
            versions={row.id: row.version for row in chosen},
            states=Counter(row.state for row in chosen),
            spoken_languages=Counter(row.spoken_language for row in chosen),
            assignees=Counter(row.assigned_to for row in chosen),
            never_contacted=sum(not was_contacted(row) for row in chosen),
            unanswered=[row.id for row in chosen if row.wrote_at is not None],
            still_waiting=still_waiting(connection, [row.id for row in chosen]),
            refused=refused,
            needs_note=needs_note,
        )

    def make(
        self,
        versions: Mapping[int, int],
        action: BulkAction,
        actor: Actor,
        describe: Describe,
        *,
        matching_since: int = 0,
    ) -> int:
        """Change the requests that are still as they were previewed. Returns the bulk change's id.

        `describe` gives the words for a request that is refused. A form that is sent twice changes once.
        """
        with writing(self._engine) as connection:
            # What can no longer be undone is not kept.
            connection.execute(delete(BulkChangeRow).where(BulkChangeRow.at < actor.at - UNDO_WITHIN))
            is_new = insert_if_new(
                connection,
                BulkChangeRow,
                key=actor.key("bulk"),
                actor_id=actor.id,
                at=actor.at,
                kind=action.kind,
                assigned_to=action.officer,
                state=action.state,
                outcome=action.outcome,
                matching_since=matching_since,
            )
            id = connection.execute(
                select(BulkChangeRow.id).where(BulkChangeRow.key == actor.key("bulk"))
            ).scalar_one()
        if is_new:
            for number, version in versions.items():
                self._make_one(id, number, version, action, actor, describe)
        return int(id)

    def undo(
        self, id: int, actor: Actor, describe: Describe, open_accounts: Collection[int]
    ) -> BulkChange | None:
        """Restore each request that nobody has changed since. Returns None if it is too late.

        What was not restored has its `undo_problem`: also what would be of nobody in `open_accounts`.
        """
        with writing(self._engine) as connection:
            undone = connection.execute(
                update(BulkChangeRow)
                .where(
                    BulkChangeRow.id == id,
                    BulkChangeRow.undone_at.is_(None),
                    BulkChangeRow.at > actor.at - UNDO_WITHIN,
                )
                .values(undone_at=actor.at)
            )
        if undone.rowcount:
            with reading(self._engine) as connection:
                items = find_all(
                    connection,
                    select(BulkItemRow).where(BulkItemRow.bulk_id == id, BulkItemRow.problem == ""),
                )
            for item in items:
                self._undo_one(item, actor, describe, open_accounts)
        with reading(self._engine) as connection:
            return find_bulk_change(connection, id) if undone.rowcount else None

    def _require(self, row: HelpRequestRow, action: BulkAction) -> None:
        """Check that the action may be done. Raises ActionRefused."""
        if row.state is RequestState.ERASED:
            raise RequestGone
        if action.state is not None:
            require_transition(row, action.state, action.outcome, action.note, self._outcomes)
        elif action.officer == row.assigned_to:
            raise Unchanged

    def _make_one(
        self, id: int, number: int, version: int, action: BulkAction, actor: Actor, describe: Describe
    ) -> None:
        item = {"bulk_id": id, "number": number}
        own = Actor(actor.id, actor.at, actor.zone, f"{actor.form}|{number}")
        try:
            with writing(self._engine) as connection:
                row = lock_request(connection, number)
                if row.version != version:
                    raise StaleVersion
                self._require(row, action)
                change = CaseChange(connection, self._keys.current(), row, own)
                if action.state is not None:
                    change.change_state(action.state, action.outcome, action.note, self._outcomes)
                else:
                    change.assign(action.officer, action.note)
                change.finish()
                stored = json.dumps(_restorable(row) | {_AFTER: _after(lock_request(connection, number))})
                connection.execute(
                    insert(BulkItemRow).values(item | {"version": version + 1, "before": stored})
                )
        except ActionRefused as why:
            with writing(self._engine) as connection:
                connection.execute(insert(BulkItemRow).values(item | {"problem": describe(why)}))

    def _undo_one(
        self, item: BulkItemRow, actor: Actor, describe: Describe, open_accounts: Collection[int]
    ) -> None:
        own = Actor(actor.id, actor.at, actor.zone, f"{actor.form}|{item.number}")
        try:
            with writing(self._engine) as connection:
                row = lock_request(connection, item.number)
                # A note or a tag since then is no reason to leave the person closed.
                if row.version != item.version and json.loads(item.before).get(_AFTER) != _after(row):
                    raise StaleVersion
                before = _parse_before(item.before)
                change = CaseChange(connection, self._keys.current(), row, own)
                if before["state"] is not row.state:
                    change.add_entry(
                        EntryKind.STATE, UNDONE, code=str(before["state"]), detail=str(before["outcome"])
                    )
                if before["assigned_to"] != row.assigned_to:
                    officer = before["assigned_to"]
                    if officer is not None and officer not in open_accounts:
                        raise AccountClosed
                    change.add_entry(
                        EntryKind.ASSIGNED, UNDONE, subject=officer if isinstance(officer, int) else None
                    )
                change.set(**before)
                change.finish()
        except ActionRefused as why:
            with writing(self._engine) as connection:
                connection.execute(
                    update(BulkItemRow)
                    .where(BulkItemRow.bulk_id == item.bulk_id, BulkItemRow.number == item.number)
                    .values(undo_problem=describe(why))
                )


def find_bulk_change(connection: Connection, id: int) -> BulkChange | None:
    """Return a bulk change with its items, or None if there is none or it is no longer kept."""
    row = find_one(connection, select(BulkChangeRow).where(BulkChangeRow.id == id))
    if row is None:
        return None
    items = connection.execute(
        select(BulkItemRow.number, BulkItemRow.problem, BulkItemRow.undo_problem)
        .where(BulkItemRow.bulk_id == id)
        .order_by(BulkItemRow.number)
    )
    return BulkChange(
        row.id,
        row.actor_id,
        row.at,
        BulkAction(row.kind, row.assigned_to, row.state, row.outcome),
        row.matching_since,
        row.undone_at,
        tuple(BulkItem(*item) for item in items),
    )


@dataclass(frozen=True)
class UndoableChange:
    """A bulk change that can still be undone, and how many requests it changed."""

    id: int
    at: datetime
    action: BulkAction
    changed: int


def last_to_undo(connection: Connection, actor_id: int, now: datetime) -> UndoableChange | None:
    """Return the newest bulk change of a person that can still be undone, or None."""
    newest = (
        select(BulkChangeRow)
        .where(
            BulkChangeRow.actor_id == actor_id,
            BulkChangeRow.at > now - UNDO_WITHIN,
            BulkChangeRow.undone_at.is_(None),
        )
        .order_by(BulkChangeRow.id.desc())
        .limit(1)
    )
    row = find_one(connection, newest)
    if row is None:
        return None
    changed = connection.execute(
        select(func.count())
        .select_from(BulkItemRow)
        .where(BulkItemRow.bulk_id == row.id, BulkItemRow.problem == "")
    ).scalar_one()
    if not changed:
        return None
    return UndoableChange(
        row.id, row.at, BulkAction(row.kind, row.assigned_to, row.state, row.outcome), changed
    )


def count_open_by_assignee(connection: Connection) -> dict[int, int]:
    """Return how many open requests each person has, by account. A merged one is part of another."""
    counted = (
        select(HelpRequestRow.assigned_to, func.count())
        .where(
            HelpRequestRow.assigned_to.is_not(None),
            HelpRequestRow.state.in_(OPEN),
            HelpRequestRow.merged_into.is_(None),
        )
        .group_by(HelpRequestRow.assigned_to)
    )
    return {officer: number for officer, number in connection.execute(counted) if officer is not None}


def open_requests_of(connection: Connection, officer: int) -> list[int]:
    """Return the open requests that are assigned to a person. A merged one is part of another."""
    mine = select(HelpRequestRow.id).where(
        HelpRequestRow.assigned_to == officer,
        HelpRequestRow.state.in_(OPEN),
        HelpRequestRow.merged_into.is_(None),
    )
    return list(connection.scalars(mine.order_by(HelpRequestRow.id)))


def assign_all(connection: Connection, numbers: Sequence[int], officer: int | None, at: datetime) -> None:
    """Assign requests in the caller's transaction, from the command line: nobody is named as the actor."""
    for number in numbers:
        row = lock_request(connection, number)
        connection.execute(
            insert(TimelineRow).values(
                request_id=number,
                key=secrets.token_bytes(16),
                kind=EntryKind.ASSIGNED,
                at=at,
                actor_id=None,
                code="",
                detail="",
                subject=officer,
                sealed_to="",
            )
        )
        set_values(connection, row, assigned_to=officer)
        audit_log.record(
            connection,
            Audited.REQUEST_CHANGED,
            actor_id=None,
            at=at,
            request=number,
            what=EntryKind.ASSIGNED.value,
        )


def _rows(connection: Connection, numbers: Iterable[int]) -> list[HelpRequestRow]:
    wanted = [number for number in dict.fromkeys(numbers) if number <= HIGHEST_NUMBER]
    found: list[HelpRequestRow] = []
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        found += find_all(connection, select(HelpRequestRow).where(HelpRequestRow.id.in_(some)))
    return found


def _restorable(row: HelpRequestRow) -> dict[str, object]:
    """Return what a bulk change may change, as it is stored."""
    values = {name: getattr(row, name) for name in _RESTORED}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def _after(row: HelpRequestRow) -> dict[str, object]:
    """Return what must still be so for a request to be restored."""
    return _restorable(row) | {"merged_into": row.merged_into}


def _parse_before(stored: str) -> dict[str, object]:
    values: dict[str, object] = json.loads(stored)
    values.pop(_AFTER, None)
    for name, value in values.items():
        if isinstance(value, str) and name.endswith("_at"):
            values[name] = datetime.fromisoformat(value)
        elif isinstance(value, str) and name.endswith("_on"):
            values[name] = date.fromisoformat(value)
    return values | {"state": RequestState(str(values["state"]))}
