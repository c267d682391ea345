"""Sessions on the server. The browser holds a random id; the table holds its SHA-256.

A session counts only if its row is authentic and its account names it: a row that somebody inserted, or put
back after the session had ended, is no session.
"""

import json
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, cast

from flask import Flask, Request, Response, session
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import Connection, Delete, Engine, Table, and_, bindparam, delete, insert, or_, select, update
from werkzeug.datastructures import CallbackDict

from resident_app.database import deciding, reading, writing
from resident_app.security.row_authentication import row_keys_of
from resident_app.web.accounts import account_store
from resident_app.web.accounts.account_store import Account, AccountRefused
from resident_app.web.accounts.context import AccountsContext
from resident_app.web.accounts.staff_tables import StaffSessionRow

IDLE = timedelta(minutes=15)
"""The session is locked after this time without a request that a person made."""

FRESH = timedelta(minutes=5)
"""For this time after reauthentication, nothing asks for it again."""

_SESSION = cast(Table, StaffSessionRow.__table__)
# Built once: building a statement takes longer than running it.
_BY_ID = select(_SESSION).where(_SESSION.c.id == bindparam("session"))
_NOT_SIGNED_IN = timedelta(hours=1)
_WRITE_SEEN_AT_EVERY = timedelta(seconds=20)


@dataclass(frozen=True)
class StoredSession:
    """A session as it was read from the table. `id` is what the cookie holds."""

    id: str
    account: Account | None
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
        self.account = stored.account if stored else None
        """The account as it was when this request began."""
        self.account_id = self.account.id if self.account else None
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

    @property
    def name(self) -> str:
        """The session's name in its account; "" until it is stored."""
        return session_name(self.id) if self.id else ""

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
                found = self._load(connection, id, now)
            if found:
                return found
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
                    .values(_sealed(connection, session))
                )

    def _load(self, connection: Connection, id: str, now: datetime) -> ServerSession | None:
        """Return the session with an id; None if there is none, it is over, or its row is not authentic."""
        keys = row_keys_of(connection)
        try:
            row = connection.execute(_BY_ID, {"session": hash_session_id(id)}).one_or_none()
            contents = json.loads(row.contents) if row else {}
        except (LookupError, ValueError, TypeError):  # SQLite stores any value in any column.
            keys.refuse(_SESSION.name, None)
            return None
        if row is None:
            return None
        if not keys.is_authentic(_SESSION.name, row._asdict()):
            keys.refuse(_SESSION.name, None)
            return None
        if now - row.created_at >= (self._longest if row.account_id else _NOT_SIGNED_IN):
            return None
        account = None
        if row.account_id is not None:
            account = account_store.find(connection, id=row.account_id)
            if account is None or not account.active:
                return None
            if session_name(id) not in account.sessions:
                # It is over. If its row is still there, it was put back.
                if connection.execute(select(_SESSION.c.id).where(_SESSION.c.id == row.id)).one_or_none():
                    keys.refuse(_SESSION.name, None)
                return None
        return ServerSession(contents, now, StoredSession(id, account, row.created_at, row.seen_at))

    def _store_under_new_id(self, session: ServerSession, response: Response) -> None:
        old, is_empty = session.id, not session and session.account_id is None
        if is_empty and not old:
            return
        now = self._clock()
        with writing(self._engine) as connection:
            if old:
                if session.account:
                    with suppress(AccountRefused):
                        account_store.end_sessions(connection, session.account.id, now, name=session.name)
                connection.execute(delete(StaffSessionRow).where(StaffSessionRow.id == hash_session_id(old)))
            session.id = "" if is_empty else secrets.token_urlsafe(32)
            if session.id:
                connection.execute(_delete_expired(now, self._longest))
                add_session(connection, session, now)
        if session.id:
            # Not Strict: a link in a colleague's message would lead to the sign-in page.
            response.set_cookie(
                self.cookie, session.id, secure=self._https, httponly=True, samesite="Lax", path="/"
            )
        else:
            response.delete_cookie(self.cookie, secure=self._https, httponly=True, samesite="Lax", path="/")


def add_session(connection: Connection, session: ServerSession, now: datetime) -> None:
    """Store a session that has an id, and name it in its account."""
    connection.execute(insert(StaffSessionRow).values(_sealed(connection, session)))
    if session.account_id is not None:
        account_store.add_session(connection, session.account_id, session.name, now)


def _sealed(connection: Connection, session: ServerSession) -> dict[str, object]:
    """Return a session's columns with their MAC."""
    columns: dict[str, object] = {
        "id": hash_session_id(session.id),
        "account_id": session.account_id,
        "created_at": session.created_at,
        "seen_at": session.seen_at,
        "contents": json.dumps(dict(session)),
    }
    return columns | {"mac": row_keys_of(connection).mac(_SESSION.name, columns)}


@dataclass(frozen=True)
class OpenSession:
    """One of a person's sessions, for the list on their account page."""

    name: str
    """The stored hash in hex. The page that ends a session sends it."""
    created_at: datetime
    seen_at: datetime
    is_this: bool


def sessions_of(engine: Engine, account: Account) -> list[OpenSession]:
    """Return an account's sessions, the last used first."""
    own = current_session().name
    with reading(engine) as connection:
        rows = connection.execute(
            select(StaffSessionRow.id, StaffSessionRow.created_at, StaffSessionRow.seen_at)
            .where(StaffSessionRow.id.in_([bytes.fromhex(name) for name in account.sessions]))
            .order_by(StaffSessionRow.seen_at.desc())
        ).all()
    return [OpenSession(row.id.hex(), row.created_at, row.seen_at, row.id.hex() == own) for row in rows]


def count_sessions(connection: Connection, accounts: Sequence[Account]) -> dict[int, int]:
    """Return how many sessions each account has, by account id."""
    there = {id.hex() for id in connection.scalars(select(StaffSessionRow.id))}
    return {account.id: len(there.intersection(account.sessions)) for account in accounts}


def current_session() -> ServerSession:
    """Return the session of this request."""
    found = session._get_current_object()  # type: ignore[attr-defined]
    assert isinstance(found, ServerSession)
    return found


def hash_session_id(id: str) -> bytes:
    """Return the SHA-256 of a session's id, as the table holds it."""
    return sha256(id.encode()).digest()


def session_name(id: str) -> str:
    """Return the name by which an account knows a session: its stored hash, in hex."""
    return hash_session_id(id).hex()


def _delete_expired(now: datetime, longest: timedelta) -> Delete:
    return delete(StaffSessionRow).where(
        or_(
            StaffSessionRow.created_at < now - longest,
            and_(StaffSessionRow.account_id.is_(None), StaffSessionRow.created_at < now - _NOT_SIGNED_IN),
        )
    )
