"""Sessions on the server. The browser holds a random id; the table holds its SHA-256."""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from flask import Flask, Request, Response, session
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import Delete, Engine, and_, delete, func, insert, or_, select, update
from werkzeug.datastructures import CallbackDict

from resident_app.database import deciding, reading, writing
from resident_app.web.accounts.context import AccountsContext
from resident_app.web.accounts.staff_tables import StaffSessionRow

IDLE = timedelta(minutes=15)
"""The session is locked after this time without a request that a person made."""

FRESH = timedelta(minutes=5)
"""For this time after reauthentication, nothing asks for it again."""

_NOT_SIGNED_IN = timedelta(hours=1)
_WRITE_SEEN_AT_EVERY = timedelta(seconds=20)


@dataclass(frozen=True)
class StoredSession:
    """A session as it was read from the table. `id` is what the cookie holds."""

    id: str
    account_id: int | None
    created_at: datetime
    seen_at: datetime


class ServerSession(CallbackDict[str, Any], SessionMixin):
    """One browser's session. `id` is empty until the session is stored.

    Values are Any because Flask's sessions hold whatever JSON can hold.
    """

    def __init__(self, contents: dict[str, Any], at: datetime, stored: StoredSession | None = None):
        super().__init__(contents, lambda changed: setattr(changed, "modified", True))
        self.id = stored.id if stored else ""
        self.new = stored is None
        self.modified = False
        self.account_id = stored.account_id if stored else None
        self.created_at = stored.created_at if stored else at
        self.seen_at = stored.seen_at if stored else at
        self.was_seen_at = self.seen_at
        self.must_change_id = False

    def begin(self, account_id: int, at: datetime) -> None:
        """Sign an account in. The id and contents from before are dropped (session fixation)."""
        self.clear()
        self.account_id, self.created_at, self.seen_at = account_id, at, at
        self.must_change_id = True
        self.mark_fresh(at)

    def mark_fresh(self, at: datetime) -> None:
        """Note that the person has just proved who they are."""
        self["proved_at"] = at.timestamp()
        self.seen_at = at

    def end(self) -> None:
        """Sign out. The row is removed."""
        self.clear()
        self.account_id = None
        self.must_change_id = True

    def is_locked(self, at: datetime) -> bool:
        return self.account_id is not None and at - self.seen_at > IDLE

    def is_fresh(self, at: datetime) -> bool:
        return bool(at.timestamp() - self.get("proved_at", 0) <= FRESH.total_seconds())


