"""Notices to staff members: a sender wrote, a message did not arrive, a request is theirs, a mention."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, func, insert, select, update

from resident_app.intake.notice_tables import NoticeKind, NoticeRow
from resident_app.intake.request_tables import OPEN, HelpRequestRow, RequestState

MOST_LISTED = 200
_IS_THERE = select(HelpRequestRow.id).where(HelpRequestRow.state != RequestState.ERASED)


@dataclass(frozen=True)
class Notice:
    """A notice as its page lists it."""

    id: int
    kind: NoticeKind
    request_id: int
    actor_id: int | None
    at: datetime
    read_at: datetime | None


def tell(
    connection: Connection,
    account: int,
    kind: NoticeKind,
    request: int,
    at: datetime,
    actor_id: int | None = None,
) -> None:
    """Give a staff member a notice. An unread one of the same kind about the same request is renewed."""
    same = (
        NoticeRow.account_id == account,
        NoticeRow.kind == kind,
        NoticeRow.request_id == request,
        NoticeRow.read_at.is_(None),
    )
    renewed = connection.execute(update(NoticeRow).where(*same).values(at=at, actor_id=actor_id))
    if renewed.rowcount == 0:
        connection.execute(
            insert(NoticeRow).values(
                account_id=account, kind=kind, request_id=request, at=at, actor_id=actor_id
            )
        )


def has_news(connection: Connection) -> bool:
    """Return whether the sender of an officer's request wrote, and the officer was not told."""
    return connection.execute(_untold().limit(1)).one_or_none() is not None


def tell_of_replies(connection: Connection) -> None:
    """Tell each officer whose request's sender wrote, once for each time."""
    for request, account, wrote_at in connection.execute(_untold()).all():
        if account is not None and wrote_at is not None:
            tell(connection, account, NoticeKind.WROTE, request, wrote_at)


def has_due_call_backs(connection: Connection, now: datetime) -> bool:
    """Return whether a call-back is due, and its officer was not told."""
    return connection.execute(_untold_call_backs(now).limit(1)).one_or_none() is not None


def tell_of_call_backs(connection: Connection, now: datetime) -> None:
    """Tell each officer whose call-back is due, once for each time that was promised."""
    for request, account, due_at in connection.execute(_untold_call_backs(now)).all():
        if account is not None and due_at is not None:
            tell(connection, account, NoticeKind.CALL_BACK, request, due_at)


def _untold_call_backs(now: datetime) -> Select[int, int | None, datetime | None]:
    """Select the call-backs that are due and whose officer was not told, with officer and time."""
    told = (
        select(NoticeRow.id)
        .where(
            NoticeRow.account_id == HelpRequestRow.call_back_officer,
            NoticeRow.request_id == HelpRequestRow.id,
            NoticeRow.kind == NoticeKind.CALL_BACK,
            NoticeRow.at == HelpRequestRow.next_action_at,
        )
        .exists()
    )
    return select(HelpRequestRow.id, HelpRequestRow.call_back_officer, HelpRequestRow.next_action_at).where(
        HelpRequestRow.call_back_officer.is_not(None),
        HelpRequestRow.next_action_at <= now,
        HelpRequestRow.state.in_(OPEN),
        HelpRequestRow.merged_into.is_(None),
        ~told,
    )


def _untold() -> Select[int, int | None, datetime | None]:
    """Select the requests whose sender wrote and whose officer was not told, with officer and time."""
    told = (
        select(NoticeRow.id)
        .where(
            NoticeRow.account_id == HelpRequestRow.assigned_to,
            NoticeRow.request_id == HelpRequestRow.id,
            NoticeRow.kind == NoticeKind.WROTE,
            NoticeRow.at >= HelpRequestRow.wrote_at,
        )
        .exists()
    )
    return select(HelpRequestRow.id, HelpRequestRow.assigned_to, HelpRequestRow.wrote_at).where(
        HelpRequestRow.wrote_at.is_not(None),
        HelpRequestRow.assigned_to.is_not(None),
        HelpRequestRow.merged_into.is_(None),
        ~told,
    )


def unread_count(connection: Connection, account: int) -> int:
    """Return how many notices of a staff member are unread."""
    unread = select(func.count()).select_from(NoticeRow).where(*_unread(account))
    return connection.execute(unread).scalar_one()


def wrote_count(connection: Connection) -> int:
    """Return how many requests wait because their sender wrote."""
    waiting = HelpRequestRow.wrote_at.is_not(None), HelpRequestRow.merged_into.is_(None)
    return connection.execute(select(func.count()).select_from(HelpRequestRow).where(*waiting)).scalar_one()


def notices_of(connection: Connection, account: int) -> list[Notice]:
    """Return a staff member's notices, the unread and the newest first."""
    columns = [getattr(NoticeRow, name) for name in Notice.__dataclass_fields__]
    rows = connection.execute(
        select(*columns)
        .where(NoticeRow.account_id == account, NoticeRow.request_id.in_(_IS_THERE))
        .order_by(NoticeRow.read_at.is_not(None), NoticeRow.at.desc(), NoticeRow.id.desc())
        .limit(MOST_LISTED)
    )
    return [Notice(*row) for row in rows]


def mark_read(connection: Connection, account: int, at: datetime, request: int | None = None) -> None:
    """Mark a staff member's notices as read: those about a request, or all."""
    about = [] if request is None else [NoticeRow.request_id == request]
    unread = update(NoticeRow).where(*_unread(account), NoticeRow.at <= at, *about)
    connection.execute(unread.values(read_at=at))


def _unread(account: int) -> tuple[ColumnElement[bool], ...]:
    return NoticeRow.account_id == account, NoticeRow.read_at.is_(None)
