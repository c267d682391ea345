"""The carrier's reports of how far a text message has come. They may come twice, and in any order.

https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks
"""

from datetime import datetime

from sqlalchemy import Connection, or_, update

from resident_app.intake.message_tables import OutgoingRow, OutgoingState, TextDelivery

_REPORTED = {
    "accepted": TextDelivery.QUEUED,
    "queued": TextDelivery.QUEUED,
    "sending": TextDelivery.QUEUED,
    "sent": TextDelivery.SENT,
    "delivered": TextDelivery.DELIVERED,
    "read": TextDelivery.DELIVERED,
    "undelivered": TextDelivery.UNDELIVERED,
    "failed": TextDelivery.FAILED,
}
_BEFORE = {TextDelivery.QUEUED: (), TextDelivery.SENT: (TextDelivery.QUEUED,)}
_LARGEST_CODE = 10**6


def delivery_of(status: str) -> TextDelivery | None:
    """Return what a status of the carrier means, or None if it is not known."""
    return _REPORTED.get(status)


def error_code(text: str) -> int | None:
    """Return the carrier's error code, or None."""
    is_code = text.isascii() and text.isdigit() and 0 < int(text) < _LARGEST_CODE
    return int(text) if is_code else None


def note_delivery(
    connection: Connection, provider_id: str, delivery: TextDelivery, code: int | None, at: datetime
) -> bool:
    """Note a report on the message with the carrier's id. Return False if there is none, or it is further.

    What has arrived or failed stays so.
    """
    before = _BEFORE.get(delivery, (TextDelivery.QUEUED, TextDelivery.SENT))
    noted = connection.execute(
        update(OutgoingRow)
        .where(
            OutgoingRow.provider_id == provider_id,
            OutgoingRow.state == OutgoingState.SENT,
            or_(OutgoingRow.delivery.is_(None), OutgoingRow.delivery.in_(before)),
        )
        .values(delivery=delivery, delivery_error=code, delivery_at=at)
    )
    return noted.rowcount > 0