class ServerSessions(SessionInterface):
    """Loads a session before a request and stores its changes after the request."""

    def __init__(self, context: AccountsContext):
        self._engine = context.engine
        self._clock = context.clock
        self._longest = context.session_length
        self._https = context.is_https
        # The prefix binds a cookie to https and to this host alone (RFC 6265bis, 4.1.3.2).
        self.cookie = f"__Host-{context.application}" if self._https else context.application

    def open_session(self, app: Flask, request: Request) -> ServerSession:
        now = self._clock()
        id = request.cookies.get(self.cookie, "")
        if id:
            with reading(self._engine) as connection:
                row = connection.execute(
                    select(
                        StaffSessionRow.account_id,
                        StaffSessionRow.created_at,
                        StaffSessionRow.seen_at,
                        StaffSessionRow.contents,
                    ).where(StaffSessionRow.id == hash_session_id(id))
                ).one_or_none()
            if row and now - row.created_at < (self._longest if row.account_id else _NOT_SIGNED_IN):
                stored = StoredSession(id, row.account_id, row.created_at, row.seen_at)
                return ServerSession(json.loads(row.contents), now, stored)
        return ServerSession({}, now)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not isinstance(session, ServerSession):
            return
        if session.must_change_id or session.new:
            self._store_under_new_id(session, response)
        elif session.modified or session.seen_at - session.was_seen_at >= _WRITE_SEEN_AT_EVERY:
            # Never an insert: a session that was ended during this request must not come back.
            with deciding(self._engine) as connection:
                connection.execute(
                    update(StaffSessionRow)
                    .where(StaffSessionRow.id == hash_session_id(session.id))
                    .values(seen_at=session.seen_at, contents=json.dumps(dict(session)))
                )

    def _store_under_new_id(self, session: ServerSession, response: Response) -> None:
        old, is_empty = session.id, not session and session.account_id is None
        if is_empty and not old:
            return
        session.id = "" if is_empty else secrets.token_urlsafe(32)
        now = self._clock()
        with writing(self._engine) as connection:
            if old:
                connection.execute(delete(StaffSessionRow).where(StaffSessionRow.id == hash_session_id(old)))
            if session.id:
                connection.execute(_delete_expired(now, self._longest))
                connection.execute(
                    insert(StaffSessionRow).values(
                        id=hash_session_id(session.id),
                        account_id=session.account_id,
                        created_at=session.created_at,
                        seen_at=session.seen_at,
                        contents=json.dumps(dict(session)),
                    )
                )
        if session.id:
            # Not Strict: a link in a colleague's message would lead to the sign-in page.
            response.set_cookie(
                self.cookie, session.id, secure=self._https, httponly=True, samesite="Lax", path="/"
            )
        else:
            response.delete_cookie(self.cookie, secure=self._https, httponly=True, samesite="Lax", path="/")


@dataclass(frozen=True)
class OpenSession:
    """One of a person's sessions, for the list on their account page."""

    name: str
    """The stored hash in hex. The page that ends a session sends it."""
    created_at: datetime
    seen_at: datetime
    is_this: bool


def sessions_of(engine: Engine, account_id: int) -> list[OpenSession]:
    """Return an account's sessions, the last used first."""
    this = current_session()
    with reading(engine) as connection:
        rows = connection.execute(
            select(StaffSessionRow.id, StaffSessionRow.created_at, StaffSessionRow.seen_at)
            .where(StaffSessionRow.account_id == account_id)
            .order_by(StaffSessionRow.seen_at.desc())
        ).all()
    own = hash_session_id(this.id) if this.id else b""
    return [OpenSession(row.id.hex(), row.created_at, row.seen_at, row.id == own) for row in rows]


def delete_sessions(account_id: int, *, name: str = "", keep: ServerSession | None = None) -> Delete:
    """Build the statement that ends an account's sessions: one by name, all, or all except `keep`."""
    statement = delete(StaffSessionRow).where(StaffSessionRow.account_id == account_id)
    if name:
        statement = statement.where(StaffSessionRow.id == bytes.fromhex(name))
    if keep is not None and keep.id:
        statement = statement.where(StaffSessionRow.id != hash_session_id(keep.id))
    return statement


def count_sessions(engine: Engine) -> dict[int, int]:
    """Return how many sessions each account has, by account id."""
    with reading(engine) as connection:
        rows = connection.execute(
            select(StaffSessionRow.account_id, func.count().label("sessions"))
            .where(StaffSessionRow.account_id.is_not(None))
            .group_by(StaffSessionRow.account_id)
        ).all()
    return {row.account_id: row.sessions for row in rows if row.account_id is not None}


def current_session() -> ServerSession:
    """Return the session of this request."""
    found = session._get_current_object()  # type: ignore[attr-defined]
    assert isinstance(found, ServerSession)
    return found


def hash_session_id(id: str) -> bytes:
    """Return the SHA-256 of a session's id, as the table holds it."""
    return sha256(id.encode()).digest()


def _delete_expired(now: datetime, longest: timedelta) -> Delete:
    return delete(StaffSessionRow).where(
        or_(
            StaffSessionRow.created_at < now - longest,
            and_(StaffSessionRow.account_id.is_(None), StaffSessionRow.created_at < now - _NOT_SIGNED_IN),
        )
    )
