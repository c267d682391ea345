"""What an officer reads of a message that did not arrive, and which other ways are left."""

from dataclasses import dataclass
from datetime import datetime

from resident_app.casework.cases.timeline import OpenedCase, TimelineLine
from resident_app.console.failures import working_parts
from resident_app.console.rendering import why_not_delivered
from resident_app.contact_points import Channel
from resident_app.intake.message_tables import OutgoingState, TextDelivery
from resident_app.intake.request_tables import EntryKind

_NOT_ARRIVED = (TextDelivery.UNDELIVERED, TextDelivery.FAILED)


@dataclass(frozen=True, repr=False)
class LostMessage:
    """A message that did not arrive. `why` and each of `other_ways` are whole sentences."""

    name: str
    at: datetime
    why: str
    other_ways: tuple[str, ...]


def lost_message(opened: OpenedCase) -> LostMessage | None:
    """Return the newest message that did not arrive, if nobody has reached out in another way since."""
    if opened.row.undelivered_at is None:
        return None
    line = next((line for line in opened.lines if _is_lost(line)), None)
    if line is None:
        return None
    is_text = line.kind == EntryKind.TEXT_OUT
    ways = []
    if opened.request and opened.request.phone:
        ways.append("Call the person." if is_text else "Call or text the person.")
    if opened.request and opened.request.email and is_text:
        ways.append("Send an email.")
    if not ways:
        ways.append("They left no other way. Correct the number or address if you know a better one.")
    return LostMessage("The text message" if is_text else "The email", line.at, _why(line), tuple(ways))


def _is_lost(line: TimelineLine) -> bool:
    is_sent = line.kind in (EntryKind.TEXT_OUT, EntryKind.EMAIL_OUT)
    return is_sent and (line.sending is OutgoingState.FAILED or line.delivery in _NOT_ARRIVED)


def _why(line: TimelineLine) -> str:
    if line.sending is OutgoingState.FAILED:
        channel = Channel.TEXT if line.kind == EntryKind.TEXT_OUT else Channel.EMAIL
        return working_parts().error(line.error, channel) if line.error else "It was not sent."
    why = why_not_delivered(line.delivery_error)
    return f"{why[:1].upper()}{why[1:]}."
