"""Inbound SMS goes to the outreach office, sealed: the line cannot read it back."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection

from resident_app.configuration.keywords import Keyword
from resident_app.contact_points import Channel
from resident_app.intake.inbound_messages import store_inbound
from resident_app.intake.office_public_key import OfficePublicKey

_PICTURES_NOT_KEPT = (
    "[{count} pictures or files came with this message. They are not kept: "
    "ask the person to send them by email, or to bring them.]"
)


def keyword_of_carrier(form: Mapping[str, str]) -> Keyword | None:
    """Return the keyword that the carrier took a message for, or None.

    Twilio's Advanced Opt-Out sends `OptOutType` with the messages that it answers by itself:
    https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out.
    """
    try:
        return Keyword(form.get("OptOutType", "").lower())
    except ValueError:
        return None


def store_inbound_text(
    connection: Connection,
    key: OfficePublicKey,
    form: Mapping[str, str],
    sender: str,
    keyword: Keyword | None,
    at: datetime,
) -> None:
    """Store a text message in the caller's transaction. One that comes twice is stored once.

    `sender` is its number, or "" if that is withheld.
    """
    words = form.get("Body", "").strip() or (keyword.name if keyword else "")
    pictures = form.get("NumMedia", "")
    if pictures.isascii() and pictures.isdigit() and int(pictures):
        words = f"{words}\n{_PICTURES_NOT_KEPT.format(count=int(pictures))}".strip()
    if not words:
        return
    store_inbound(
        connection,
        key,
        channel=Channel.TEXT,
        sender=sender,
        words=words,
        keyword=keyword.value if keyword else "",
        submission=sha256(_identity(form).encode()).digest()[:16],
        at=at,
    )


def _identity(form: Mapping[str, str]) -> str:
    """Return what is the same for the same message: the carrier's id of it, or all that it sent."""
    return form.get("MessageSid") or "\0".join(f"{name}={form[name]}" for name in sorted(form))
