"""The tables of staff accounts, passkeys and sessions.

Columns that Flask-Security reads by name (`fs_`, `tf_`, `mf_`, the columns of a passkey) keep its names.
"""

from datetime import datetime
from enum import Enum

from flask_security import AsaList, UserMixin, WebAuthnMixin
from sqlalchemy import (
    BigInteger,
    Boolean,
    Dialect,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Text,
    TypeDecorator,
)
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column, relationship

from resident_app.database import Base, Moment, enum_type
from resident_app.security.rate_limits import AttemptColumns


class Role(Enum):
    """What an account may do. Each role includes the ones before it."""

    OFFICER = "officer"
    LEAD = "lead"
    ADMIN = "admin"


class AskedFor(Enum):
    """What about an account waits for a second person."""

    LINK = "link"
    ROLE = "role"
    OPEN = "open"


class WordList(AsaList):
    """Flask-Security's column type for a list of words without commas, with statement caching."""

    cache_ok = True


class LanguageCodes(TypeDecorator[tuple[str, ...]]):
    """Language codes in one text column, separated by commas."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:
        return None if value is None else ",".join(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...]:
        return tuple(value.split(",")) if value else ()


class Names(LanguageCodes):
    """Names in hex in one text column, separated by commas."""

    impl = Text
    cache_ok = True


class StaffRow(Base, UserMixin):
    """One account. It is closed (`active`) and never deleted, because the audit log names it by its id."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    email: Mapped[str] = mapped_column(String(255), unique=True)
    name: Mapped[str] = mapped_column(String(120), default="")
    role: Mapped[Role] = mapped_column(enum_type(Role, 10))
    languages: Mapped[tuple[str, ...]] = mapped_column(LanguageCodes(200), default=())
    """The languages the officer works in."""
    phone: Mapped[str] = mapped_column(String(40), default="")
    """The officer's own phone, which click to call rings first. E.164, or ""."""
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    password: Mapped[str | None] = mapped_column(String(255))
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    """Changes when sessions and remembered devices from before must no longer count."""
    fs_webauthn_user_handle: Mapped[str] = mapped_column(String(64), unique=True)
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    totp_counter: Mapped[int | None] = mapped_column(BigInteger)
    """The last TOTP step that was used. A code works once (RFC 6238, 5.2)."""
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(WordList()))
    """Their keyed hashes. A used one is removed."""
    link_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    """SHA-256 of the current set-up link's token."""
    link_until: Mapped[datetime | None] = mapped_column(Moment)
    link_by: Mapped[int | None] = mapped_column(Integer)
    """Who made the link; None: the command line."""
    link_with: Mapped[int | None] = mapped_column(Integer)
    """The second person who allowed it."""
    made_by: Mapped[int | None] = mapped_column(Integer)
    """Who made the link by which the account was set up; None: the command line."""
    made_with: Mapped[int | None] = mapped_column(Integer)
    second_factor_since: Mapped[datetime | None] = mapped_column(Moment)
    asked_for: Mapped[AskedFor | None] = mapped_column(enum_type(AskedFor, 10))
    """What waits for a second person. A link that waits does not work."""
    asked_role: Mapped[Role | None] = mapped_column(enum_type(Role, 10))
    asked_by: Mapped[int | None] = mapped_column(Integer)
    asked_at: Mapped[datetime | None] = mapped_column(Moment)
    passkeys: Mapped[tuple[str, ...] | None] = mapped_column(Names)
    """The names (`passkey_name`) of the account's passkeys. A passkey that is not here is worth nothing."""
    sessions: Mapped[tuple[str, ...] | None] = mapped_column(Names)
    """The names of the account's sessions, the oldest first. A session that is not here is over."""
    version: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """How often the row was written. The audit log holds the newest."""
    mac: Mapped[bytes | None] = mapped_column(LargeBinary)
    """See `security.row_authentication`. Empty: a row from before version 0.3.0, see `flask staff seal`."""
    webauthn: Mapped[list["PasskeyRow"]] = relationship(  # type: ignore[assignment]
        back_populates="user", cascade="all, delete-orphan"
    )


class PasskeyRow(Base, WebAuthnMixin):
    """A passkey or security key (WebAuthn)."""

    __tablename__ = "staff_passkey"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    user: Mapped[StaffRow] = relationship(back_populates="webauthn")
    name: Mapped[str] = mapped_column(String(64))
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1024), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(Integer)
    transports: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(WordList()))
    backup_state: Mapped[bool] = mapped_column(Boolean)
    device_type: Mapped[str] = mapped_column(String(64))
    extensions: Mapped[str | None] = mapped_column(String(255))
    create_datetime: Mapped[datetime] = mapped_column(Moment)
    lastuse_datetime: Mapped[datetime] = mapped_column(Moment)
    usage: Mapped[str] = mapped_column(String(64))
    mac: Mapped[bytes | None] = mapped_column(LargeBinary)


class StaffSessionRow(Base):
    """A session on the server. The browser holds only its id."""

    __tablename__ = "staff_session"

    id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    """SHA-256 of the cookie's value."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment, index=True)
    contents: Mapped[str] = mapped_column(Text)
    """JSON."""
    mac: Mapped[bytes | None] = mapped_column(LargeBinary)


class SignInAttemptRow(AttemptColumns, Base):
    """One wrong guess at a sign-in. It counts for a day, through any restart."""

    __tablename__ = "sign_in_attempt"


class SecretKeyRow(Base):
    """Which secret key an application's accounts were made with, so that another one is named at start."""

    __tablename__ = "secret_key"

    application: Mapped[str] = mapped_column(String(40), primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    """A MAC under the key."""
    since: Mapped[datetime] = mapped_column(Moment)
