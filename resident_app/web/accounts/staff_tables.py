"""Staff accounts as they are stored."""

from datetime import datetime
from enum import Enum
from typing import Any

from flask_security import AsaList, UserMixin, WebAuthnMixin
from sqlalchemy import BigInteger, Boolean, ForeignKey, Integer, LargeBinary, String, Text
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column, relationship

from resident_app.database import Base, Moment


class Role(Enum):
    """What an account may do; each may do what the one before may."""

    OFFICER = "officer"
    LEAD = "lead"
    ADMIN = "admin"


class WordList(AsaList):
    """A list of words without commas, in one column."""

    cache_ok = True


class StaffRow(Base, UserMixin):
    """One account. It is closed (`active`), never deleted: the audit log names it by its number."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    email: Mapped[str] = mapped_column(String(255), unique=True)
    name: Mapped[str] = mapped_column(String(120), default="")
    role: Mapped[str] = mapped_column(String(10))
    languages: Mapped[str] = mapped_column(String(200), default="")
    """Codes of the languages the officer works in, separated by commas."""
    phone: Mapped[str] = mapped_column(String(40), default="")
    """Where click to call rings the officer, E.164."""
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    password: Mapped[str | None] = mapped_column(String(255))
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    """Changes when every session of the account must end."""
    fs_webauthn_user_handle: Mapped[str] = mapped_column(String(64), unique=True)
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    totp_counter: Mapped[int | None] = mapped_column(BigInteger)
    """The last TOTP step that was used: a code is good once (RFC 6238, 5.2)."""
    mf_recovery_codes: Mapped[Any] = mapped_column(MutableList.as_mutable(WordList()), nullable=True)
    """Under a keyed hash; one that was used is gone."""
    link_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    """SHA-256 of the set-up link that is open, if one is."""
    link_until: Mapped[datetime | None] = mapped_column(Moment)
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
    transports: Mapped[Any] = mapped_column(MutableList.as_mutable(WordList()), nullable=True)
    backup_state: Mapped[bool] = mapped_column(Boolean)
    device_type: Mapped[str] = mapped_column(String(64))
    extensions: Mapped[str | None] = mapped_column(String(255))
    create_datetime: Mapped[datetime] = mapped_column(Moment)
    lastuse_datetime: Mapped[datetime] = mapped_column(Moment)
    usage: Mapped[str] = mapped_column(String(64))


class StaffSessionRow(Base):
    """A session, kept on the server: the browser has its id alone."""

    __tablename__ = "staff_session"

    id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    """SHA-256 of what the cookie holds."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment, index=True)
    contents: Mapped[str] = mapped_column(Text)
    """JSON."""
