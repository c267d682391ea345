"""Sessions on the server: the browser holds a random id alone, the table its SHA-256."""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from flask import Flask, Request, Response, session
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import Engine, and_, delete, func, insert, or_, select, update
from werkzeug.datastructures import CallbackDict

from resident_app.console.context import ConsoleContext
from resident_app.database import deciding, reading, writing
from resident_app.web.accounts.staff_tables import StaffSessionRow

IDLE = timedelta(minutes=15)
"""After so long without a request of the person's own the session is locked."""

FRESH = timedelta(minutes=5)
"""So long after somebody proved who they are, nothing grave asks again."""

_NOT_SIGNED_IN = timedelta(hours=1)
_SEEN_EVERY = timedelta(seconds=20)


class ServerSession(CallbackDict[str, Any], SessionMixin):
    """One browser's session. `id` is what its cookie holds; empty until it is stored."""

    def __init__(self, contents: dict[str, Any], *, at: datetime, row: Any = None, id: str = ""):
        super().__init__(contents, lambda changed: setattr(changed, "modified", True))
        self.id = id
        self.new = row is None
        self.modified = False
        self.staff: int | None = row.staff if row else None
        self.created_at: datetime = row.created_at if row else at
        self.seen_at: datetime = row.seen_at if row else at
        self.was_seen_at = self.seen_at
        self.must_change_id = False

    def begin(self, staff: int, at: datetime) -> None:
        """Somebody signed in: nothing is kept of before, the id included (session fixation)."""
        self.clear()
        self.staff, self.created_at, self.seen_at = staff, at, at
        self.must_change_id = True
        self.prove(at)

    def prove(self, at: datetime) -> None:
        """The person has just proved who they are."""
        self["proved_at"] = at.timestamp()
        self.seen_at = at

    def end(self) -> None:
        """Signed out: the row goes."""
        self.clear()
        self.staff = None
        self.must_change_id = True

    def is_locked(self, at: datetime) -> bool:
        return self.staff is not None and at - self.seen_at > IDLE

    def is_fresh(self, at: datetime) -> bool:
        return bool(at.timestamp() - self.get("proved_at", 0) <= FRESH.total_seconds())


class ServerSessions(SessionInterface):
    """Loads a session before a request and stores what changed after it."""

    def __init__(self, parts: ConsoleContext):
        self._engine = parts.engine
        self._clock = parts.clock
        self._longest = timedelta(hours=parts.configuration.retention.session_hours)
        self._https = parts.settings.is_https
        # The prefix binds a cookie to https and to this host alone (RFC 6265bis, 4.1.3.2).
        self.cookie = "__Host-console" if self._https else "console"

    def open_session(self, app: Flask, request: Request) -> ServerSession:
        now = self._clock()
        id = request.cookies.get(self.cookie, "")
        if id:
            with reading(self._engine) as connection:
                row = connection.execute(
                    select(StaffSessionRow.__table__).where(StaffSessionRow.id == hashed(id))
                ).one_or_none()
            if row and now - row.created_at < (self._longest if row.staff else _NOT_SIGNED_IN):
                return ServerSession(json.loads(row.contents), at=now, row=row, id=id)
        return ServerSession({}, at=now)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not isinstance(session, ServerSession):
            return
        if session.must_change_id or session.new:
            self._store_anew(session, response)
        elif session.modified or session.seen_at - session.was_seen_at >= _SEEN_EVERY:
            # Never an insert: a session that was ended meanwhile does not come back.
            with deciding(self._engine) as connection:
                connection.execute(
                    update(StaffSessionRow)
                    .where(StaffSessionRow.id == hashed(session.id))
                    .values(seen_at=session.seen_at, contents=json.dumps(dict(session)))
                )

    def _store_anew(self, session: ServerSession, response: Response) -> None:
        old, is_empty = session.id, not session and session.staff is None
        if is_empty and not old:
            return
        session.id = "" if is_empty else secrets.token_urlsafe(32)
        now = self._clock()
        with writing(self._engine) as connection:
            if old:
                connection.execute(delete(StaffSessionRow).where(StaffSessionRow.id == hashed(old)))
            if session.id:
                connection.execute(_over(now, self._longest))
                connection.execute(
                    insert(StaffSessionRow).values(
                        id=hashed(session.id),
                        staff=session.staff,
                        created_at=session.created_at,
                        seen_at=session.seen_at,
                        contents=json.dumps(dict(session)),
                    )
                )
        options: dict[str, Any] = {
            "secure": self._https,
            "httponly": True,
            # Not Strict: a link from a colleague's message would show the sign-in page to who is signed in.
            "samesite": "Lax",
            "path": "/",
        }
        if session.id:
            response.set_cookie(self.cookie, session.id, **options)
        else:
            response.delete_cookie(self.cookie, **options)


@dataclass(frozen=True)
class OpenSession:
    """One of a person's sessions, as it is listed."""

    name: str
    """By which it is ended: hex, of the stored hash."""
    created_at: datetime
    seen_at: datetime
    is_this: bool


def sessions_of(engine: Engine, staff: int) -> list[OpenSession]:
    """Somebody's sessions, the latest seen first."""
    this = current_session()
    with reading(engine) as connection:
        rows = connection.execute(
            select(StaffSessionRow.id, StaffSessionRow.created_at, StaffSessionRow.seen_at)
            .where(StaffSessionRow.staff == staff)
            .order_by(StaffSessionRow.seen_at.desc())
        ).all()
    own = hashed(this.id) if this.id else b""
    return [OpenSession(row.id.hex(), row.created_at, row.seen_at, row.id == own) for row in rows]


def sessions_to_end(staff: int, *, name: str = "", but: ServerSession | None = None) -> Any:
    """The statement that ends somebody's sessions: the one of a name, all, or all but one."""
    statement = delete(StaffSessionRow).where(StaffSessionRow.staff == staff)
    if name:
        statement = statement.where(StaffSessionRow.id == bytes.fromhex(name))
    if but is not None and but.id:
        statement = statement.where(StaffSessionRow.id != hashed(but.id))
    return statement


def forget_old(engine: Engine, now: datetime, longest: timedelta) -> int:
    """Remove sessions that are over. Returns how many."""
    with writing(engine) as connection:
        return connection.execute(_over(now, longest)).rowcount


def count_of_each(engine: Engine) -> dict[int, int]:
    """How many sessions each account has."""
    with reading(engine) as connection:
        rows = connection.execute(
            select(StaffSessionRow.staff, func.count().label("how_many"))
            .where(StaffSessionRow.staff.is_not(None))
            .group_by(StaffSessionRow.staff)
        ).all()
    return {row.staff: row.how_many for row in rows if row.staff is not None}


def current_session() -> ServerSession:
    """The session of this request."""
    found = session._get_current_object()  # type: ignore[attr-defined]
    assert isinstance(found, ServerSession)
    return found


def hashed(id: str) -> bytes:
    """What the table holds of an id."""
    return sha256(id.encode()).digest()


def _over(now: datetime, longest: timedelta) -> Any:
    return delete(StaffSessionRow).where(
        or_(
            StaffSessionRow.created_at < now - longest,
            and_(StaffSessionRow.staff.is_(None), StaffSessionRow.created_at < now - _NOT_SIGNED_IN),
        )
    )
